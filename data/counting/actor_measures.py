"""Monthly measures of attackers: how many are active, who is new, and where else the main one is.

The main attacker of a region is the one with most attacks there in the 24 months up to t; of
several with as many the one seen there last, then the first in the alphabet. Each measure of month
t reads attacks up to the end of t only and is missing where its window is not fully observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from data.counting.attacks import Attacks
from data.counting.row_groups import blanked, full_windows, moving_total, spread_rows, total_by

__all__ = ["actor_measures"]

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]
Few = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

MEMORY = 24
YEAR = 12
_WINDOWS = {"": 1, "_3": 3, "_12": 12}
_ELSEWHERE = {"": 1, "_3": 3}
_HALF = 0.5


def actor_measures(attacks: Attacks, observed: Flags, neighbours: Rows) -> dict[str, Floats]:
    """Measure attackers.

    - ``actors``, ``actors_3``, ``actors_12``: attackers with an attack in the region in the 1, 3
      and 12 months up to t.
    - ``actors_new``: those of month t that never attacked in the region before; missing in the
      first 24 months, in which all would look new.
    - ``actor_main``: attacks of the main attacker in the region in the 24 months up to t.
    - ``actor_elsewhere``, ``actor_elsewhere_3``: its attacks in all other regions in the 1 and 3
      months up to t; half of the regions must be observed.
    - ``actor_nearby``, ``actor_nearby_3``: its attacks in neighbouring regions; all of them must
      be observed.
    - ``actor_reach``: other regions that it hit in the 12 months up to t; half of the regions must
      be observed.

    The last five are 0 where the region has no main attacker. An attack with several attackers
    counts for each of them.

    Args:
        attacks: Attacks in order of day.
        observed: (regions, months), where counts may be read.
        neighbours: (2, pairs) rows of neighbouring regions, in both directions.

    Returns:
        Name to (regions, months); empty where no attack has a named attacker.
    """
    if not len(attacks.attack):
        return {}
    presence = _Presence(attacks, observed.shape)
    measures = {
        f"actors{name}": blanked(presence.active(window), full_windows(observed, window))
        for name, window in _WINDOWS.items()
    }
    own = full_windows(observed, MEMORY)
    measures["actors_new"] = blanked(presence.new(), own)
    main = _Main(presence, presence.main())
    measures["actor_main"] = blanked(main.here(MEMORY), own)
    for name, window in _ELSEWHERE.items():
        seen = full_windows(observed, window)
        measures[f"actor_elsewhere{name}"] = blanked(
            main.elsewhere(window), own & _mostly(seen, observed)
        )
        measures[f"actor_nearby{name}"] = blanked(
            main.nearby(window, neighbours), own & _all_around(seen, neighbours)
        )
    year = full_windows(observed, YEAR)
    measures["actor_reach"] = blanked(main.reach(), own & _mostly(year, observed))
    return measures


class _Presence:
    """Attacks of every attacker in every region that it ever hit: one row a pair of both."""

    def __init__(self, attacks: Attacks, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.actors = attacks.actors
        region, month = attacks.region[attacks.attack], attacks.month[attacks.attack]
        self.keys, pair, self.first = _pairs(region * attacks.actors + attacks.actor, month)
        self.region, self.actor = np.divmod(self.keys, attacks.actors)
        held = month >= 0
        cell = (pair * shape[1] + month)[held]
        size = (len(self.keys), shape[1])
        self.counts = np.bincount(cell, minlength=size[0] * size[1]).astype(np.int32).reshape(size)
        self._within = {1: self.counts}
        self.last = np.zeros(size, dtype=np.int32)
        days = (attacks.day[attacks.attack][held] - attacks.day[0] + 1).astype(np.int32)
        np.maximum.at(self.last.ravel(), cell, days)
        np.maximum.accumulate(self.last, axis=1, out=self.last)

    def within(self, months: int) -> Few:
        """Return each pair's attacks in the months up to each one, (pairs, months)."""
        if months not in self._within:
            self._within[months] = moving_total(self.counts, months)
        return self._within[months]

    def active(self, months: int) -> Whole:
        """Return how many attackers were active, (regions, months)."""
        return _grouped((self.within(months) > 0).astype(np.int32), self.region, self.shape[0])

    def new(self) -> Whole:
        """Return how many attackers came for the first time, (regions, months)."""
        came = self.first >= 0
        cell = self.region[came] * self.shape[1] + self.first[came]
        return total_by(cell, np.ones(len(cell), dtype=np.int64), self.shape)

    def main(self) -> Rows:
        """Return the pair of each region's main attacker, -1 where none, (regions, months)."""
        recent = self.within(MEMORY)
        pairs = len(self.keys)
        backwards = (pairs - np.arange(pairs))[:, None]  # an earlier name is preferred
        span = int(self.last.max()) + 1
        rank = recent.astype(np.int64)
        rank *= span
        rank += self.last
        rank *= pairs + 1
        rank += backwards
        rank[recent == 0] = 0
        best = np.zeros(self.shape, dtype=np.int64)
        regions, begin = np.unique(self.region, return_index=True)
        best[regions] = np.maximum.reduceat(rank, begin, axis=0)
        return np.where(best > 0, pairs - best % (pairs + 1), -1)


