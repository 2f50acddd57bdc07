"""``escalation backtest --ablate``: what each family of features is worth.

The same backtest is run with all families and once more without each, and scored on the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from data.errors import ConfigError
from data.terminal import text_table
from data.workspace import Workspace
from experiments.backtest.backtest import add_to_backtest, write_backtest
from experiments.backtest.catalogue import ABLATION
from experiments.backtest.checkpoints import Checkpoints
from experiments.backtest.specification import BacktestSpec
from experiments.models.catalogue import FEATURED
from experiments.runs.challenge import panel_of
from experiments.runs.running import BacktestResult, run_resumable
from experiments.scores.bootstrap import Bootstrap, Resampler
from experiments.scores.paired_rows import pair_rows
from experiments.tracking.tracker import Tracker

__all__ = ["ABLATION_COLUMNS", "ablation_models", "ablation_table", "run_ablation"]

ABLATION_COLUMNS = ("model", "horizon", "family", "features", "score", "worth", "low", "high")

_USUAL = ("lgbm_hurdle", "lgbm_forest")
_SCORES = ("crps", "ign", "brier", "ap")


def ablation_models(spec: BacktestSpec, named: Sequence[str]) -> tuple[str, ...]:
    """Return the models to ablate: those named, else the usual ones of a specification.

    The usual ones are ``lgbm_hurdle`` and ``lgbm_forest``, or whatever else reads features.

    Args:
        spec: Whose models are looked through.
        named: Names of models; empty for the usual ones.

    Raises:
        ConfigError: A model reads no features, or the specification has none that does.
    """
    own = spec.own()
    featured = {*FEATURED, *(kind.name for kind in (own.models if own else ()))}
    for name in named:
        if name not in featured:
            raise ConfigError(
                f'--ablate: expected models that read features, got "{name}"'
                f" (known: {', '.join(sorted(featured))})"
            )
    reading = [name for name in spec.models if name in featured]
    usual = [name for name in reading if name in _USUAL]
    if not (named or reading):
        raise ConfigError("--ablate: none of the models reads features: name one that does")
    return tuple(named or usual or reading)


def ablation_table(
    whole: pd.DataFrame,
    without: Mapping[str, pd.DataFrame],
    *,
    families: Mapping[str, int],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare forecasts made with all families with those made without one.

    Args:
        whole: Rows of the backtest with every family.
        without: Family to the rows of the same backtest without it.
        families: Family to its number of features.
        bootstrap: Settings of the bootstrap over target months, for the 90 % intervals.

    Returns:
        A row a model, horizon, family and score, columns ``ABLATION_COLUMNS``. ``worth`` is how
        much the score is better with the family: above 0 it helps, whichever way the score runs.

    Raises:
        EvidenceError: The two were scored on different rows.
    """
    rows = []
    models = whole[["model", "horizon"]].drop_duplicates()
    for family, other in without.items():
        names = other["model"].astype(str) + _without(family)
        both = pd.concat([whole, other.assign(model=names)], ignore_index=True)
        resamplers = {h: Resampler(paired, bootstrap) for h, paired in pair_rows(both).items()}
        for model, horizon in models.itertuples(index=False):
            of = {"model": model, "horizon": horizon, "family": family}
            of["features"] = families[family]
            rows += [of | row for row in _worths(resamplers[horizon], model, family)]
    return pd.DataFrame(rows, columns=list(ABLATION_COLUMNS))


def run_ablation(workspace: Workspace, spec: BacktestSpec, models: Sequence[str]) -> BacktestResult:
    """Say what each family of features is worth, write it beside the backtest and track both.

    Args:
        workspace: Where the panel is.
        spec: The backtest; only the ablated models are run.
        models: Models to ablate; empty for the usual ones.

    Returns:
        The backtest with every family, and the table.

    Raises:
        ConfigError: A model reads no features.
        EvidenceError: The panel is absent or cannot answer the specification.
    """
    spec = spec.changed(models=ablation_models(spec, models))
    panel = panel_of(workspace, spec)
    whole, checkpoints = run_resumable(workspace, panel, spec, label="backtest")
    families: dict[str, int] = whole.manifest["families"]
    if len(families) < 2:
        raise ConfigError("--ablate: expected two or more families of features, got one")
    finished: list[Checkpoints] = [checkpoints]
    without: dict[str, pd.DataFrame] = {}
    for place, family in enumerate(families, 1):
        less = spec.changed(without=(*spec.without, family))
        label = f"without {family} ({place} of {len(families)})"
        backtest, checkpoints = run_resumable(workspace, panel, less, label=label)
        without[family] = backtest.forecasts
        finished.append(checkpoints)
    table = ablation_table(whole.forecasts, without, families=families, bootstrap=Bootstrap())
    folder = write_backtest(whole, workspace.backtests)
    file = add_to_backtest(folder, ABLATION, table.to_csv(index=False, lineterminator="\n"))
    for checkpoints in finished:
        checkpoints.remove()
    tracked = Tracker(workspace).log_backtest(folder)
    text = f"{_ablation_text(table)}\n\ntable: {file}"
    return BacktestResult(folder, tracked, text)


def _ablation_text(table: pd.DataFrame) -> str:
    """Return the table for readers: a block a model and horizon, a line a family."""
    lines = ["What each family of features is worth: the score without it less the score with it,"]
    lines += ["for ap the other way round; above 0 it helps. In brackets: 90 % interval, block"]
    lines += ["bootstrap over months. Families overlap, so that the worths do not add up."]
    for (model, horizon), rows in table.groupby(["model", "horizon"], sort=False):
        lines += ["", f"{model}, {horizon} month{'s' if int(str(horizon)) > 1 else ''} ahead", ""]
        shown = [
            [family, int(part["features"].iloc[0]), *_cells(part)]
            for family, part in rows.groupby("family", sort=False)
        ]
        lines.append(text_table(["family", "features", *_SCORES], shown))
    return "\n".join(lines)


def _without(family: str) -> str:
    return f" without {family}"


def _worths(resampler: Resampler, model: str, family: str) -> Iterator[dict[str, Any]]:
    """Yield how much better each score of a model is with a family than without it."""
    lines = [resampler.rows.line(name) for name in (model, model + _without(family))]
    for score in _SCORES:
        worth = resampler.difference(score, *(reversed(lines) if score != "ap" else lines))
        yield {"score": score, "worth": worth.estimate, "low": worth.low, "high": worth.high}


def _cells(rows: pd.DataFrame) -> list[str]:
    by_score = {str(row["score"]): row for row in rows.to_dict("records")}
    return [
        f"{row['worth']:+z.4f} [{row['low']:+z.4f}, {row['high']:+z.4f}]"
        for row in (by_score[score] for score in _SCORES)
    ]
