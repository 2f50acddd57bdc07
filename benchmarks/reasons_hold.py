"""Take the named cause out of the input and see whether the forecast falls.

A champion is trained on the bundled sample through December 2019 and asked each quarter of 2020.
Of the regions with P(attack) of 5 % or more whose first reason raised the forecast, a seeded sample
is taken. What the sentence names is set to zero in the months that it names: the region's own
attacks, its deaths, the attacks of its neighbours or of the rest of the country. Features are made
anew, the same model is asked again, and P(attack) should be lower. Distances to capitals and
borders cannot be taken out and are left out; their number is printed. As a check, the attacks of
the same months are taken out of as many other regions that were hit in them, chosen by chance:
`control_falls` is how often that lowers the forecast, `control_mean_fall` by how much.

    python benchmarks/reasons_hold.py
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from data.months import month_range  # noqa: E402
from data.schema import DEATHS, EVENTS, FIGURE_MEASURES  # noqa: E402
from experiments.backtest.specification import BacktestSpec, build_table  # noqa: E402
from experiments.backtest.training import HorizonModel, train_model  # noqa: E402
from experiments.models.pool import PoolSettings  # noqa: E402
from experiments.training_view import Forecasting, view_at  # noqa: E402
from features.panel import Panel  # noqa: E402
from features.table import build_features  # noqa: E402
from forecast.model.past import Past  # noqa: E402
from forecast.model.reasons import Reason, explain  # noqa: E402

SAMPLES = ROOT / "data" / "samples"
TRAINED, ORIGINS = "2019-12", ("2020-03", "2020-06", "2020-09", "2020-12")
SEEN = 0.05
HORIZON = 1
SEASON, YEAR, LONG_RUN = 3, 12, 36

ALL = tuple(FIGURE_MEASURES)
DEADLY = tuple(
    name
    for name in FIGURE_MEASURES
    if name.startswith(DEATHS) or name in ("largest_event", "civilians")
)


@dataclass(frozen=True)
class Cut:
    """What is set to zero: measures of some regions in some months, counted from the end."""

    rows: list[int]
    months: list[int]
    measures: tuple[str, ...] = ALL


def cut_of(idea: str, past: Past, row: int) -> Cut | None:
    """Return what a reason names; None where it cannot be taken out."""
    find = CUTS.get(idea)
    return None if find is None else find(past, row)


def without(panel: Panel, cut: Cut) -> Panel:
    """Return the panel with what a reason names set to zero."""
    place = np.ix_(cut.rows, [len(panel.months) + month for month in cut.months])
    measures = dict(panel.measures)
    for name in set(cut.measures) & set(measures):
        values = measures[name].copy()
        values[place] = np.where(np.isnan(values[place]), np.nan, 0.0)
        measures[name] = values
    return replace(panel, measures=measures)


def _last(months: int) -> list[int]:
    return list(range(-months, 0))


def _neighbours(past: Past, row: int) -> Cut:
    near = [int(n) for n in past.neighbours[row]]
    struck = np.nansum(past.events[near, -1]) > 0
    return Cut(near, _last(1 if struck else SEASON))


def _nearest(past: Past, row: int) -> Cut:
    hit = past.events[:, -SEASON:].sum(axis=1) > 0
    hit[row] = False
    return Cut([int(np.argmin(np.where(hit, past.distances(row), np.inf)))], _last(SEASON))


def _others(past: Past, row: int, country: bool) -> Cut:
    names = past.panel.regions["country"].to_numpy()
    chosen = (names == names[row]) if country else np.ones(len(names), dtype=bool)
    chosen[row] = False
    return Cut([int(place) for place in np.flatnonzero(chosen)], _last(YEAR))


def _deadliest(past: Past, row: int) -> Cut:
    if "largest_event" not in past.panel.measures:
        return Cut([row], _last(SEASON), DEADLY)
    tolls = past.panel.measures["largest_event"][row, -YEAR:]
    return Cut([row], [int(np.argmax(tolls)) - YEAR], DEADLY)


def _seasons(_past: Past, row: int) -> Cut:
    return Cut([row], [HORIZON - 1 - YEAR * back for back in range(1, 6)])


CUTS: Mapping[str, Callable[[Past, int], Cut]] = {
    "recent": lambda _past, row: Cut([row], _last(SEASON)),
    "long run": lambda _past, row: Cut([row], _last(LONG_RUN)),
    "deaths": lambda _past, row: Cut([row], _last(SEASON), DEADLY),
    "deadliest": _deadliest,
    "neighbours": _neighbours,
    "nearest": _nearest,
    "country": lambda past, row: _others(past, row, True),
    "field": lambda past, row: _others(past, row, False),
    "season": _seasons,
}


def sample_panel() -> Panel:
    """Return the bundled sample as a panel."""
    regions = pd.read_parquet(SAMPLES / "sahel_regions.parquet")
    regions = regions.sort_values("region_id", ignore_index=True)
    figures = pd.read_parquet(SAMPLES / "sahel_figures.parquet")
    months = tuple(month_range(figures["month"].min(), figures["month"].max()))
    figures = figures.set_index(["region_id", "month"])
    whole = pd.MultiIndex.from_product([regions["region_id"], months])
    names = [name for name in FIGURE_MEASURES if name in figures]
    values = figures[names].reindex(whole)
    shape = (len(regions), len(months))
    return Panel(
        scale="admin1",
        regions=regions,
        months=months,
        measures={n: values[n].to_numpy(np.float32).reshape(shape) for n in names},
        status=np.where(values[EVENTS].isna(), 3, 0).astype(np.int8).reshape(shape),
    )


@dataclass(frozen=True)
class Asked:
    """A model at one origin."""

    model: HorizonModel
    panel: Panel
    names: tuple[str, ...]
    task: Forecasting

    def p_attack(self, panel: Panel) -> np.ndarray:
        """Return P(attack) of every region of a panel that ends at the origin."""
        table = build_features(panel, since=panel.months[-1])
        assert table.names == self.names
        known = view_at(panel, table, self.task, origin=panel.months[-1])
        return self.model.predict(known)[0].p_at_least(1)

    def reasons(self) -> list[tuple[Reason, ...]]:
        """Return each region's reasons."""
        table = build_features(self.panel, since=self.panel.months[-1])
        known = view_at(self.panel, table, self.task, origin=self.panel.months[-1])
        contributions = self.model.contributions(known)
        return explain(self.panel, horizon=HORIZON, contributions=contributions)


