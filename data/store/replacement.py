"""Whether a file is a new version of what is held, a part of it, or another list: refuse to guess.

A version that lacks a large part of what it would replace, or has its events under other ids, is
stored only once the user says which of these it is: ``--replace`` or ``--add``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.months import month_number, month_text
from data.reading import COLUMNS, FROM_COLUMN, MEASURES
from data.regions.countries import country_of
from data.store.manifests import release_order, usual_publication
from data.store.merge_releases import (
    KEYS,
    Snapshot,
    merged_rows,
    places_of,
    rows_covered,
    winning_rows,
)
from data.store.supersession import SAME_EVENT, fates_of
from data.terminal import listed

__all__ = ["ask_about_replacement", "check_meaning", "no_longer_listed"]

# What a part of a list lacks as a whole, the fewest rows of it and the share of all rows, from
# which on it is asked about.
_PARTS = {
    "events": {
        "country": (2, 0.2),
        "kind": (2, 0.2),
        "admin1": (3, 0.2),
        "location_precision": (3, 0.2),
        "year": (3, 0.2),
        "month": (3, 0.5),
    },
    "figures": {"country": (2, 0.2), "region_id": (3, 0.2), "year": (3, 0.2), "month": (3, 0.5)},
}
_WORDS = {
    "admin1": "first-level unit",
    "location_precision": "location precision",
    "region_id": "region",
}
_FEWEST = 3
_FAR_MONTHS = 120
_SHOWN = 3

Mask = npt.NDArray[np.bool_]


def ask_about_replacement(
    snapshot: Snapshot,
    known: Sequence[Snapshot],
    together: Sequence[Snapshot],
    *,
    replace: bool | None,
) -> None:
    """Refuse a file of which it is not clear whether it replaces what is held.

    Args:
        snapshot: The file, not yet stored.
        known: Snapshots of the same source and content in the order of ``win_order``.
        together: What is stored with it, itself included.
        replace: What the user states: True, it is the new version; False, it is added; None,
            nothing.

    Raises:
        SourceError: It is not clear.
    """
    if replace is False or not known:
        return
    here = release_order(snapshot.release)
    earlier = [s for s in known if release_order(s.release) <= here]
    later = [s for s in known if release_order(s.release) > here]
    if replace is None:
        rows = pd.concat([s.rows for s in together], ignore_index=True)
        if earlier:
            _check(snapshot, [snapshot], rows, earlier)
        if later:
            _check(snapshot, later, winning_rows(later), [snapshot])
        if snapshot.content == "events":
            _check_reused_ids(snapshot, known)
        else:
            _check_far_months(snapshot, rows, known)
            _check_other_regions(snapshot, rows, known)
    if snapshot.content == "events" and snapshot.scope is not None:
        _check_twins(snapshot, earlier, later)


def check_meaning(snapshot: Snapshot, known: Sequence[Snapshot], *, replace: bool | None) -> None:
    """Refuse a file that counts something else than what is held under the same source.

    Args:
        snapshot: The file, not yet stored.
        known: Snapshots of the same source, of any content, in the order of ``win_order``.
        replace: As stated by the user; True leaves what is replaced whole out of account.

    Raises:
        SourceError: It counts something else; both meanings are named.
    """
    if replace:
        known = _left_over(snapshot, known)
    for other in reversed(known):
        difference = _difference(other, snapshot)
        if difference:
            raise SourceError(
                f"the store holds {other.manifest['file']} (ingest {other.manifest['number']})"
                f" under the source {snapshot.source} with {difference}: two meanings under one"
                " name would be mixed; give this file another source name, or begin a new"
                " workspace",
                file=snapshot.manifest["file"],
            )


def _left_over(snapshot: Snapshot, known: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the snapshots of which a row still counts beside the new version."""
    own = [s for s in known if s.content == snapshot.content]
    here = release_order(snapshot.release)
    earlier = [s for s in own if release_order(s.release) <= here]
    merged = merged_rows([*earlier, snapshot])
    counting = {int(rank) for rank in np.unique(merged.rank[merged.standing])}
    replaced = [s for place, s in enumerate(earlier) if place not in counting]
    return [s for s in known if s not in replaced]


