"""What changed between two states of knowledge, in the region-months that both observe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.panel_making import chosen_source, count_store
from data.counting.region_months import RegionMonths
from data.errors import ConfigError, EvidenceError
from data.months import month_number, month_range
from data.schema import DEATHS, EVENTS, OBSERVED, STATUSES
from data.store.manifests import release_order
from data.store.merge_releases import KEYS
from data.store.store import Store
from data.store.supersession import FATES, fates_of, has_moved
from data.workspace import PanelSettings

__all__ = ["Revised", "Revisions", "compare_counts", "compare_rows", "find_revisions"]

_MEASURES = (EVENTS, DEATHS)
_COLUMNS = (
    "region_id",
    "region",
    "country",
    "month",
    *(f"{measure}_{side}" for measure in _MEASURES for side in ("before", "after", "change")),
)

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Revisions:
    """The difference of two panels of one scale.

    Attributes:
        changed: A row a region-month whose events or deaths changed, largest change of deaths
            first: ``region_id, region, country, month``, and of ``events`` and ``deaths`` each
            ``_before``, ``_after`` and ``_change``; missing where a toll is not known.
        compared: How many region-months both observe.
        months: Months of which both observe a region, in order.
        sums: Measure to its sums ``before`` and ``after`` over the region-months that both know.
        added: Months that only the later panel observes, in order.
        lost: Months that only the earlier panel observes, in order.
    """

    changed: pd.DataFrame
    compared: int
    months: tuple[str, ...]
    sums: dict[str, dict[str, int]]
    added: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Revised:
    """Revisions with what was compared.

    Attributes:
        source: The source.
        scale: The spatial scale.
        before: The earlier state of knowledge, a release or a day.
        after: The later one.
        found: The difference.
        rows: What became of events, or of region-months of figures: ``new``, ``withdrawn``,
            ``merged``, ``renumbered``, ``moved`` or ``changed toll``, to the number of
            ``events`` and the ``deaths`` that came (new), went, were moved or by which tolls
            changed. New events are those in months that both observe and in place of no other.
    """

    source: str
    scale: str
    before: str
    after: str
    found: Revisions
    rows: dict[str, dict[str, int]]


def find_revisions(
    store: Store, settings: PanelSettings, *, root: Path, before: str | None, after: str | None
) -> Revised:
    """Compare what a source said up to two releases, or on two days.

    Args:
        store: Where the rows are.
        settings: Scale, regions and source.
        root: Folder to which the settings' paths are relative.
        before: Release or day; None for the release before ``after``.
        after: Release or day; None for the newest release.

    Raises:
        EvidenceError: There are not two releases, or one of the two knew nothing.
        ConfigError: A release or day is not understood.
    """
    content, source = chosen_source(store, settings.source)
    known = (
        m["release"] for m in store.manifests() if (m["content"], m["source"]) == (content, source)
    )
    releases = sorted(dict.fromkeys(known), key=release_order)
    late = after or releases[-1]
    early = before or _before(late, releases)
    views = [_view(store, name, releases) for name in (early, late)]
    counted = [count_store(view, settings, root=root).counts for view in views]
    found = compare_counts(*counted)
    rows = [_rows(view, content, source) for view in views]
    fates = compare_rows(*rows, content=content, months=found.months)
    return Revised(source, settings.scale, early, late, found, fates)


def compare_rows(
    before: pd.DataFrame, after: pd.DataFrame, *, content: str, months: Collection[str]
) -> dict[str, dict[str, int]]:
    """Count what became of the rows of an earlier state of knowledge.

    Args:
        before: Its winning rows.
        after: Those of the later state.
        content: ``events`` or ``figures``.
        months: Months that both observe, in which rows may be new.

    Returns:
        As ``Revised.rows``; what did not occur is left out.
    """
    keys = KEYS[content]
    old, new = (pd.MultiIndex.from_frame(frame[keys]) for frame in (before, after))
    gone = before[~old.isin(new)]
    fresh = after[~new.isin(old)]
    fresh = fresh[_months(fresh).isin(set(months))]
    fates = np.full(len(gone), "withdrawn", dtype=object)
    if content == "events":
        fates = fates_of(gone, after, before)
        # What came in place of others is not new.
        fresh = fresh[fates_of(fresh, gone, after) == "withdrawn"]
    left, right = before[old.isin(new)], after.iloc[new.get_indexer(old[old.isin(new)])]
    toll = _tolls(right) - _tolls(left)
    told = {
        "new": _tolls(fresh),
        **{what: _tolls(gone)[fates == what] for what in FATES},
        "changed toll": toll[toll != 0],
    }
    if content == "events":
        told["moved"] = _tolls(right)[has_moved(left, right)]
    return {
        what: {EVENTS: len(deaths), DEATHS: int(deaths.sum())}
        for what, deaths in told.items()
        if len(deaths)
    }


def _rows(view: Store, content: str, source: str) -> pd.DataFrame:
    return view.events(source=source) if content == "events" else view.figures(source=source)[0]


def _months(rows: pd.DataFrame) -> pd.Series[str]:
    return rows["month"] if "month" in rows else rows["date_start"].dt.strftime("%Y-%m")


def _tolls(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return known deaths, (rows,); 0 where they are not known."""
    name = "deaths_best" if "deaths_best" in rows else DEATHS
    if name not in rows:
        return np.zeros(len(rows), dtype=np.int64)
    return rows[name].fillna(0).to_numpy(np.int64)


