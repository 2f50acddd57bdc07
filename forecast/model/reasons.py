"""Up to three reasons for each forecast, in plain words with figures from the panel.

A model's contributions say which ideas moved its forecast; the sentences come from
``forecast.model.facts``. A model without contributions gets the strongest facts in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.months import add_months
from experiments.models.model import FeatureContributions
from features.panel import Panel
from forecast.model.facts import FACTS
from forecast.model.past import Past

__all__ = ["MOST_REASONS", "Reason", "explain", "idea_of", "reasons_for"]

MOST_REASONS = 3
FIXED_ORDER = ("recent", "neighbours", "long run", "deaths", "country")

# Words in a feature's name that say its idea, looked for in this order; then its family does.
_WORDS = (
    ("capital_km", "capital"),
    ("border_km", "border"),
    ("place_km", "places"),
    ("attacks_25km", "places"),
    ("attacks_50km", "places"),
    ("neighbour", "neighbours"),
    ("compatriots", "country"),
    ("country", "country"),
    ("whole", "field"),
    ("pressure", "nearest"),
    ("nearest", "nearest"),
    ("events_months_since", "quiet"),
    ("events_first", "quiet"),
    ("largest", "deadliest"),
    ("actor_", "main actor"),
)
_FAMILIES = {
    "frequency": "recent",
    "history": "long run",
    "severity": "deaths",
    "composition": "kinds",
    "location": "neighbours",
    "calendar": "season",
    "field": "field",
    "actors": "actors",
    "sites": "sites",
    "simultaneity": "simultaneity",
}
# Ideas that a reader would take for one: only the strongest of a theme is given.
_THEMES = {
    "quiet": "recent",
    "deadliest": "deaths",
    "nearest": "neighbours",
    "field": "country",
}
_LONG_WINDOWS = ("24", "36", "60")


@dataclass(frozen=True)
class Reason:
    """One reason for one forecast.

    Attributes:
        idea: What it is about, a key of ``FACTS``.
        text: The sentence.
        way: 1 where it raised the forecast, -1 where it lowered it, 0 where no contributions
            tell.
    """

    idea: str
    text: str
    way: int


def reasons_for(
    panel: Panel, *, horizon: int, contributions: FeatureContributions | None = None
) -> list[tuple[str, ...]]:
    """Return the sentences of ``explain``."""
    by_region = explain(panel, horizon=horizon, contributions=contributions)
    return [tuple(reason.text for reason in reasons) for reasons in by_region]


def explain(
    panel: Panel, *, horizon: int, contributions: FeatureContributions | None = None
) -> list[tuple[Reason, ...]]:
    """Return up to three reasons for each region.

    With contributions: those of one idea are summed; ideas that push the region's forecast the
    way its whole margin goes are taken from the strongest down, one a theme, if their fact
    points the same way or neither. Without: recent months, neighbours, long run, deaths, country.

    Args:
        panel: The past; its last month is the origin.
        horizon: Months ahead, which gives the calendar month of the target.
        contributions: The model's contributions, regions in the panel's order.
    """
    past = Past(panel)
    target_month = add_months(panel.months[-1], horizon)
    strengths = None if contributions is None else _strengths(contributions)
    return [
        _reasons(past, row, target_month, None if strengths is None else strengths[row])
        for row in range(len(panel.regions))
    ]


def idea_of(name: str, family: str) -> str:
    """Return the idea that a feature stands for, a key of ``FACTS``.

    Args:
        name: The feature's name.
        family: Its family.

    Example:
        >>> idea_of("events_sum_3", "frequency"), idea_of("neighbours1_events_sum_3", "location")
        ('recent', 'neighbours')
    """
    for word, idea in _WORDS:
        if word in name:
            return idea
    if family == "frequency" and name.rsplit("_", 1)[-1] in _LONG_WINDOWS:
        return "long run"
    return _FAMILIES.get(family, "recent")


def _strengths(contributions: FeatureContributions) -> list[dict[str, float]]:
    """Return the sum of contributions a region and idea."""
    ideas = [
        idea_of(name, family)
        for name, family in zip(contributions.names, contributions.families, strict=True)
    ]
    known = sorted(set(ideas))
    place = np.array([known.index(idea) for idea in ideas], dtype=np.intp)
    sums = np.zeros((len(contributions.values), len(known)))
    np.add.at(sums.T, place, contributions.values.T)
    return [dict(zip(known, row, strict=True)) for row in sums.tolist()]


def _reasons(
    past: Past, row: int, target_month: str, strengths: dict[str, float] | None
) -> tuple[Reason, ...]:
    reasons = [] if strengths is None else _by_strength(past, row, target_month, strengths)
    if not reasons:
        facts = {idea: FACTS[idea](past, row, target_month) for idea in FIXED_ORDER}
        reasons = [Reason(idea, fact.text, 0) for idea, fact in facts.items() if fact is not None]
    first = {reason.text: reason for reason in reversed(reasons)}
    return tuple(reason for reason in reasons if first[reason.text] is reason)[:MOST_REASONS]


def _by_strength(
    past: Past, row: int, target_month: str, strengths: dict[str, float]
) -> list[Reason]:
    """Return one reason a theme, the strongest idea of each theme first."""
    way = 1 if sum(strengths.values()) >= 0 else -1
    pushing = [idea for idea, value in strengths.items() if value * way > 0]
    by_theme: dict[str, Reason] = {}
    for idea in sorted(pushing, key=lambda idea: (-way * strengths[idea], idea)):
        theme = _THEMES.get(idea, idea)
        fact = None if theme in by_theme else FACTS[idea](past, row, target_month)
        if fact is not None and fact.points * way >= 0:
            by_theme[theme] = Reason(idea, fact.text, way)
    return list(by_theme.values())
