"""The commands of experiments and their tracking: backtest, tune, compare, promote, evaluate ..."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from data.settings import split_names
from data.terminal import echo, example, warn
from data.workspace import Workspace
from experiments.runs.options import BacktestOptions, PromotionOptions, TuningOptions
from forecast.cli import options

__all__ = ["backtest", "compare", "doctor", "evaluate", "promote", "tune", "ui"]

_file = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog=example(
        "escalation backtest --target events --origins 2015-12:2020-11",
        "escalation backtest my.toml --models conflictology,last,blend --json",
        "escalation backtest my.toml --ablate lgbm_forest",
        "escalation backtest my.toml --stress",
        "escalation backtest --from-run admin1-events-1f03623a",
        "escalation backtest --vintage --models local_nb,conflictology,last",
        "escalation backtest --plugin my_models.py --models my_model,conflictology,last",
        "escalation backtest experiments/specs/views_challenge.toml --challenge-out draws",
    )
)
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@options.scale
@click.option(
    "--target", help="Measure to forecast: events, deaths or one kind of them; default: events."
)
@click.option(
    "--origins", help="FIRST:LAST[:STEP], months as YYYY-MM; default: the last 60 months."
)
@click.option(
    "--horizons", callback=options.as_numbers, help="Months ahead, such as 1,3,6; default: 1."
)
@click.option(
    "--models",
    callback=options.as_names,
    help="Models by name, such as conflictology,last,blend; default: all.",
)
@click.option(
    "--without",
    callback=options.as_names,
    help="Feature families to leave out, such as actors,sites.",
)
@click.option("--draws", type=int, help="Draws of each distribution; default: 1000.")
@click.option("--seed", type=int, help="Seed of all random numbers.")
@click.option(
    "--seeds",
    type=int,
    default=BacktestOptions.seeds,
    help="Repeat under N seeds, at most 100, to see how far the scores move.",
)
@click.option(
    "--stress",
    is_flag=True,
    help="Score the models on made histories too: wars beyond the record, ends, restarts, a break"
    " in reporting; takes minutes, and the gate then asks for it.",
)
@click.option(
    "--refit", "refit_months", type=int, help="Months between two fits of a model; default: 12."
)
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
    callback=lambda _context, _option, text: None if text is None else split_names(text),
    help="Measure what each feature family is worth to these models, by leaving it out; only they"
    " are run. Default: lgbm_hurdle,lgbm_forest.",
)
@click.option("--from-run", help="Repeat a backtest, by its id or by that of its MLflow run.")
@click.option("--force", is_flag=True, help="With --from-run: repeat it even on other data.")
@click.option(
    "--vintage",
    is_flag=True,
    help="Train on what was known at the end of the month after each origin, and measure what"
    " revisions change; outcomes are as known today.",
)
@options.plugin
@options.cluster
@options.as_json
@click.pass_obj
def backtest(workspace: Workspace, /, as_json: bool, **given: Any) -> None:
    """Evaluate models over rolling origins, with settings from SPEC (TOML) and the options.

    The result is tracked. A backtest that was stopped resumes when the command is repeated.
    """
    requested = BacktestOptions(**given)  # what cannot be asked is refused at once
    from experiments.runs.backtesting import backtest_workspace

    result = backtest_workspace(workspace, requested)
    _warn(result.tracked.warning)
    if as_json:
        echo((result.folder / "manifest.json").read_text(encoding="utf-8"), nl=False)
    else:
        echo(result.printed())


@click.command(
    epilog=example(
        "escalation tune experiments/specs/sahel_admin1.toml --trials 40 --out best.toml",
        "escalation tune my.toml --model lgbm_forest --timeout 3600",
    )
)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--trials",
    type=int,
    default=TuningOptions.trials,
    show_default=True,
    help="Trials per model, earlier ones included.",
)
@click.option(
    "--inner",
    type=int,
    default=TuningOptions.inner,
    show_default=True,
    help="Months of origins to tune on, before the first scored one.",
)
@click.option(
    "--model",
    "models",
    callback=options.as_names,
    help="Models to tune; default: all of SPEC that can be.",
)
@click.option("--timeout", type=float, help="Seconds after which no new trial begins.")
@click.option("--out", type=click.Path(path_type=Path), help="File for the best specification.")
@options.plugin
@options.cluster
@options.as_json
@click.pass_obj
def tune(workspace: Workspace, /, spec: Path, as_json: bool, **given: Any) -> None:
    """Try settings of SPEC's models on origins before its first scored one; write the best.

    Nothing after the first scored origin is read. Trial 0 is the settings as they are. Tuning
    that was stopped resumes when the command is repeated. It needs optuna:
    pip install "escalation[tune]".
    """
    requested = TuningOptions(**given)
    from experiments.runs.tuning import tune_workspace, tuning_text

    tuned = tune_workspace(workspace, spec, requested)
    _warn(tuned.tracked.warning)
    if as_json:
        echo((tuned.folder / "manifest.json").read_text(encoding="utf-8"), nl=False)
    else:
        echo(tuning_text(tuned))


@click.command(
    epilog=example(
        "escalation compare",
        "escalation compare admin1-events-1f03623a --by phase",
        "escalation compare --models blend,lgbm_forest --full",
    )
)
@click.argument("backtests", nargs=-1, metavar="[BACKTEST]...")
@click.option(
    "--models", callback=options.as_names, help="Models to show beside the baselines; default: all."
)
@click.option(
    "--by",
    type=click.Choice(["phase", "country", "level", "horizon"]),
    help="Show scores by this in place of the summary.",
)
@click.option("--full", is_flag=True, help="Show every table.")
@options.as_json
@click.pass_obj
def compare(
    workspace: Workspace,
    backtests: tuple[str, ...],
    models: tuple[str, ...],
    by: str | None,
    full: bool,
    as_json: bool,
) -> None:
    """Compare the models of one or several backtests (ids; default: the newest).

    Backtests of different data, rows or draws are refused.
    """
    from experiments.runs.comparison import compare_backtests
    from forecast.cli.comparison_text import comparison_record, comparison_text

    comparison, read = compare_backtests(workspace, backtests, models=models)
    if as_json:
        echo(json.dumps(comparison_record(comparison, read), indent=2))
    else:
        echo(comparison_text(comparison, read, by=by, full=full))


@click.command(
    epilog=example(
        "escalation promote blend --target events",
        'escalation promote local_nb --target deaths --force --why "blend is too slow here"',
    )
)
@click.argument("model")
@options.scale
@click.option(
    "--target",
    default=PromotionOptions.target,
    show_default=True,
    help="Measure that it forecasts.",
)
@click.option("--backtest", help="Id of the backtest to judge by; default: the newest.")
@click.option(
    "--force", is_flag=True, help="Promote a model that does not pass the gate; needs --why."
)
@click.option("--why", help="Reason for --force; it is printed with every issue.")
@options.plugin
@options.cluster
@click.pass_obj
def promote(workspace: Workspace, /, model: str, **given: Any) -> None:
    """Train MODEL on all observed months and make it the champion, if it passes the gate.

    It passes a horizon when it beats conflictology and last on CRPS, and conflictology on Brier,
    each with the 90 % interval of the difference clear of zero, is not clearly worse on rows with
    an attack, in no year more than 5 % worse, and, where its backtest was made with --stress, bears
    that too. It is promoted for the horizons that it passes; where it passes none, nothing changes.
    """
    requested = PromotionOptions(**given)
    from experiments.runs.promotion import promote_workspace, refused
    from forecast.archive.catalogue import issued_versions

    promotion = promote_workspace(workspace, model, requested, issued_versions=issued_versions)
    for reason in promotion.gate.reasons:
        echo(reason, err=promotion.champion is None)
    if promotion.champion is None or promotion.tracked is None:
        raise refused(promotion)
    _warn(promotion.tracked.warning)
    if promotion.gate.failed and requested.why is None:
        left = ", ".join(map(str, promotion.gate.failed))
        echo(f"not promoted for horizon {left}: forecasts of it are conflictology's")
    echo(f"champion {promotion.champion.version}: {promotion.champion.folder}")


@click.command(
    epilog=example(
        "escalation evaluate bm_conflictology_2018.parquet actuals_2018.parquet",
        "escalation evaluate mine.csv actuals_2018.parquet --common --rows rows.csv --json",
    )
)
@click.argument("forecast", type=_file)
@click.argument("actuals", type=_file)
@click.option("--common", is_flag=True, help="Score only the rows that both files hold.")
@click.option("--rows", "rows_file", type=_file, help="CSV or Parquet file for the rows' scores.")
@options.as_json
def evaluate(
    forecast: Path, actuals: Path, common: bool, rows_file: Path | None, as_json: bool
) -> None:
    """Score the draws of FORECAST against ACTUALS in the layout of the VIEWS challenge.

    Both are Parquet or CSV with month_id, country_id or priogrid_gid, and outcome; FORECAST also
    with draw. CRPS, IGN and MIS are given twice: as the challenge published them, and of the
    draws repeated to 1,000.
    """
    from experiments.runs.evaluation import evaluate_files, evaluation_text, write_rows

    evaluated = evaluate_files(forecast, actuals, common=common)
    if rows_file is not None:
        write_rows(evaluated, rows_file)
    echo(json.dumps(evaluated.record(), indent=2) if as_json else evaluation_text(evaluated))


@click.command(epilog=example("escalation doctor", "escalation doctor --send"))
@click.option("--send", is_flag=True, help="Send to MLflow what could not be tracked before.")
@options.as_json
@click.pass_obj
def doctor(workspace: Workspace, send: bool, as_json: bool) -> int:
    """Check installation, settings, store, panels, champions and tracking (waits 3 s at most)."""
    from experiments.tracking.tracker import Tracker
    from forecast.cli.health import check_all, health_record, health_text

    sent = Tracker(workspace).send_missed() if send else []
    checks = check_all(workspace)
    if as_json:
        echo(json.dumps(health_record(checks, sent), indent=2, ensure_ascii=False))
    else:
        echo(health_text(checks, sent))
    failed = [check.exit_code for check in checks] + [3 for item in sent if item.warning]
    return max(failed, default=0)


@click.command(epilog=example("escalation ui", "escalation ui --port 5050"))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=5000,
    show_default=True,
    help="Port to serve on.",
)
@click.pass_obj
def ui(workspace: Workspace, port: int) -> int:
    """Serve MLflow's pages of the workspace's runs on this computer until Ctrl-C."""
    from experiments.tracking.tracker import Tracker

    def say(address: str) -> None:
        echo(f"{address} (only from this computer; Ctrl-C ends it)", err=True)

    return Tracker(workspace).serve_page(port, ready=say)


def _warn(warning: str | None) -> None:
    if warning is not None:
        warn(f"{warning}; `escalation doctor --send` tries again")
