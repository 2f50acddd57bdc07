"""A list of regions to watch as text and as JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from data.months import add_months
from data.terminal import one_line, text_table
from forecast.scoring.alerts import Alerts, PastLists
from forecast.scoring.scorecard import as_json
from forecast.scoring.scorecard_text import NO_CHANGE_WORDS
from forecast.text.wording import (
    counted,
    expected,
    month_words,
    months_ahead,
    percent,
    share,
    short_month,
    shortened,
    whole,
)

__all__ = ["alerts_json", "alerts_text"]

_RANGE = (0.1, 0.9)
_LEGEND = (
    "hits and false alarms a month: mean (80 % of months; least to most); recall: share of all"
    " attacked\nregions that were on the lists; retained: share of a list that was on the list of"
    f" the month before\n{NO_CHANGE_WORDS}"
)


def alerts_text(alerts: Alerts) -> str:
    """Return the list, what is expected of it, and how past lists did."""
    issue = alerts.issue
    target = month_words(add_months(str(issue.manifest["origin"]), alerts.horizon))
    title = (
        f"regions to watch in {target}, from data through {issue.manifest['origin']}"
        f" (issue {one_line(issue.folder.name)}, {one_line(alerts.model)},"
        f" {months_ahead(alerts.horizon)})"
    )
    return "\n\n".join([f"{title}\n{_choice_words(alerts)}", *_list(alerts), *_past(alerts)])


def alerts_json(alerts: Alerts) -> dict[str, Any]:
    """Return plain values for JSON."""
    choice, watched = alerts.choice, alerts.watched
    names = ["rank", "region_id", "region", "country", "level", "p_attack", "rank_previous"]
    record: dict[str, Any] = as_json(
        {
            "issue": alerts.issue.folder.name,
            "origin": alerts.issue.manifest["origin"],
            "target_month": add_months(str(alerts.issue.manifest["origin"]), alerts.horizon),
            "horizon": alerts.horizon,
            "model": alerts.model,
            "regions": alerts.regions,
            "budget": choice.budget,
            "cost_miss": choice.cost_miss,
            "cost_alarm": choice.cost_alarm,
            "threshold": choice.threshold,
            "watch": [
                {name: None if pd.isna(value) else value for name, value in row.items()}
                for row in watched[names].to_dict("records")
            ],
            "expected_hits": alerts.expected_hits,
            "expected_false_alarms": len(watched) - alerts.expected_hits,
            "expected_attacked": alerts.expected_attacked,
            "backtest": alerts.backtest,
            "past": [_past_record(lists) for lists in alerts.past],
        }
    )
    return record


def _past_record(lists: PastLists) -> dict[str, Any]:
    return {
        "model": lists.model,
        "first_month": lists.months[0],
        "last_month": lists.months[-1],
        "months": len(lists.months),
        "listed": float(lists.listed.mean()),
        "hits": float(lists.hits.mean()),
        "hits_p10": _ends(lists.hits)[0],
        "hits_p90": _ends(lists.hits)[1],
        "hits_worst": float(lists.hits.min()),
        "hits_best": float(lists.hits.max()),
        "false_alarms": float(lists.false_alarms.mean()),
        "false_alarms_p10": _ends(lists.false_alarms)[0],
        "false_alarms_p90": _ends(lists.false_alarms)[1],
        "recall": lists.recall,
        "kept": float(lists.retained.mean()) if len(lists.retained) else math.nan,
        "cost": None if lists.cost is None else float(lists.cost.mean()),
    }


def _choice_words(alerts: Alerts) -> str:
    choice = alerts.choice
    if choice.threshold is None:
        return f"budget: {choice.budget} of {alerts.regions} regions, by rank"
    return (
        f"costs: miss {choice.cost_miss:g}, false alarm {choice.cost_alarm:g}; watched are regions"
        " with a chance of at least\ncost of a false alarm / (cost of a false alarm + cost of a"
        f" miss) = {choice.threshold:.3g}: {len(alerts.watched)} of {alerts.regions} regions"
    )


def _list(alerts: Alerts) -> list[str]:
    watched = alerts.watched
    if not len(watched):
        return ["no region reaches that chance"]
    most = len(watched) if alerts.choice.threshold is None else None
    rows = [
        [
            int(row["rank"]),
            shortened(row["region"]),
            shortened(row["country"]),
            row["level"],
            percent(row["p_attack"]),
            None if pd.isna(row["rank_previous"]) else int(row["rank_previous"]),
            row["reason_1"] if isinstance(row["reason_1"], str) else None,
        ]
        for row in watched.to_dict("records")
    ]
    columns = ["rank", "region", "country", "level", "chance", "rank before", "why"]
    new = 0 if most is None else sum(row[5] is not None and int(str(row[5])) > most for row in rows)
    hits, size = alerts.expected_hits, len(watched)
    text = (
        f"expected by the forecast: {expected(hits)} of these {size} are attacked,"
        f" {expected(size - hits)} are false alarms;\n{expected(alerts.expected_attacked)} regions"
        f" are attacked in all, of which the list holds"
        f" {share(_part(hits, alerts.expected_attacked))}"
    )
    if new:
        text += f"\n{new} of the list were not among the first {size} in the issue before"
    return [text_table(columns, rows), text]


def _past(alerts: Alerts) -> list[str]:
    """Return how past lists did: a line a ranking, and the model against the others."""
    if not alerts.past:
        nothing = (
            f"past lists are not known: no backtest of {one_line(alerts.model)},"
            f" {months_ahead(alerts.horizon)},\nholds months up to"
            f" {alerts.issue.manifest['origin']} (`escalation backtest`)"
        )
        return [nothing]
    ours = alerts.past[0]
    title = (
        f"past lists in {counted(len(ours.months), 'month')}, {short_month(ours.months[0])} to"
        f" {short_month(ours.months[-1])} (backtest {alerts.backtest}):"
    )
    columns = ["by", "hits a month", "false alarms a month", "recall", "retained"]
    columns += [] if ours.cost is None else ["regions a month", "cost a month"]
    lines = [title, text_table(columns, [_past_row(lists) for lists in alerts.past])]
    lines.append(_extremes(ours))
    lines += [_against(ours, other) for other in alerts.past[1:]]
    if ours.cost is not None:
        none_watched = float((ours.attacked * (alerts.choice.cost_miss or 0.0)).mean())
        lines.append(f"watching no region would have cost {expected(none_watched)} a month")
    return ["\n".join([*lines, _LEGEND])]


def _past_row(lists: PastLists) -> list[str]:
    row = [
        one_line(lists.model),
        _spread(lists.hits),
        _spread(lists.false_alarms),
        share(lists.recall),
        share(float(lists.retained.mean()) if len(lists.retained) else None),
    ]
    if lists.cost is not None:
        row += [_spread(lists.listed), expected(float(lists.cost.mean()))]
    return row


def _extremes(ours: PastLists) -> str:
    """Return the months in which the model's lists caught least and most."""
    worst, best = int(ours.hits.argmin()), int(ours.hits.argmax())
    least, most = (
        f"{short_month(ours.months[place])} ({whole(float(ours.hits[place]))} of"
        f" {whole(float(ours.listed[place]))} listed, {whole(float(ours.attacked[place]))} attacked"
        " in all)"
        for place in (worst, best)
    )
    return f"{one_line(ours.model)} caught least in {least}, most in {most}"