def _difference(held: Snapshot, new: Snapshot) -> str:
    """Say in which meaning two snapshots differ; empty where they agree or nothing is known."""
    if held.content != new.content:
        return f"{held.content}, and this file holds {new.content}"
    before, now = _meaning(held), _meaning(new)
    for name in (name for name in before if name in now and name not in (MEASURES, COLUMNS)):
        renamed = name.endswith(FROM_COLUMN) and before[name] not in now[COLUMNS].split("\t")
        if before[name] != now[name] and not renamed:
            return f'{name} "{before[name]}", and this file has "{now[name]}"'
    early, late = sorted((held, new), key=lambda s: release_order(s.release))
    missing = _measures(early) - _measures(late) if _measures(late) else set()
    if missing:
        return f"measures that release {late.release} lacks: {', '.join(sorted(missing))}"
    return ""


def _meaning(snapshot: Snapshot) -> dict[str, str]:
    """Return what is counted; manifests of before know only the level of figures."""
    manifest = snapshot.manifest
    level = {"level": manifest["level"]} if "level" in manifest else {}
    return level | manifest.get("meaning", {})


def _measures(snapshot: Snapshot) -> set[str]:
    return set(_meaning(snapshot).get(MEASURES, "").split()) - {""}


def _check(
    snapshot: Snapshot, newer: Sequence[Snapshot], rows: pd.DataFrame, older: Sequence[Snapshot]
) -> None:
    """Ask where newer versions lack too much of older ones.

    Args:
        snapshot: The file that is about to be stored, for the message.
        newer: Versions that stand alone somewhere.
        rows: Their rows, and those that came with them.
        older: Snapshots before them.
    """
    known = [*older, *newer]
    merged = merged_rows(older)
    held = merged.rows[merged.standing]
    ranks = merged.rank[merged.standing]
    months, countries = places_of(held, known)
    covered = np.zeros(len(held), dtype=bool)
    for version in newer:
        for place, other in enumerate(older):
            if version.scope is not None and not version.beside(other):
                own = ranks == place
                covered[own] |= rows_covered(
                    version.scope, months[own], countries[own], own=other.scope
                )
    held = held[covered].reset_index(drop=True)
    if held.empty:
        return
    keys = KEYS[snapshot.content]
    theirs = pd.MultiIndex.from_frame(rows[keys])
    lacking = ~pd.MultiIndex.from_frame(held[keys]).isin(theirs)
    if not lacking.any():
        return
    lost = lacking.copy()
    if snapshot.content == "events":
        lost[lacking] = fates_of(held[lacking], rows, held) == "withdrawn"
    ours, others = (_described(frame, known) for frame in (held, rows))
    reason = _part(ours, others, lost, snapshot.content) or _other_list(snapshot, lacking)
    if reason:
        months = months[covered]
        span = f"{month_text(int(months.min()))} to {month_text(int(months.max()))}"
        what = "events" if snapshot.content == "events" else "region-months"
        names = held.loc[lacking, keys].astype("str").agg(" ".join, axis=1)
        raise SourceError(
            f"the {'file' if newer[0] is snapshot else 'later release ' + newer[-1].release} lacks"
            f" {int(lacking.sum()):,} of the {len(held):,} {what} that"
            f" {'the store holds' if newer[0] is snapshot else 'this file has'} of"
            f" {snapshot.source} in {span} ({listed(names.tolist(), most=_SHOWN)}): {reason};"
            " if it is the whole new version, give --replace, if it is a part or holds other"
            " events, --add; or state the months and countries that it covers",
            file=snapshot.manifest["file"],
        )


