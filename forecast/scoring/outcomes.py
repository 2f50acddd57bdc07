"""Forecast and outcome of an issue: one row a region, horizon and forecast.

Reads a finished issue and a panel, and changes neither. A region-month that is not observed is
left out with its reason and never read as a zero. Figures made of these rows are ``scorecard``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import add_months
from data.schema import DEATHS, EVENTS, SCORE_COLUMNS, STATUSES
from experiments.bands import level_of
from experiments.distribution import Distribution
from experiments.runs.no_change import NO_CHANGE, no_change
from experiments.score_functions import crps, ign
from experiments.training_view import Forecasting
from features.panel import Panel
from forecast.archive.issue_files import DRAWS, Issue

__all__ = [
    "FORECASTS",
    "ISSUED",
    "LEFT_OUT",
    "IssueOutcomes",
    "Outcome",
    "Waiting",
    "model_of",
    "outcomes_of",
]

ISSUED = "issued"
FORECASTS = (ISSUED, *NO_CHANGE)

NO_FORECAST, NO_REGION, NOT_OBSERVED = LEFT_OUT = (
    "not observed at the origin, so not forecast",
    "no region of the panel any more",
    "not observed in the target month",
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """One horizon of an issue whose target month is observed.

    Attributes:
        horizon: Months ahead.
        target_month: Text month.
        model: Plain name of the issue's model of attacks.
        table: The issue's own rows of that horizon.
        rows: Forecasts of the issue and of no change, and outcomes; columns ``SCORE_COLUMNS``.
    """

    horizon: int
    target_month: str
    model: str
    table: pd.DataFrame
    rows: pd.DataFrame


@dataclass(frozen=True)
class Waiting:
    """One horizon of an issue that cannot be scored yet, and why."""

    horizon: int
    target_month: str
    why: str


@dataclass(frozen=True)
class IssueOutcomes:
    """Forecasts and outcomes of an issue.

    Attributes:
        name: The issue's name.
        origin: Its origin.
        revised: Whether the panel up to the origin is no longer what the issue was made from.
        draws_saved: Whether the issue saved its draws, without which it has no CRPS and no IGN.
        outcomes: The horizons that can be scored.
        waiting: Those that cannot yet.
    """

    name: str
    origin: str
    revised: bool
    draws_saved: bool
    outcomes: tuple[Outcome, ...]
    waiting: tuple[Waiting, ...]


def outcomes_of(issue: Issue, panel: Panel) -> IssueOutcomes:
    """Return forecasts and outcomes of an issue.

    Args:
        issue: The issue.
        panel: What is known by now; no change reads it up to the issue's origin.

    Raises:
        EvidenceError: The panel does not hold the issue's origin.
    """
    origin = str(issue.manifest["origin"])
    past = panel.up_to(origin)
    outcomes, waiting = [], []
    for horizon in sorted(set(issue.table["horizon"])):
        table = issue.table[issue.table["horizon"] == horizon].reset_index(drop=True)
        target = add_months(origin, int(horizon))
        why = _waits(panel, target)
        if why is not None:
            waiting.append(Waiting(int(horizon), target, why))
            continue
        rows = _HorizonRows(issue, panel, past, int(horizon), table).rows()
        model = model_of(issue, int(horizon))
        outcomes.append(Outcome(int(horizon), target, model, table, rows))
    return IssueOutcomes(
        name=issue.folder.name,
        origin=origin,
        revised=past.digest() != issue.manifest["data_digest"],
        draws_saved=DRAWS in issue.manifest["files"],
        outcomes=tuple(outcomes),
        waiting=tuple(waiting),
    )


def model_of(issue: Issue, horizon: int) -> str:
    """Return the plain name of an issue's model of attacks at a horizon."""
    return next(
        str(model["model"])
        for model in issue.manifest["models"]
        if model["target"] == EVENTS and model["horizon"] == horizon
    )


def _waits(panel: Panel, month: str) -> str | None:
    """Return why a month cannot be scored; None where it is observed in some region."""
    if month not in panel.months:
        return f"the panel ends with {panel.months[-1]}"
    place = panel.position(month)
    if panel.observed()[:, place].any():
        return None
    codes = np.unique(panel.status[:, place])
    return f"the month is {' or '.join(STATUSES[code].replace('_', ' ') for code in codes)}"


