"""One month ahead of an issue, for all regions or one country's: what happened and what is likely.

Every sentence is a template over facts of the risk table; where a fact is missing, the sentence
that would need it is left out or says so. What changed since the issue before is in
``situation_changes``. The text is plain: a writer escapes it in its own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from data.errors import ConfigError
from data.regions.countries import country_key
from data.schema import STATUSES
from experiments.bands import LEVELS
from forecast.report.issue_view import IssueView
from forecast.report.rows import Row, place, reasons_of
from forecast.text.wording import counted, expected, listed, percent, shortened, whole

__all__ = [
    "Situation",
    "lede",
    "named",
    "observed",
    "outlook",
    "reasons",
    "scope",
    "situation_of",
    "title",
]

MOST_NAMES, FEW_NAMES = 6, 3
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


@dataclass(frozen=True)
class Situation:
    """One month ahead of an issue, for all regions or for those of a country.

    Attributes:
        view: The issue with one horizon.
        rows: Rows that have a forecast, by rank.
        regions: Number of regions, those without a forecast included.
        country: The country, as the table writes it; None for all.
    """

    view: IssueView
    rows: Sequence[Row]
    regions: int
    country: str | None = None

    def place(self, row: Row, figure: str = "") -> str:
        """Return a region as it is named here: the country only where there are several."""
        return place(row, figure, within=self.country)


def situation_of(
    view: IssueView, *, horizon: int | None = None, country: str | None = None
) -> Situation:
    """Return the situation at a horizon.

    Args:
        view: The issue.
        horizon: Months ahead; None for the nearest.
        country: Only this country's regions; a name or an ISO3 code.

    Raises:
        ConfigError: The issue lacks the horizon or the country.
    """
    view = view.at(view.horizons[0] if horizon is None else horizon)
    rows, name = view.rows, None
    if country is not None:
        key = country_key(country)
        keys = {name: country_key(name) for name in {row["country"] for row in rows}}
        rows = tuple(row for row in rows if keys[row["country"]] == key)
        if not rows:
            there = ", ".join(sorted({shortened(name) for name in keys}))
            raise ConfigError(f'expected a country of the issue ({there}), got "{country}"')
        name = shortened(rows[0]["country"])
    return Situation(view, [row for row in rows if row["rank"] is not None], len(rows), name)


def title(now: Situation) -> str:
    """Return the headline."""
    where = f" in {now.country}" if now.country else ""
    return f"Attack risk{where}, {now.view.month}"


def lede(now: Situation) -> str:
    """Return what the text is about and from what it is made."""
    regions = counted(now.regions, "region")
    countries = now.view.table["country"].nunique()
    if now.country:
        where = f"{regions} of {now.country}"
    elif now.view.manifest["scale"] == "country":
        where = f"{now.regions:,} {'country' if now.regions == 1 else 'countries'}"
    else:
        where = f"{regions} in {countries} {'country' if countries == 1 else 'countries'}"
    return f"{where}; forecast from data through {now.view.origin}."


def named(
    now: Situation, rows: Sequence[Row], column: str | None = None, *, most: int = MOST_NAMES
) -> str:
    """Return the first regions of some rows, with a share each, and how many more there are."""
    names = [now.place(row, percent(row[column]) if column else "") for row in rows[:most]]
    more = len(rows) - len(names)
    return listed([*names, f"{more:,} more"] if more else names)


def observed(now: Situation) -> list[str]:
    """Return what the last month saw, and where."""
    events = [row["last_events"] for row in now.rows if row["last_events"] is not None]
    if not events:
        return [f"Nothing is known of {now.view.origin} in these regions."]
    total = sum(events)
    known = counted(len(events), "region")
    if total == 0:
        return [f"In {now.view.origin} no attack was recorded in {_any_of(known)}."]
    deaths = [row["last_deaths"] for row in now.rows if row["last_deaths"] is not None]
    dead = counted(sum(deaths), "death") if sum(deaths) else "no deaths"
    tolls = f" and {dead}" if deaths else ""
    hit = sum(count > 0 for count in events)
    where = "" if len(events) == 1 else f" in {_how_many(hit, len(events))}"
    verb = "was" if total == 1 and not tolls else "were"
    first = f"In {now.view.origin}, {counted(total)}{tolls} {verb} recorded{where}."
    return [first, *_mean(now, total), *_hardest(now, total), *_records(now)]


def outlook(now: Situation) -> list[str]:
    """Return where an attack is how likely in the month that is forecast."""
    if not now.rows:
        return ["No region has a forecast: the last month is not observed for any of them."]
    sentences = []
    for word, sentence in _LIKELY.items():
        rows = [row for row in now.rows if row["likelihood"] == word]
        if rows:
            sentences.append(sentence.format(named(now, rows, "p_attack")))
    return sentences or _nowhere(now)


def scope(now: Situation) -> list[str]:
    """Return the regions at each level, the most that is expected, and what may escalate."""
    if not now.rows:
        return []
    return [_by_level(now), *_sizes(now), *_escalation(now), *_blank(now)]


def reasons(now: Situation, *, most: int) -> list[tuple[str, str]]:
    """Return the first regions with their reasons in one line each; low ones only if all are."""
    above = [row for row in now.rows if row["level"] != LEVELS[-1]]
    return [
        (
            now.place(row, percent(row["p_attack"])),
            "; ".join(reasons_of(row)) or "no reason is given",
        )
        for row in (above[:most] or now.rows[:1])
    ]


def _how_many(hit: int, regions: int) -> str:
    if hit < regions:
        return f"{hit:,} of the {regions:,} regions"
    return "both regions" if regions == 2 else f"all {regions:,} regions"


def _any_of(known: str) -> str:
    return "the region" if known == "1 region" else f"any of the {known}"


def _mean(now: Situation, total: float) -> list[str]:
    """Set the month against the mean of the twelve months that it ends."""
    means = [row["mean12_events"] for row in now.rows]
    if None in means or not sum(means) > 0:
        return []
    mean = sum(means)
    ratio = total / mean
    turn = "near" if abs(ratio - 1) <= _NEAR else "above" if ratio > 1 else "below"
    return [f"Attacks were {turn} the mean of the last twelve months, {expected(mean)} a month."]


def _hardest(now: Situation, total: float) -> list[str]:
    """Name where most attacks were recorded."""
    hit = [row for row in now.rows if row["last_events"]]
    if now.regions == 1 or not hit:
        return []
    first = sorted(hit, key=lambda row: (-row["last_events"], row["region_id"]))[:FEW_NAMES]
    if len(hit) == 1:
        return [f"{'It' if total == 1 else 'All'} happened in {now.place(first[0])}."]
    names = listed([now.place(row, whole(row["last_events"])) for row in first])
    if len(hit) <= FEW_NAMES:
        return [f"They happened in {names}."]
    return [f"The regions with most attacks were {names}."]


def _records(now: Situation) -> list[str]:
    """Say since when no month was as bad, over all regions."""
    if now.country:
        return []
    words = {"events": "attacks", "deaths": "deaths"}
    records = [(words[h.measure], h.record) for h in now.view.past if h.record]
    if len({record for _, record in records}) == 1 and len(records) == 2:
        return [f"For attacks and deaths alike it was the {records[0][1]}."]
    return [f"For {word} it was the {record}." for word, record in records]


def _nowhere(now: Situation) -> list[str]:
    top = now.rows[0]
    where = now.place(top, percent(top["p_attack"]))
    says = _UNLIKELY[str(top["likelihood"])]
    if len(now.rows) == 1:
        return [f"{says[0].upper()}{says[1:]} in {where}."]
    return [f"Nowhere is an attack as likely as not; even in {where}, ranked first, {says}."]


def _by_level(now: Situation) -> str:
    counts = Counter(row["level"] for row in now.rows)
    first, *others = counts
    if len(now.rows) == 1:
        return f"Its level is {first}."
    if not others:
        return f"All {len(now.rows):,} regions are at level {first}."
    verb = "is" if counts[first] == 1 else "are"
    parts = [f"{counts[first]:,} {verb} at level {first}"]
    parts += [f"{counts[level]:,} at {level}" for level in others]
    return f"Of the {len(now.rows):,} regions, {listed(parts)}."


def _sizes(now: Situation) -> list[str]:
    """Say how many attacks and deaths are expected in the first region."""
    top = now.rows[0]
    if not top["expected_events"] >= _LEAST_EXPECTED:
        return []
    sizes = _size(top, "events", "attack")
    if top["expected_deaths"] is not None:
        sizes += f" and {_size(top, 'deaths', 'death')}"
    return [f"For {now.place(top)} the forecast is {sizes}."]


def _size(row: Row, target: str, word: str) -> str:
    low, high = whole(row[f"{target}_p05"]), whole(row[f"{target}_p95"])
    spread = f"{low} in nine cases of ten" if low == high else f"90 % range {low} to {high}"
    return f"{expected(row[f'expected_{target}'])} {word}s ({spread})"


def _escalation(now: Situation) -> list[str]:
    # A region with an unobserved month in its last year has no usual number to escalate from.
    known = [row for row in now.rows if row["p_escalation"] is not None]
    rows = sorted(known, key=lambda row: (-row["p_escalation"], row["rank"]))
    means = "a first attack in a year, or at least three and twice the usual number"
    notable = [row for row in rows if row["p_escalation"] >= _NOTABLE_ESCALATION]
    if notable:
        names = named(now, notable, "p_escalation", most=FEW_NAMES)
        return [f"Escalation ({means}) has the highest chance in {names}."]
    if not rows or rows[0]["p_escalation"] < _LEAST_ESCALATION:
        return []
    top = rows[0]
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
