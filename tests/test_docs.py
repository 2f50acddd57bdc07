"""Every command explains itself and stands in the README."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from forecast.cli.main import COMMANDS, escalation
from tests.shared import ROOT


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something, sub-commands included."""
    context = click.Context(escalation)
    for name in COMMANDS:
        command = escalation.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.list_commands(context))
        else:
            yield (name,)


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def every_command():
    return list(commands())


def test_the_table_of_commands_is_the_designs():
    assert set(COMMANDS) == {
        "alerts",
        "backtest",
        "brief",
        "compare",
        "demo",
        "doctor",
        "evaluate",
        "export",
        "forecast",
        "ingest",
        "init",
        "map-guess",
        "note",
        "panel",
        "promote",
        "report",
        "revisions",
        "show",
        "score",
        "status",
        "tune",
        "ui",
        "watch",
    }


def test_every_command_has_help_with_an_example_and_explained_options(every_command):
    for words in every_command:
        answer = CliRunner().invoke(escalation, [*words, "--help"])
        assert answer.exit_code == 0, words
        call = f"escalation {' '.join(words)}"
        assert "Example:" in answer.output, words
        assert call in answer.output.partition("Example:")[2], words
        command: click.Command = escalation
        for word in words:
            command = command.get_command(click.Context(command), word)
        silent = [
            option.name
            for option in command.params
            if isinstance(option, click.Option) and not option.help
        ]
        assert silent == [], words


def test_the_table_leads_to_commands_of_that_name():
    context = click.Context(escalation)
    for name, place in COMMANDS.items():
        assert escalation.get_command(context, name).name == name
        assert place.help.endswith("."), name


def test_every_command_stands_in_the_readme(every_command, readme):
    missing = [words for words in every_command if f"escalation {' '.join(words)}" not in readme]
    assert missing == []


def test_the_readme_names_no_command_that_is_not_there(readme):
    words = [
        line.split("escalation ")[1].split()
        for line in readme.splitlines()
        if line.strip().removeprefix("$ ").startswith("escalation ")
    ]
    named = {parts[0] for parts in words if parts and parts[0].isalpha()}
    assert named - set(COMMANDS) == set()
