"""Levels and likelihood words at the very edges of their bands."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import ConfigError
from experiments.bands import (
    LEVELS,
    LIKELIHOODS,
    band_text,
    level_bands,
    level_of,
    likelihood_bands,
    likelihood_of,
)


@pytest.mark.parametrize(
    ("p", "level"),
    [
        (1.0, "very high"),
        (0.80, "very high"),
        (0.799, "high"),
        (0.55, "high"),
        (0.549, "elevated"),
        (0.20, "elevated"),
        (0.199, "guarded"),
        (0.05, "guarded"),
        (0.049, "low"),
        (0.0, "low"),
    ],
)
def test_a_level_begins_at_its_lower_edge(p: float, level: str) -> None:
    assert level_of([p]).tolist() == [level]


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.95, "almost certain"),
        (0.949, "very likely"),
        (0.80, "very likely"),
        (0.799, "likely"),
        (0.55, "likely"),
        (0.549, "roughly even chance"),
        (0.45, "roughly even chance"),
        (0.449, "unlikely"),
        (0.20, "unlikely"),
        (0.199, "very unlikely"),
        (0.05, "very unlikely"),
        (0.049, "almost no chance"),
        (0.0, "almost no chance"),
    ],
)
def test_a_likelihood_word_begins_at_its_lower_edge(p: float, word: str) -> None:
    assert likelihood_of([p]).tolist() == [word]


def test_a_share_of_a_thousand_draws_on_an_edge_belongs_to_the_band_above() -> None:
    draws = np.zeros((1, 1000))
    draws[0, :550] = 1
    assert level_of((draws >= 1).mean(axis=1)).tolist() == ["high"]
    assert level_of([1 - 0.2 - 0.25]).tolist() == ["high"]  # 0.55 less a rounding error


def test_a_missing_probability_has_no_level() -> None:
    assert level_of([np.nan, 0.9]).tolist() == [None, "very high"]
    assert likelihood_of([np.nan]).tolist() == [None]


def test_settings_may_change_the_cuts() -> None:
    cuts = (0.9, 0.6, 0.3, 0.1)
    assert level_of([0.85, 0.09], cuts).tolist() == ["high", "low"]
    assert level_bands(cuts)["very high"] == "≥ 90 %"


def test_bands_are_printed_in_numbers() -> None:
    assert tuple(level_bands()) == LEVELS
    assert tuple(likelihood_bands()) == LIKELIHOODS
    assert likelihood_bands()["roughly even chance"] == "45–55 %"
    assert band_text() == (
        "very high ≥ 80 %; high 55–80 %; elevated 20–55 %; guarded 5–20 %; low < 5 %"
    )


@pytest.mark.parametrize("cuts", [(0.8, 0.55, 0.2), (0.8, 0.8, 0.2, 0.05), (1.0, 0.5, 0.2, 0.1)])
def test_cuts_that_do_not_fall_are_refused(cuts: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="expected 4 probabilities"):
        level_of([0.5], cuts)
