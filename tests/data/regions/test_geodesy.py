import numpy as np
import pytest
import shapely
from scipy.integrate import quad

from data.regions.geodesy import polygon_areas_km2
from data.regions.priogrid import cell_areas_km2, cell_boxes


def _slow_area(west, south, east, north):
    """Integrate the ellipsoid's own radii of curvature."""
    a, e2 = 6378.137, 0.00669437999014

    def strip(latitude):
        return np.cos(latitude) * a * a * (1 - e2) / (1 - e2 * np.sin(latitude) ** 2) ** 2

    return quad(strip, np.radians(south), np.radians(north))[0] * np.radians(east - west)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (-10, 12, -9.5, 12.5), (0, 60, 5, 70)])
def test_boxes_have_the_area_of_the_ellipsoid(box):
    area = polygon_areas_km2(np.array([shapely.box(*box)]))[0]
    assert area == pytest.approx(_slow_area(*box), rel=1e-9)


def test_a_hole_is_not_counted():
    outer, hole = shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2)
    areas = polygon_areas_km2(np.array([outer, hole, outer - hole]))
    assert areas[2] == pytest.approx(areas[0] - areas[1])


def test_a_cell_of_the_grid_has_the_area_of_its_box():
    cells = np.array([1, 147945, 259200])
    assert cell_areas_km2(cells) == pytest.approx(polygon_areas_km2(cell_boxes(cells)))
    assert cell_areas_km2(np.array([129961]))[0] == pytest.approx(3077.2, abs=0.1)
