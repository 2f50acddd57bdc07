"""The folder that holds an analyst's settings, store, panels, backtests and issues.

Owns the names of the folders and the file ``escalation.toml``; reads no data itself.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import ConfigError, RuntimeEnvironmentError
from data.files import SAMPLES, locked, sweep, write_text
from data.settings import build_settings, check_number, read_toml

__all__ = [
    "CHALLENGE_VARIABLE",
    "COUNTRIES_VARIABLE",
    "SETTINGS_FILE",
    "ChallengeSettings",
    "ForecastSettings",
    "MonthSettings",
    "PanelSettings",
    "Settings",
    "TrackingSettings",
    "Workspace",
    "folder_within",
]

SETTINGS_FILE = "escalation.toml"

# Names a table of countries; worker processes read it as well.
COUNTRIES_VARIABLE = "ESCALATION_COUNTRIES"
# Names the folder with the files of the VIEWS challenge.
CHALLENGE_VARIABLE = "ESCALATION_CHALLENGE"
# A folder's name; what is added to it for temporary files must fit into 255 bytes.
_LONGEST_NAME = 180
# Folders in which the next command that holds the lock removes what a killed one left; the store
# sweeps its own.
_WRITTEN = (
    "panels",
    "backtests",
    "champions",
    "forecasts",
    "tuning",
    "spool",
    "reports",
)


@dataclass(frozen=True)
class PanelSettings:
    """Table ``[panel]``: the regions and the first month.

    Attributes:
        scale: ``country``, ``admin1``, ``admin2``, ``priogrid`` or a name of your own.
        boundaries: File with one polygon a region (GeoJSON, shapefile, GeoPackage or a zip of one
            of these), relative to the workspace.
        layer: Layer of a file of boundaries that has several.
        regions: Region table (CSV or Parquet), in place of boundaries.
        id: Polygon property that holds the region id.
        name: Polygon property that holds the region's name.
        country: Polygon property that holds the country.
        changes: Table of regions that were split, merged, renamed, that appeared or ended.
        places: List of sensitive places: name, kind, latitude, longitude.
        countries: Table of countries that adds to the built-in one or replaces its rows.
        source: The source to count when the store holds several complete ones.
        cells_until: At priogrid without boundaries, only cells hit up to this month are regions;
            a backtest is fair when its origins come after it.
        nearest_km: Kilometres up to which an event beside all regions goes to the nearest one of
            its country; farther away it is outside.
        most_outside: Share of the events of the regions' countries that may lie outside all
            regions before the panel is refused.
        from_month: First month of the panel (``from`` in the file); default: first covered month.
    """

    scale: str = "admin1"
    boundaries: str | None = None
    layer: str | None = None
    regions: str | None = None
    id: str = "_id"
    name: str = "name"
    country: str = "admin"
    changes: str | None = None
    places: str | None = None
    countries: str | None = None
    source: str | None = None
    cells_until: str | None = None
    nearest_km: float = 30.0
    most_outside: float = 0.5
    from_month: str | None = field(default=None, metadata={"key": "from"})

    def __post_init__(self) -> None:
        check_number("[panel] nearest_km", self.nearest_km, low=0)
        check_number("[panel] most_outside", self.most_outside, low=0, high=1)


@dataclass(frozen=True)
class ForecastSettings:
    """Table ``[forecast]``: what an issue holds and how levels are cut."""

    horizons: tuple[int, ...] = (1,)
    draws: int = 1000
    seed: int = 20260101
    levels: tuple[float, ...] = (0.80, 0.55, 0.20, 0.05)

    def __post_init__(self) -> None:
        if self.draws < 1 or self.seed < 0:
            raise ConfigError(
                f"[forecast]: expected draws >= 1 and seed >= 0, got {self.draws} and {self.seed}"
            )


@dataclass(frozen=True)
class TargetSettings:
    """Table ``[target]``: what is forecast."""

    names: tuple[str, ...] = ("events", "deaths")


@dataclass(frozen=True)
class MonthSettings:
    """Table ``[month]``: what ``escalation month`` reads and writes.

    Attributes:
        ingest: How files are read: ``ucdp``, ``acled``, ``csv`` or ``figures``; None where the
            store's only source tells.
        map: Map of the columns of an own list, relative to the workspace.
        regions: Region table that goes with figures, relative to the workspace.
        countries: Countries that are fetched from ACLED.
        model: Name of a model; None for the champion of each target.
        formats: What is exported besides the page, the watch page, the brief and the digest.
    """

    ingest: str | None = None
    map: str | None = None
    regions: str | None = None
    countries: tuple[str, ...] = ()
    model: str | None = None
    formats: tuple[str, ...] = ("xlsx", "docx", "md")


@dataclass(frozen=True)
class TrackingSettings:
    """Table ``[tracking]``: where MLflow keeps the runs; default: the workspace's ``mlflow.db``."""

    uri: str | None = None


@dataclass(frozen=True)
class ChallengeSettings:
    """Table ``[challenge]``: the folder with the files of the VIEWS prediction challenge.

    Attributes:
        folder: Relative to the workspace; the variable ESCALATION_CHALLENGE goes before it.
    """

    folder: str | None = None