def compare_counts(before: RegionMonths, after: RegionMonths) -> Revisions:
    """Compare two panels of the same scale, each with regions and months of its own.

    Raises:
        EvidenceError: One of them has no region that the other has.
    """
    ids = sorted({*before.regions["region_id"]} & {*after.regions["region_id"]})
    if not ids:
        raise EvidenceError("the two states of knowledge share no region, so nothing compares")
    months = _span(before, after)
    sides = [_laid_out(counts, ids, months) for counts in (before, after)]
    seen = [side.pop(OBSERVED) > 0 for side in sides]
    both = seen[0] & seen[1]
    differing = np.zeros_like(both)
    for measure in _MEASURES:
        differing |= both & ~_equal(sides[0][measure], sides[1][measure])
    return Revisions(
        changed=_table(after, ids, months, sides, np.argwhere(differing)),
        compared=int(both.sum()),
        months=_named(months, both.any(axis=0)),
        sums={measure: _sums(measure, sides, both) for measure in _MEASURES},
        added=_named(months, seen[1].any(axis=0) & ~seen[0].any(axis=0)),
        lost=_named(months, seen[0].any(axis=0) & ~seen[1].any(axis=0)),
    )


def _span(before: RegionMonths, after: RegionMonths) -> list[str]:
    first = min(before.months[0], after.months[0])
    return month_range(first, max(before.months[-1], after.months[-1]))


def _laid_out(counts: RegionMonths, ids: Sequence[str], months: Sequence[str]) -> dict[str, Counts]:
    """Return both measures and where they are observed, (ids, months) each."""
    rows = pd.Index(counts.regions["region_id"]).get_indexer(pd.Index(ids))
    start = month_number(counts.months[0]) - month_number(months[0])
    place = slice(start, start + len(counts.months))
    observed = np.zeros((len(ids), len(months)))
    observed[:, place] = counts.status[rows] == STATUSES.index(OBSERVED)
    laid = {OBSERVED: observed}
    for measure in _MEASURES:
        laid[measure] = np.full(observed.shape, np.nan)
        if measure in counts.measures:
            laid[measure][:, place] = counts.measures[measure][rows]
    return laid


def _equal(left: Counts, right: Counts) -> npt.NDArray[np.bool_]:
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))


def _sums(
    measure: str, sides: Sequence[dict[str, Counts]], both: npt.NDArray[np.bool_]
) -> dict[str, int]:
    known = both & np.isfinite(sides[0][measure]) & np.isfinite(sides[1][measure])
    pairs = zip(("before", "after"), sides, strict=True)
    return {name: int(side[measure][known].sum()) for name, side in pairs}


def _table(
    after: RegionMonths,
    ids: Sequence[str],
    months: Sequence[str],
    sides: Sequence[dict[str, Counts]],
    cells: npt.NDArray[np.intp],
) -> pd.DataFrame:
    row, column = cells[:, 0], cells[:, 1]
    regions = after.regions.set_index("region_id").loc[list(ids)]
    table = pd.DataFrame(
        {
            "region_id": np.array(ids, dtype=object)[row],
            "region": regions["region"].to_numpy(dtype=object)[row],
            "country": regions["country"].to_numpy(dtype=object)[row],
            "month": np.array(months, dtype=object)[column],
        }
    ).astype("str")
    for measure in _MEASURES:
        for name, side in zip(("before", "after"), sides, strict=True):
            table[f"{measure}_{name}"] = pd.Series(side[measure][row, column]).astype("Int64")
        change = table[f"{measure}_after"] - table[f"{measure}_before"]
        table[f"{measure}_change"] = change
    keys = [table[f"{measure}_change"].abs().fillna(0) for measure in (DEATHS, EVENTS)]
    order = np.lexsort((table["month"], table["region_id"], -keys[1], -keys[0]))
    return table.iloc[order].reset_index(drop=True)[list(_COLUMNS)]


def _named(months: Sequence[str], chosen: npt.ArrayLike) -> tuple[str, ...]:
    return tuple(months[int(place)] for place in np.flatnonzero(chosen))


def _before(late: str, releases: list[str]) -> str:
    """Return the release before another."""
    earlier = [name for name in releases if release_order(name) < release_order(late)]
    if late not in releases or not earlier:
        raise EvidenceError(
            f"the store holds no release before {late} ({', '.join(releases)}): ingest one, or"
            " compare two days with --from YYYY-MM-DD --to YYYY-MM-DD"
        )
    return earlier[-1]


def _view(store: Store, name: str, releases: list[str]) -> Store:
    """Return the store up to a release, or as it was known on a day."""
    if name in releases:
        return store.known(release=name)
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise ConfigError(
            f"expected a release of the store ({', '.join(releases)}) or a day as YYYY-MM-DD,"
            f' got "{name}"'
        ) from None
    return store.known(as_of=day)
