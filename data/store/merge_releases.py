"""Which rows win among the snapshots of a source.

The later release wins, and within a release the later ingest. A version stands alone for the
months and countries that it covers whole: rows of earlier ones that it lacks there are withdrawn.
A source may also withdraw ids by name: that ends the rows of releases up to that one, and a row of
a later release counts again. All of this depends on the set of snapshots, never on the order of
ingest, except among files of one release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number, month_numbers
from data.regions.countries import country_key, country_keys
from data.store.manifests import Manifest, coverage_of

__all__ = [
    "KEYS",
    "WITHDRAWN",
    "Merged",
    "Scope",
    "Snapshot",
    "last_by",
    "merged_rows",
    "places_of",
    "rows_covered",
    "scope_of",
    "standing_rows",
    "winning_rows",
    "withdrawn_table",
]

# What identifies a row within its source.
KEYS = {"events": ["event_id"], "figures": ["region_id", "month"]}
_RELEASE = "release"

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

WITHDRAWN = "withdrawn"

Order = tuple[int, ...]


@dataclass(frozen=True)
class Scope:
    """The months and countries for which a version stands alone.

    Attributes:
        first: Number of the first month.
        last: Number of the last month that is covered whole.
        partial: Number of a month after it that is covered in part.
        countries: Their keys; empty for all.
        since: Key of a country to the number of its first month.
    """

    first: int
    last: int
    partial: int | None
    countries: frozenset[str]
    since: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The rows of one ingest and what they stand for.

    Attributes:
        manifest: Its manifest; of a file that is about to be stored, as far as it is known.
        rows: Its accepted rows.
        countries: Of figures: region id to country, as far as it is known.
    """

    manifest: Manifest
    rows: pd.DataFrame
    countries: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The source of its rows."""
        return self.manifest["source"]

    @property
    def release(self) -> str:
        """The release of its rows."""
        return self.manifest["release"]

    @property
    def content(self) -> str:
        """``events`` or ``figures``."""
        return self.manifest["content"]

    @property
    def scope(self) -> Scope | None:
        """Where it stands alone; None where it takes nothing away."""
        return scope_of(self.manifest) if self.manifest["whole"] else None

    def beside(self, other: Snapshot) -> bool:
        """Say whether both are parts that came together, so that neither replaces the other."""
        ours, theirs = self.manifest.get("together"), other.manifest.get("together")
        return ours is not None and ours == theirs


def scope_of(manifest: Manifest) -> Scope | None:
    """Return the months and countries that a snapshot has all rows of; None where it claims none.

    A list claims them; figures have those from their first to their last month. A month that is
    covered in part is replaced only where the earlier version did not cover it whole.
    """
    claim = coverage_of(manifest)
    first, last = claim.first, claim.last
    partial = claim.partial
    if manifest["content"] == "figures":
        first, last, partial = manifest["first_date"], manifest["last_date"], None
    if first is None or last is None or first > (partial or last):
        return None
    return Scope(
        month_number(first),
        month_number(last),
        None if partial is None else month_number(partial),
        frozenset(map(country_key, claim.countries)),
        {country_key(name): month_number(month) for name, month in claim.since},
    )


@dataclass(frozen=True)
class Merged:
    """All rows of the snapshots of one source and content, and what became of each.

    Attributes:
        rows: Every row, in the order of its snapshots.
        rank: (rows,), position of the row's snapshot.
        last: (rows,), whether no later snapshot has its key.
        gone_by: (rows,), position of the snapshot that withdrew the row; -1 for none.
    """

    rows: pd.DataFrame
    rank: Ints
    last: Mask
    gone_by: Ints

    @property
    def standing(self) -> Mask:
        """Which rows count, (rows,)."""
        return self.last & (self.gone_by < 0)


def merged_rows(snapshots: Sequence[Snapshot]) -> Merged:
    """Join the snapshots of one source and content.

    Args:
        snapshots: In the order of ``win_order``.
    """
    content = snapshots[0].content
    parts = [snapshot.rows for snapshot in snapshots]
    rows = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    rank = np.repeat(np.arange(len(parts)), [len(part) for part in parts]).astype(np.int64)
    last = ~rows.duplicated(KEYS[content], keep="last").to_numpy()
    gone_by = np.full(len(rows), -1, dtype=np.int64)
    scopes = [snapshot.scope for snapshot in snapshots]
    if len(parts) == 1 or not any(scopes[1:]):
        return Merged(rows, rank, last, gone_by)
    months, countries = places_of(rows, snapshots)
    for place, scope in enumerate(scopes):
        earlier = [other for other in range(place) if not snapshots[other].beside(snapshots[place])]
        if scope is None or not earlier:
            continue
        candidates = last & (gone_by < 0) & np.isin(rank, earlier)
        for other in earlier if candidates.any() else ():
            own = np.flatnonzero(candidates & (rank == other))
            covered = rows_covered(scope, months[own], countries[own], own=scopes[other])
            gone_by[own[covered]] = place
    return Merged(rows, rank, last, gone_by)


def places_of(
    rows: pd.DataFrame, snapshots: Sequence[Snapshot]
) -> tuple[Ints, npt.NDArray[np.object_]]:
    """Return the number of each row's month and the key of its country.

    Args:
        rows: Of one content.
        snapshots: Those that know the countries of figures' regions.
    """
    if "date_start" in rows:
        months = month_numbers(rows["date_start"])
        names = rows["country"].fillna("")
    else:
        codes, texts = pd.factorize(rows["month"])
        months = np.array([month_number(text) for text in texts], dtype=np.int64)[codes]
        known: dict[str, str] = {}
        for snapshot in snapshots:
            known |= snapshot.countries
        names = pd.Series([known.get(region, "") for region in rows["region_id"]], dtype="str")
    return months.astype(np.int64), np.asarray(country_keys(names), dtype=object)


def rows_covered(
    scope: Scope, months: Ints, countries: npt.NDArray[np.object_], *, own: Scope | None
) -> Mask:
    """Say which rows lie where a later version stands alone.

    Args:
        scope: Of the later version.
        months: (rows,), numbers of their months.
        countries: (rows,), keys of their countries.
        own: Scope of the version that has the rows. Its rows of countries that it does not claim
            go with it.
    """
    inside = (months >= scope.first) & (months <= scope.last)
    if scope.partial is not None and (own is None or own.last < scope.partial):
        inside |= months == scope.partial
    if scope.countries:
        named = np.isin(countries, sorted(scope.countries))
        if own is not None and own.countries and own.countries <= scope.countries:
            named |= ~np.isin(countries, sorted(own.countries))
        inside &= named
    for country, month in scope.since.items():
        inside &= (countries != country) | (months >= month)
    return np.asarray(inside)


def winning_rows(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return the rows that count, sorted by source and key.

    Args:
        snapshots: All of one content, in the order of ``win_order``.
    """
    parts = []
    for source in sorted({snapshot.source for snapshot in snapshots}):
        merged = merged_rows([s for s in snapshots if s.source == source])
        parts.append(merged.rows if merged.standing.all() else merged.rows[merged.standing])
    rows = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    if len(snapshots) == 1:
        return rows
    return rows.sort_values(["source", *KEYS[snapshots[0].content]], ignore_index=True)


