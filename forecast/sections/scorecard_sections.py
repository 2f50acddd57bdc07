"""How earlier issues did, as sections of a new one: by level, against no-change, and the misses.

Reads the panel up to the new issue's origin and issues of earlier origins, and nothing else: what
was known then is what stands there for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from data.schema import EVENTS
from data.workspace import Workspace
from experiments.bands import LEVELS
from features.panel import Panel
from forecast.model.predictions import Prediction
from forecast.scoring.outcomes import ISSUED
from forecast.scoring.postmortem import FALSE_ALARM, LookBack
from forecast.scoring.scorecard import Scorecard
from forecast.scoring.scorecard_text import level_words, months_ahead, versus_words
from forecast.sections.past_scores import PastScores, backtest_words, past_scores
from forecast.text.sections import Cell, Column, Section
from forecast.text.wording import expected, month_words

__all__ = ["scorecard_sections"]

MOST_MISSES, MOST_FALSE_ALARMS = 30, 10

_TITLES = {
    "scorecard_levels": "How earlier forecasts did: levels",
    "scorecard_models": "How earlier forecasts did: against no change",
    "scorecard_misses": "What the last forecast missed",
}
_LEVELS = (
    Column("level", "Level", "Risk level that the forecast gave."),
    Column("regions", "Regions", "Scored regions of that level.", "whole"),
    Column("said", "Said", "Their mean probability of at least one attack.", "percent"),
    Column("attacked", "Came true", "How many of them were attacked.", "whole"),
    Column("hits", "Hits", "Attacked regions of this level or above.", "whole"),
    Column("misses", "Misses", "Attacked regions below this level.", "whole"),
    Column("false_alarms", "False alarms", "Calm regions of this level or above.", "whole"),
    Column("correct_rejections", "Rightly calm", "Calm regions below this level.", "whole"),
    Column("record_regions", "Record: regions", "Regions of that level, all issues.", "whole"),
    Column("record_said", "Record: said", "Their mean probability of an attack.", "percent"),
    Column("record_attacked", "Record: came true", "How many were attacked.", "whole"),
)
_MODELS = (
    Column("scored", "Scored", "Target month, or how many issues are taken together."),
    Column("horizon", "Months ahead", "Months from the origin to the target month.", "whole"),
    Column("forecast", "Forecast", "As issued, or one of the two no-change forecasts."),
    Column("brier", "Brier", "Mean squared error of P(attack); lower is better.", "score"),
    Column("log_loss", "Log loss", "Of P(attack), nats; lower is better.", "score"),
    Column("ap", "AP", "Average precision of P(attack); higher is better.", "score"),
    Column("recall_top10", "Top 10", "Attacked regions among the 10 ranked first.", "share"),
    Column("recall_top20", "Top 20", "Attacked regions among the 20 ranked first.", "share"),
    Column("listed", "List", "Regions that the issue held very high or high.", "whole"),
    Column("hits_listed", "List hits", "Attacked among so many ranked first.", "whole"),
    Column("inside90", "In 90 %", "Counts inside the 90 % interval.", "share"),
    Column("crps", "CRPS", "Of attacks, where draws were kept; lower is better.", "score"),
    Column("ign", "IGN", "Bits, where draws were kept; lower is better.", "score"),
)
_MISSES = (
    Column("kind", "What", "Missed attack, more attacks than the 95 % quantile, or false alarm."),
    Column("region", "Region", "Name of the region."),
    Column("country", "Country", "Its country."),
    Column("level", "Level then", "Risk level that it was given."),
    Column("p_attack", "Chance then", "Probability of an attack that it was given.", "percent"),
    Column("last_events", "Last month", "Attacks in the origin's month, as known then.", "whole"),
    Column("mean12_events", "12-month mean", "Attacks a month, as known then.", "count"),
    Column("neighbour_events", "Neighbours", "Attacks next door in that month.", "whole"),
    Column("reason", "Reason then", "First reason that was given."),
    Column("attacks", "Attacks came", "Attacks in the target month.", "whole"),
    Column("deaths", "Deaths came", "Deaths in the target month.", "whole"),
)

Warn = Callable[[str], None]


def scorecard_sections(
    workspace: Workspace, past: Panel, predictions: Sequence[Prediction], *, warn: Warn
) -> tuple[Section, ...]:
    """Return ``scorecard_levels``, ``scorecard_models`` and ``scorecard_misses`` of a new issue.

    Args:
        workspace: Where earlier issues and backtests are.
        past: The panel; its last month is the new issue's origin.
        predictions: The new issue's forecasts: their horizons are looked back at.
        warn: Hears of each earlier issue that is left out.
    """
    models = {p.forecast.horizon: p.model for p in predictions if p.forecast.target == EVENTS}
    found = past_scores(workspace, past, horizons=sorted(models), warn=warn)
    if not found:
        return _nothing_yet(workspace, past, models)
    return _levels_section(found[0]), _models_section(found), _misses_section(found[0])


def _levels_section(kept: PastScores) -> Section:
    card, record = kept.newest.card, kept.record()
    rows = tuple(
        (
            now.level,
            now.regions,
            now.said if now.regions else None,
            now.attacked,
            *_alarm(now.level, now.hits, now.misses, now.false_alarms, now.correct_rejections),
            before.regions,
            before.said if before.regions else None,
            before.attacked,
        )
        for now, before in zip(card.levels, record.levels, strict=True)
    )
    note = (
        f"{_what(kept)}: {level_words(card)}. {_totals(card)} Hits, misses, false alarms and"
        f" rightly calm: as if that level and all above it were alarms. Record: {kept.span()}."
    )
    return Section("scorecard_levels", _TITLES["scorecard_levels"], note, _LEVELS, rows)


def _alarm(level: str, *counts: int) -> tuple[int | None, ...]:
    """Return the counts of an alarm; none for the lowest level, which would alarm everywhere."""
    return tuple(None if level == LEVELS[-1] else count for count in counts)


def _models_section(found: Sequence[PastScores]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for kept in found:
        outcome = kept.newest.outcome
        month = month_words(outcome.target_month)
        rows += _model_rows(month, kept.horizon, f"issued ({outcome.model})", kept.newest.card)
        if len(kept.scored) > 1:
            drawn = all(np.isfinite(one.card.forecasts[0].crps) for one in kept.scored)
            rows += _model_rows(kept.span(), kept.horizon, "issued", kept.record(), drawn=drawn)
    lead = found[0]
    several = len(lead.scored) > 1
    newest = versus_words(lead.newest.card)
    record = f" Over {lead.span()}: {versus_words(lead.record())}." if several else ""
    note = (
        f"{_what(lead)}: {newest}.{record} conflictology is each region's own last 12 months, last"
        " its last month. One month says little. CRPS and IGN stand where every issue kept"
        " its draws."
    )
    return Section("scorecard_models", _TITLES["scorecard_models"], note, _MODELS, tuple(rows))


def _model_rows(
    scored: str, horizon: int, issued: str, card: Scorecard, *, drawn: bool = True
) -> list[tuple[Cell, ...]]:
    """Return a row a forecast; CRPS and IGN of several issues only where all kept their draws."""
    return [
        (
            scored,
            horizon,
            issued if one.forecast == ISSUED else one.forecast,
            *map(_known, (one.brier, one.log_loss, one.ap, one.recall_top10, one.recall_top20)),
            one.listed,
            one.hits_listed,
            _known(one.inside90),
            *((_known(one.crps), _known(one.ign)) if drawn else (None, None)),
        )
        for one in card.forecasts
    ]


def _misses_section(kept: PastScores) -> Section:
    looks = kept.newest.looks
    misses = [look for look in looks if look.kind != FALSE_ALARM]
    false_alarms = [look for look in looks if look.kind == FALSE_ALARM]
    shown = [*misses[:MOST_MISSES], *false_alarms[:MOST_FALSE_ALARMS]]
    left = len(looks) - len(shown)
    note = (
        f"{_what(kept)}: {len(misses)} misses (attacked though guarded or low, or more attacks than"
        f" the 95 % quantile) and {len(false_alarms)} false alarms (very high or high without an"
        " attack), with what was known then."
    ) + (f" {left} more are not shown." if left else "")
    rows = tuple(_miss_row(look) for look in shown)
    return Section("scorecard_misses", _TITLES["scorecard_misses"], note, _MISSES, rows)


def _miss_row(look: LookBack) -> tuple[Cell, ...]:
    return tuple(getattr(look, column.name) for column in _MISSES)


def _what(kept: PastScores) -> str:
    outcome = kept.newest.outcome
    return (
        f"Issue {kept.names[0]} for {month_words(outcome.target_month)},"
        f" {months_ahead(kept.horizon)}"
    )


def _totals(card: Scorecard) -> str:
    told = (
        f"{card.attacked} of {card.regions} regions were attacked,"
        f" {expected(card.expected_attacked)} were expected."
    )
    for why, number in card.left_out.items():
        told += f" Left out: {number} {why}."
    return told


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _nothing_yet(
    workspace: Workspace, past: Panel, models: Mapping[int, str]
) -> tuple[Section, ...]:
    """Return sections without rows that say why, and what a backtest said instead."""
    why = (
        f"There is nothing to score yet: no earlier issue of {past.scale} has a target month that"
        f" is observed by {past.months[-1]}."
    )
    horizon = min(models)
    levels, models_words = backtest_words(workspace, past, models[horizon], horizon)
    notes = {
        "scorecard_levels": (f"{why} {levels}", _LEVELS),
        "scorecard_models": (f"{why} {models_words}", _MODELS),
        "scorecard_misses": (why, _MISSES),
    }
    return tuple(Section(name, _TITLES[name], *notes[name]) for name in _TITLES)
