"""The region-month panel: the rectangular table that features, targets and reports read.

Owns the arrays, their slice at an origin, their digest and their files. Counting events into
region-months belongs to ``data``.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.counting.region_months import RegionMonths
from data.errors import EvidenceError, SchemaError
from data.files import read_parquet, sha256_of, write_with
from data.months import month_number, month_range
from data.records import check_file, read_record, write_record
from data.schema import DISTANCE_COLUMNS, OBSERVED, REGION_COLUMNS, STATUSES

__all__ = [
    "FEWEST_MONTHS",
    "PANEL_FILES",
    "Panel",
    "build_panel",
    "panel_provenance",
    "read_panel",
    "read_panel_manifest",
    "write_panel",
]

Floats = npt.NDArray[np.float32]

FEWEST_MONTHS = 24
PANEL_FILES = ("panel.parquet", "regions.parquet")
_MANIFEST = "manifest.json"
_ADVICE = "run `escalation panel` again"
_ROWS_AT_ONCE = 1_000_000


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
        """Return one measure, (regions, months) float32, counts a month.

        Raises:
            EvidenceError: The panel has no such measure.
        """
        if name not in self.measures:
            raise EvidenceError(
                f'the panel has no measure "{name}"; it has {", ".join(sorted(self.measures))}'
            )
        return self.measures[name]

    def observed(self) -> npt.NDArray[np.bool_]:
        """Return where counts are observed, (regions, months)."""
        return np.asarray(self.status == STATUSES.index(OBSERVED))

    def last_complete_month(self) -> str:
        """Return the last month that is observed in at least one region.

        Raises:
            EvidenceError: No month is observed.
        """
        months = np.flatnonzero(self.observed().any(axis=0))
        if not len(months):
            raise EvidenceError("the panel holds no observed month: ingest data that cover it")
        return self.months[int(months[-1])]

    def up_to(self, origin: str) -> Panel:
        """Return a copy that ends at ``origin``, without any later month.

        Raises:
            EvidenceError: The panel does not hold the month.
        """
        stop = self.position(origin) + 1
        return replace(
            self,
            months=self.months[:stop],
            measures={name: values[:, :stop] for name, values in self.measures.items()},
            status=self.status[:, :stop],
        )

    def digest(self) -> str:
        """Return the SHA-256 of ids, months, statuses, measures and distances, hexadecimal."""
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
    """Return the panel of region-months that ``data.counting`` counted.

    Args:
        counts: Counts, statuses and regions of one scale.

    Raises:
        EvidenceError: Fewer than 24 months are observed anywhere.
    """
    panel = Panel(
        scale=counts.scale,
        regions=_panel_columns(counts.regions),
        months=counts.months,
        measures={name: v.astype(np.float32, copy=False) for name, v in counts.measures.items()},
        status=counts.status,
    )
    observed = int(panel.observed().any(axis=0).sum())
    if observed < FEWEST_MONTHS:
        raise EvidenceError(
            f"the panel holds {observed} observed months; at least {FEWEST_MONTHS} are needed to"
            " train a model: ingest more, or start the panel earlier"
        )
    return panel


def write_panel(panel: Panel, folder: Path, *, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``panel.parquet``, ``regions.parquet`` and, last, ``manifest.json``.

    Args:
        panel: Panel to write.
        folder: ``panels/<scale>`` of a workspace.
        manifest: Provenance of the panel; the digest and the scale are added.

    Returns:
        The manifest as it was written.
    """
    rows, regions = (folder / name for name in PANEL_FILES)
    write_with(rows, lambda path: _write_rows(panel, path))
    write_with(regions, lambda path: panel.regions.to_parquet(path, index=False))
    files = {path.name: sha256_of(path) for path in (rows, regions)}
    written = {**manifest, "scale": panel.scale, "digest": panel.digest(), "files": files}
    write_record(folder / _MANIFEST, written)
    return written