def _described(frame: pd.DataFrame, known: Sequence[Snapshot]) -> pd.DataFrame:
    """Return what a part of a list may lack as a whole: country, year and the like, as text."""
    months, countries = places_of(frame, known)
    texts = np.array([month_text(int(number)) for number in np.unique(months)], dtype=object)
    month = texts[np.searchsorted(np.unique(months), months)] if len(frame) else texts
    texts_of = [name for name in (*_PARTS["events"], "region_id") if name in frame]
    described = frame[texts_of].astype("str").fillna("")
    return described.assign(country=countries, month=month, year=[text[:4] for text in month])


def _part(ours: pd.DataFrame, theirs: pd.DataFrame, lost: Mask, content: str) -> str | None:
    """Say why rows that a version lost without a trace look like the rest of a part."""
    gone, held = int(lost.sum()), len(ours)
    for name, (fewest, share) in _PARTS[content].items():
        absent = lost & ~ours[name].isin(theirs[name]).to_numpy() & (ours[name] != "").to_numpy()
        count = int(absent.sum())
        if count >= fewest and count > share * held:
            values = sorted({_shown(text) for text in ours.loc[absent, name]})
            return (
                f"it has no row of the {_WORDS.get(name, name)} {listed(values, most=_SHOWN)},"
                f" which {count:,} of them have, as in a part of the list"
            )
    if gone >= _FEWEST and 2 * gone > held:
        return "they are the larger part, as in a part of the list"
    return None


def _shown(text: str) -> str:
    """Return a country's name for its key, any other text as it is."""
    country = country_of(text)
    return text if country is None else country.country


def _other_list(snapshot: Snapshot, lacking: Mask) -> str | None:
    """Say why a version has nearly nothing that is held; UCDP's own releases may."""
    gone, held = int(lacking.sum()), len(lacking)
    official = usual_publication(snapshot.source, snapshot.release) is not None
    if official or (held > gone and 10 * (held - gone) >= gone):
        return None
    name = "ids" if snapshot.content == "events" else "regions"
    return f"hardly any of the {name} that are held come again, as in another list"


def _check_far_months(snapshot: Snapshot, rows: pd.DataFrame, known: Sequence[Snapshot]) -> None:
    """Ask about figures ten years or more from those that are held; the panel would span it all."""
    held = winning_rows(known)["month"]
    first, last = str(held.min()), str(held.max())
    late = month_number(str(rows["month"].min())) - month_number(last)
    early = month_number(first) - month_number(str(rows["month"].max()))
    if max(early, late) >= _FAR_MONTHS:
        span = f"{rows['month'].min()} to {rows['month'].max()}"
        raise SourceError(
            f"{span} lies far from the months that the store holds of {snapshot.source},"
            f" {first} to {last}, and the panel would hold every month between: give --add if the"
            " months are right",
            file=snapshot.manifest["file"],
        )


def _check_other_regions(snapshot: Snapshot, rows: pd.DataFrame, known: Sequence[Snapshot]) -> None:
    """Ask about figures that have none of a country's regions: other codes, or another level."""
    every = [*known, snapshot]
    held, new = (
        set(zip(places_of(frame, every)[1], frame["region_id"], strict=True))
        for frame in (winning_rows(known), rows)
    )
    for country in sorted({country for country, _ in new}):
        ours, theirs = ({region for key, region in side if key == country} for side in (new, held))
        if min(len(ours), len(theirs)) > 1 and not ours & theirs:
            raise SourceError(
                f"none of the regions of {_shown(country) or 'the file'}"
                f" ({listed(sorted(ours), most=_SHOWN)}) is among those that the store holds of"
                f" {snapshot.source} ({listed(sorted(theirs), most=_SHOWN)}), as with other codes"
                " or at another level: give another --source, or --add if they are other regions",
                file=snapshot.manifest["file"],
            )


