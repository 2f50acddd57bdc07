"""Who attacked: which named armed sides of an event are taken for its attackers.

No source says who struck first in a clash, so the rule goes by kind:

- **one-sided**, **civilians** and **explosions**: side A alone, whose act it was.
- **state-based**, **non-state**, **battles** and events of no stated kind: both sides.

Of the sides named so, civilians are never attackers, and neither is a state's force where another
side remains: in a state-based event that leaves the armed group, between two states both of them,
and a state that killed civilians stands for itself. A state's force is named as UCDP and ACLED do
("Government of", "Military Forces of") or after its country ("Mali armed forces and VDP"). A side
without a name ("unidentified", "unknown") is nobody. Joint sides, which sources write with commas,
are taken apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.row_groups import spread_rows
from data.regions.countries import country_of

__all__ = ["Attackers", "find_attackers", "written_names"]

Rows = npt.NDArray[np.intp]

_FIRST_SIDE_ACTS = ("one-sided", "civilians", "explosions")
_NOBODY = re.compile(r"(civilians?|unidentified|unknown|unnamed)\b", re.IGNORECASE)
_STATE = re.compile(r"(government|military forces|police forces) of\b", re.IGNORECASE)
_OF_COUNTRY = re.compile(r"(.+?) (?:armed|security|defence|police) forces\b", re.IGNORECASE)


@dataclass(frozen=True)
class Attackers:
    """One row an event and attacker, sorted by both.

    Attributes:
        event: (rows,) position of the event.
        actor: (rows,) position in ``names``.
        names: Names without regard to case, in the order of the alphabet, so that the order of two
            of them never depends on which others there are.
    """

    event: Rows
    actor: Rows
    names: tuple[str, ...]


def find_attackers(events: pd.DataFrame) -> Attackers:
    """Name the attackers of every event; one whose sides nobody names has none.

    Args:
        events: Canonical events.

    Example:
        >>> one = {"kind": ["state-based"], "side_a": ["Government of Mali"], "side_b": ["JNIM"]}
        >>> find_attackers(pd.DataFrame(one)).names
        ('jnim',)
    """
    both = ~events["kind"].isin(_FIRST_SIDE_ACTS).to_numpy(dtype=bool)
    second_acts = np.flatnonzero(both)
    sides = events["side_a"], events["side_b"].iloc[second_acts]
    names = sorted(
        {name for side in sides for text in side.dropna().unique() for name in _parts(text)}
    )
    first, second = (_named(side, names) for side in sides)
    event = np.concatenate((first[0], second_acts[second[0]]))
    actor = np.concatenate((first[1], second[1]))
    state = np.array([_is_state(name) for name in names], dtype=bool)[actor]
    grouped = np.bincount(event[~state], minlength=len(events)) > 0
    kept = ~state | ~grouped[event]
    pairs = np.unique(event[kept] * len(names) + actor[kept])
    event, actor = np.divmod(pairs, max(len(names), 1))
    used, actor = np.unique(actor, return_inverse=True)
    return Attackers(event, actor, tuple(names[place] for place in used))


def written_names(attackers: Attackers, events: pd.DataFrame) -> tuple[str, ...]:
    """Return each attacker's name as the events write it most often, the first of level ones.

    Args:
        attackers: Of these events.
        events: Canonical events.

    Example:
        >>> sides = {"kind": ["battles"] * 2, "side_a": ["IS  Sahel"] * 2, "side_b": ["", "JNIM"]}
        >>> written_names(find_attackers(pd.DataFrame(sides)), pd.DataFrame(sides))
        ('IS Sahel', 'JNIM')
    """
    written: dict[str, Counter[str]] = {name: Counter() for name in attackers.names}
    for side in ("side_a", "side_b"):
        for text, count in events[side].dropna().value_counts().items():
            for part in str(text).split(","):
                name = " ".join(part.split())
                if name.casefold() in written:
                    written[name.casefold()][name] += int(count)
    return tuple(
        min(written[name], key=lambda spelled: (-found[spelled], spelled))
        for name, found in written.items()
    )


def _is_state(name: str) -> bool:
    """Say whether a name is that of a state or of a state's force."""
    owned = _OF_COUNTRY.match(name)
    return bool(_STATE.match(name)) or (owned is not None and country_of(owned[1]) is not None)


def _named(sides: pd.Series, names: Sequence[str]) -> tuple[Rows, Rows]:
    """Return one row an event and named side: positions of the event and of the name."""
    place = {name: row for row, name in enumerate(names)}
    codes, texts = pd.factorize(sides)
    parts = [[place[name] for name in _parts(text)] for text in texts] + [[]]  # -1: no side at all
    count = np.array([len(rows) for rows in parts], dtype=np.intp)
    begin = (np.cumsum(count) - count)[codes]
    event, nth = spread_rows(count[codes])
    flat = np.array([row for rows in parts for row in rows], dtype=np.intp)
    return event, flat[begin[event] + nth]


def _parts(side: str) -> list[str]:
    names = (" ".join(name.split()).casefold() for name in side.split(","))
    return [name for name in names if name and not _NOBODY.match(name)]
