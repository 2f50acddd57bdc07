"""The part of a workspace that brings sources in: UCDP, ACLED, own lists, ready figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from data.terminal import warn
from escalation.calls import Day, Names, Opened, PathLike, called, day, names, path_or_none

if TYPE_CHECKING:
    from data.ingest.ingesting import KeptFile
    from escalation.data_values import Ingested

__all__ = ["Ingesting"]


class Ingesting(Opened):
    """Bring sources into the store."""

    @called
    def ingest_ucdp(
        self,
        *files: PathLike,
        release: str | None = None,
        fetch: bool = False,
        by_files: bool = False,
        again: bool = False,
        published: Day | None = None,
        quiet: bool = False,
        max_seconds: float = 7200.0,
        max_mb: float = 4096.0,
        replace: bool | None = None,
        limit: float = 0.01,
    ) -> Ingested:
        """Read UCDP GED: yearly and candidate files, older layouts and HDX copies, or fetch it.

        Args:
            files: CSV files or zips of one; none with ``fetch``.
            release: Release of the files, or, with ``fetch``, those to fetch (``"25.1,26.0.1"``).
            fetch: Ask UCDP's API; the token is in the environment variable ``UCDP_TOKEN``.
            by_files: With ``fetch``: take the files that need no token.
            again: With ``fetch``: also releases that the store holds.
            published: Day the release came out, from which it counts as known.
            quiet: Take months without any event for zeros, busy ones around or not.
            max_seconds: With ``fetch``: seconds for all of it, waits included.
            max_mb: With ``fetch``: megabytes that may come.
            replace: True where it is the whole new version of what the store holds, False where it
                is added to it; None refuses what lacks much of what it covers.
            limit: Share of invalid rows, 0 to 1, above which the whole input is refused.

        Returns:
            What became of each file.

        Raises:
            SourceError: A file is refused; the store stays as it was.
            ConfigError: Options contradict each other, or the token is missing.
            RuntimeEnvironmentError: The server, the disk or another process is in the way.

        Example:
            ```python
            workspace.ingest_ucdp("GEDEvent_v25_1.csv")
            ```
        """
        from data.ingest.by_source import UcdpOptions, ingest_ucdp

        options = UcdpOptions(
            release=release,
            fetch=fetch,
            by_files=by_files,
            again=again,
            published=day(published),
            quiet=quiet,
            max_seconds=max_seconds,
            max_mb=max_mb,
            replace=replace,
            limit=limit,
        )
        return _ingested(ingest_ucdp(self._folder, [Path(file) for file in files], options))

    @called
    def ingest_acled(
        self,
        *files: PathLike,
        countries: Names | None = None,
        first: str | None = None,
        last: str | None = None,
        release: str | None = None,
        encoding: str = "utf-8",
        fetch: bool = False,
        changes: bool = False,
        max_seconds: float = 7200.0,
        max_mb: float = 4096.0,
        replace: bool | None = None,
        limit: float = 0.01,
    ) -> Ingested:
        """Read ACLED's event data: export files of three layouts, or fetch it from its API.

        A file makes zeros only for the months that ``first`` and ``last`` claim. ACLED's terms of
        use bind you: rows may not be passed on, and training models may need its consent.

        Args:
            files: Export files; none with ``fetch``.
            countries: Countries; None for those with rows in the files.
            first: First month, YYYY-MM, that is asked for or claimed.
            last: Last month, YYYY-MM; None for the last one released.
            release: Of files without time stamps: the day of download.
            encoding: Encoding of the files.
            fetch: Ask ACLED's API; the log-in is in ``ACLED_USER`` and ``ACLED_PASSWORD``.
            changes: With ``fetch``: only what changed since the last fetch.
            max_seconds: With ``fetch``: seconds for all of it, waits included.
            max_mb: With ``fetch``: megabytes that may come.
            replace: True where it is the whole new version of what the store holds, False where it
                is added to it; None refuses what lacks much of what it covers.
            limit: Share of invalid rows, 0 to 1, above which the whole input is refused.

        Returns:
            What became of each file.

        Raises:
            SourceError: A file is refused; the store stays as it was.
            ConfigError: Options contradict each other, or the log-in is missing.
            RuntimeEnvironmentError: The server, the disk or another process is in the way.

        Example:
            ```python
            workspace.ingest_acled("mali.csv", first="2015-01", last="2026-06")
            ```
        """
        from data.ingest.by_source import AcledOptions, ingest_acled

        options = AcledOptions(
            countries=names(countries) or (),
            first=first,
            last=last,
            release=release,
            encoding=encoding,
            fetch=fetch,
            changes=changes,
            max_seconds=max_seconds,
            max_mb=max_mb,
            replace=replace,
            limit=limit,
        )
        return _ingested(ingest_acled(self._folder, [Path(file) for file in files], options))

    @called
    def ingest_csv(
        self,
        file: PathLike,
        map_file: PathLike,
        *,
        decimal: Literal[".", ","] | None = None,
        encoding: str = "utf-8",
        allow_empty: bool = False,
        data_through: Day | None = None,
        published: Day | None = None,
        quiet: bool = False,
        replace: bool | None = None,
        limit: float = 0.01,
    ) -> Ingested:
        """Read an own event list through a typed map of its columns.

        Args:
            file: The list.
            map_file: TOML map of its columns; ``escalation.guess_map`` proposes one.
            decimal: Decimal mark of degrees; None for the map's.
            encoding: Encoding of the file.
            allow_empty: Take a header without rows: nothing happened.
            data_through: How far the data reach, a month or a day, where the map cannot say.
            published: Day the list came out, from which it counts as known; None for today.
            quiet: Take months without any event for zeros, busy ones around or not.
            replace: True where it is the whole new version of what the store holds, False where it
                is added to it; None refuses what lacks much of what it covers.
            limit: Share of invalid rows, 0 to 1, above which the whole input is refused.

        Returns:
            What became of the file.

        Raises:
            SourceError: The file is refused; the store stays as it was.
            ConfigError: The map or a claim is not understood.

        Example:
            ```python
            workspace.ingest_csv("attacks.csv", "attacks.map.toml", data_through="2025-06")
            ```
        """
        from data.ingest.by_source import CsvOptions, ingest_csv

        options = CsvOptions(
            map_file=Path(map_file),
            decimal=decimal,
            encoding=encoding,
            allow_empty=allow_empty,
            data_through=day(data_through),
            published=day(published),
            quiet=quiet,
            replace=replace,
            limit=limit,
        )
        return _ingested(ingest_csv(self._folder, Path(file), options))

    @called
    def ingest_figures(
        self,
        *files: PathLike,
        regions: PathLike | None = None,
        source: str | None = None,
        release: str | None = None,
        data_through: Day | None = None,
        published: Day | None = None,
        event_type: str | None = None,
        level: str | None = None,
        replace: bool | None = None,
        limit: float = 0.01,
    ) -> Ingested:
        """Read ready counts by region and month: own tables, or HDX's CSV pages and workbooks.

        Args:
            files: The tables; files of HDX are the pages or years of one table.
            regions: Region table that goes with the figures.
            source: Name of the source; None for ``figures``, or what HDX's file counts.
            release: Release of the figures.
            data_through: How far the data reach, a month or a day, where the source cannot say.
            published: Day the figures came out, from which they count as known; None for today.
            event_type: HDX only: ``political_violence`` (None), ``civilian_targeting`` or
                ``demonstration``; the types overlap.
            level: HDX only: ``country``, ``admin1`` or ``admin2``; finer rows are added up to it.
            replace: True where it is the whole new version of what the store holds, False where it
                is added to it; None refuses what lacks much of what it covers.
            limit: Share of invalid rows, 0 to 1, above which the whole input is refused.

        Returns:
            What became of each file.

        Raises:
            SourceError: A file is refused; the store stays as it was.
            ConfigError: An option does not go with the layout.

        Example:
            ```python
            workspace.ingest_figures("counts.csv", regions="regions.csv")
            ```
        """
        from data.ingest.by_source import FiguresOptions, ingest_figures

        options = FiguresOptions(
            regions=path_or_none(regions),
            source=source,
            release=release,
            data_through=day(data_through),
            published=day(published),
            event_type=event_type,
            level=level,
            replace=replace,
            limit=limit,
        )
        return _ingested(ingest_figures(self._folder, [Path(file) for file in files], options))


def _ingested(files: list[KeptFile]) -> Ingested:
    """Return what became of files; their warnings are given as Python's."""
    import pandas as pd

    from data.ingest.ingesting import ingest_record
    from data.schema import QUARANTINE_COLUMNS
    from escalation.data_values import Ingested

    records = [ingest_record(report) for _, report in files]
    warnings = tuple(dict.fromkeys(text for record in records for text in record["warnings"]))
    for text in warnings:
        warn(text)
    columns = list(records[0]) if records else ["file", "accepted", "quarantined"]
    faults = [reading.quarantine[list(QUARANTINE_COLUMNS)] for reading, _ in files]
    return Ingested(
        files=pd.DataFrame(records, columns=columns),
        quarantined=pd.concat(faults, ignore_index=True) if faults else pd.DataFrame(),
        warnings=warnings,
    )
