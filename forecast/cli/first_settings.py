"""The first ``escalation.toml``: every setting, commented, at its default."""

from __future__ import annotations

from pathlib import Path

from data.errors import ConfigError
from data.files import write_text
from data.workspace import SETTINGS_FILE, Workspace

__all__ = ["write_first_settings"]

_TEXT = """\
# Settings of this escalation workspace. A line that begins with "#" shows a default: take the
# mark away to change it. Paths are relative to this folder.

[panel]
# country, admin1, admin2, priogrid, or a name of your own
# scale = "admin1"
# One polygon a region (GeoJSON, shapefile, GeoPackage, or a zip of one) ...
# boundaries = "boundaries.geojson"
# Which layer of it, where it has several
# layer = "admin1"
# ... or a table: region_id, region, country, latitude, longitude, area_km2, neighbours
# regions = "regions.csv"
# The polygons' properties that hold the id (must be unique), the name and the country
# id = "_id"
# name = "name"
# country = "admin"
# Regions that were split, merged or renamed, that appeared or ended: kind, old_id, new_id,
# valid_from, share
# changes = "changes.csv"
# Sensitive places: name, kind, latitude, longitude
# places = "places.csv"
# Countries that the project's own table lacks or that are to be read otherwise: iso3, ...
# countries = "countries.csv"
# Which source to count, when the store holds several complete ones
# source = "ucdp"
# At priogrid without boundaries: the cells hit up to this month are the regions; origins of a fair
# backtest come after it. Default: every cell that was ever hit
# cells_until = "2015-12"
# First month of the panel; default: the first month covered
# from = "1989-01"

[target]
# names = ["events", "deaths"]

[forecast]
# Months ahead: 1 is the month after the last complete one
# horizons = [1]
# draws = 1000
# seed = 20260101
# Lowest probability of an attack for: very high, high, elevated, guarded
# levels = [0.80, 0.55, 0.20, 0.05]

[tracking]
# Where MLflow keeps the runs; default: mlflow.db in this folder. Passwords and tokens belong in
# the environment, never in this file.
# uri = "http://127.0.0.1:5000"
"""


def write_first_settings(workspace: Workspace) -> Path:
    """Write ``escalation.toml``, making the folder when absent, and return its path.

    Raises:
        ConfigError: The file stands already.
    """
    path = workspace.root / SETTINGS_FILE
    if path.exists():
        raise ConfigError(f"{path} stands already: edit it, or move it away first")
    write_text(path, _TEXT)
    return path
