import numpy as np

from data.counting.placing import BEFORE, COUNTED, OUTSIDE, UNLOCATED, UNOBSERVED, place_parts
from data.regions.location import PolygonLocator
from tests.data.geography import event_on, frame_of, square_field


def test_every_part_has_one_fate(tmp_path):
    events = frame_of(
        event_on("long", 1.5, "2020-01-31", 9, end="2020-04-01"),
        event_on("wide", 1.5, "2020-02-01", 9, location_precision="area"),
        event_on("far", 50, "2020-02-01", 9, country="Ghana"),
    )
    location = PolygonLocator(square_field(tmp_path), "admin1").locate(events)
    status = np.zeros((3, 2), dtype=np.int8)
    status[1, 1] = 1
    placed = place_parts(events, location, ("2020-02", "2020-03"), status)
    assert placed.parts.event.tolist() == [0, 0, 0, 0, 1, 2]
    fates = [BEFORE, COUNTED, UNOBSERVED, UNOBSERVED, UNLOCATED, OUTSIDE]
    assert placed.fate.tolist() == fates
    assert placed.cell.tolist() == [-1, 2, -1, -1, -1, -1]
    assert placed.counted.tolist() == [False, True, False, False, False, False]
