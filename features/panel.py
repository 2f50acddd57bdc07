"""The rectangular region-month panel: the one table that features, targets and reports read.

Owns the arrays, their slice at an origin, their digest and their files. Counting events into
region-months belongs to ``data``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError, SchemaError
from data.files import read_json, read_parquet, write_json, write_with
from data.months import month_number, month_range
from data.region_months import RegionMonths
from data.schema import DISTANCE_COLUMNS, OBSERVED, REGION_COLUMNS, STATUSES

__all__ = ["FEWEST_MONTHS", "Panel", "build_panel", "read_panel", "write_panel"]

Floats = npt.NDArray[np.float32]

FEWEST_MONTHS = 24


@dataclass(frozen=True)
class Panel:
    """Counts of every region and month of one scale.

    Attributes:
        scale: Name of the spatial scale.
        regions: Region table with the columns of ``REGION_COLUMNS`` and those of
            ``DISTANCE_COLUMNS`` that are known, sorted by ``region_id``.
        months: Text months without a gap.
        measures: Measure name to (regions, months) float32, counts a month; NaN where the
            region-month is not observed or the measure is unknown there.
        status: (regions, months) int8, positions in ``data.schema.STATUSES``.
    """

    scale: str
    regions: pd.DataFrame
    months: tuple[str, ...]
    measures: Mapping[str, Floats]
    status: npt.NDArray[np.int8]

    @property
    def region_ids(self) -> tuple[str, ...]:
        """Region ids in row order."""
        return tuple(self.regions["region_id"])

    def position(self, month: str) -> int:
        """Return the column of a month.

        Raises:
            EvidenceError: The panel does not hold the month.
        """
        place = month_number(month) - month_number(self.months[0])
        if not 0 <= place < len(self.months):
            raise EvidenceError(
                f"month {month} is outside the panel, which holds {self.months[0]} to"
                f" {self.months[-1]}"
            )
        return place

    def measure(self, name: str) -> Floats:
        """Return one measure, (regions, months).

        Raises:
            EvidenceError: The store does not carry that measure.
        """
        if name not in self.measures:
            raise EvidenceError(
                f'the panel has no measure "{name}"; it has {", ".join(sorted(self.measures))}'
            )
        return self.measures[name]

    def observed(self) -> npt.NDArray[np.bool_]:
        """Return where a count may be read as it stands, (regions, months)."""
        return np.asarray(self.status == STATUSES.index(OBSERVED))

    def last_complete_month(self) -> str:
        """Return the last month that is observed in at least one region.

        Raises:
            EvidenceError: No month is observed.
        """
        whole = self.observed().any(axis=0)
        if not whole.any():
            raise EvidenceError("the panel holds no observed month")
        return self.months[int(np.flatnonzero(whole)[-1])]

    def up_to(self, origin: str) -> Panel:
        """Return a copy that ends at ``origin``: nothing later is in it."""
        stop = self.position(origin) + 1
        return replace(
            self,
            months=self.months[:stop],
            measures={name: values[:, :stop] for name, values in self.measures.items()},
            status=self.status[:, :stop],
        )

    def digest(self) -> str:
        """Return the SHA-256 of ids, months, statuses, measures and distances."""
        digest = hashlib.sha256()
        digest.update("\n".join((self.scale, *self.region_ids, *self.months)).encode())
        digest.update(np.ascontiguousarray(self.status).tobytes())
        for name in sorted(self.measures):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self.measures[name]).tobytes())
        for name in DISTANCE_COLUMNS:
            if name in self.regions:
                digest.update(name.encode())
                digest.update(self.regions[name].to_numpy(np.float64).tobytes())
        return digest.hexdigest()


def build_panel(counts: RegionMonths) -> Panel:
    """Return the panel of counted region-months.

    float32 holds whole numbers exactly up to 16,777,216, far above any toll of one month.

    Args:
        counts: From ``data.counting``.

    Raises:
        EvidenceError: Fewer than 24 months are observed anywhere.
    """
    panel = Panel(
        scale=counts.scale,
        regions=_kept_columns(counts.regions),
        months=counts.months,
        measures={name: values.astype(np.float32) for name, values in counts.measures.items()},
        status=counts.status,
    )
    observed = int(panel.observed().any(axis=0).sum())
    if observed < FEWEST_MONTHS:
        raise EvidenceError(
            f"the panel holds {observed} observed months; at least {FEWEST_MONTHS} are needed to"
            " learn from: ingest more, or let the panel begin earlier"
        )
    return panel


def write_panel(panel: Panel, folder: Path, *, manifest: Mapping[str, Any]) -> None:
    """Write ``panel.parquet``, ``regions.parquet`` and, last, ``manifest.json``.

    Args:
        panel: What to write.
        folder: ``panels/<scale>`` of a workspace.
        manifest: What the panel was made from; the digest and the scale are added.
    """
    count = len(panel.months)
    frame = pd.DataFrame(
        {
            "region_id": np.repeat(np.array(panel.region_ids, dtype=object), count),
            "month": np.tile(np.array(panel.months, dtype=object), len(panel.regions)),
            "status": np.array(STATUSES, dtype=object)[panel.status.ravel()],
        }
        | {name: values.ravel() for name, values in panel.measures.items()}
    )
    write_with(folder / "panel.parquet", lambda path: frame.to_parquet(path, index=False))
    write_with(folder / "regions.parquet", lambda path: panel.regions.to_parquet(path, index=False))
    write_json(
        folder / "manifest.json",
        {**manifest, "scale": panel.scale, "digest": panel.digest()},
    )


def read_panel(folder: Path) -> Panel:
    """Read a panel that ``write_panel`` wrote.

    Raises:
        EvidenceError: There is no panel in the folder.
        SchemaError: The files do not form a rectangle or the digest is another.
    """
    if not (folder / "manifest.json").exists():
        raise EvidenceError(f"{folder} holds no panel: run `escalation panel` first")
    manifest = read_json(folder / "manifest.json")
    regions = _kept_columns(read_parquet(folder / "regions.parquet"))
    frame = read_parquet(folder / "panel.parquet")
    shape = (len(regions), len(frame) // max(len(regions), 1))
    months = month_range(frame["month"].iloc[0], frame["month"].iloc[-1])
    names = [name for name in frame.columns if name not in ("region_id", "month", "status")]
    if shape[0] * shape[1] != len(frame) or shape[1] != len(months):
        raise SchemaError("the panel is not a rectangle of regions and months", file=folder)
    codes = pd.Categorical(frame["status"], categories=list(STATUSES)).codes
    panel = Panel(
        scale=manifest["scale"],
        regions=regions,
        months=tuple(months),
        measures={n: frame[n].to_numpy(np.float32).reshape(shape) for n in names},
        status=np.asarray(codes, dtype=np.int8).reshape(shape),
    )
    if panel.digest() != manifest["digest"]:
        raise SchemaError("the panel's files do not fit its manifest: build it again", file=folder)
    return panel


def _kept_columns(regions: pd.DataFrame) -> pd.DataFrame:
    return regions[[*REGION_COLUMNS, *(name for name in DISTANCE_COLUMNS if name in regions)]]
