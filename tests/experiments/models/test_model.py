"""Contributions of several members as one: each by its own spread, weighted."""

from __future__ import annotations

import numpy as np

from experiments.models.model import FeatureContributions, pooled_contributions


def _part(names: tuple[str, ...], values: list[list[float]]) -> FeatureContributions:
    return FeatureContributions(names, tuple("f" for _ in names), np.array(values))


def test_one_member_keeps_its_own_margin():
    part = _part(("a",), [[1.0], [3.0]])
    assert pooled_contributions([(0.4, part)]) is part
    assert pooled_contributions([]) is None


def test_members_of_unlike_margins_weigh_what_the_pool_says():
    small = _part(("a", "b"), [[0.01, 0.0], [-0.01, 0.0]])  # spread 0.01
    large = _part(("b", "c"), [[0.0, 100.0], [0.0, -100.0]])  # spread 100
    joined = pooled_contributions([(0.75, small), (0.25, large)])
    assert joined is not None
    assert joined.names == ("a", "b", "c")
    np.testing.assert_allclose(joined.values, [[0.75, 0.0, 0.25], [-0.75, 0.0, -0.25]])


def test_a_member_that_says_the_same_of_all_regions_is_not_blown_up():
    same = _part(("a",), [[0.5], [0.5]])
    joined = pooled_contributions([(0.5, same), (0.5, _part(("a",), [[1.0], [-1.0]]))])
    assert joined is not None
    np.testing.assert_allclose(joined.values, [[0.75], [-0.25]])