@dataclass(frozen=True)
class Settings:
    """The whole of ``escalation.toml``."""

    panel: PanelSettings = field(default_factory=PanelSettings)
    target: TargetSettings = field(default_factory=TargetSettings)
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    month: MonthSettings = field(default_factory=MonthSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    challenge: ChallengeSettings = field(default_factory=ChallengeSettings)


@dataclass(frozen=True)
class Workspace:
    """A workspace folder; paths are made here and nowhere else."""

    root: Path

    def settings(self) -> Settings:
        """Read ``escalation.toml``; defaults where it is absent.

        Raises:
            ConfigError: A key is unknown or a value has the wrong type.
        """
        path = self.root / SETTINGS_FILE
        if not path.exists():
            return Settings()
        return build_settings(Settings, read_toml(path), where=str(path))

    def check_folder(self) -> None:
        """Make sure that the folder is there.

        Raises:
            ConfigError: It is not.
        """
        if not self.root.is_dir():
            raise ConfigError(
                f"{self.root}: there is no such workspace folder;"
                f" `escalation --workspace {self.root} init` makes one"
            )

    def check_writable(self) -> None:
        """Make sure, before long work, that its results can be written.

        Raises:
            RuntimeEnvironmentError: The folder is read-only.
        """
        if self.root.is_dir() and not os.access(self.root, os.W_OK):
            raise RuntimeEnvironmentError(
                f"{self.root} is read-only: nothing can be written there; use a copy of it"
            )

    def write_first_settings(self) -> Path:
        """Write ``escalation.toml`` with every setting commented out, and the folder when absent.

        Raises:
            ConfigError: There is one already.
        """
        path = self.root / SETTINGS_FILE
        if path.exists():
            raise ConfigError(f"{path} exists already: edit it, or move it away first")
        write_text(path, (SAMPLES / SETTINGS_FILE).read_text(encoding="utf-8"))
        return path

    @contextlib.contextmanager
    def own_countries(self) -> Iterator[None]:
        """Let ``[panel] countries`` be the table of countries; one in the environment stays.

        Settings that cannot be read are left to the command that reads them.
        """
        try:
            named = self.settings().panel.countries
        except ConfigError:
            named = None
        if named is None or COUNTRIES_VARIABLE in os.environ:
            yield
            return
        os.environ[COUNTRIES_VARIABLE] = str((self.root / named).resolve())
        try:
            yield
        finally:
            del os.environ[COUNTRIES_VARIABLE]

    def challenge(self) -> Path | None:
        """Return the folder of the VIEWS challenge's files, if it is named.

        Raises:
            ConfigError: The settings cannot be read.
        """
        named = os.environ.get(CHALLENGE_VARIABLE)
        if named:
            return Path(named)
        folder = self.settings().challenge.folder
        return None if folder is None else self.root / folder

    @property
    def store(self) -> Path:
        """Folder of the append-only store."""
        return self.root / "store"

    @property
    def fetched(self) -> Path:
        """Folder of pages and files of an unfinished fetch."""
        return self.root / "fetched"

    @property
    def backtests(self) -> Path:
        """Folder with one folder for each backtest."""
        return self.root / "backtests"

    @property
    def tuning(self) -> Path:
        """Folder with one folder for each tuned specification and its studies."""
        return self.root / "tuning"

    @property
    def issues(self) -> Path:
        """Folder with one folder for each issued forecast."""
        return self.root / "forecasts"

    @property
    def reports(self) -> Path:
        """Folder of the report pages."""
        return self.root / "reports"

    @property
    def spool(self) -> Path:
        """Folder of runs that tracking could not record; ``doctor --send`` sends them."""
        return self.root / "spool"

    @property
    def database(self) -> Path:
        """The workspace's own MLflow database."""
        return self.root / "mlflow.db"

    @property
    def panels(self) -> Path:
        """Folder with one folder for each scale's panel."""
        return self.root / "panels"

    @property
    def champions(self) -> Path:
        """Folder with one folder for each champion, and those that were replaced."""
        return self.root / "champions"

    @property
    def replaced_champions(self) -> Path:
        """Folder with one folder for each champion that was replaced but made an issue."""
        return self.champions / "replaced"

    def panel(self, scale: str) -> Path:
        """Folder of one scale's panel."""
        return folder_within(self.panels, scale)

    def champion(self, scale: str, target: str) -> Path:
        """Folder of the champion of one scale and target."""
        return folder_within(self.champions, f"{scale}-{target}")

    def replaced_champion(self, scale: str, target: str, digest: str) -> Path:
        """Folder of a champion that was replaced after an issue was made with it."""
        return folder_within(self.replaced_champions, f"{scale}-{target}-{digest}")

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace's lock while writing to it.

        What writers that were killed left half done is removed first.

        Raises:
            RuntimeEnvironmentError: Another process holds it.
        """
        if not self.root.is_dir():
            raise ConfigError(f"{self.root}: there is no such workspace folder")
        with locked(self.root / ".escalation.lock"):
            for name in _WRITTEN:
                sweep(self.root / name)
            yield


def folder_within(parent: Path, name: str) -> Path:
    """Return the folder of a name from options, settings or files, which stays within its parent.

    Every folder that is named after a scale, a target, an issue or a backtest is made here.

    Raises:
        ConfigError: The name would lead elsewhere, is hidden or is no name of a folder.

    Example:
        >>> folder_within(Path("panels"), "admin1").as_posix()
        'panels/admin1'
    """
    plain = name.isprintable() and not name.startswith(".") and name == name.strip()
    if not name or not plain or set(name) & set("/\\:") or len(name.encode()) > _LONGEST_NAME:
        raise ConfigError(
            f"{parent.name}: expected a name without slashes, colons, leading dots or control"
            f" characters, of 1 to {_LONGEST_NAME} bytes, got {name[:_LONGEST_NAME]!r}"
        )
    return parent / name
