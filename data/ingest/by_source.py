"""One function a source, from what a user asks to what the store keeps.

The command line and the Python API call these; their defaults stand here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from data.errors import ConfigError
from data.ingest.ingesting import Claims, KeptFile, keep_files, keep_readings
from data.months import whole_month
from data.settings import check_choice, check_number
from data.sources.figures.aggregate_rows import HDX_TYPES
from data.sources.figures.figure_files import FigureRequest, read_figure_files
from data.sources.own.mapping import read_map
from data.sources.own.own_csv import read_own_csv
from data.sources.ucdp.release_csv import read_ucdp
from data.workspace import Workspace

__all__ = [
    "AcledOptions",
    "CsvOptions",
    "FiguresOptions",
    "UcdpOptions",
    "ingest_acled",
    "ingest_csv",
    "ingest_figures",
    "ingest_ucdp",
]

_LEVELS = ("country", "admin1", "admin2")


@dataclass(frozen=True)
class UcdpOptions:
    """How UCDP GED is read.

    Attributes:
        release: Release of the files, or, with ``fetch``, the ones to fetch, joined by commas.
        fetch: Whether UCDP's server is asked, in place of files.
        by_files: With ``fetch``: whether the files that need no token are taken.
        again: With ``fetch``: whether releases that the store holds are fetched again.
        published: Day the release came out, YYYY-MM-DD; None for the usual one.
        quiet: Whether months without any event were quiet.
        max_seconds: With ``fetch``: seconds for all of it, waits included.
        max_mb: With ``fetch``: megabytes that may come.
        replace: True: it is the new version of what is held, False: it is added to it; None
            refuses what cannot be told.
        limit: Share of invalid rows, 0 to 1, above which an input is refused.
    """

    release: str | None = None
    fetch: bool = False
    by_files: bool = False
    again: bool = False
    published: str | None = None
    quiet: bool = False
    max_seconds: float = 7200.0
    max_mb: float = 4096.0
    replace: bool | None = None
    limit: float = 0.01

    def __post_init__(self) -> None:
        _check_numbers(self.limit, self.max_seconds, self.max_mb)
        if self.fetch:
            _refuse("goes with files, not with --fetch", published=self.published, quiet=self.quiet)
        else:
            _refuse("belongs to --fetch", files=self.by_files, again=self.again)


@dataclass(frozen=True)
class AcledOptions:
    """How ACLED's event data are read.

    Attributes:
        countries: By name; empty for those with rows in the files.
        first: First month, YYYY-MM, that is asked for or claimed.
        last: Last month; None for the last one released.
        release: Of files without time stamps: the day of download.
        encoding: Encoding of the files.
        fetch: Whether ACLED's server is asked, in place of files.
        changes: With ``fetch``: only what changed since the last fetch.
        max_seconds: With ``fetch``: seconds for all of it, waits included.
        max_mb: With ``fetch``: megabytes that may come.
        replace: True: it is the new version of what is held, False: it is added to it; None
            refuses what cannot be told.
        limit: Share of invalid rows, 0 to 1, above which an input is refused.
    """

    countries: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    release: str | None = None
    encoding: str = "utf-8"
    fetch: bool = False
    changes: bool = False
    max_seconds: float = 7200.0
    max_mb: float = 4096.0
    replace: bool | None = None
    limit: float = 0.01

    def __post_init__(self) -> None:
        _check_numbers(self.limit, self.max_seconds, self.max_mb)
        if not self.fetch:
            _refuse("belongs to --fetch", changes=self.changes)


@dataclass(frozen=True)
class CsvOptions:
    """How an own event list is read.

    Attributes:
        map_file: TOML map of the columns.
        decimal: Decimal mark of degrees, ``.`` or ``,``; None for the map's.
        encoding: Encoding of the file.
        allow_empty: Whether a header without rows is taken: nothing happened.
        data_through: How far the data reach, YYYY-MM or YYYY-MM-DD, where the map cannot say.
        published: Day the list came out, YYYY-MM-DD; None for today.
        quiet: Whether months without any event were quiet.
        replace: True: it is the new version of what is held, False: it is added to it; None
            refuses what cannot be told.
        limit: Share of invalid rows, 0 to 1, above which the input is refused.
    """

    map_file: Path
    decimal: Literal[".", ","] | None = None
    encoding: str = "utf-8"
    allow_empty: bool = False
    data_through: str | None = None
    published: str | None = None
    quiet: bool = False
    replace: bool | None = None
    limit: float = 0.01

    def __post_init__(self) -> None:
        _check_numbers(self.limit)
        check_choice("decimal", self.decimal, (".", ","))


@dataclass(frozen=True)
class FiguresOptions:
    """How ready counts by region and month are read.

    Attributes:
        regions: Region table that goes with the figures.
        source: Name of the source; None for ``figures``, or what HDX's file counts.
        release: Release of the figures.
        data_through: How far the data reach, YYYY-MM or YYYY-MM-DD.
        published: Day the figures came out, YYYY-MM-DD; None for today.
        event_type: HDX only: what to count; None for ``political_violence``.
        level: HDX only: the level to count at; finer rows are added up to it.
        replace: True: it is the new version of what is held, False: it is added to it; None
            refuses what cannot be told.
        limit: Share of invalid rows, 0 to 1, above which an input is refused.
    """

    regions: Path | None = None
    source: str | None = None
    release: str | None = None
    data_through: str | None = None
    published: str | None = None
    event_type: str | None = None
    level: str | None = None
    replace: bool | None = None
    limit: float = 0.01

    def __post_init__(self) -> None:
        _check_numbers(self.limit)
        check_choice("event type", self.event_type, HDX_TYPES)
        check_choice("level", self.level, _LEVELS)


def ingest_ucdp(
    workspace: Workspace, files: Sequence[Path], options: UcdpOptions
) -> list[KeptFile]:
    """Read releases of UCDP GED from files, or fetch them.

    Args:
        workspace: Whose store takes them.
        files: What to read; none with ``fetch``.
        options: How.

    Raises:
        ConfigError: Options contradict each other, or the token is missing.
        SourceError: An input is refused.
        RuntimeEnvironmentError: The server, the disk or another process is in the way.
    """
    from data.ingest.ucdp import UcdpRequest, fetch_ucdp

    _one_way(files, fetch=options.fetch)
    claims = Claims.read(published=options.published, quiet=options.quiet, replace=options.replace)
    if options.fetch:
        request = UcdpRequest.of(options.release, options.limit, asdict(options))
        return fetch_ucdp(workspace, request, today=date.today())
    read = partial(read_ucdp, release=options.release, limit=options.limit)
    return keep_files(workspace, files, read, claims=claims)


def ingest_acled(
    workspace: Workspace, files: Sequence[Path], options: AcledOptions
) -> list[KeptFile]:
    """Read export files of ACLED, or fetch its events.

    Args:
        workspace: Whose store takes them.
        files: What to read; none with ``fetch``.
        options: How.

    Raises:
        ConfigError: Options contradict each other, or the log-in is missing.
        SourceError: An input is refused.
        RuntimeEnvironmentError: The server, the disk or another process is in the way.
    """
    from data.ingest.acled import AcledRequest, fetch_acled, keep_acled

    _one_way(files, fetch=options.fetch)
    request = AcledRequest.of(options.first, options.last, asdict(options))
    if options.fetch:
        return fetch_acled(workspace, request)
    return keep_acled(workspace, files, request)


def ingest_csv(workspace: Workspace, file: Path, options: CsvOptions) -> list[KeptFile]:
    """Read an own event list through a typed map of its columns.

    Args:
        workspace: Whose store takes it.
        file: What to read.
        options: How.

    Raises:
        ConfigError: The map or a claim is not understood.
        SourceError: The file is refused.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    claims = Claims.read(
        data_through=options.data_through,
        published=options.published,
        quiet=options.quiet,
        replace=options.replace,
    )
    event_map = read_map(options.map_file)
    read = partial(
        read_own_csv,
        event_map=replace(event_map, decimal=options.decimal or event_map.decimal),
        encoding=options.encoding,
        allow_empty=options.allow_empty,
        limit=options.limit,
    )
    return keep_files(workspace, [file], read, claims=claims)


