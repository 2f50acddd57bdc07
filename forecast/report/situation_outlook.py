"""What the last month saw and what is likely in the next, in sentences."""

from __future__ import annotations

import pandas as pd

from data.schema import STATUSES
from forecast.model.past import counted
from forecast.report.situation import Row, Situation, listed, named
from forecast.text.wording import expected, percent, whole

__all__ = ["observed", "outlook", "scope"]

FEW_NAMES = 3
_NEAR = 0.1
_LEAST_EXPECTED = 0.5
_NOTABLE_ESCALATION, _LEAST_ESCALATION = 0.20, 0.05
# How each likelihood word stands in a sentence, from the highest down to an even chance.
_LIKELY = {
    "almost certain": "An attack is almost certain in {}.",
    "very likely": "An attack is very likely in {}.",
    "likely": "An attack is likely in {}.",
    "roughly even chance": "There is a roughly even chance of an attack in {}.",
}
_UNLIKELY = {
    "unlikely": "an attack is unlikely",
    "very unlikely": "an attack is very unlikely",
    "almost no chance": "there is almost no chance of an attack",
}


def observed(now: Situation) -> list[str]:
    """Return what the last month saw, and where."""
    events = now.rows["last_events"].dropna().astype("float64")
    if not len(events):
        return [f"Nothing is known of {now.origin} in these regions."]
    total = float(events.sum())
    known = counted(len(events), "region")
    if total == 0:
        return [f"In {now.origin} no attack was recorded in {_any_of(known)}."]
    hit = int((events > 0).sum())
    deaths = now.rows["last_deaths"].dropna().astype("float64")
    dead = f"{counted(float(deaths.sum()), 'death')}" if deaths.sum() else "no deaths"
    tolls = f" and {dead}" if len(deaths) else ""
    where = "" if len(events) == 1 else f" in {_how_many(hit, len(events))}"
    verb = "was" if total == 1 and not tolls else "were"
    first = f"In {now.origin}, {counted(total)}{tolls} {verb} recorded{where}."
    return [first, *_mean(now, total), *_hardest(now, total), *_records(now)]


def outlook(now: Situation) -> list[str]:
    """Return where an attack is how likely in the month that is forecast."""
    if not len(now.rows):
        return ["No region has a forecast: the last month is not observed for any of them."]
    said = []
    for word, sentence in _LIKELY.items():
        rows = now.rows[now.rows["likelihood"] == word]
        if len(rows):
            said.append(sentence.format(named(now, rows, "p_attack")))
    return said or _nowhere(now)


def scope(now: Situation) -> list[str]:
    """Return how regions part into levels, how much is expected at most, and what may escalate."""
    if not len(now.rows):
        return []
    return [_by_level(now), *_sizes(now), *_escalation(now), *_blank(now)]


def _how_many(hit: int, regions: int) -> str:
    if hit < regions:
        return f"{hit:,} of the {regions:,} regions"
    return "both regions" if regions == 2 else f"all {regions:,} regions"


def _any_of(known: str) -> str:
    return "the region" if known == "1 region" else f"any of the {known}"


def _mean(now: Situation, total: float) -> list[str]:
    """Set the month against the mean of the twelve months that it ends."""
    means = now.rows["mean12_events"]
    if means.isna().any() or not means.sum() > 0:
        return []
    mean = float(means.sum())
    ratio = total / mean
    turn = "near" if abs(ratio - 1) <= _NEAR else "above" if ratio > 1 else "below"
    return [f"Attacks were {turn} the mean of the last twelve months, {expected(mean)} a month."]


