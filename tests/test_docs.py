"""Documents are true: commands explain themselves, stand in the guides, and take what those say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from forecast.cli.main import COMMANDS, escalation
from tests.shared import ROOT

README = ROOT / "README.md"
GUIDES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something, sub-commands included."""
    context = click.Context(escalation)
    for name in COMMANDS:
        command = escalation.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.list_commands(context))
        else:
            yield (name,)


def calls_in(path: Path) -> list[str]:
    """Return the calls of the command line that a document shows as lines of their own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    calls = (line.strip().removeprefix("$ ") for line in lines if line.startswith("    "))
    return [call.split(" > ")[0] for call in calls if call.startswith("escalation ")]


def parse(call: str, folder: Path) -> None:
    """Parse a call as click does, with every file that it names there, and run nothing."""
    command, words = escalation, shlex.split(call, comments=True)[1:]
    context = click.Context(escalation)
    for word in words:
        if "." in word and "=" not in word and not word.startswith("-"):
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            (folder / word).touch()
    while isinstance(command, click.Group):
        if words[0] in ("-w", "--workspace"):
            words = words[2:]
        named = command.get_command(context, words[0])
        assert named is not None, call
        command, words = named, words[1:]
    command.make_context(command.name, words)


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
        "features",
        "forecast",
        "ingest",
        "init",
        "map-guess",
        "month",
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
        "verify",
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


def test_the_examples_of_help_parse(every_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in every_command:
        answer = CliRunner().invoke(escalation, [*words, "--help"])
        lines = answer.output.partition("Example:")[2].splitlines()
        calls = [line.strip() for line in lines if line.strip().startswith("escalation ")]
        assert calls, words
        for call in calls:
            parse(call.split(" > ")[0], tmp_path)


def test_the_table_leads_to_commands_of_that_name():
    context = click.Context(escalation)
    for name, place in COMMANDS.items():
        assert escalation.get_command(context, name).name == name
        assert place.help.endswith("."), name


def test_every_command_stands_in_the_readme_or_a_guide(every_command):
    text = "\n".join(path.read_text(encoding="utf-8") for path in GUIDES)
    missing = [words for words in every_command if f"escalation {' '.join(words)}" not in text]
    assert missing == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_documents_call_is_a_command_with_those_options(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in calls_in(path):
        parse(call, tmp_path)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_documents_name_are_there(path):
    named = re.findall(r"`((?:\.\./)?[a-z_]+/[\w./]*\w(?:/|\.\w+))`", path.read_text("utf-8"))
    rooms = ("data", "features", "experiments", "forecast", "escalation", "tests", "docs")
    ours = [name for name in named if name.split("/")[0] in (*rooms, "benchmarks", "examples")]
    assert [name for name in ours if not (ROOT / name).exists()] == []


def test_readme_and_contributing_are_short():
    for name in ("README.md", "CONTRIBUTING.md"):
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 150, name