def _write_rows(panel: Panel, path: Path) -> None:
    """Write a row a region and month, some regions at a time to limit memory."""
    block = max(1, _ROWS_AT_ONCE // len(panel.months))
    parts = (_rows(panel, slice(k, k + block)) for k in range(0, len(panel.regions), block))
    first = next(parts)
    # Without Arrow's own schema the dictionary-encoded columns are read back as plain text.
    with pq.ParquetWriter(path, first.schema, store_schema=False) as writer:
        for part in itertools.chain([first], parts):
            writer.write_table(part)


def _rows(panel: Panel, block: slice) -> pa.Table:
    status = panel.status[block]
    ids = panel.region_ids[block]
    regions, months = np.indices(status.shape, dtype=np.int32).reshape(2, -1)
    columns = {
        "region_id": pa.DictionaryArray.from_arrays(regions, pa.array(ids, pa.string())),
        "month": pa.DictionaryArray.from_arrays(months, pa.array(panel.months, pa.string())),
        "status": pa.DictionaryArray.from_arrays(status.ravel(), pa.array(STATUSES, pa.string())),
    }
    for name, values in panel.measures.items():
        columns[name] = pa.array(values[block].ravel(), from_pandas=True)
    return pa.table(columns)


def read_panel(folder: Path) -> Panel:
    """Read a panel that ``write_panel`` wrote.

    Args:
        folder: ``panels/<scale>`` of a workspace.

    Raises:
        EvidenceError: There is no panel in the folder.
        SchemaError: The files do not form a rectangle or do not match the digest.
        RuntimeEnvironmentError: A file is absent or damaged.
    """
    manifest = read_panel_manifest(folder)
    known = manifest.get("files", {})
    rows, places = (check_file(folder / n, known.get(n), advice=_ADVICE) for n in PANEL_FILES)
    regions, frame = _panel_columns(read_parquet(places)), read_parquet(rows)
    shape = (len(regions), len(frame) // max(len(regions), 1))
    months = month_range(frame["month"].iloc[0], frame["month"].iloc[-1])
    names = [name for name in frame.columns if name not in ("region_id", "month", "status")]
    if shape[0] * shape[1] != len(frame) or shape[1] != len(months):
        raise SchemaError(
            "expected a row for every region and month: run `escalation panel` again", file=folder
        )
    codes = pd.Categorical(frame["status"], categories=list(STATUSES)).codes
    panel = Panel(
        scale=manifest["scale"],
        regions=regions,
        months=tuple(months),
        measures={n: frame[n].to_numpy(np.float32).reshape(shape) for n in names},
        status=np.asarray(codes, dtype=np.int8).reshape(shape),
    )
    if panel.digest() != manifest["digest"]:
        raise SchemaError(
            "the panel does not match the digest in its manifest: run `escalation panel` again",
            file=folder,
        )
    return panel


def read_panel_manifest(folder: Path) -> dict[str, Any]:
    """Read what a panel was counted from.

    Args:
        folder: ``panels/<scale>`` of a workspace.

    Raises:
        EvidenceError: There is no panel in the folder.
        RuntimeEnvironmentError: The manifest is damaged, or absent though the panel is there.
    """
    if not any((folder / name).exists() for name in (_MANIFEST, *PANEL_FILES)):
        raise EvidenceError(f"{folder} holds no panel: run `escalation panel` first")
    return read_record(folder / _MANIFEST, advice=_ADVICE, scale=str, digest=str)


def panel_provenance(folder: Path) -> dict[str, Any]:
    """Return what a panel was counted from; empty where the folder holds no panel.

    Raises:
        RuntimeEnvironmentError: The manifest is damaged.
    """
    try:
        return read_panel_manifest(folder)
    except EvidenceError:
        return {}


def _panel_columns(regions: pd.DataFrame) -> pd.DataFrame:
    return regions[[*REGION_COLUMNS, *(name for name in DISTANCE_COLUMNS if name in regions)]]
