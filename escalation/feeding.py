"""The part of a workspace that is fed: sources, status, panel, revisions, features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from data.terminal import warn
from escalation.calls import Day, Names, Opened, PathLike, called, day, names, path_or_none

if TYPE_CHECKING:
    from data.ingest.ingesting import KeptFile
    from escalation.data_values import BuiltPanel, Features, Ingested, Revisions, Status

__all__ = ["Feeding"]


class Feeding(Opened):
    """Bring data in, look at the store, count it, and make features of it."""

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
            limit=limit,
        )
        return _ingested(ingest_figures(self._folder, [Path(file) for file in files], options))

    @called
    def status(self, *, as_of: Day | None = None, months: int = 18) -> Status:
        """Say what the store holds: which month is known from where, coverage, totals.

        Args:
            as_of: Only what was known on that day.
            months: Months in the table of months and sources, 0 to 1200.

        Returns:
            Tables of months, sources, ingests and yearly totals.

        Raises:
            ConfigError: The day is none.

        Example:
            ```python
            workspace.status(as_of="2024-01-31").months
            ```
        """
        import pandas as pd

        from data.months import parse_day
        from data.store.status import store_status
        from data.store.store import Store
        from escalation.data_values import Status

        until = None if as_of is None else parse_day(str(as_of), "as_of")
        found = store_status(Store(self._folder.store, as_of=until), months=months)
        return Status(
            last_complete_month=found["last_complete_month"],
            as_of=found["as_of"],
            months=pd.DataFrame(found["months"]),
            sources=pd.DataFrame(found["sources"]),
            ingests=pd.DataFrame(found["ingests"]),
            totals=pd.DataFrame(found["totals"]),
            warnings=tuple(found["warnings"]),
        )

    @called
    def panel(
        self,
        scale: str | None = None,
        *,
        boundaries: PathLike | None = None,
        layer: str | None = None,
        regions: PathLike | None = None,
        id: str | None = None,  # noqa: A002 (the option's name)
        name: str | None = None,
        country: str | None = None,
        changes: PathLike | None = None,
        places: PathLike | None = None,
        source: str | None = None,
        cells_until: str | None = None,
        from_month: str | None = None,
        until: str | None = None,
        as_of: Day | None = None,
    ) -> BuiltPanel:
        """Build the region-month panel; what is given goes before the ``[panel]`` settings.

        Args:
            scale: ``country``, ``admin1``, ``admin2``, ``priogrid``, or a name of your own.
            boundaries: One polygon a region: GeoJSON, shapefile, GeoPackage, or a zip of one.
            layer: Layer of a file of boundaries that has several.
            regions: Region table, in place of boundaries.
            id: Polygon property that holds the region id.
            name: Polygon property that holds the region's name.
            country: Polygon property that holds the country.
            changes: Table of regions that were split, merged, renamed or are new.
            places: List of sensitive places: bases, towns, roads ...
            source: Source to count, when the store holds several complete ones.
            cells_until: At priogrid: take the cells hit up to this month, YYYY-MM.
            from_month: First month, YYYY-MM; None for the first covered.
            until: Last month, YYYY-MM, a complete one; None for the last covered.
            as_of: Only what was known on that day.

        Returns:
            The panel, which is kept in the workspace as well; ``read_panel`` reads it again.

        Raises:
            EvidenceError: The store holds too little.
            ConfigError: The source or the regions are not clear.

        Example:
            ```python
            panel = workspace.panel("admin1", boundaries="units.geojson")
            panel.measure("events")  # (regions, months), attacks a month
            ```
        """
        from data.counting.panel_making import asked_settings
        from data.months import parse_day
        from features.panel_files import make_panel

        given = {
            "scale": scale,
            "boundaries": _absolute(boundaries),
            "layer": layer,
            "regions": _absolute(regions),
            "id": id,
            "name": name,
            "country": country,
            "changes": _absolute(changes),
            "places": _absolute(places),
            "source": source,
            "cells_until": cells_until,
            "from_month": from_month,
        }
        settings = asked_settings(self._folder.settings().panel, given)
        known = None if as_of is None else parse_day(str(as_of), "as_of")
        made, manifest = make_panel(self._folder, settings, last_month=until, as_of=known)
        for warning in manifest["warnings"]:
            warn(warning)
        return self._built(made.scale)

    @called
    def read_panel(self, scale: str | None = None) -> BuiltPanel:
        """Read the panel that was built last.

        Args:
            scale: Spatial scale; None for that of ``escalation.toml``.

        Returns:
            The panel.

        Raises:
            EvidenceError: There is none.
            SchemaError: Its files do not fit each other.

        Example:
            ```python
            workspace.read_panel().frame.groupby("month")["events"].sum().plot()
            ```
        """
        return self._built(scale or self._folder.settings().panel.scale)

    @called
    def revisions(
        self,
        before: Day | None = None,
        after: Day | None = None,
        *,
        scale: str | None = None,
        boundaries: PathLike | None = None,
        layer: str | None = None,
        regions: PathLike | None = None,
        source: str | None = None,
    ) -> Revisions:
        """Say which region-months changed between two releases, or two days, and by how much.

        Args:
            before: Release or day; None for the release before ``after``.
            after: Release or day; None for the newest release.
            scale: ``country``, ``admin1``, ``admin2``, ``priogrid``, or a name of your own.
            boundaries: One polygon a region: GeoJSON, shapefile, GeoPackage, or a zip of one.
            layer: Layer of a file of boundaries that has several.
            regions: Region table, in place of boundaries.
            source: Source, when the store holds several complete ones.

        Returns:
            The changed region-months and the sums of both.

        Raises:
            EvidenceError: There are not two releases, or one of the two knew nothing.
            ConfigError: A release, a day or the regions are not understood.

        Example:
            ```python
            workspace.revisions("23.0.10", "24.1", scale="country").changed
            ```
        """
        import pandas as pd

        from data.counting.panel_making import asked_settings
        from data.counting.revisions import find_revisions
        from data.store.store import Store
        from escalation.data_values import Revisions

        given = {
            "scale": scale,
            "boundaries": _absolute(boundaries),
            "layer": layer,
            "regions": _absolute(regions),
            "source": source,
        }
        made = find_revisions(
            Store(self._folder.store),
            asked_settings(self._folder.settings().panel, given),
            root=self._folder.root,
            before=day(before),
            after=day(after),
        )
        found = made.found
        return Revisions(
            source=made.source,
            scale=made.scale,
            before=made.before,
            after=made.after,
            changed=found.changed,
            sums=pd.DataFrame([{"measure": name, **sums} for name, sums in found.sums.items()]),
            compared=found.compared,
            months=found.months,
            added=found.added,
            lost=found.lost,
        )

    @called
    def features(
        self,
        scale: str | None = None,
        *,
        target: str = "events",
        without: Names | None = None,
        plugin: PathLike | None = None,
        since: str | None = None,
        out: PathLike | None = None,
    ) -> Features:
        """Compute the features that models are given, for every region and month of the panel.

        Args:
            scale: Spatial scale; None for that of ``escalation.toml``.
            target: Measure to be forecast, which the standard features depend on.
            without: Families of features that are left out, such as ``["actors", "sites"]``.
            plugin: A Python file with features of one's own.
            since: First month of the table, YYYY-MM; None for the panel's first.
            out: Also write the table to this file, CSV or Parquet.

        Returns:
            The table, its catalogue, and what is absent.

        Raises:
            EvidenceError: There is no panel, or ``since`` is outside it.
            ConfigError: A family is not known, or the plugin is not understood.

        Example:
            ```python
            workspace.features(since="2015-01").frame
            ```
        """
        from escalation.data_values import Features
        from experiments.runs.feature_table import FeatureOptions, make_features, write_features

        options = FeatureOptions(scale, target, names(without) or (), path_or_none(plugin), since)
        made = make_features(self._folder, options)
        if out is not None:
            write_features(made, Path(out))
        return Features(made.frame(), made.catalogue(), dict(made.table.absent))

    def _built(self, scale: str) -> BuiltPanel:
        from data.files import read_json
        from escalation.data_values import BuiltPanel
        from features.panel import read_panel

        folder = self._folder.panel(scale)
        panel, manifest = read_panel(folder), read_json(folder / "manifest.json")
        return BuiltPanel(**vars(panel), manifest=manifest, folder=folder)


def _absolute(path: PathLike | None) -> str | None:
    """Return a path as it is from here; the settings' own are taken from the workspace."""
    return None if path is None else str(Path(path).resolve())


def _ingested(kept: list[KeptFile]) -> Ingested:
    """Return what became of files; their warnings are given as Python's."""
    import pandas as pd

    from data.ingest.ingesting import ingest_record
    from data.schema import QUARANTINE_COLUMNS
    from escalation.data_values import Ingested

    records = [ingest_record(report) for _, report in kept]
    warnings = tuple(dict.fromkeys(text for record in records for text in record["warnings"]))
    for text in warnings:
        warn(text)
    columns = list(records[0]) if records else ["file", "accepted", "quarantined"]
    faults = [reading.quarantine[list(QUARANTINE_COLUMNS)] for reading, _ in kept]
    return Ingested(
        files=pd.DataFrame(records, columns=columns),
        quarantined=pd.concat(faults, ignore_index=True) if faults else pd.DataFrame(),
        warnings=warnings,
    )
