"""Forecast verification as sections of a new issue: by level, against no change, and the misses.

Reads the panel up to the new issue's origin, issues of earlier origins and months of backtests up
to it, and nothing else: the sections are part of the issue and are never updated.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.errors import EscalationError
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.runs.confidence import band_records
from experiments.runs.no_change import NO_CHANGE
from experiments.score_functions import brier
from features.panel import Panel
from forecast.archive.catalogue import Catalogue
from forecast.scoring.issues import Horizon, score_issue
from forecast.scoring.outcomes import ISSUED
from forecast.scoring.scorecard import FALSE_ALARM, LookBack, Scorecard, scorecard_of
from forecast.scoring.scorecard_text import (
    NO_CHANGE_WORDS,
    alarm_counts,
    level_result,
    level_words,
    versus_words,
)
from forecast.sections.context import IssueContext
from forecast.text.sections import Cell, Column, Section
from forecast.text.wording import expected, month_words, months_ahead, score, short_month

__all__ = ["verification_sections"]

MOST_ISSUES = 12
MOST_MISSES, MOST_FALSE_ALARMS = 30, 10

_TITLES = {
    "scorecard_levels": "Forecast verification: levels",
    "scorecard_models": "Forecast verification: against no change",
    "scorecard_misses": "Forecast verification: misses and false alarms",
}
_LEVELS = (
    Column("level", "Level", "Risk level of the forecast"),
    Column("regions", "Regions", "Scored regions of that level", "whole"),
    Column("said", "Forecast", "Their mean probability of at least one attack", "percent"),
    Column("attacked", "Attacked", "How many of them were attacked", "whole"),
    Column("hits", "Hits", "Attacked regions of this level or above", "whole"),
    Column("misses", "Misses", "Attacked regions below this level", "whole"),
    Column("false_alarms", "False alarms", "Regions of this level or above, no attack", "whole"),
    Column(
        "correct_rejections", "Correct rejections", "Regions below this level, no attack", "whole"
    ),
    Column("record_regions", "All issues: regions", "Regions of that level, all issues", "whole"),
    Column("record_said", "All issues: forecast", "Their mean probability of attack", "percent"),
    Column("record_attacked", "All issues: attacked", "How many were attacked", "whole"),
)
_MODELS = (
    Column("scored", "Scored", "Target month, or how many issues are scored together"),
    Column("horizon", "Months ahead", "Months from the origin to the target month", "whole"),
    Column("forecast", "Forecast", "As issued, or one of the two no-change forecasts"),
    Column("brier", "Brier", "Mean squared error of P(attack); lower is better", "score"),
    Column("log_loss", "Log loss", "Of P(attack), nats; lower is better", "score"),
    Column("ap", "AP", "Average precision of P(attack); higher is better", "score"),
    Column("recall_top10", "Top 10", "Attacked regions among the 10 ranked first", "share"),
    Column("recall_top20", "Top 20", "Attacked regions among the 20 ranked first", "share"),
    Column("listed", "List", "Regions at level very high or high in the issue", "whole"),
    Column("hits_listed", "List hits", "Attacked regions among as many ranked first", "whole"),
    Column("inside90", "In 90 %", "Counts inside the 90 % interval", "share"),
    Column("crps", "CRPS", "Of attacks, where draws were saved; lower is better", "score"),
    Column("ign", "IGN", "Bits, where draws were saved; lower is better", "score"),
)
_MISSES = (
    Column("kind", "Kind", "Missed attack, more attacks than the 95 % quantile, or false alarm"),
    Column("region", "Region", "Name of the region"),
    Column("country", "Country", "Country of the region"),
    Column("level", "Level", "Risk level of the forecast"),
    Column("p_attack", "Chance", "Probability of at least one attack in the forecast", "percent"),
    Column("last_events", "Last month", "Attacks in the origin's month, as known then", "whole"),
    Column("mean12_events", "12-month mean", "Attacks a month, as known then", "count"),
    Column("neighbour_events", "Neighbours", "Attacks in its neighbours in that month", "whole"),
    Column("reason", "Reason", "First reason of the forecast"),
    Column("attacks", "Attacks observed", "Attacks in the target month", "whole"),
    Column("deaths", "Deaths observed", "Deaths in the target month", "whole"),
)


@dataclass(frozen=True)
class _Scores:
    """Scored horizons of earlier issues at one horizon, the newest first.

    Attributes:
        horizon: Months ahead.
        names: Names of the issues.
        scored: Their scored horizons.
    """

    horizon: int
    names: list[str] = field(default_factory=list)
    scored: list[Horizon] = field(default_factory=list)

    @property
    def newest(self) -> Horizon:
        """The one whose target month is the latest."""
        return self.scored[0]

    @property
    def issue(self) -> str:
        """The newest one in words."""
        month = month_words(self.newest.outcome.target_month)
        return f"Issue {self.names[0]} for {month}, {months_ahead(self.horizon)}"

    def together(self) -> Scorecard:
        """Return the figures of all of them together."""
        return scorecard_of(pd.concat([one.outcome.rows for one in self.scored]))

    def span(self) -> str:
        """Return how many issues they are and of which months."""
        months = sorted(one.outcome.target_month for one in self.scored)
        if len(months) == 1:
            return f"1 issue, {short_month(months[0])}"
        return f"{len(months)} issues, {short_month(months[0])} to {short_month(months[-1])}"


def verification_sections(context: IssueContext) -> tuple[Section, ...]:
    """Return ``scorecard_levels``, ``scorecard_models`` and ``scorecard_misses`` of a new issue.

    Earlier issues are scored at the horizons of the new one.
    """
    models = {
        prediction.forecast.horizon: prediction.model
        for prediction in context.predictions
        if prediction.forecast.target == EVENTS
    }
    scores = _score_earlier(context.catalogue, context.past, horizons=sorted(models))
    if not scores:
        return _nothing_yet(context.workspace, context.past, models)
    return _levels_section(scores[0]), _models_section(scores), _misses_section(scores[0])


def _score_earlier(catalogue: Catalogue, past: Panel, *, horizons: Sequence[int]) -> list[_Scores]:
    """Score the latest earlier issues by what is known at the origin, horizon by horizon."""
    by_horizon = {horizon: _Scores(horizon) for horizon in horizons}
    issues = catalogue.earlier(past.scale, past.months[-1])
    for issue in itertools.islice(issues, MOST_ISSUES + max(horizons, default=0)):
        try:
            scored = score_issue(issue, past)
        except EscalationError as error:
            catalogue.leave_out(issue.folder.name, str(error))
            continue
        for one in scored.horizons:
            scores = by_horizon.get(one.outcome.horizon)
            if scores and len(scores.scored) < MOST_ISSUES and one.card.regions:
                scores.names.append(scored.name)
                scores.scored.append(one)
    return [scores for scores in by_horizon.values() if scores.scored]


def _levels_section(scores: _Scores) -> Section:
    card, together = scores.newest.card, scores.together()
    rows = tuple(
        (
            newest.level,
            newest.regions,
            newest.said if newest.regions else None,
            newest.attacked,
            *alarm_counts(newest),
            before.regions,
            before.said if before.regions else None,
            before.attacked,
        )
        for newest, before in zip(card.levels, together.levels, strict=True)
    )
    note = (
        f"{scores.issue}: {level_words(card)}. {_totals(card)} Hits, misses, false alarms and"
        " correct rejections treat that level and all above it as alarms. All issues:"
        f" {scores.span()}."
    )
    return Section("scorecard_levels", _TITLES["scorecard_levels"], note, _LEVELS, rows)


def _models_section(all_scores: Sequence[_Scores]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for scores in all_scores:
        outcome = scores.newest.outcome
        month, issued = month_words(outcome.target_month), f"issued ({outcome.model})"
        rows += _model_rows(month, scores.horizon, issued, scores.newest.card)
        if len(scores.scored) > 1:
            draws = all(np.isfinite(one.card.forecasts[0].crps) for one in scores.scored)
            together = scores.together()
            rows += _model_rows(scores.span(), scores.horizon, "issued", together, draws=draws)
    lead = all_scores[0]
    several = f" Over {lead.span()}: {versus_words(lead.together())}."
    note = (
        f"{lead.issue}: {versus_words(lead.newest.card)}.{several if len(lead.scored) > 1 else ''}"
        f" {NO_CHANGE_WORDS}. One month alone is weak evidence. CRPS and IGN need issues with"
        " saved draws."
    )
    return Section("scorecard_models", _TITLES["scorecard_models"], note, _MODELS, tuple(rows))


def _model_rows(
    scored: str, horizon: int, issued: str, card: Scorecard, *, draws: bool = True
) -> list[tuple[Cell, ...]]:
    """Return a row a forecast; CRPS and IGN of several issues only where all saved their draws."""
    return [
        (
            scored,
            horizon,
            issued if one.forecast == ISSUED else one.forecast,
            *map(_finite, (one.brier, one.log_loss, one.ap, one.recall_top10, one.recall_top20)),
            one.listed,
            one.hits_listed,
            _finite(one.inside90),
            *((_finite(one.crps), _finite(one.ign)) if draws else (None, None)),
        )
        for one in card.forecasts
    ]


def _misses_section(scores: _Scores) -> Section:
    looks = scores.newest.looks
    misses = [look for look in looks if look.kind != FALSE_ALARM]
    false_alarms = [look for look in looks if look.kind == FALSE_ALARM]
    shown = [*misses[:MOST_MISSES], *false_alarms[:MOST_FALSE_ALARMS]]
    more = len(looks) - len(shown)
    note = (
        f"{scores.issue}: {len(misses)} misses (attacked at level guarded or low, or more attacks"
        f" than the 95 % quantile) and {len(false_alarms)} false alarms (level very high or high"
        " without an attack), with what was known then."
    ) + (f" {more} more are not shown." if more else "")
    rows = tuple(_miss_row(look) for look in shown)
    return Section("scorecard_misses", _TITLES["scorecard_misses"], note, _MISSES, rows)


def _miss_row(look: LookBack) -> tuple[Cell, ...]:
    return tuple(getattr(look, column.name) for column in _MISSES)


def _totals(card: Scorecard) -> str:
    text = (
        f"{card.attacked} of {card.regions} regions were attacked,"
        f" {expected(card.expected_attacked)} were expected."
    )
    return text + "".join(f" Left out: {number} {why}." for why, number in card.left_out.items())


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _nothing_yet(
    workspace: Workspace, past: Panel, models: Mapping[int, str]
) -> tuple[Section, ...]:
    """Return sections without rows that say why, and what a backtest says instead."""
    why = (
        f"There is nothing to verify yet: no earlier issue of {past.scale} has a target month that"
        f" is observed by {past.months[-1]}."
    )
    horizon = min(models)
    levels, scores = _backtest_words(workspace, past, models[horizon], horizon)
    notes = {
        "scorecard_levels": (f"{why} {levels}", _LEVELS),
        "scorecard_models": (f"{why} {scores}", _MODELS),
        "scorecard_misses": (why, _MISSES),
    }
    return tuple(Section(name, _TITLES[name], *notes[name]) for name in _TITLES)


def _backtest_words(workspace: Workspace, past: Panel, model: str, horizon: int) -> tuple[str, str]:
    """Return levels and scores of the newest backtest, from months known at the origin."""
    origin = past.months[-1]
    backtests = known_backtests(workspace, scale=past.scale, target=EVENTS, through=origin)
    backtest = next(backtests, None)
    rows = pd.DataFrame({"model": []}) if backtest is None else backtest.forecasts
    if backtest is not None:
        rows = rows[(rows["horizon"] == horizon) & rows["observed"].notna()]
    if backtest is None or model not in set(rows["model"]):
        nothing = f"No backtest holds forecasts of {model}, {months_ahead(horizon)}, by then."
        return nothing, nothing
    lead = (
        f"In {rows['origin'].nunique()} past origins of backtest {backtest.id}, {model},"
        f" {months_ahead(horizon)}:"
    )
    levels = "; ".join(
        level_result(level, round(one.happened * one.forecasts), one.forecasts, one.said)
        for level, one in band_records(rows, model=model, horizon=horizon).items()
    )
    names = [name for name in (model, *NO_CHANGE) if name in set(rows["model"])]
    scores = ", ".join(
        f"{name} {score(_brier(rows[rows['model'] == name]))}" for name in dict.fromkeys(names)
    )
    return f"{lead} {levels}.", f"{lead} Brier {scores}."


def _brier(rows: pd.DataFrame) -> float:
    return brier(rows["observed"].to_numpy() >= 1, rows["p_attack"].to_numpy(np.float64))