def last_by(parts: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return the last row of every key, sorted by key."""
    if len(parts) == 1:
        return parts[0]
    rows = pd.concat(parts, ignore_index=True).drop_duplicates(keys, keep="last")
    return rows.sort_values(keys, ignore_index=True)


def withdrawn_table(ids: Sequence[str]) -> pd.DataFrame:
    """Return the table of a snapshot that names withdrawn ids."""
    return pd.DataFrame({"event_id": sorted(set(ids))}, dtype="str")


def standing_rows(
    rows: pd.DataFrame,
    withdrawn: Sequence[tuple[str, Order, pd.DataFrame]],
    orders: Mapping[str, Order],
) -> pd.DataFrame:
    """Leave out the rows that their source withdrew.

    Args:
        rows: Winning rows with ``source``, ``release`` and ``event_id``.
        withdrawn: Source, order of the release and table of each snapshot that names ids.
        orders: The order of every release among the rows.
    """
    gone = pd.Series(False, index=rows.index)
    for source, order, table in withdrawn:
        earlier = {name for name, own in orders.items() if own <= order}
        named = rows["event_id"].isin(table["event_id"])
        gone |= named & (rows["source"] == source) & rows["release"].isin(earlier)
    return rows[~gone].reset_index(drop=True) if gone.any() else rows
