"""The panel as it was known at each origin, so that a backtest may learn from nothing better.

An origin's panel holds what was known at the end of the month after the origin, by which UCDP's
candidate of the origin's month is out. Its later months are those of today, which are the targets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.counting.panel_making import count_store
from data.counting.region_months import RegionMonths
from data.errors import EvidenceError
from data.files import read_json
from data.months import add_months, last_day, month_number
from data.schema import STATUSES
from data.store.store import Store
from data.workspace import PanelSettings, Workspace
from features.panel import Panel, read_panel

__all__ = ["Vintage", "known_by", "make_vintages", "revised_panel", "vintages_digest"]

Values = npt.NDArray[Any]

# At these scales the regions come from the panel itself; others need their polygons again.
_TABLE_SCALES = ("country", "priogrid")


@dataclass(frozen=True)
class Vintage:
    """What was known at one origin.

    Attributes:
        origin: Text month.
        as_of: The day whose knowledge it is.
        releases: Releases that were known, in order of ingest.
        panel: Up to the origin as known then, later months as known now.
    """

    origin: str
    as_of: date
    releases: tuple[str, ...]
    panel: Panel

    def digest(self) -> str:
        """Return the digest of what was known."""
        return self.panel.up_to(self.origin).digest()

    def facts(self) -> dict[str, Any]:
        """Return plain data for a manifest."""
        return {
            "origin": self.origin,
            "as_of": str(self.as_of),
            "releases": list(self.releases),
            "digest": self.digest(),
        }


def known_by(origin: str) -> date:
    """Return the day by which an origin's month should be known: the end of the next month.

    Example:
        >>> known_by("2023-10")
        datetime.date(2023, 11, 30)
    """
    return last_day(add_months(origin, 1))


def revised_panel(workspace: Workspace, scale: str) -> Panel:
    """Return the workspace's panel, which must hold what is known today.

    Raises:
        EvidenceError: There is none, or it is itself one of an earlier day.
    """
    folder = workspace.panel(scale)
    panel = read_panel(folder)
    day = read_json(folder / "manifest.json").get("as_of")
    if day is not None:
        raise EvidenceError(
            f"the panel holds what was known on {day}, and targets are to be scored on what is"
            " known today: build it without --as-of first"
        )
    return panel


def make_vintages(
    workspace: Workspace, revised: Panel, origins: Sequence[str]
) -> tuple[list[Vintage], dict[str, str]]:
    """Return the vintage of each origin that was known in time, and why others were not.

    Args:
        workspace: Whose store and settings are read.
        revised: The panel as known today; its regions are those of every vintage.
        origins: Text months, ascending.

    Raises:
        ConfigError: The settings do not tell where the regions come from.
        EvidenceError: No origin was known in time.
    """
    counted: dict[tuple[int, ...], RegionMonths | str] = {}
    found: list[Vintage] = []
    omitted: dict[str, str] = {}
    for origin in origins:
        store = Store(workspace.store, as_of=known_by(origin))
        manifests = store.manifests()
        key = tuple(m["number"] for m in manifests)
        if key not in counted:
            counted[key] = _counted(workspace, revised.scale, store)
        counts = counted[key]
        if isinstance(counts, str):
            omitted[origin] = counts
            continue
        panel = _joined(_aligned(counts, revised), revised, origin)
        if panel.observed()[:, panel.position(origin)].any():
            releases = tuple(dict.fromkeys(m["release"] for m in manifests))
            found.append(Vintage(origin, known_by(origin), releases, panel))
        else:
            omitted[origin] = f"not released by {known_by(origin)}"
    if not found:
        reasons = "; ".join(dict.fromkeys(omitted.values()))
        raise EvidenceError(
            "no origin was known by the end of the month after it, so there is no vintage to learn"
            f" from ({reasons}): ingest the releases of that time, such as monthly candidates,"
            " with --published where their day is not the usual one"
        )
    return found, omitted


def vintages_digest(vintages: Sequence[Vintage]) -> str:
    """Return the SHA-256 over what was known at every origin."""
    text = "\n".join(f"{vintage.origin} {vintage.digest()}" for vintage in vintages)
    return hashlib.sha256(text.encode()).hexdigest()


def _counted(workspace: Workspace, scale: str, store: Store) -> RegionMonths | str:
    """Count a store as it was known; the reason where it knew nothing."""
    settings = _settings(workspace, scale)
    if not store.manifests():
        return "nothing was known yet"
    try:
        return count_store(store, settings, root=workspace.root).counts
    except EvidenceError as error:
        return str(error)


def _settings(workspace: Workspace, scale: str) -> PanelSettings:
    settings = replace(workspace.settings().panel, scale=scale)
    if settings.boundaries is None and settings.regions is None and scale in _TABLE_SCALES:
        table = Path("panels") / scale / "regions.parquet"
        return replace(settings, regions=str(table))
    return settings


def _aligned(counts: RegionMonths, revised: Panel) -> Panel:
    """Return counted region-months with the regions and months of the panel of today."""
    rows = _rows(counts, revised)
    shift = month_number(counts.months[0]) - month_number(revised.months[0])
    width = len(revised.months)
    start, stop = max(shift, 0), min(shift + len(counts.months), width)
    late = STATUSES.index("not_released")
    status = np.full(revised.status.shape, late, dtype=np.int8)
    status[:, : min(start, width)] = STATUSES.index("not_covered")
    measures = {name: np.full(status.shape, np.nan, dtype=np.float32) for name in revised.measures}
    if start < stop:
        taken = slice(start - shift, stop - shift)
        status[:, start:stop] = counts.status[rows][:, taken]
        for name, values in measures.items():
            if name in counts.measures:
                values[:, start:stop] = counts.measures[name][rows][:, taken]
    return replace(revised, measures=measures, status=status)


def _rows(counts: RegionMonths, revised: Panel) -> npt.NDArray[np.intp]:
    places: Mapping[str, int] = {
        region_id: row for row, region_id in enumerate(counts.regions["region_id"])
    }
    missing = [region_id for region_id in revised.region_ids if region_id not in places]
    if missing:
        raise EvidenceError(
            f"region {missing[0]} of the panel is not among those of the settings: name the"
            " panel's own boundaries or region table in [panel] of escalation.toml"
        )
    return np.array([places[region_id] for region_id in revised.region_ids], dtype=np.intp)


def _joined(then: Panel, now: Panel, origin: str) -> Panel:
    """Return a panel that is ``then`` up to the origin and ``now`` after it."""
    stop = now.position(origin) + 1

    def join(left: Values, right: Values) -> Values:
        return np.concatenate((left[:, :stop], right[:, stop:]), axis=1)

    measures = {name: join(then.measures[name], now.measures[name]) for name in now.measures}
    return replace(now, measures=measures, status=join(then.status, now.status))
