"""What looking back and around gives: scores of issues, lists of regions, what to watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from escalation.issue_values import RISK, frame_of, printed, risk_texts
from escalation.notebook import page
from forecast.scoring.alert_text import alerts_json
from forecast.scoring.alerts import Alerts as MadeAlerts
from forecast.scoring.issues import ScoredIssue
from forecast.watch.watching import Watch as MadeWatch

__all__ = ["Alerts", "Scores", "Watch", "alerts_of", "scores_of"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Issues set beside the months that have come.

    Attributes:
        scores: A row an issue, horizon and forecast (``issued``, ``conflictology``, ``last``).
        levels: A row an issue, horizon and level: how many regions it held and were attacked.
        rows: A row an issue, region, horizon and forecast, with what was observed.
        waiting: Horizons that cannot be scored yet, and why.
        warnings: Issues that were left out, and what tracking missed.
    """

    scores: pd.DataFrame
    levels: pd.DataFrame
    rows: pd.DataFrame
    waiting: pd.DataFrame
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        scored = self.scores["issue"].nunique() if len(self.scores) else 0
        return f"Scores({scored} issues scored, {len(self.waiting)} horizons waiting)"

    def _repr_html_(self) -> str:
        tables = {"Scores": self.scores, "Levels": self.levels, "Waiting": self.waiting}
        filled = {name: frame for name, frame in tables.items() if len(frame)}
        return page("Forecast verification", None, filled, notes=self.warnings)


@dataclass(frozen=True, eq=False)
class Alerts:
    """A list of regions to watch, and what such lists were worth.

    Attributes:
        watched: Rows of the risk table, in order of rank.
        past: A row a forecast (the issue's model, then no-change) and target month: regions
            ``listed``, how many of them were ``hits``, and regions ``attacked`` in all.
        record: All figures as plain values, as ``escalation alerts --json`` prints them.
    """

    watched: pd.DataFrame
    past: pd.DataFrame
    record: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"Alerts({self.record['target_month']}: {len(self.watched)} of"
            f" {self.record['regions']:,} regions)"
        )

    def _repr_html_(self) -> str:
        names = ("issue", "target_month", "model", "backtest", "threshold")
        facts = {name: self.record[name] for name in names}
        facts["expected hits"] = f"{self.record['expected_hits']:.1f}"
        tables = {"Regions to watch": risk_texts(self.watched, RISK)}
        if len(self.past):
            means = self.past.groupby("forecast", sort=False)[["listed", "hits", "attacked"]].mean()
            tables["Past lists, mean of a month"] = means.reset_index()
        return page("List to watch", facts, tables)


@dataclass(frozen=True, eq=False)
class Watch:
    """What to watch, from the events up to a month alone.

    Attributes:
        watch: The sections with their notes, and the lists that were read.
        files: The files that were written.
    """

    watch: MadeWatch
    files: tuple[Path, ...]

    @property
    def month(self) -> str:
        """The last month that was read."""
        return self.watch.month

    @property
    def sections(self) -> Mapping[str, pd.DataFrame]:
        """Name of a section (sites hit again, new attackers ...) to its rows."""
        return {section.name: frame_of(section) for section in self.watch.sections}

    @property
    def lists(self) -> pd.DataFrame:
        """A row an event list: ``source, name, complete, attacks, last``."""
        return pd.DataFrame(self.watch.lists)

    def __repr__(self) -> str:
        counts = (f"{len(part.rows)} {part.name}" for part in self.watch.sections if part.rows)
        return f"Watch({self.month}: {', '.join(counts) or 'nothing'})"

    def _repr_html_(self) -> str:
        tables = {part.title: printed(part) for part in self.watch.sections if part.rows}
        facts = {"files": ", ".join(map(str, self.files)) or None}
        return page(f"What to watch, {self.month}", facts, tables)


def scores_of(scored: Sequence[ScoredIssue], warnings: Sequence[str]) -> Scores:
    """Return scored issues as frames."""
    scores, levels, rows, waiting = [], [], [], []
    for issue in scored:
        for one in issue.horizons:
            key = {"issue": issue.name, "horizon": one.outcome.horizon}
            key |= {"target_month": one.outcome.target_month}
            scores += [{**key, **asdict(figures)} for figures in one.card.forecasts]
            levels += [{**key, **asdict(figures)} for figures in one.card.levels]
            rows.append(one.outcome.rows.assign(issue=issue.name))
        waiting += [{"issue": issue.name, **asdict(one)} for one in issue.outcomes.waiting]
    return Scores(
        scores=pd.DataFrame(scores),
        levels=pd.DataFrame(levels),
        rows=pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(),
        waiting=pd.DataFrame(waiting),
        warnings=tuple(warnings),
    )


def alerts_of(made: MadeAlerts) -> Alerts:
    """Return a list to watch with its past month by month."""
    past = [
        pd.DataFrame(
            {
                "forecast": lists.model,
                "target_month": list(lists.months),
                "listed": lists.listed,
                "hits": lists.hits,
                "attacked": lists.attacked,
            }
        )
        for lists in made.past
    ]
    return Alerts(
        watched=made.watched.reset_index(drop=True),
        past=pd.concat(past, ignore_index=True) if past else pd.DataFrame(),
        record=alerts_json(made),
    )