def _against(ours: PastLists, other: PastLists) -> str:
    """Say in how many months the model's list was better: by cost, or by hits of equal lists."""
    if ours.cost is not None and other.cost is not None:
        return _months(ours, other, other.cost - ours.cost, ("cost less", "more", "as much"))
    return _months(ours, other, ours.hits - other.hits, ("caught more", "fewer", "as many"))


def _months(
    ours: PastLists,
    other: PastLists,
    gain: np.ndarray[Any, np.dtype[np.float64]],
    words: tuple[str, str, str],
) -> str:
    better, worse = int((gain > 0).sum()), int((gain < 0).sum())
    pair = f"{one_line(ours.model)} {words[0]} than {one_line(other.model)}"
    alike = len(gain) - better - worse
    return f"{pair} in {counted(better, 'month')}, {words[1]} in {worse}, {words[2]} in {alike}"


def _spread(values: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    low, high = _ends(values)
    ends = f"{whole(float(values.min()))} to {whole(float(values.max()))}"
    return f"{expected(float(values.mean()))} ({whole(low)}–{whole(high)}; {ends})"


def _ends(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """Return the 10 % and 90 % quantiles as counts that occurred."""
    low, high = np.quantile(values, _RANGE, method="nearest")
    return float(low), float(high)


def _part(some: float, total: float) -> float | None:
    return some / total if total else None
