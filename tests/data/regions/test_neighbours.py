import numpy as np
import pandas as pd
import shapely

from data.regions.neighbours import join_neighbours, polygon_neighbours, split_neighbours
from tests.data.geography import square


def _pairs(*polygons, **options):
    pairs, alone = polygon_neighbours(np.array(polygons, dtype=object), **options)
    return {tuple(pair) for pair in pairs.T.tolist()}, alone.tolist()


def test_a_sliver_between_two_regions_does_not_part_them():
    assert not shapely.touches(square(0, 0), square(1.004, 0))
    assert _pairs(square(0, 0), square(1.004, 0)) == ({(0, 1), (1, 0)}, [])


def test_overlap_and_corner_are_neighbours():
    pairs, alone = _pairs(square(0, 0), square(0.99, 0), square(-1, 1))
    assert pairs == {(0, 1), (1, 0), (0, 2), (2, 0)}
    assert alone == []


def test_an_island_gets_its_nearest_both_ways():
    pairs, alone = _pairs(square(0, 0), square(1, 0), square(3, 0))
    assert pairs == {(0, 1), (1, 0), (2, 1), (1, 2)}
    assert alone == [2]


def test_the_tolerance_is_kept():
    assert _pairs(square(0, 0), square(1, 0), square(2.1, 0), tolerance=0.2)[1] == []


def test_one_region_has_no_neighbour():
    assert _pairs(square(0, 0)) == (set(), [0])


def test_text_and_pairs_are_each_others_inverse():
    ids = ["a", "b", "c"]
    pairs = np.array([[0, 0, 1, 2], [1, 2, 0, 0]])
    joined = join_neighbours(ids, pairs)
    assert joined == ["b;c", "a", "a"]
    assert split_neighbours(pd.Series(joined), ids).tolist() == pairs.tolist()
    assert split_neighbours(["", ""], ["a", "b"]).shape == (2, 0)