def _check_reused_ids(snapshot: Snapshot, known: Sequence[Snapshot]) -> None:
    """Refuse ids that stand for other events in months that the file does not replace."""
    complete = snapshot.manifest["coverage"]["complete"]
    alike = [s for s in known if s.manifest["coverage"]["complete"] == complete]
    if not alike:
        return
    held = winning_rows(alike)
    if snapshot.scope is not None:
        months, countries = places_of(held, known)
        held = held[~rows_covered(snapshot.scope, months, countries, own=None)]
    pairs = held.merge(snapshot.rows, on="event_id", suffixes=("", "_now"))
    if pairs.empty:
        return
    other = pairs["date_start"] != pairs["date_start_now"]
    for name in ("latitude", "longitude"):
        other &= pairs[name] != pairs[f"{name}_now"]
    if other.sum() > _SHOWN - 1 and 2 * other.sum() > len(pairs):
        raise SourceError(
            f"{int(other.sum()):,} of the {len(pairs):,} ids that the store holds of"
            f" {snapshot.source} outside the months and countries that this file covers stand here"
            f" for other days and places ({listed(pairs.loc[other, 'event_id'].tolist(), most=3)}),"
            " as row numbers do: give each event an id of its own that stays, or --replace where"
            " these events were corrected",
            file=snapshot.manifest["file"],
        )


def _check_twins(
    snapshot: Snapshot, earlier: Sequence[Snapshot], later: Sequence[Snapshot]
) -> None:
    """Refuse the same days, places and tolls under other ids, which would count twice."""
    others = [s for s in (*earlier, *later) if s.manifest["coverage"]["complete"]]
    if not others:
        return
    order = [*(s for s in earlier if s in others), snapshot, *(s for s in later if s in others)]
    merged = merged_rows(order)
    own = merged.rank == order.index(snapshot)
    standing = merged.standing
    ours, theirs = merged.rows[own & standing], merged.rows[~own & standing]
    fresh = ours[~ours["event_id"].isin(pd.concat([s.rows["event_id"] for s in others]))]
    known = [name for name in SAME_EVENT if name != "date_end"]
    fresh, theirs = fresh.dropna(subset=known), theirs.dropna(subset=known)
    twins = pd.MultiIndex.from_frame(fresh[SAME_EVENT]).isin(
        pd.MultiIndex.from_frame(theirs[SAME_EVENT])
    )
    months = fresh["date_start"].dt.to_period("M")
    shared = months.isin(theirs["date_start"].dt.to_period("M"))
    if twins.sum() > 1 and 2 * twins.sum() > shared.sum():
        raise SourceError(
            f"{int(twins.sum()):,} events have the days, places and tolls of events that the store"
            f" holds of {snapshot.source} under other ids"
            f" ({listed(fresh.loc[twins, 'event_id'].tolist(), most=_SHOWN)}) and would count"
            " twice, since the file does not cover their months: state all months and countries"
            " that it covers, or give --add if they are other events",
            file=snapshot.manifest["file"],
        )


def no_longer_listed(snapshot: Snapshot, known: Sequence[Snapshot]) -> tuple[str, ...]:
    """Say which ids of earlier files a list that is not complete no longer has.

    Args:
        snapshot: The file, not yet stored.
        known: Snapshots of the same source and content.
    """
    here = release_order(snapshot.release)
    earlier = [s for s in known if release_order(s.release) <= here]
    if snapshot.content != "events" or snapshot.scope is not None or not earlier:
        return ()
    held, rows = winning_rows(earlier), snapshot.rows
    inside = held["date_start"].between(rows["date_start"].min(), rows["date_start"].max())
    known_ids = held["event_id"].isin(rows["event_id"])
    lacking = held.loc[inside & ~known_ids, "event_id"].tolist()
    if not lacking or not (inside & known_ids).any():
        return ()
    named = listed(lacking, most=_SHOWN)
    words = (
        "events of earlier files are no longer in this list, which does not claim to be complete"
    )
    return (f"{len(lacking):,} {words}, so they stay: {named}",)
