"""The commands of experiments and their tracking: backtest, compare, promote, doctor and ui."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from data.settings import split_names
from data.terminal import example, one_line
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["backtest", "compare", "doctor", "promote", "ui"]

_plugin = click.option(
    "--plugin",
    type=click.Path(path_type=Path),
    help="A Python file with models or features of one's own.",
)
_scale = click.option("--scale", help="Spatial scale; default: that of escalation.toml.")


@click.command(
    epilog=example(
        "escalation backtest --target events --origins 2015-12:2020-11",
        "escalation backtest my.toml --models conflictology,last,blend --json",
        "escalation backtest my.toml --ablate lgbm_forest",
        "escalation backtest --from-run admin1-events-1f03623a",
        "escalation backtest --vintage --models local_nb,conflictology,last",
        "escalation backtest --plugin my_models.py --models my_model,conflictology,last",
        "escalation backtest experiments/specs/views_challenge.toml --challenge-out draws",
    )
)
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@_scale
@click.option("--target", help="Measure to forecast: events, deaths or one kind of them.")
@click.option("--origins", help="FIRST:LAST[:STEP]; default: the last 60 months.")
@click.option("--horizons", help="Months ahead, such as 1,3,6; default: 1.")
@click.option("--models", help="Names, such as conflictology,last,blend; default: all.")
@click.option("--without", help="Families of features to switch off, such as actors,sites.")
@click.option("--draws", type=click.IntRange(min=1), help="Draws a region; default: 1000.")
@click.option("--seed", type=int, help="Root of all random numbers.")
@click.option("--seeds", type=click.IntRange(1, 100), default=1, help="Repeat under N seeds.")
@click.option("--refit", type=click.IntRange(min=1), help="Months one fit serves; default: 12.")
@click.option(
    "--challenge-out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the draws of the VIEWS challenge's windows, one Parquet a model and window.",
)
@click.option(
    "--ablate",
    is_flag=False,
    flag_value="",
    metavar="[MODELS]",
    help="Say what each family of features is worth to these models, by leaving it out;"
    " default: lgbm_hurdle,lgbm_forest. Nothing but these models is run.",
)
@click.option("--from-run", help="Repeat a backtest: its id, or that of its MLflow run.")
@click.option("--force", is_flag=True, help="With --from-run: on other data than the run's, too.")
@click.option(
    "--vintage",
    is_flag=True,
    help="Learn from what was known at the end of the month after each origin, and say what"
    " revisions are worth; targets are those of today.",
)
@_plugin
@options.as_json
@click.pass_obj
def backtest(
    workspace: Workspace,
    /,
    spec: Path | None,
    ablate: str | None,
    from_run: str | None,
    force: bool,
    seeds: int,
    challenge_out: Path | None,
    vintage: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Evaluate models over rolling origins, as SPEC (TOML) and the options say, and track it.

    A backtest that was stopped goes on where it stopped when it is asked again.
    """
    from forecast.cli.asking import (
        ask_ablation,
        ask_backtest,
        ask_repetition,
        ask_vintage,
        check_alone,
    )

    special = [ablate is not None, from_run is not None, vintage]
    if (seeds > 1 or challenge_out) and any(special):
        raise click.UsageError("--seeds and --challenge-out belong to a plain backtest")
    if sum(special) > 1:
        raise click.UsageError("--ablate, --from-run and --vintage are three ways: give one")
    if from_run is not None:
        check_alone(spec=spec, ablate=ablate, **asked)
        done = ask_repetition(workspace, from_run, plugin=asked["plugin"], force=force)
    elif force:
        raise click.UsageError("--force belongs to --from-run")
    elif ablate is not None:
        done = ask_ablation(workspace, spec, ablate, **asked)
    elif vintage:
        done = ask_vintage(workspace, spec, **asked)
    else:
        done = ask_backtest(workspace, spec, seeds=seeds, challenge_out=challenge_out, **asked)
    _warn(done.tracked.warning)
    if as_json:
        click.echo((done.folder / "manifest.json").read_text(encoding="utf-8"), nl=False)
    else:
        click.echo(done.text)