@dataclass(frozen=True)
class _HorizonRows:
    """The forecasts of one horizon and their outcomes."""

    issue: Issue
    panel: Panel
    past: Panel
    horizon: int
    table: pd.DataFrame

    def rows(self) -> pd.DataFrame:
        """Return the rows of every forecast, the issue's own first."""
        draws = _read_draws(self.issue, self.horizon)
        frames = [self._issued(draws)]
        for name, distribution in no_change(self.past, self._task()).items():
            frames.append(self._of_no_change(name, distribution, scored=draws is not None))
        return pd.concat(frames, ignore_index=True)[list(SCORE_COLUMNS)]

    def _task(self) -> Forecasting:
        manifest = self.issue.manifest
        return Forecasting(EVENTS, self.horizon, int(manifest["seed"]), int(manifest["draws"]))

    def _places(self) -> npt.NDArray[np.intp]:
        """Return each row's region in the panel, -1 where the panel no longer has it."""
        return pd.Index(self.panel.region_ids).get_indexer(pd.Index(self.table["region_id"]))

    def _outcome(self) -> dict[str, Any]:
        """Return what does not depend on the forecast: names, counts, why a row is left out."""
        places, month = self._places(), self.panel.position(self._target())
        seen = (places >= 0) & self.panel.observed()[places, month]
        events = np.where(seen, self.panel.measure(EVENTS)[places, month], np.nan)
        deaths = self.panel.measures.get(DEATHS)
        killed = np.full(len(seen), np.nan) if deaths is None else deaths[places, month]
        left_out = np.full(len(seen), None, dtype=object)
        left_out[np.isnan(events)] = NOT_OBSERVED
        left_out[places < 0] = NO_REGION
        left_out[self.table["p_attack"].isna().to_numpy()] = NO_FORECAST
        names = ("region_id", "region", "country", "origin", "target_month", "horizon")
        return {
            **{name: self.table[name].to_numpy() for name in names},
            "observed_events": events,
            "observed_deaths": np.where(seen, killed, np.nan).astype(np.float64),
            "left_out": left_out,
        }

    def _target(self) -> str:
        return add_months(self.past.months[-1], self.horizon)

    def _issued(self, draws: dict[str, npt.NDArray[np.int32]] | None) -> pd.DataFrame:
        table, outcome = self.table, self._outcome()
        taken = {"mean": "expected_events", "q05": "events_p05", "q95": "events_p95"}
        columns = {name: table[source].to_numpy(np.float64) for name, source in taken.items()}
        nothing = np.full(len(table), np.nan)
        scores = {"crps": nothing, "ign": nothing}
        if draws is not None:
            rows = [draws.get(str(region_id)) for region_id in table["region_id"]]
            known = np.array([row is not None for row in rows])
            counts = np.stack([row for row in rows if row is not None])
            scores = _draw_scores(outcome, known, counts)
        return pd.DataFrame(
            {
                **outcome,
                **columns,
                **scores,
                "forecast": ISSUED,
                "rank": table["rank"].astype("Int64"),
                "level": table["level"].to_numpy(object),
                "p_attack": table["p_attack"].to_numpy(np.float64),
            }
        )

    def _of_no_change(self, name: str, distribution: Distribution, *, scored: bool) -> pd.DataFrame:
        """Return a no-change forecast of the rows, ranked and cut into levels as an issue is."""
        places, outcome = self._places(), self._outcome()
        known = (places >= 0) & (outcome["left_out"] != NO_FORECAST)
        shown = Distribution(distribution.draws[places[known]])
        low, high = shown.quantiles((0.05, 0.95))
        nothing = np.full(len(places), np.nan)
        scores = {"crps": nothing, "ign": nothing}
        if scored:
            scores = _draw_scores(outcome, known, shown.draws)
        p_attack = _spread(shown.p_at_least(1), known)
        columns = {"mean": _spread(shown.mean(), known), "q05": _spread(low, known)}
        return pd.DataFrame(
            {
                **outcome,
                **columns,
                **scores,
                "q95": _spread(high, known),
                "forecast": name,
                "rank": _ranks(p_attack, columns["mean"], outcome["region_id"]),
                "level": level_of(p_attack, self.issue.manifest["levels"]),
                "p_attack": p_attack,
            }
        )


def _read_draws(issue: Issue, horizon: int) -> dict[str, npt.NDArray[np.int32]] | None:
    """Return each region's draws of attacks; None where the issue saved none."""
    if DRAWS not in issue.manifest["files"]:
        return None
    frame = pd.read_parquet(
        issue.folder / DRAWS,
        columns=["region_id", "draw", "value"],
        filters=[("horizon", "==", horizon), ("target", "==", EVENTS)],
    )
    frame = frame.sort_values(["region_id", "draw"], ignore_index=True)
    ids = [str(region_id) for region_id in frame["region_id"].unique()]
    values = frame["value"].to_numpy(np.int32).reshape(len(ids), -1)
    return dict(zip(ids, values, strict=True))


def _draw_scores(
    outcome: dict[str, Any], known: npt.NDArray[np.bool_], draws: npt.NDArray[np.int32]
) -> dict[str, Floats]:
    """Return the scores of draws; NaN in rows that are left out.

    Args:
        outcome: Observed counts of the rows, and why rows are left out.
        known: (rows,), which of them have draws.
        draws: (rows with draws, draws).
    """
    counted = np.array([reason is None for reason in outcome["left_out"]])
    both, of_known = known & counted, counted[known]
    observed = outcome["observed_events"][both]
    return {
        "crps": _spread(crps(observed, draws[of_known]), both),
        "ign": _spread(ign(observed, draws[of_known]), both),
    }


def _spread(values: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Return values at the rows that have one, NaN at the others."""
    spread = np.full(len(known), np.nan)
    spread[known] = values
    return spread


def _ranks(p_attack: Floats, mean: Floats, region_id: npt.NDArray[np.object_]) -> pd.Series:
    """Rank as the risk table does: by probability, expected attacks and region id."""
    order = np.lexsort((region_id.astype("U"), -mean, -p_attack))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return pd.Series(ranks, dtype="Int64").where(~np.isnan(p_attack))
