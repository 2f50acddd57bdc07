"""The command line's front door: which commands there are, the workspace, and how errors end.

A command's module is imported when that command is called, so that ``escalation --help`` reads a
table and nothing else.
"""

from __future__ import annotations

import importlib
import io
import resource
import signal
import sys
import traceback
from concurrent.futures import BrokenExecutor
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import click

from data.errors import EscalationError, RuntimeEnvironmentError, environment_error
from data.redaction import hide
from data.settings import closest
from data.terminal import echo, example, one_line
from data.workspace import Workspace

__all__ = ["COMMANDS", "LazyCommand", "escalation", "main"]

# Commands that need no workspace folder, as they make one or none.
_MAKES_FOLDER = {"demo", "init"}
# Commands that train models, and the bytes of addresses that those and others need at least: with
# fewer, libraries end without a word of ours, or never.
_TRAIN = {"backtest", "demo", "forecast", "month", "promote", "tune"}
_LEAST_TO_TRAIN, _LEAST_ADDRESSES = 2_000_000_000, 1_000_000_000
# Of a message that holds a cell or a name of any length, so many letters are shown.
_LONGEST = 4_000


class LazyCommand(NamedTuple):
    """Under which heading ``--help`` lists a command, in which module it is, and its line there.

    The function has the command's name, with ``_`` for ``-``.
    """

    heading: str
    module: str
    help: str


COMMANDS = {
    "demo": LazyCommand("Start", "commands_forecast", "Run everything offline on bundled data."),
    "init": LazyCommand("Start", "commands_data", "Write a commented escalation.toml."),
    "ingest": LazyCommand("Data", "commands_data", "Read a source into the store."),
    "map-guess": LazyCommand("Data", "commands_data", "Propose a map for your own event list."),
    "status": LazyCommand("Data", "commands_data", "Show what the store holds."),
    "panel": LazyCommand("Data", "commands_panel", "Build the region-month panel."),
    "revisions": LazyCommand("Data", "commands_panel", "Show what changed between two releases."),
    "features": LazyCommand("Data", "commands_panel", "List the features, or write them."),
    "backtest": LazyCommand(
        "Models", "commands_experiments", "Evaluate models over rolling origins."
    ),
    "tune": LazyCommand(
        "Models", "commands_experiments", "Search for better settings on earlier months."
    ),
    "compare": LazyCommand("Models", "commands_experiments", "Compare the models of backtests."),
    "promote": LazyCommand(
        "Models", "commands_experiments", "Make a model the champion if it passes the gate."
    ),
    "evaluate": LazyCommand(
        "Models", "commands_experiments", "Score a forecast file of the VIEWS challenge."
    ),
    "month": LazyCommand(
        "Forecasts", "commands_month", "Read, score, forecast and write: a month in one command."
    ),
    "forecast": LazyCommand(
        "Forecasts", "commands_forecast", "Issue a forecast of the coming months."
    ),
    "score": LazyCommand(
        "Forecasts", "commands_scores", "Score issues whose months are now observed."
    ),
    "verify": LazyCommand(
        "Forecasts", "commands_scores", "Show that issues lie as they were issued."
    ),
    "alerts": LazyCommand(
        "Forecasts", "commands_scores", "List the regions to watch within a budget."
    ),
    "show": LazyCommand("Reports", "commands_show", "Show one region of an issue."),
    "watch": LazyCommand("Reports", "commands_watch", "Write what stands out in the events alone."),
    "report": LazyCommand("Reports", "commands_forecast", "Write the HTML page of an issue."),
    "export": LazyCommand(
        "Reports", "commands_export", "Write an issue as CSV, XLSX, DOCX, maps ..."
    ),
    "brief": LazyCommand("Reports", "commands_export", "Write a short situation note of an issue."),
    "note": LazyCommand("Reports", "commands_export", "Write an analyst's note beside an issue."),
    "doctor": LazyCommand(
        "Upkeep", "commands_experiments", "Check installation, settings and tracking."
    ),
    "ui": LazyCommand("Upkeep", "commands_experiments", "Serve MLflow's pages of the runs."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"forecast.cli.{COMMANDS[cmd_name].module}")
        command = getattr(module, cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__} has no command {cmd_name}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f'there is no command "{args[0]}"{closest(args[0], COMMANDS)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for heading, listed in groupby(COMMANDS.items(), key=lambda item: item[1].heading):
            with formatter.section(heading):
                formatter.write_dl([(f"{name:9}", command.help) for name, command in listed])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example(
        "escalation --workspace sahel ingest ucdp GEDEvent_v25_1.csv",
        "escalation --workspace sahel forecast",
    ),
)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ESCALATION_WORKSPACE",
    default=".",
    show_default=True,
    show_envvar=True,
    help="Folder with settings, store, panels, backtests and issues.",
)
@click.version_option(package_name="escalation")
@click.pass_context
def escalation(ctx: click.Context, workspace: Path) -> None:
    """Turn attack records into next-month attack risk for every region."""
    ctx.obj = Workspace(workspace)
    if ctx.invoked_subcommand not in _MAKES_FOLDER:
        ctx.obj.check_folder()
    _check_memory(str(ctx.invoked_subcommand))
    ctx.with_resource(ctx.obj.own_countries())


def main() -> None:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    sys.excepthook = _show_bug
    sys.exit(_run(sys.argv[1:]))


def _run(args: list[str]) -> int:
    """Run one command and return its exit code; what the user can repair becomes one line."""
    try:
        _check_encoding(args)
        result = escalation.main(args, prog_name="escalation", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        echo(shown.getvalue(), err=True, nl=False)
        return error.exit_code
    except click.Abort:
        return 130
    except EscalationError as error:
        return _complain(str(error), error.exit_code)
    except MemoryError:
        return _complain("memory ran out: give it more, or ask for fewer regions or draws", 3)
    except BrokenExecutor:
        return _complain("a worker process was ended from outside, as where memory runs out", 3)
    except OSError as error:
        known = environment_error(error)
        if known is None:
            raise
        return _complain(str(known), known.exit_code)
    return result if isinstance(result, int) else 0


def _check_memory(command: str) -> None:
    """Refuse a command for which the limit on this process's addresses is too low.

    Raises:
        RuntimeEnvironmentError: It is.
    """
    least = _LEAST_TO_TRAIN if command in _TRAIN else _LEAST_ADDRESSES
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < least:
        raise RuntimeEnvironmentError(
            f"this process may use {limit / 1e9:.1f} GB of addresses, and {command} needs"
            f" {least / 1e9:.0f} GB: raise the limit (ulimit -v)"
        )


def _check_encoding(args: list[str]) -> None:
    """Refuse words that are not text in the terminal's encoding."""
    for word in args:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            raise click.UsageError(f"expected text in UTF-8, got {word!r}")


def _complain(message: str, exit_code: int) -> int:
    text = hide(message)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
    echo(f"error: {one_line(shown)}", err=True)
    return exit_code


def _show_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of what no user can repair, without secrets."""
    echo("".join(traceback.format_exception(kind, error, trace)), err=True, nl=False)


def _stop(number: int, frame: object) -> None:  # noqa: ARG001 (a signal handler's signature)
    """End as if by exit, so that locks and temporary files are let go."""
    sys.exit(128 + number)
