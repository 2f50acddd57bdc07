"""Made histories that no record has seen: wars beyond it, ends, breaks, restarts, new regions.

Six stresses are laid into a real panel, each from one month on, in three regions that the record
before that month chooses by rank:

- ``rises``: up to ten times anything seen in any region before, and stays there;
- ``ends``: rises so for twelve months, then nothing more;
- ``halves``: rises so for twelve months, then half of it for two years;
- ``restarts``: ten years without an attack, then a war at the height of the record;
- ``break``: from the thirteenth month on, half of all events of all regions go unreported;
- ``appears``: not observed before, then a war at the height of the record.

A war has the months of the heaviest one in the record before (three years of one region), times a
factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError
from data.months import add_months
from data.schema import OBSERVED, STATUSES
from experiments.backtest.backtest import Progress, run_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.scores.stress_gains import GAIN_COLUMNS, gains
from features.panel import Panel

__all__ = [
    "STRESSES",
    "STRESS_COLUMNS",
    "check_stress",
    "most_active",
    "stress_rows",
    "stress_start",
]

STRESS_COLUMNS = ("horizon", "stress", "model", *GAIN_COLUMNS)
_BASELINE = "conflictology"
_MONTHS, _YEAR, _PEACE = 36, 12, 120
_TIMES_RECORD = 10.0
_RANKS = (0.25, 0.5, 0.75)
_SEED = 20260101
# Measures that are counts of attacks and tolls; the others say who and where.
_COUNTED = ("events", "deaths", "largest_event")

Floats = npt.NDArray[np.float64]
Measures = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Ground:
    """What the record before the first made month says.

    Attributes:
        target: Measure that is forecast.
        start: Position of that month.
        regions: Positions of the stressed regions, by rank of activity.
        war: Measure to the months of the heaviest war, (months,).
        record: Largest count of the target in any region and month.
    """

    target: str
    start: int
    regions: list[int]
    war: dict[str, Floats]
    record: float


def stress_start(panel: Panel) -> str:
    """Return the first made month of a panel: its last three complete years are made."""
    return add_months(panel.last_complete_month(), 1 - _MONTHS)


def stress_rows(
    panel: Panel,
    spec: BacktestSpec,
    *,
    start: str,
    progress: Progress,
    stresses: Sequence[str] = (),
    jobs: int | None = None,
) -> pd.DataFrame:
    """Forecast and score made histories, each model against conflictology.

    Args:
        panel: The real panel.
        spec: Models, horizons and settings; its origins are not used.
        start: First made month; three years from it on are forecast.
        progress: Called with (folds done, folds in all, what is done).
        stresses: Names of stresses; empty for all.
        jobs: Processes; None for one a core.

    Returns:
        A row a horizon, stress and model, columns ``STRESS_COLUMNS``.

    Raises:
        EvidenceError: See ``check_stress``.
    """
    ground = check_stress(panel, spec, start=start)
    last = add_months(start, _MONTHS - 1 - min(spec.horizons))
    made = spec.changed(origins=f"{add_months(start, -1)}:{last}")
    names = list(stresses or STRESSES)
    rows: list[dict[str, Any]] = []
    for place, name in enumerate(names):

        def report(done: int, folds: int, what: str, place: int = place, name: str = name) -> None:
            progress(place * folds + done, len(names) * folds, f"{name}: {what}")

        backtest = run_backtest(STRESSES[name](panel, ground), made, progress=report, jobs=jobs)
        for horizon, part in backtest.forecasts.groupby("horizon"):
            own = {"horizon": horizon, "stress": name}
            rows += [{**own, "model": m, **gains(part, m, _BASELINE)} for m in spec.models]
    return pd.DataFrame(rows, columns=list(STRESS_COLUMNS))


def check_stress(panel: Panel, spec: BacktestSpec, *, start: str) -> Ground:
    """Return what the record says before a month, where stresses can be laid from it on.

    Raises:
        EvidenceError: Conflictology is not among the models, or that record is too short or too
            quiet to make a war from.
    """
    if _BASELINE not in spec.models:
        raise EvidenceError(
            f"stresses are scored against {_BASELINE}: expected it among the models, got"
            f" {', '.join(spec.models)}"
        )
    return _ground(panel, spec.target, start)


def most_active(panel: Panel, measure: str, *, before: str, regions: int) -> Panel:
    """Return the regions with the most months of attacks before a month, as a panel of their own.

    Args:
        panel: The panel; returned as it is where it has no more regions than asked for.
        measure: Measure whose months above 0 are counted.
        before: Month, YYYY-MM.
        regions: How many regions.
    """
    if len(panel.regions) <= regions:
        return panel
    known = np.nan_to_num(panel.measure(measure)[:, : panel.position(before)])
    order = np.argsort(-(known > 0).sum(axis=1), kind="stable")
    chosen = np.sort(order[:regions])
    ids = {panel.region_ids[k] for k in chosen}
    table = panel.regions.iloc[chosen].reset_index(drop=True)
    table["neighbours"] = [
        ";".join(n for n in str(text).split(";") if n in ids) for text in table["neighbours"]
    ]
    return replace(
        panel,
        regions=table,
        measures={name: values[chosen] for name, values in panel.measures.items()},
        status=panel.status[chosen],
    )


def _ground(panel: Panel, target: str, start: str) -> Ground:
    """Choose regions and war from the record before a month."""
    place = panel.position(start)
    counts = np.nan_to_num(panel.measure(target)[:, :place].astype(np.float64))
    active = (counts > 0).sum(axis=1)
    ranked = np.argsort(-active, kind="stable")[: int((active >= _YEAR).sum())]
    if place < _MONTHS or not len(ranked):
        raise EvidenceError(
            f"expected {_MONTHS} months before {start}, and a region with {target} in {_YEAR} of"
            f" them, to make a war from; got {place} months and {len(ranked)} such regions"
        )
    sums = np.lib.stride_tricks.sliding_window_view(counts, _MONTHS, axis=1).sum(axis=2)
    donor, month = np.unravel_index(int(sums.argmax()), sums.shape)
    window = slice(int(month), int(month) + _MONTHS)
    war = {
        name: np.nan_to_num(values[int(donor), window].astype(np.float64))
        for name, values in panel.measures.items()
    }
    regions = [int(ranked[int(share * (len(ranked) - 1))]) for share in _RANKS]
    return Ground(target, place, regions, war, float(counts.max()))


def _copied(panel: Panel) -> Measures:
    return {name: values.copy() for name, values in panel.measures.items()}


def _lay(measures: Measures, ground: Ground, region: int, shape: Floats, height: float) -> None:
    """Put a war into one region from the start on: its months times a shape, up to a height."""
    counted = shape * height / ground.war[ground.target].max()
    months = slice(ground.start, ground.start + _MONTHS)
    for name, values in measures.items():
        # Who and where stays as it was in that war; counts and tolls are scaled.
        factor = counted if name.startswith(_COUNTED) else shape > 0
        values[region, months] = np.round(ground.war[name] * factor)


def _rising(shape: Floats) -> Callable[[Panel, Ground], Panel]:
    """Return a stress: a war up to ten times the record, with a shape over its months."""

    def made(panel: Panel, ground: Ground) -> Panel:
        measures = _copied(panel)
        for region in ground.regions:
            _lay(measures, ground, region, shape, _TIMES_RECORD * ground.record)
        return replace(panel, measures=measures)

    return made


def _restarts(panel: Panel, ground: Ground) -> Panel:
    """Ten years without an attack, then a war at the height of the record."""
    measures = _copied(panel)
    for region in ground.regions:
        for values in measures.values():
            values[region, max(ground.start - _PEACE, 0) : ground.start] = 0
        _lay(measures, ground, region, _ONES, ground.record)
    return replace(panel, measures=measures)


def _breaks(panel: Panel, ground: Ground) -> Panel:
    """From the thirteenth month on each event is reported with a chance of one half."""
    rng = np.random.default_rng(_SEED)
    measures = _copied(panel)
    for name, values in measures.items():
        late = values[:, ground.start + _YEAR :]
        seen = np.isfinite(late) & name.startswith(_COUNTED)
        late[seen] = rng.binomial(np.round(late[seen]).astype(np.int64), 0.5)
    return replace(panel, measures=measures)


def _appears(panel: Panel, ground: Ground) -> Panel:
    """Regions that were not observed before, then have a war at the height of the record."""
    measures, status = _copied(panel), panel.status.copy()
    unknown = next(k for k, name in enumerate(STATUSES) if name != OBSERVED)
    for region in ground.regions:
        status[region, : ground.start] = unknown
        for values in measures.values():
            values[region, : ground.start] = np.nan
        _lay(measures, ground, region, _ONES, ground.record)
    return replace(panel, measures=measures, status=status)


_ONES = np.ones(_MONTHS)
_LATER = np.arange(_MONTHS) >= _YEAR
STRESSES: dict[str, Callable[[Panel, Ground], Panel]] = {
    "rises": _rising(_ONES),
    "ends": _rising(np.where(_LATER, 0.0, 1.0)),
    "halves": _rising(np.where(_LATER, 0.5, 1.0)),
    "restarts": _restarts,
    "break": _breaks,
    "appears": _appears,
}
