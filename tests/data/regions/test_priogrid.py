import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.regions.priogrid import (
    cell_boxes,
    cell_centres,
    cell_ids,
    cell_neighbours,
    cells_touching,
)
from tests.data.geography import square
from tests.shared import shared_file


def _around(*cells):
    pairs = cell_neighbours(np.array(cells))
    return {(cells[a], cells[b]) for a, b in pairs.T}


def test_corners_of_the_world():
    latitude, longitude = [-90, -90, 90, 90, 0], [-180, 180, -180, 180, 0]
    assert cell_ids(latitude, longitude).tolist() == [1, 720, 258481, 259200, 129961]


@pytest.mark.parametrize("name", ["ucdp_candidate_23_0_10.csv", "hdx_ucdp_ged201_nigeria.csv"])
def test_cells_are_those_that_ucdp_publishes(name):
    skip = [1] if name.startswith("hdx") else None
    frame = pd.read_csv(shared_file(name), skiprows=skip, low_memory=False)
    ours = cell_ids(frame["latitude"], frame["longitude"])
    assert (ours == frame["priogrid_gid"]).mean() > 0.999


@settings(deadline=None)
@given(st.integers(1, 259200))
def test_a_centre_lies_in_its_own_cell(cell):
    assert cell_ids(*cell_centres(np.array([cell]))).tolist() == [cell]


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_point_lies_in_the_box_of_its_cell(latitude, longitude):
    box = cell_boxes(cell_ids([latitude], [longitude]))[0]
    assert shapely.distance(box, shapely.Point(longitude, latitude)) < 1e-9


def test_neighbours_are_the_eight_around():
    middle = 147945
    around = [middle + d for d in (-721, -720, -719, -1, 1, 719, 720, 721)]
    pairs = _around(*sorted([*around, middle, middle + 2]))
    assert {b for a, b in pairs if a == middle} == set(around)
    assert {(b, a) for a, b in pairs} == pairs


def test_the_date_line_is_crossed_and_the_poles_are_not():
    assert _around(721, 1440) == {(721, 1440), (1440, 721)}
    assert _around(1, 258481) == set()
    assert _around(1, 720) == {(1, 720), (720, 1)}


def test_cells_of_a_polygon():
    polygon = square(0.1, 0.1, side=0.5)
    assert cells_touching(np.array([polygon])).tolist() == [129961, 129962, 130681, 130682]
