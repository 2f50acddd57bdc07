"""What the command line can do Python can, with the same names and the same defaults."""

from __future__ import annotations

import inspect

import click
import pytest
from click.core import ParameterSource

import escalation
from forecast.cli.main import escalation as command_line
from tests.test_docs import commands

# Commands of the terminal: what they do is to guide a person, not to give a value.
TERMINAL_ONLY = {("demo",), ("doctor",), ("ui",)}
# Options that say how a command prints, and an option that Python states the other way round.
PRINTING = {"as_json", "by", "full"}
TURNED = {"no_outlook": "outlook"}
FUNCTIONS = {
    ("init",): escalation.Workspace.create,
    ("map-guess",): escalation.guess_map,
    ("evaluate",): escalation.evaluate,
}


def counterpart(words):
    name = "_".join(words).replace("-", "_")
    return FUNCTIONS.get(words) or getattr(escalation.Workspace, name)


def options_of(words):
    """Return the options and arguments of a command with the values that hold without words."""
    command = command_line
    for word in words:
        command = command.get_command(click.Context(command), word)
    context = command.make_context(words[-1], [], resilient_parsing=True)
    found = {}
    for parameter in command.params:
        if parameter.name in PRINTING:
            continue
        value = context.params[parameter.name]
        assert context.get_parameter_source(parameter.name) is ParameterSource.DEFAULT
        if parameter.name in TURNED:
            found[TURNED[parameter.name]] = not value
        else:
            bare = inspect.Parameter.empty if parameter.required else value
            several = parameter.nargs == -1
            found[parameter.name] = () if several else None if bare == () else bare
    return found


def parameters_of(method):
    """Return the parameters of a method with their defaults; those of many values have none."""
    return {
        name: () if parameter.kind is parameter.VAR_POSITIONAL else parameter.default
        for name, parameter in inspect.signature(method).parameters.items()
        if name not in ("self", "cls")
    }


@pytest.mark.parametrize(
    "words", [words for words in commands() if words not in TERMINAL_ONLY], ids=" ".join
)
def test_every_command_has_its_method_with_the_same_options_and_defaults(words):
    parameters = parameters_of(counterpart(words))
    if words == ("init",):
        assert parameters == {"path": inspect.Parameter.empty, "exist_ok": False}
        return
    assert parameters == options_of(words)
