from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from data.regions.geodesy import EARTH_KM
from features.space import (
    decaying_weights,
    nearest_hit,
    neighbour_weights,
    row_blocks,
    unit_vectors,
    weighted_total,
)

NAN = float("nan")


def haversine(one: pd.Series, other: pd.Series) -> float:
    """Give the great-circle distance in km by the textbook formula."""
    lat1, lon1, lat2, lon2 = np.radians(
        [one.latitude, one.longitude, other.latitude, other.longitude]
    )
    half = np.sin((lat2 - lat1) / 2) ** 2
    half += np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def scattered(count: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"latitude": rng.uniform(-60, 60, count), "longitude": rng.uniform(-180, 180, count)}
    )
    frame.loc[3] = frame.loc[7]  # two regions with one centre
    return frame


def test_neighbours_of_order_two_are_the_neighbours_of_neighbours_alone():
    regions = pd.DataFrame(
        {"region_id": ["a", "b", "c", "d"], "neighbours": ["b", "a;c;gone", "b;d", "c"]}
    )
    chain = neighbour_weights(regions, 1).toarray()
    np.testing.assert_array_equal(chain, [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_array_equal(
        neighbour_weights(regions, 2).toarray(),
        [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]],
    )


def test_a_neighbour_of_a_neighbour_that_is_also_near_counts_once():
    regions = pd.DataFrame({"region_id": ["a", "b", "c"], "neighbours": ["b;c", "a;c", "a;b"]})
    assert neighbour_weights(regions, 2).nnz == 0


def test_neighbours_missing_from_the_table_are_none():
    regions = pd.DataFrame({"region_id": ["a", "b"], "neighbours": [None, ""]})
    assert neighbour_weights(regions, 1).nnz == 0


def test_decaying_weights_are_those_of_the_haversine_formula():
    frame = scattered()
    points = unit_vectors(frame)
    rows = slice(2, 9)
    got = decaying_weights(points, rows, scale_km=1500, radius_km=6000).toarray()
    for row in range(rows.start, rows.stop):
        for other in range(len(frame)):
            distance = haversine(frame.loc[row], frame.loc[other])
            near = row != other and distance <= 6000
            expected = np.exp(-distance / 1500) if near else 0
            assert got[row - rows.start, other] == pytest.approx(expected, rel=1e-9), (row, other)


def test_one_degree_of_latitude_is_111_km():
    points = unit_vectors(pd.DataFrame({"latitude": [0.0, 1.0], "longitude": [10.0, 10.0]}))
    distance = nearest_hit(points, np.array([[True], [True]]), cap_km=2000)
    np.testing.assert_allclose(distance, 111.195, rtol=1e-5)


def test_nearest_hit_is_that_of_a_slow_loop():
    frame = scattered()
    hit = np.random.default_rng(6).random((len(frame), 8)) < [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1]
    got = nearest_hit(unit_vectors(frame), hit, cap_km=5000)
    for row in range(len(frame)):
        for month in range(hit.shape[1]):
            distances = [
                haversine(frame.loc[row], frame.loc[other])
                for other in np.flatnonzero(hit[:, month])
                if other != row
            ]
            expected = min([*distances, 5000])
            assert got[row, month] == pytest.approx(expected, rel=1e-5, abs=1e-3), (row, month)


def test_a_sum_over_partly_observed_regions_is_scaled_up_or_missing():
    weights = sparse.csr_array(np.array([[0, 1, 1, 2.0], [0, 0, 0, 0]]))
    values = np.array([[9, 9, 9], [1, NAN, NAN], [3, 3, NAN], [5, 5, 5]], dtype=np.float32)
    # Month 1: (3 + 10) / (3/4); month 2: half of the weight, 10 / (2/4).
    np.testing.assert_allclose(
        weighted_total(weights, values, least=0.5), [[14, 52 / 3, 20], [0, 0, 0]], rtol=1e-6
    )
    np.testing.assert_array_equal(
        weighted_total(weights, values, least=1.0), [[14, NAN, NAN], [0, 0, 0]]
    )


def test_regions_never_observed_so_far_are_no_part_of_a_sum():
    weights = sparse.csr_array(np.array([[0, 1, 1.0]]))
    values = np.array([[0, 0, 0], [2, 2, 2], [NAN, 4, NAN]], dtype=np.float32)
    np.testing.assert_array_equal(weighted_total(weights, values, least=1.0), [[2, 6, NAN]])


def test_a_sum_over_regions_none_of_which_was_observed_is_missing():
    weights = sparse.csr_array(np.array([[0, 1.0]]))
    values = np.array([[1, 1], [NAN, NAN]], dtype=np.float32)
    np.testing.assert_array_equal(weighted_total(weights, values, least=0.5), [[NAN, NAN]])


def test_row_blocks_cover_every_row_once():
    assert list(row_blocks(5, 2)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(row_blocks(0, 2)) == []
