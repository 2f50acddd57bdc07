"""How scorecards are printed in a terminal: a card an issue and horizon, a line an issue."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import pandas as pd

from data.terminal import one_line, text_table
from experiments.bands import LEVELS
from forecast.model.past import counted
from forecast.scoring.outcomes import ISSUED
from forecast.scoring.postmortem import ABOVE, FALSE_ALARM, MISSED, LookBack
from forecast.scoring.scorecard import ALARM, Scorecard, scorecard_of
from forecast.scoring.scoring_issues import Horizon, Scoring, Scorings
from forecast.text.wording import expected, month_words, percent, score, share, shortened

__all__ = ["level_words", "months_ahead", "scorings_text", "versus_words"]

SHOWN = 5
_WIDTH = 100
_OVERVIEW_NOTE = (
    "hits, misses, false alarms: as if very high and high were alarms; Brier of the issue and of"
    " no-change"
)
_TITLES = {
    MISSED: "attacked though guarded or low",
    ABOVE: "more attacks than the 95 % quantile, though elevated or above",
    FALSE_ALARM: "very high or high, but not attacked",
}
_LEVEL_NOTE = (
    "hits to correct rejections: as if this level and all above it were alarms; a level is cut"
    "\nfrom the chance of at least one attack, and said is its regions' mean chance"
)


def scorings_text(scorings: Scorings, *, named: bool) -> str:
    """Return what the command prints.

    Args:
        scorings: What it did.
        named: Whether issues were named: then each has its card, else the newest one.
    """
    whole = [one for one in scorings.scorings if one.horizons]
    parts = [_waiting(one) for one in scorings.scorings if one.found.waiting]
    if not whole:
        return "\n".join(["no issue can be scored yet", *parts])
    if named and len(whole) == 1:
        shown = whole
    else:
        shown = whole if named else [max(whole, key=_last_month)]
        parts = [_overview(whole), *_records(whole), *parts]
    return "\n\n".join([*(_card(one, h) for one in shown for h in one.horizons), *parts])


def level_words(card: Scorecard) -> str:
    """Return what became of each level that had regions, in words with figures."""
    return "; ".join(
        f"{line.level} came true {line.attacked} of {line.regions} (said {percent(line.said)})"
        for line in card.levels
        if line.regions
    )


def versus_words(card: Scorecard) -> str:
    """Return how the Brier score of the issue stands to those of no-change."""
    ours = card.of(ISSUED).brier
    told = [
        f"{_better(ours, one.brier)} {one.forecast}'s ({score(one.brier)})"
        for one in card.forecasts
        if one.forecast != ISSUED and math.isfinite(one.brier)
    ]
    return f"Brier {score(ours)}, {' and '.join(told)}"


def months_ahead(horizon: int) -> str:
    """Return a horizon in words.

    Example:
        >>> months_ahead(1), months_ahead(3)
        ('1 month ahead', '3 months ahead')
    """
    return f"{horizon} month{'' if horizon == 1 else 's'} ahead"


def _better(ours: float, theirs: float) -> str:
    if ours == theirs:
        return "the same as"
    if theirs == 0:
        return "higher than"
    return f"{share(abs(1 - ours / theirs))} {'lower' if ours < theirs else 'higher'} than"


def _last_month(scoring: Scoring) -> tuple[str, str]:
    return max(one.outcome.target_month for one in scoring.horizons), scoring.name


def _card(scoring: Scoring, one: Horizon) -> str:
    outcome, card = one.outcome, one.card
    title = (
        f"{one_line(scoring.name)}: {month_words(outcome.target_month)},"
        f" {months_ahead(outcome.horizon)}, by {one_line(outcome.model)}"
    )
    lines = [
        title,
        _totals(card),
        *(f"left out: {counted(number, 'region')} {why}" for why, number in card.left_out.items()),
    ]
    if scoring.found.revised:
        lines.append(
            f"the months up to {scoring.found.origin} were revised or counted anew since the issue"
            " was made; no-change reads them as they are now"
        )
    if not card.regions:
        return "\n".join(lines)
    parts = ["\n".join(lines), _levels(card), _forecasts(card), *_looks(one.looks)]
    return "\n\n".join(parts)


def _totals(card: Scorecard) -> str:
    deaths = "" if math.isnan(card.deaths) else f", {counted(card.deaths, 'death')}"
    return (
        f"{counted(card.regions, 'region')} scored: {card.attacked} attacked"
        f" ({expected(card.expected_attacked)} expected), {counted(card.attacks)}"
        f" ({expected(card.expected_attacks)} expected){deaths}"
    )


def _levels(card: Scorecard) -> str:
    columns = ["level", "said", "came true", "hits", "misses", "false alarms"]
    rows = [
        [
            line.level,
            percent(line.said),
            f"{line.attacked} of {line.regions}",
            *_alarm_cells(line.level, line.hits, line.misses, line.false_alarms),
            None if line.level == LEVELS[-1] else line.correct_rejections,
        ]
        for line in card.levels
    ]
    return f"{text_table([*columns, 'correct rejections'], rows)}\n{_LEVEL_NOTE}"


def _alarm_cells(level: str, *counts: int) -> list[int | None]:
    """Return the counts of an alarm; none for the lowest level, which would alarm everywhere."""
    return [None if level == LEVELS[-1] else count for count in counts]


def _forecasts(card: Scorecard) -> str:
    ours = card.of(ISSUED)
    with_draws = ours.rows_with_draws > 0
    columns = ["forecast", "Brier", "log loss", "AP", "top 10", "top 20"]
    columns += [f"first {ours.listed}", "in 90 %", "in 90 %, active"]
    rows = [
        [
            one.forecast,
            *(score(value) for value in (one.brier, one.log_loss, one.ap)),
            *(share(value) for value in (one.recall_top10, one.recall_top20)),
            f"{one.hits_listed} hit",
            share(one.inside90),
            share(one.inside90_active),
            *([score(one.crps), score(one.ign)] if with_draws else []),
        ]
        for one in card.forecasts
    ]
    drawn = ["CRPS", "IGN"] if with_draws else []
    legend = (
        "top 10, top 20: share of the attacked regions among those ranked first;"
        f" first {ours.listed}: as many\nas stood at {' or '.join(ALARM)}; in 90 %: counts between"
        " the 5 % and 95 % quantiles; active: chance\nof an attack of 20 % or more; lower is better"
        " for Brier and log loss, higher for AP"
    )
    lines = [text_table([*columns, *drawn], rows), versus_words(card), legend]
    if not with_draws:
        lines.append("no CRPS or IGN: the issue kept no draws (`escalation forecast --draws`)")
    return "\n".join(lines)


def _looks(looks: Sequence[LookBack]) -> list[str]:
    parts = []
    for kind, title in _TITLES.items():
        some = [look for look in looks if look.kind == kind]
        if some:
            left = f"\nand {len(some) - SHOWN} more in scores.json" if len(some) > SHOWN else ""
            parts.append(f"{title} ({len(some)}):\n{_look_table(some[:SHOWN])}{left}")
    return parts


def _look_table(looks: Sequence[LookBack]) -> str:
    rows = [
        [
            shortened(look.region),
            shortened(look.country),
            look.level,
            percent(look.p_attack),
            look.last_events,
            expected(look.mean12_events),
            look.neighbour_events,
            look.attacks,
            look.deaths,
            look.reason,
        ]
        for look in looks
    ]
    then = ["region", "country", "level then", "chance", "last month", "12-month mean"]
    return text_table([*then, "neighbours", "attacks", "deaths", "reason then"], rows)


def _overview(whole: Sequence[Scoring]) -> str:
    rows = [
        [
            scoring.name,
            one.outcome.target_month,
            one.outcome.horizon,
            one.card.regions,
            one.card.attacked,
            one.card.alarm.hits,
            one.card.alarm.misses,
            one.card.alarm.false_alarms,
            share(one.card.of(ISSUED).recall_top20),
            *(score(figures.brier) for figures in one.card.forecasts),
        ]
        for scoring in whole
        for one in scoring.horizons
    ]
    columns = ["issue", "month", "ahead", "regions", "attacked", "hits", "misses", "false alarms"]
    table = text_table([*columns, "top 20", "Brier", "conflictology", "last"], rows)
    return f"{table}\n{_OVERVIEW_NOTE}"


def _records(whole: Sequence[Scoring]) -> list[str]:
    """Return the record over several issues, a paragraph a scale and horizon."""
    found: dict[tuple[str, int], list[pd.DataFrame]] = {}
    for scoring in whole:
        for one in scoring.horizons:
            key = (str(scoring.issue.manifest["scale"]), one.outcome.horizon)
            found.setdefault(key, []).append(one.outcome.rows)
    return [
        _record_text(scale, horizon, scorecard_of(pd.concat(frames)), len(frames))
        for (scale, horizon), frames in sorted(found.items())
        if len(frames) > 1
    ]


def _record_text(scale: str, horizon: int, card: Scorecard, issues: int) -> str:
    text = (
        f"{issues} issues of {one_line(scale)}, {months_ahead(horizon)}: {level_words(card)}."
        f" {versus_words(card)}."
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _waiting(scoring: Scoring) -> str:
    months = ", ".join(
        f"{one.target_month} ({months_ahead(one.horizon)}: {one.why})"
        for one in scoring.found.waiting
    )
    return f"{one_line(scoring.name)} waits for {months}"
