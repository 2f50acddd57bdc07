"""Draws belong to their region: nothing else moves them."""

from __future__ import annotations

import numpy as np

from experiments.seeds import region_uniforms, stream

IDS = ("a", "b", "c")


def test_permuting_regions_permutes_rows():
    plain = region_uniforms(1, "nb", "events", region_ids=IDS, size=50)
    turned = region_uniforms(1, "nb", "events", region_ids=IDS[::-1], size=50)
    np.testing.assert_array_equal(plain[::-1], turned)


def test_every_part_of_the_name_matters():
    drawn = {
        parts: stream(*parts).random()
        for parts in [(1, "nb", 1), (2, "nb", 1), (1, "nb", 2), (1, "zero", 1), (1, "n", "b1")]
    }
    assert len(set(drawn.values())) == len(drawn)


def test_one_uniform_falls_in_each_cell():
    rows = region_uniforms(7, "x", region_ids=IDS, size=100)
    cells = np.sort(np.floor(rows * 100).astype(int), axis=1)
    np.testing.assert_array_equal(cells, np.tile(np.arange(100), (3, 1)))
    assert (np.diff(rows, axis=1) < 0).any()
