"""How degrees become places on the map: plate carrée, longitudes shrunk by the middle latitude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["WIDTH", "Projection", "fit_projection", "graticule"]

# One number or many.
Degrees = TypeVar("Degrees", float, npt.NDArray[np.float64])

WIDTH = 1000.0
TALLEST = 1100.0
_EDGE = 40.0


@dataclass(frozen=True)
class Projection:
    """Degrees to picture units; north is up."""

    west: float
    north: float
    shrink: float
    scale: float
    height: float

    def x(self, longitude: Degrees) -> Degrees:
        """Return how far right longitudes are."""
        return (longitude - self.west) * self.shrink * self.scale

    def y(self, latitude: Degrees) -> Degrees:
        """Return how far down latitudes are."""
        return (self.north - latitude) * self.scale


def fit_projection(rows: pd.DataFrame, polygons: Mapping[str, Any] | None) -> Projection:
    """Return the projection that shows all regions with a margin.

    Args:
        rows: Rows of the risk table of one horizon.
        polygons: Region id to polygon; None where only centres are known.
    """
    bounds = [polygons[i].bounds for i in rows["region_id"] if i in polygons] if polygons else []
    if bounds:
        west, south = np.min([b[:2] for b in bounds], axis=0)
        east, north = np.max([b[2:] for b in bounds], axis=0)
    else:
        west, east = rows["longitude"].min(), rows["longitude"].max()
        south, north = rows["latitude"].min(), rows["latitude"].max()
    margin = max(0.03 * max(east - west, north - south), 0.3)
    west, east, south, north = west - margin, east + margin, south - margin, north + margin
    shrink = float(np.cos(np.radians((south + north) / 2)))
    scale = min(WIDTH / ((east - west) * shrink), TALLEST / (north - south))
    spare = WIDTH / (shrink * scale) - (east - west)
    height = (north - south) * scale
    return Projection(float(west - spare / 2), float(north), shrink, float(scale), float(height))


def graticule(projection: Projection) -> Iterator[str]:
    """Yield meridians and parallels with their degrees, as SVG.

    Args:
        projection: Where they run.
    """
    east = projection.west + WIDTH / (projection.shrink * projection.scale)
    south = projection.north - projection.height / projection.scale
    step = next(s for s in (1, 2, 5, 10, 20, 30, 60) if (projection.north - south) / s <= 8)
    for longitude in _multiples(projection.west, east, step):
        x = projection.x(longitude)
        name = _degrees(longitude, "E", "W") if x < WIDTH - _EDGE else ""
        yield (
            f'<line class="graticule" x1="{x:.1f}" y1="0" x2="{x:.1f}"'
            f' y2="{projection.height:.1f}"/>'
            f'<text class="degrees" x="{x + 4:.1f}" y="{projection.height - 6:.1f}">{name}</text>'
        )
    for latitude in _multiples(south, projection.north, step):
        y = projection.y(latitude)
        name = _degrees(latitude, "N", "S") if _EDGE / 2 < y < projection.height - _EDGE else ""
        yield (
            f'<line class="graticule" x1="0" y1="{y:.1f}" x2="{WIDTH:.0f}" y2="{y:.1f}"/>'
            f'<text class="degrees" x="6" y="{y - 5:.1f}">{name}</text>'
        )


def _multiples(low: float, high: float, step: int) -> Iterator[int]:
    yield from range(int(np.ceil(low / step)) * step, int(np.floor(high / step)) * step + 1, step)


def _degrees(value: int, positive: str, negative: str) -> str:
    return f"{abs(value)}°{positive if value > 0 else negative if value < 0 else ''}"