def _hardest(now: Situation, total: float) -> list[str]:
    """Name where most attacks were recorded."""
    hit = now.rows[now.rows["last_events"].fillna(0) > 0]
    if now.regions == 1 or not len(hit):
        return []
    order = hit.assign(last_events=hit["last_events"].astype("float64"))
    order = order.sort_values(["last_events", "region_id"], ascending=[False, True])
    records = order.head(FEW_NAMES).to_dict("records")
    if len(hit) == 1:
        return [f"{'It' if total == 1 else 'All'} happened in {now.place(records[0])}."]
    names = listed([now.place(row, whole(row["last_events"])) for row in records])
    if len(hit) <= FEW_NAMES:
        return [f"They happened in {names}."]
    return [f"The regions with most attacks were {names}."]


def _records(now: Situation) -> list[str]:
    """Say since when no month was as bad, over all regions."""
    if now.country:
        return []
    words = {"events": "attacks", "deaths": "deaths"}
    found = [(words[h.measure], h.record) for h in now.record.past if h.record]
    if len({record for _, record in found}) == 1 and len(found) == 2:
        return [f"For attacks and deaths alike it was the {found[0][1]}."]
    return [f"For {word} it was the {record}." for word, record in found]


def _nowhere(now: Situation) -> list[str]:
    top = now.rows.iloc[0].to_dict()
    where = now.place(top, percent(top["p_attack"]))
    says = _UNLIKELY[str(top["likelihood"])]
    if len(now.rows) == 1:
        return [f"{says[0].upper()}{says[1:]} in {where}."]
    return [f"Nowhere is an attack as likely as not; even in {where}, ranked first, {says}."]


def _by_level(now: Situation) -> str:
    levels = list(dict.fromkeys(now.rows["level"]))
    counts = now.rows["level"].value_counts()
    if len(now.rows) == 1:
        return f"Its level is {levels[0]}."
    if len(levels) == 1:
        return f"All {len(now.rows):,} regions are at level {levels[0]}."
    first, *others = levels
    verb = "is" if counts[first] == 1 else "are"
    parts = [f"{int(counts[first]):,} {verb} at level {first}"]
    parts += [f"{int(counts[level]):,} at {level}" for level in others]
    return f"Of the {len(now.rows):,} regions, {listed(parts)}."


def _sizes(now: Situation) -> list[str]:
    """Say how many attacks and deaths are expected in the first region."""
    top = now.rows.iloc[0].to_dict()
    if not top["expected_events"] >= _LEAST_EXPECTED:
        return []
    said = f"{_size(top, 'events', 'attack')}"
    if not pd.isna(top["expected_deaths"]):
        said += f" and {_size(top, 'deaths', 'death')}"
    return [f"For {now.place(top)} the forecast is {said}."]


def _size(row: Row, target: str, word: str) -> str:
    low, high = whole(row[f"{target}_p05"]), whole(row[f"{target}_p95"])
    spread = f"{low} in nine cases of ten" if low == high else f"90 % range {low} to {high}"
    return f"{expected(row[f'expected_{target}'])} {word}s ({spread})"


def _escalation(now: Situation) -> list[str]:
    rows = now.rows.sort_values(["p_escalation", "rank"], ascending=[False, True])
    means = "a first attack in a year, or at least three and twice the usual number"
    notable = rows[rows["p_escalation"] >= _NOTABLE_ESCALATION]
    if len(notable):
        names = named(now, notable, "p_escalation", most=FEW_NAMES)
        return [f"Escalation ({means}) has the highest chance in {names}."]
    top = rows.iloc[0].to_dict()
    if not top["p_escalation"] >= _LEAST_ESCALATION:
        return []
    where = now.place(top, percent(top["p_escalation"]))
    return [
        (
            f"The chance of escalation ({means}) is nowhere above"
            f" {percent(_NOTABLE_ESCALATION)}; it is highest in {where}."
        )
    ]


def _blank(now: Situation) -> list[str]:
    lacking = now.regions - len(now.rows)
    if not lacking:
        return []
    verb = "has" if lacking == 1 else "have"
    return [
        (
            f"{counted(lacking, 'region')} {verb} no forecast, as the last month is not"
            f" {STATUSES[0]} there; that is no claim that it is quiet."
        )
    ]