@click.command(
    epilog=example(
        "escalation compare",
        "escalation compare admin1-events-1f03623a --by phase",
        "escalation compare --models blend,lgbm_forest --full",
    )
)
@click.argument("backtests", nargs=-1, metavar="[BACKTEST]...")
@click.option("--models", help="Names to keep beside the baselines; default: all.")
@click.option(
    "--by",
    type=click.Choice(["phase", "country", "level", "horizon"]),
    help="Show the parts of the rows instead of the summary.",
)
@click.option("--full", is_flag=True, help="Show every table.")
@options.as_json
@click.pass_obj
def compare(
    workspace: Workspace,
    backtests: tuple[str, ...],
    models: str | None,
    by: str | None,
    full: bool,
    as_json: bool,
) -> None:
    """Set the models of one or several backtests (ids; default: the newest) side by side.

    Backtests of unlike data, rows or draws are refused.
    """
    from experiments.runs.comparison import compare_backtests
    from forecast.cli.comparison_text import comparison_record, comparison_text

    comparison, read = compare_backtests(workspace, backtests, models=split_names(models))
    if as_json:
        click.echo(json.dumps(comparison_record(comparison, read), indent=2))
    else:
        click.echo(comparison_text(comparison, read, by=by, full=full))


@click.command(
    epilog=example(
        "escalation promote blend --target events",
        'escalation promote local_nb --target deaths --force --why "blend is too slow here"',
    )
)
@click.argument("model")
@_scale
@click.option("--target", default="events", show_default=True, help="Measure it forecasts.")
@click.option("--backtest", "run_id", help="Id of the backtest to judge by; default: the newest.")
@click.option("--force", is_flag=True, help="Promote although the gate says no; needs --why.")
@click.option("--why", help="Reason for --force; it is kept and printed with every issue.")
@_plugin
@click.pass_obj
def promote(
    workspace: Workspace,
    model: str,
    scale: str | None,
    target: str,
    run_id: str | None,
    force: bool,
    why: str | None,
    plugin: Path | None,
) -> None:
    """Train MODEL on all observed months and make it the champion, if it passes the gate.

    It passes when it beats conflictology and last on CRPS, and conflictology on Brier, each with
    the 90 % interval of the difference clear of zero. Otherwise nothing changes.
    """
    from data.errors import EvidenceError
    from experiments.backtest.workers import own_workers
    from experiments.runs.backtesting import given_plugin
    from experiments.runs.promotion import judged_backtest, promote_model
    from forecast.archive.catalogue import issued_versions

    given_plugin(plugin)
    if force != bool(why and why.strip()):
        raise click.UsageError("--force and --why TEXT belong together: give both or neither")
    scale = scale if scale is not None else workspace.settings().panel.scale
    judge = judged_backtest(workspace, run_id, scale=scale, target=target)
    click.echo(f"judging {model} by backtest {judge.id}, then training it", err=True)
    with own_workers():
        issued = issued_versions(workspace, scale)
        promotion = promote_model(workspace, model, judge, issued_versions=issued, why=why)
    for reason in promotion.gate.reasons:
        click.echo(reason, err=promotion.champion is None)
    if promotion.champion is None or promotion.tracked is None:
        raise EvidenceError(
            f"{model} did not pass the gate of backtest {judge.id}: nothing changed"
        )
    _warn(promotion.tracked.warning)
    click.echo(f"champion {promotion.champion.version}: {promotion.champion.folder}")


@click.command(epilog=example("escalation doctor", "escalation doctor --send"))
@click.option("--send", is_flag=True, help="Send what tracking missed.")
@options.as_json
@click.pass_obj
def doctor(workspace: Workspace, send: bool, as_json: bool) -> int:
    """Check installation, settings, store, panels, champions and tracking (3 s limit)."""
    from experiments.tracking.tracker import Tracker
    from forecast.cli.health import check_all, health_record, health_text

    sent = Tracker(workspace).send_missed() if send else []
    checks = check_all(workspace)
    if as_json:
        click.echo(json.dumps(health_record(checks, sent), indent=2, ensure_ascii=False))
    else:
        click.echo(health_text(checks, sent))
    failed = [check.exit_code for check in checks] + [3 for item in sent if item.warning]
    return max(failed, default=0)


@click.command(epilog=example("escalation ui", "escalation ui --port 5050"))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=5000,
    show_default=True,
    help="Port of this machine to serve on.",
)
@click.pass_obj
def ui(workspace: Workspace, port: int) -> int:
    """Serve MLflow's page of the workspace's runs on this machine until Ctrl-C."""
    from experiments.tracking.tracker import Tracker

    click.echo(f"http://127.0.0.1:{port} (Ctrl-C ends it)", err=True)
    return Tracker(workspace).serve_page(port)


def _warn(warning: str | None) -> None:
    if warning is not None:
        click.echo(
            f"warning: {one_line(warning)}; `escalation doctor --send` tries again", err=True
        )