def ingest_figures(
    workspace: Workspace, files: Sequence[Path], options: FiguresOptions
) -> list[KeptFile]:
    """Read ready counts by region and month: own tables, or HDX's CSV pages and workbooks.

    Args:
        workspace: Whose store takes them.
        files: What to read; files of HDX are the pages or years of one table.
        options: How.

    Raises:
        ConfigError: No file is named, or an option does not go with the layout.
        SourceError: A file is refused.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    if not files:
        raise ConfigError("expected files with figures, got none")
    claims = Claims.read(
        data_through=options.data_through, published=options.published, replace=options.replace
    )
    request = FigureRequest(
        regions=options.regions,
        source=options.source,
        release=options.release,
        event_type=options.event_type,
        level=options.level,
        through=None if claims.data_through is None else whole_month(claims.data_through),
        limit=options.limit,
    )
    return keep_readings(workspace, read_figure_files(files, request), claims=claims)


def _one_way(files: Sequence[Path], *, fetch: bool) -> None:
    if bool(files) == fetch:
        raise ConfigError("name files, or give --fetch, but not both")


def _refuse(why: str, **given: object) -> None:
    for name, value in given.items():
        if value:
            raise ConfigError(f"--{name} {why}")


def _check_numbers(limit: float, *amounts: float) -> None:
    check_number("limit", limit, low=0, high=1)
    for name, amount in zip(("max_seconds", "max_mb"), amounts, strict=False):
        check_number(name, amount, low=0, open_low=True)