@dataclass(frozen=True)
class Trial:
    """One reason that was taken out."""

    origin: str
    region: str
    reason: Reason
    before: float
    after: float
    control: float


def raised(asked: Asked, p: np.ndarray) -> list[tuple[int, Reason]]:
    """Return the regions that a reader looks at whose first reason raised the forecast."""
    found = [(row, reasons[0]) for row, reasons in enumerate(asked.reasons()) if reasons]
    return [(row, reason) for row, reason in found if p[row] >= SEEN and reason.way > 0]


def tried(asked: Asked, pairs: list[tuple[int, Reason]], p: np.ndarray) -> list[Trial]:
    """Take each reason out in its turn and ask again; then the same of other regions."""
    past, trials = Past(asked.panel), []
    for row, reason in pairs:
        cut = cut_of(reason.idea, past, row)
        if cut is not None:
            changed = [without(asked.panel, one) for one in (cut, elsewhere(past, cut, row))]
            after, control = (float(asked.p_attack(panel)[row]) for panel in changed)
            name = str(asked.panel.regions["region"].iloc[row])
            month = asked.panel.months[-1]
            trials.append(Trial(month, name, reason, float(p[row]), after, control))
    return trials


def elsewhere(past: Past, cut: Cut, row: int) -> Cut:
    """Return a cut of as many other regions, hit in the same months where there are so many."""
    hit = past.events[:, cut.months].sum(axis=1) > 0
    others = np.random.default_rng(row).permutation(len(hit))
    free = [int(other) for other in others if other != row and other not in cut.rows]
    free.sort(key=lambda other: not hit[other])
    return replace(cut, rows=free[: len(cut.rows)])


def train(panel: Panel, model: str) -> tuple[HorizonModel, tuple[str, ...], BacktestSpec]:
    """Train a model as the demo does, through ``TRAINED``."""
    spec = replace(BacktestSpec(models=(model,)), pool=PoolSettings(inner=12))
    past = panel.up_to(TRAINED)
    table = build_table(past, spec, known_through=TRAINED)
    jobs = len(os.sched_getaffinity(0))
    trained = train_model(past, table, spec, model, origin=TRAINED, jobs=jobs)
    return trained.horizons[HORIZON], table.names, spec


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="blend")
    parser.add_argument("--rows", type=int, default=120, help="reasons to take out")
    asked = parser.parse_args()
    begun = time.perf_counter()
    panel = sample_panel()
    model, names, spec = train(panel, asked.model)
    found: list[tuple[Asked, np.ndarray, tuple[int, Reason]]] = []
    for origin in ORIGINS:
        one = Asked(model, panel.up_to(origin), names, Forecasting(EVENTS, HORIZON, spec.seed))
        p = one.p_attack(one.panel)
        found += [(one, p, pair) for pair in raised(one, p)]
    picked = np.random.default_rng(spec.seed).permutation(len(found))[: asked.rows]
    trials = [
        trial for i in sorted(picked) for trial in tried(found[i][0], [found[i][2]], found[i][1])
    ]
    for trial in trials:
        mark = "falls" if trial.after < trial.before else "HOLDS"
        print(
            f"{mark} {trial.before:.3f} -> {trial.after:.3f} {trial.origin} {trial.region}:"
            f" {trial.reason.text}"
        )
    ideas = Counter(trial.reason.idea for trial in trials)
    falls = Counter(t.reason.idea for t in trials if t.after < t.before)
    for idea, count in ideas.most_common():
        print(f"{idea}: {falls[idea]} of {count} fall")
    line = {
        "model": asked.model,
        "raised": len(found),
        "tried": len(trials),
        "share_falls": round(sum(falls.values()) / len(trials), 3),
        "control_falls": round(float(np.mean([t.control < t.before for t in trials])), 3),
        "mean_fall": round(float(np.mean([t.before - t.after for t in trials])), 4),
        "control_mean_fall": round(float(np.mean([t.before - t.control for t in trials])), 4),
        "not_removable": len(picked) - len(trials),
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
