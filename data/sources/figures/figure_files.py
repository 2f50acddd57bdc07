"""Ready counts from files of any layout, which their header shows.

Own layouts are read by ``figures``; HDX's, which need a choice of event type and level, by
``hapi_csv`` and ``hdx_workbook`` together with ``aggregates``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.errors import ConfigError, SourceError
from data.files import sha256_of
from data.reading import Coverage, ReadResult
from data.regions.region_table import read_region_table, unread_in_region_table
from data.sources.figures.aggregate_rows import HDX_TYPES, Part
from data.sources.figures.aggregates import AggregateChoice, Aggregated, aggregate
from data.sources.figures.figures import read_figures
from data.sources.figures.hapi_csv import HAPI_COLUMNS, read_hapi_pages
from data.sources.figures.hdx_workbook import as_of_name, read_workbook, type_of_name
from data.tabular.delimited import read_header
from data.tabular.table_files import is_parquet
from data.tabular.workbooks import is_workbook

__all__ = ["FigureRequest", "read_figure_files"]


@dataclass(frozen=True)
class FigureRequest:
    """What to read; None leaves it to the files.

    Attributes:
        regions: The user's region table.
        source: Name of the source; None makes one from layout, event type and level.
        release: Release of the source.
        event_type: One of ``HDX_TYPES``; None takes the type in a workbook's name, otherwise the
            first.
        level: One of ``LEVELS``, for layouts that hold several.
        through: Last complete month, YYYY-MM; HDX only.
        limit: Share of rows, 0 to 1, that may be invalid before a file is refused.
    """

    regions: Path | None = None
    source: str | None = None
    release: str | None = None
    event_type: str | None = None
    level: str | None = None
    through: str | None = None
    limit: float = 0.01

    @property
    def of_hdx(self) -> tuple[str, ...]:
        """The given options that only HDX's layouts have."""
        given = {"--event-type": self.event_type, "--admin-level": self.level}
        return tuple(option for option, value in given.items() if value is not None)


def read_figure_files(paths: Sequence[Path], request: FigureRequest) -> list[ReadResult]:
    """Read files of one layout: files of our own one by one, HDX's all together.

    Args:
        paths: Our own CSV or Parquet, HAPI CSV (its pages in order) or HDX workbooks.
        request: What to read.

    Raises:
        SourceError: A file is refused; the message names file, line and column.
        ConfigError: An option does not fit the layout.
    """
    layouts = [_layout(path, asked=bool(request.of_hdx)) for path in paths]
    if len(set(layouts)) > 1:
        raise SourceError(
            f"expected files of one layout, got {', '.join(layouts)}: read them one after another",
            file=paths[1],
            line=1,
        )
    if layouts[0] == "own":
        return [_own(path, request) for path in paths]
    if layouts[0] == "hapi":
        return [_joined(read_hapi_pages(paths), paths, request, request.event_type)]
    event_type = _workbook_type(paths, request.event_type)
    parts = [part for path in paths for part in read_workbook(path, event_type)]
    return [_joined(parts, paths, request, event_type)]


def _layout(path: Path, *, asked: bool) -> str:
    """Return a file's layout; with an option of HDX, an unknown header counts as HDX's."""
    if is_workbook(path):
        return "workbook"
    if is_parquet(path):
        return "own"
    header = set(read_header(path))
    columns = set(HAPI_COLUMNS.values())
    similar = asked or len(header & columns) >= len(columns) - 1
    return "hapi" if similar and "region_id" not in header else "own"


def _own(path: Path, request: FigureRequest) -> ReadResult:
    for option in request.of_hdx:
        raise ConfigError(
            f"{option} is only for files of HDX, and {path.name} has this project's layout: remove"
            " the option"
        )
    return read_figures(
        path,
        regions=request.regions,
        source=request.source or "figures",
        release=request.release,
        limit=request.limit,
    )


def _workbook_type(paths: Sequence[Path], wanted: str | None) -> str:
    """Return the event type of workbooks, from their names or the request."""
    for path in paths:
        named = type_of_name(path.name)
        if named is None and wanted is None:
            raise SourceError(
                "expected the counted event type in the file's name, got none: give --event-type"
                f" {', '.join(HDX_TYPES)}",
                file=path,
                line=1,
            )
        if named is not None and wanted is not None and named != wanted:
            raise SourceError(
                f"expected a file that counts {wanted}, got {named} by its name: event types"
                " overlap and are never added up, so read it on its own",
                file=path,
                line=1,
            )
        wanted = wanted or named
    return str(wanted)


def _joined(
    parts: Sequence[Part], paths: Sequence[Path], request: FigureRequest, event_type: str | None
) -> ReadResult:
    choice = AggregateChoice(
        event_type=event_type or HDX_TYPES[0],
        level=request.level,
        through=request.through,
        limit=request.limit,
    )
    counts = aggregate(parts, choice)
    regions = counts.regions if request.regions is None else _own_regions(counts, request, paths[0])
    unread = () if request.regions is None else unread_in_region_table(Path(str(request.regions)))
    dated = as_of_name(paths[-1].name)
    countries = tuple(sorted(set(counts.regions["country"]) - {""}))
    months = counts.frame["month"]
    return ReadResult(
        content="figures",
        source=request.source or f"hdx-{choice.event_type.replace('_', '-')}-{counts.level}",
        release=request.release or dated or "unversioned",
        frame=counts.frame,
        quarantine=counts.quarantine,
        rows=counts.rows,
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        coverage=Coverage(False, str(months.min()), str(months.max()), countries),
        file=_named(paths),
        sha256=_sha256(paths),
        regions=regions,
        level=counts.level,
        meaning={"event type": choice.event_type},
        warnings=(*counts.warnings, *unread),
        fixed=tuple(dict.fromkeys(line for part in parts for line in part.table.fixed)),
    )


def _own_regions(counts: Aggregated, request: FigureRequest, path: Path) -> pd.DataFrame:
    """Return the user's region table, refusing figures of regions that it lacks."""
    table = read_region_table(Path(str(request.regions)))
    unknown = sorted(set(counts.frame["region_id"]) - set(table["region_id"]))
    if unknown:
        raise SourceError(
            f"the region table lacks {len(unknown):,} regions, such as {unknown[0]}: add them, or"
            " leave out --regions",
            file=path,
            line=1,
        )
    return table


def _named(paths: Sequence[Path]) -> Path:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return paths[0].with_name(paths[0].name + more)


def _sha256(paths: Sequence[Path]) -> str:
    """Return the file's fingerprint; for several files, that of their fingerprints in order."""
    if len(paths) == 1:
        return sha256_of(paths[0])
    return hashlib.sha256("\n".join(map(sha256_of, paths)).encode()).hexdigest()
