"""The part of a workspace that looks at the store, counts it, and makes features of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.terminal import warn
from escalation.calls import Day, Names, Opened, PathLike, called, day, names, path_or_none

if TYPE_CHECKING:
    from escalation.data_values import BuiltPanel, Features, Revisions, Status

__all__ = ["Counting"]


class Counting(Opened):
    """Status of the store, the panel, its revisions, and features."""

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
        status = store_status(Store(self._folder.store, as_of=until), months=months)
        return Status(
            last_complete_month=status["last_complete_month"],
            as_of=status["as_of"],
            months=pd.DataFrame(status["months"]),
            sources=pd.DataFrame(status["sources"]),
            ingests=pd.DataFrame(status["ingests"]),
            totals=pd.DataFrame(status["totals"]),
            warnings=tuple(status["warnings"]),
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
        nearest_km: float | None = None,
        most_outside: float | None = None,
        source: str | None = None,
        cells_until: str | None = None,
        from_month: str | None = None,
        until: str | None = None,
        as_of: Day | None = None,
        audit: bool = False,
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
            nearest_km: How far an event outside all regions may be moved, kilometres.
            most_outside: Share of events, 0 to 1, that may lie outside all regions.
            source: Source to count, when the store holds several complete ones.
            cells_until: At priogrid: take the cells hit up to this month, YYYY-MM.
            from_month: First month, YYYY-MM; None for the first covered.
            until: Last month, YYYY-MM, a complete one; None for the last covered.
            as_of: Only what was known on that day.
            audit: Count again by a plain path of its own, and fail if it differs.

        Returns:
            The panel, which is written to the workspace as well; ``read_panel`` reads it again.

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
            "nearest_km": nearest_km,
            "most_outside": most_outside,
            "source": source,
            "cells_until": cells_until,
            "from_month": from_month,
        }
        settings = asked_settings(self._folder.settings().panel, given)
        known = None if as_of is None else parse_day(str(as_of), "as_of")
        made, manifest = make_panel(
            self._folder, settings, last_month=until, as_of=known, audit=audit
        )
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
            The changed region-months, the sums of both, and what became of the rows.

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
        difference = made.found
        return Revisions(
            source=made.source,
            scale=made.scale,
            before=made.before,
            after=made.after,
            changed=difference.changed,
            sums=pd.DataFrame(
                [{"measure": name, **sums} for name, sums in difference.sums.items()]
            ),
            rows=pd.DataFrame(
                [{"fate": fate, **told} for fate, told in made.rows.items()],
                columns=["fate", "events", "deaths"],
            ),
            compared=difference.compared,
            months=difference.months,
            added=difference.added,
            lost=difference.lost,
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
        from escalation.data_values import BuiltPanel
        from features.panel import read_panel, read_panel_manifest

        folder = self._folder.panel(scale)
        panel, manifest = read_panel(folder), read_panel_manifest(folder)
        return BuiltPanel(**vars(panel), manifest=manifest, folder=folder)


def _absolute(path: PathLike | None) -> str | None:
    """Return a path as it is from here; the settings' own are taken from the workspace."""
    return None if path is None else str(Path(path).resolve())
