"""Scorecards in words: a card an issue and horizon in the terminal, sentences of the sections."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import pandas as pd

from data.terminal import one_line, text_table
from experiments.bands import LEVELS
from forecast.scoring.issues import Horizon, ScoredIssue, ScoreResult
from forecast.scoring.outcomes import ISSUED
from forecast.scoring.scorecard import (
    ABOVE,
    ALARM,
    FALSE_ALARM,
    MISSED,
    LevelFigures,
    LookBack,
    Scorecard,
    scorecard_of,
)
from forecast.text.wording import (
    counted,
    expected,
    month_words,
    months_ahead,
    percent,
    score,
    share,
    shortened,
)

__all__ = [
    "NO_CHANGE_WORDS",
    "alarm_counts",
    "level_result",
    "level_words",
    "scores_text",
    "versus_words",
]

SHOWN = 5
_WIDTH = 100
_OVERVIEW_NOTE = (
    "hits, misses, false alarms: very high and high count as alarms; Brier: of the issue and of"
    " no change"
)
_TITLES = {
    MISSED: "attacked at level guarded or low",
    ABOVE: "more attacks than the 95 % quantile at level elevated or above",
    FALSE_ALARM: "not attacked at level very high or high",
}
_LEVEL_NOTE = (
    "hits to correct rejections: this level and all above it count as alarms; a level is cut"
    "\nfrom the chance of at least one attack, and forecast is its regions' mean chance"
)
NO_CHANGE_WORDS = "conflictology: same as the last 12 months; last: same as the last month"


def scores_text(result: ScoreResult, *, named: bool) -> str:
    """Return scorecards, and an overview of several issues.

    Args:
        result: The scored issues.
        named: Whether issues were named: then each has its card, else the newest one.
    """
    with_outcome = [one for one in result.scored if one.horizons]
    parts = [_waiting(one) for one in result.scored if one.outcomes.waiting]
    if not with_outcome:
        return "\n".join(["no issue can be scored yet", *parts])
    if named and len(with_outcome) == 1:
        shown = with_outcome
    else:
        shown = with_outcome if named else [max(with_outcome, key=_last_month)]
        parts = [_overview(with_outcome), *_together(with_outcome), *parts]
    return "\n\n".join([*(_card(one, h) for one in shown for h in one.horizons), *parts])


def level_words(card: Scorecard) -> str:
    """Return forecast and outcome of each level that had regions, in words."""
    return "; ".join(
        level_result(line.level, line.attacked, line.regions, line.said)
        for line in card.levels
        if line.regions
    )


def level_result(level: str, attacked: int, regions: int, p_attack: float) -> str:
    """Return forecast and outcome of one level.

    Example:
        >>> level_result("high", 6, 8, 0.71)
        'high 6 of 8 attacked (forecast 71 %)'
    """
    return f"{level} {attacked} of {regions} attacked (forecast {percent(p_attack)})"


def alarm_counts(line: LevelFigures) -> tuple[int | None, ...]:
    """Return hits to correct rejections; none for the lowest level, which alarms everywhere."""
    counts = (line.hits, line.misses, line.false_alarms, line.correct_rejections)
    return (None,) * len(counts) if line.level == LEVELS[-1] else counts


def versus_words(card: Scorecard) -> str:
    """Return the Brier score of the issue against those of no change."""
    ours = card.of(ISSUED).brier
    against = [
        f"{_better(ours, one.brier)} {one.forecast}'s ({score(one.brier)})"
        for one in card.forecasts
        if one.forecast != ISSUED and math.isfinite(one.brier)
    ]
    return f"Brier {score(ours)}, {' and '.join(against)}"


def _better(ours: float, theirs: float) -> str:
    if ours == theirs:
        return "the same as"
    if theirs == 0:
        return "higher than"
    return f"{share(abs(1 - ours / theirs))} {'lower' if ours < theirs else 'higher'} than"


def _last_month(scored: ScoredIssue) -> tuple[str, str]:
    return max(one.outcome.target_month for one in scored.horizons), scored.name


def _card(scored: ScoredIssue, one: Horizon) -> str:
    outcome, card = one.outcome, one.card
    title = (
        f"{one_line(scored.name)}: {month_words(outcome.target_month)},"
        f" {months_ahead(outcome.horizon)}, by {one_line(outcome.model)}"
    )
    lines = [
        title,
        _totals(card),
        *(f"left out: {counted(number, 'region')} {why}" for why, number in card.left_out.items()),
    ]
    if scored.outcomes.revised:
        lines.append(
            f"the months up to {scored.outcomes.origin} were revised since the issue was made;"
            " no change reads them as they are now"
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
    columns = ["level", "forecast", "attacked", "hits", "misses", "false alarms"]
    rows = [
        [
            line.level,
            percent(line.said),
            f"{line.attacked} of {line.regions}",
            *alarm_counts(line),
        ]
        for line in card.levels
    ]
    return f"{text_table([*columns, 'correct rejections'], rows)}\n{_LEVEL_NOTE}"


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
        f" first {ours.listed}: as many\nas were {' or '.join(ALARM)}; in 90 %: counts between"
        " the 5 % and 95 % quantiles; active: chance\nof an attack of 20 % or more; lower is better"
        f" for Brier and log loss, higher for AP\n{NO_CHANGE_WORDS}"
    )
    lines = [text_table([*columns, *drawn], rows), versus_words(card), legend]
    if not with_draws:
        lines.append("no CRPS or IGN: the issue saved no draws (`escalation forecast --draws`)")
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
    columns = ["region", "country", "level", "chance", "last month", "12-month mean"]
    return text_table([*columns, "neighbours", "attacks", "deaths", "reason"], rows)


def _overview(issues: Sequence[ScoredIssue]) -> str:
    rows = [
        [
            scored.name,
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
        for scored in issues
        for one in scored.horizons
    ]
    columns = ["issue", "month", "ahead", "regions", "attacked", "hits", "misses", "false alarms"]
    table = text_table([*columns, "top 20", "Brier", "conflictology", "last"], rows)
    return f"{table}\n{_OVERVIEW_NOTE}\n{NO_CHANGE_WORDS}"


def _together(issues: Sequence[ScoredIssue]) -> list[str]:
    """Return the figures of several issues together, a paragraph a scale and horizon."""
    rows: dict[tuple[str, int], list[pd.DataFrame]] = {}
    for scored in issues:
        for one in scored.horizons:
            key = (str(scored.issue.manifest["scale"]), one.outcome.horizon)
            rows.setdefault(key, []).append(one.outcome.rows)
    return [
        _together_text(scale, horizon, scorecard_of(pd.concat(frames)), len(frames))
        for (scale, horizon), frames in sorted(rows.items())
        if len(frames) > 1
    ]


def _together_text(scale: str, horizon: int, card: Scorecard, issues: int) -> str:
    text = (
        f"{issues} issues of {one_line(scale)}, {months_ahead(horizon)}: {level_words(card)}."
        f" {versus_words(card)}."
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _waiting(scored: ScoredIssue) -> str:
    months = ", ".join(
        f"{one.target_month} ({months_ahead(one.horizon)}: {one.why})"
        for one in scored.outcomes.waiting
    )
    return f"{one_line(scored.name)} is waiting for {months}"
