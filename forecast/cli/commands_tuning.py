"""The command that looks for better settings, on months that are not scored."""

from __future__ import annotations

from pathlib import Path

import click

from data.terminal import example, warn
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["tune"]


@click.command(
    epilog=example(
        "escalation tune experiments/specs/sahel_admin1.toml --trials 40 --out best.toml",
        "escalation tune my.toml --model lgbm_forest --timeout 3600",
    )
)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Trials a model, those of an earlier start included.",
)
@click.option(
    "--inner",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Months of inner origins before the first scored one.",
)
@click.option("--model", "models", help="Models to tune; default: all of SPEC that can be.")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds until no trial begins.")
@click.option("--out", type=click.Path(path_type=Path), help="Copy the best specification here.")
@click.option(
    "--plugin",
    type=click.Path(path_type=Path),
    help="A Python file with models or features of one's own.",
)
@options.as_json
@click.pass_obj
def tune(
    workspace: Workspace,
    spec: Path,
    trials: int,
    inner: int,
    models: str | None,
    timeout: float | None,
    out: Path | None,
    plugin: Path | None,
    as_json: bool,
) -> None:
    """Try settings of SPEC's models on origins before its first scored one; write the best.

    Nothing after the first scored origin is read. Trial 0 is the settings as they stand. Tuning
    that was stopped goes on where it stopped. Needs optuna: pip install "escalation[tune]".
    """
    from experiments.backtest.specification import read_spec
    from experiments.runs.backtesting import given_plugin, read_names
    from experiments.runs.tuning import TuningWish, tune_workspace, tuning_text

    asked = read_spec(spec, plugin=given_plugin(plugin))
    wish = TuningWish(trials, inner, read_names(models) or (), timeout, out)
    tuned = tune_workspace(workspace, asked, wish)
    if tuned.tracked.warning:
        warn(tuned.tracked.warning)
    if as_json:
        click.echo((tuned.folder / "manifest.json").read_text(encoding="utf-8"), nl=False)
    else:
        click.echo(tuning_text(tuned))
