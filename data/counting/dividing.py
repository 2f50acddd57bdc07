"""Counts of a region divided among its parts: shares hold over time, each month is possible.

Whole numbers cannot follow shares in a month of one attack. What a part is owed by its share is
carried to the next month, so that over the months it gets its share to less than one attack. The
measures of a month are divided one after the other, within what the earlier ones allow: no deaths
where there is no attack, kinds that add up, least and highest tolls on either side of the best one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from data.schema import DEATHS, EVENTS, KINDS, kind_measure

__all__ = ["divide_counts"]

Floats = npt.NDArray[np.float64]
Parts = list[int]

_EVENT_KINDS = tuple(kind_measure(EVENTS, kind) for kind in KINDS)
_DEATH_KINDS = tuple(kind_measure(DEATHS, kind) for kind in KINDS)
_ORDER = (
    EVENTS,
    *_EVENT_KINDS,
    *_DEATH_KINDS,
    DEATHS,
    "deaths_low",
    "deaths_high",
    "civilians",
)


def divide_counts(measures: Mapping[str, Floats], shares: Sequence[Fraction]) -> dict[str, Floats]:
    """Divide measures that add up among the parts of a region.

    Args:
        measures: Measure name to (months,) whole numbers in order of time, NaN where unknown.
        shares: One a part, adding up to 1.

    Returns:
        Measure name to (parts, months); each month adds up to what it was, NaN where it is NaN.

    Example:
        >>> divide_counts({"events": np.ones(4)}, [Fraction(3, 4), Fraction(1, 4)])["events"]
        array([[1., 1., 0., 1.],
               [0., 0., 1., 0.]])
    """
    unit = math.lcm(*(share.denominator for share in shares))
    weights = [int(share * unit) for share in shares]
    names = [name for name in _ORDER if name in measures]
    owed = {name: [0] * len(shares) for name in names}
    months = max((len(measures[name]) for name in names), default=0)
    divided = {name: np.full((len(shares), months), np.nan) for name in names}
    for month in range(months):
        done: dict[str, Parts] = {}
        for name in names:
            count = measures[name][month]
            if np.isnan(count):
                continue
            wanted = [o + int(count) * w for o, w in zip(owed[name], weights, strict=True)]
            parts = _apportion(int(count), wanted, unit, *_bounds(name, int(count), done, weights))
            owed[name] = [w - unit * part for w, part in zip(wanted, parts, strict=True)]
            done[name] = parts
            divided[name][:, month] = parts
    return divided


def _bounds(
    name: str, count: int, done: Mapping[str, Parts], weights: Sequence[int]
) -> tuple[Parts, Parts]:
    """Return the least and the most that each part may get, by what is divided already."""
    low, high = [0] * len(weights), [count] * len(weights)
    if name in _EVENT_KINDS and EVENTS in done:
        used = [done[kind] for kind in _EVENT_KINDS if kind in done]
        high = [all_of - sum(own) for all_of, *own in zip(done[EVENTS], *used, strict=True)]
    elif name != EVENTS and name not in _EVENT_KINDS:
        attacks = done.get(_attacks_of(name), done.get(EVENTS))
        if attacks is not None:
            high = [count if n else 0 for n in attacks]
    if name == DEATHS:
        used = [done[kind] for kind in _DEATH_KINDS if kind in done]
        low = [sum(own) for own in zip(*used, strict=True)] if used else low
    elif name == "deaths_high":
        low = done.get(DEATHS, low)
    elif name in ("deaths_low", "civilians") and DEATHS in done:
        high = [min(pair) for pair in zip(high, done[DEATHS], strict=True)]
    if sum(low) <= count <= sum(high) and all(a <= b for a, b in zip(low, high, strict=True)):
        return low, high
    # The month is impossible as a whole; its parts cannot be better.
    return [0] * len(weights), [count] * len(weights)


def _attacks_of(name: str) -> str:
    """Return the measure that counts the attacks of a kind's deaths."""
    return _EVENT_KINDS[_DEATH_KINDS.index(name)] if name in _DEATH_KINDS else EVENTS


def _apportion(count: int, wanted: Parts, unit: int, low: Parts, high: Parts) -> Parts:
    """Return whole numbers within bounds that add up to a count, nearest to what is wanted.

    All wishes are raised or lowered by the same amount until the whole numbers below them add up;
    the parts that come to the next whole number first, in their order, get what is left.

    Args:
        count: What is to be divided.
        wanted: What each part should get, in parts of ``unit``.
        unit: How many of them make one.
        low: The least that each part may get.
        high: The most.
    """
    if not count:
        return list(low)

    def below(lift: int) -> Parts:
        bounded = zip(wanted, low, high, strict=True)
        return [min(max((wish + lift) // unit, least), most) for wish, least, most in bounded]

    reach = unit * (count + 1) + max(map(abs, wanted))
    under, over = -reach, reach
    while over - under > 1:
        middle = (under + over) // 2
        under, over = (middle, over) if sum(below(middle)) <= count else (under, middle)
    parts, following = below(under), below(over)
    left = count - sum(parts)
    for place, (part, more) in enumerate(zip(parts, following, strict=True)):
        if left and more > part:
            parts[place] += 1
            left -= 1
    return parts