@dataclass(frozen=True)
class _Main:
    """The main attackers and what they did.

    Attributes:
        presence: All attackers.
        pair: (regions, months) row of the main attacker's pair, -1 where there is none.
    """

    presence: _Presence
    pair: Rows

    @cached_property
    def cells(self) -> tuple[Rows, Rows]:
        """Rows and columns where there is a main attacker."""
        row, column = np.nonzero(self.pair >= 0)
        return row, column

    @cached_property
    def actor(self) -> Rows:
        """The main attacker, (regions, months)."""
        return np.where(self.pair >= 0, self.presence.actor[self.pair], -1)

    def here(self, months: int) -> Whole:
        """Return its attacks in the region itself."""
        return self._of_pair(self.presence.within(months))

    def elsewhere(self, months: int) -> Whole:
        """Return its attacks in all other regions."""
        return self._others(self.presence.within(months))

    def reach(self) -> Whole:
        """Return how many other regions it hit in a year."""
        return self._others((self.presence.within(YEAR) > 0).astype(np.int32))

    def nearby(self, months: int, neighbours: Rows) -> Whole:
        """Return its attacks in neighbouring regions."""
        (row, column), keys = self.cells, self.presence.keys
        order = np.argsort(neighbours[0], kind="stable")
        around = neighbours[1][order]
        counts = np.bincount(neighbours[0], minlength=len(self.pair))
        cell, nth = spread_rows(counts[row])
        other = around[(np.cumsum(counts) - counts)[row][cell] + nth]
        wanted = other * self.presence.actors + self.actor[row, column][cell]
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        there = keys[place] == wanted
        attacks = self.presence.within(months)[place[there], column[cell[there]]]
        at = (row * self.pair.shape[1] + column)[cell[there]]
        return total_by(at, attacks, self.presence.shape)

    def _of_pair(self, values: Few) -> Whole:
        out = np.zeros(self.presence.shape, dtype=np.int64)
        out[self.cells] = values[self.pair[self.cells], self.cells[1]]
        return out

    def _others(self, values: Few) -> Whole:
        total = _grouped(values, self.presence.actor, self.presence.actors)
        out = np.zeros(self.presence.shape, dtype=np.int64)
        out[self.cells] = total[self.actor[self.cells], self.cells[1]]
        return out - self._of_pair(values)


def _pairs(key: Rows, month: Rows) -> tuple[Rows, Rows, Rows]:
    """Return the pairs in order, the pair of each row and each pair's first month."""
    keys, pair = np.unique(key, return_inverse=True)
    first = np.full(len(keys), np.iinfo(np.intp).max)
    np.minimum.at(first, pair, month)
    return keys, pair, first


def _grouped(values: Few, group: Rows, groups: int) -> Whole:
    """Return the sum of the rows of each group, (groups, months)."""
    member = np.ones(len(group), dtype=np.int32), (group, np.arange(len(group)))
    sums = sparse.csr_array(member, shape=(groups, len(group))) @ values
    return np.asarray(sums, dtype=np.int64)


def _mostly(seen: Flags, observed: Flags) -> Flags:
    """Say in which months half of the regions ever observed are seen, (months,)."""
    known = np.logical_or.accumulate(observed, axis=1).sum(axis=0)
    return np.asarray(seen.sum(axis=0) >= np.maximum(known, 1) * _HALF)


def _all_around(seen: Flags, neighbours: Rows) -> Flags:
    """Say where all neighbours are seen, (regions, months)."""
    hidden = np.flatnonzero(~seen.all(axis=1))
    near = neighbours[:, np.isin(neighbours[1], hidden)]
    unseen = _grouped((~seen[near[1]]).astype(np.int32), near[0], len(seen))
    return np.asarray(unseen == 0)
