"""Which scale figures fit: a panel must not call districts provinces.

Figures of HDX say which level their rows count. Figures of one's own do not, so that only what
their regions cannot be is refused.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from data.errors import ConfigError
from data.regions.countries import country_keys
from data.regions.priogrid import COUNT

__all__ = ["check_scale"]

_NAMED = ("country", "admin1", "admin2", "priogrid")


def check_scale(scale: str, *, levels: Collection[str], regions: pd.DataFrame, source: str) -> None:
    """Refuse a scale that figures do not fit; a scale of one's own name fits any.

    Args:
        scale: The scale asked for.
        levels: Administrative levels that the ingests of the figures name.
        regions: Their region table.
        source: Their source, for the message.

    Raises:
        ConfigError: They count another level, several regions a country, or no PRIO-GRID cells.
    """
    if scale not in _NAMED:
        return
    other = sorted(set(levels) - {scale})
    if other:
        raise ConfigError(
            f"the figures of {source} count regions of the level {other[0]}, not {scale}: ask for"
            f" --scale {other[0]}, or ingest their files again with --admin-level, which adds finer"
            " rows up"
        )
    if scale == "priogrid" and not _are_cells(regions["region_id"]):
        raise ConfigError(
            f"the figures of {source} are not of PRIO-GRID cells (ids 1 to 259200): name the scale"
            " that they have"
        )
    keys = pd.Series(country_keys(regions["country"]))
    twice = (keys != "") & keys.duplicated()
    if scale == "country" and twice.any():
        name = regions["country"].iloc[int(twice.to_numpy().argmax())]
        raise ConfigError(
            f'the figures of {source} have several regions in "{name}", so they are not of the'
            " scale country: name the scale that they have"
        )


def _are_cells(ids: pd.Series) -> bool:
    whole = ids.str.fullmatch(r"[1-9]\d{0,5}").fillna(False).all()
    return bool(whole) and bool((ids.astype("int64") <= COUNT).all())
