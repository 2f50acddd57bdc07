"""Phases worked out by hand, their order, and what an unobserved month does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.phases import (
    PHASES,
    UNKNOWN,
    events_in_last,
    mean12,
    most_frequent_phase,
    p_escalation,
    phase_names,
    phase_of,
)


def _past(total: int) -> np.ndarray:
    """Twelve months whose mean is total / 12."""
    past = np.zeros((1, 12), dtype=np.float32)
    past[0, 3] = total
    return past


@pytest.mark.parametrize(
    ("total", "count", "phase"),
    [
        (0, 1, "onset"),
        (0, 50, "onset"),  # three or more after nothing is an onset first
        (0, 0, "quiet"),
        (1, 3, "escalation"),  # mean 1/12: the floor of three rules
        (1, 2, "continuation"),
        (12, 3, "escalation"),
        (24, 4, "escalation"),  # twice the mean of 2
        (24, 3, "continuation"),
        (24, 1, "de-escalation"),  # half the mean of 2
        (24, 2, "continuation"),
        (12, 0, "de-escalation"),  # before quiet
        (11, 0, "quiet"),  # a mean under 1 cannot de-escalate
        (12, 1, "continuation"),
        (36, 1, "de-escalation"),  # 1 <= 1.5
        (36, 2, "continuation"),
    ],
)
def test_the_first_phase_that_fits(total: int, count: int, phase: str) -> None:
    code = phase_of(np.array([count]), _past(total))
    assert code.dtype == np.int8
    assert phase_names(code).tolist() == [phase]


def _slow(count: int, past: np.ndarray) -> str:
    mean = past.sum() / 12
    if mean == 0 and count >= 1:
        return "onset"
    if count >= max(3, 2 * mean):
        return "escalation"
    if mean >= 1 and count <= mean / 2:
        return "de-escalation"
    return "quiet" if count == 0 else "continuation"


@given(
    st.lists(st.integers(0, 40), min_size=12, max_size=12),
    st.lists(st.integers(0, 60), min_size=1, max_size=8),
)
def test_the_fast_way_equals_the_slow_one(past: list[int], counts: list[int]) -> None:
    history = np.array([past], dtype=np.float32)
    codes = phase_of(np.array([counts], dtype=np.int32), history)
    assert phase_names(codes)[0].tolist() == [_slow(count, history[0]) for count in counts]


def test_share_of_onset_and_escalation_and_the_most_frequent() -> None:
    past = np.concatenate([_past(0), _past(24)])
    draws = np.array([[0, 0, 0, 1], [4, 9, 3, 1]], dtype=np.int32)
    codes = phase_of(draws, past)
    assert p_escalation(codes).tolist() == [0.25, 0.5]
    assert phase_names(most_frequent_phase(codes)).tolist() == ["quiet", "escalation"]


def test_a_tie_takes_the_earlier_phase() -> None:
    codes = phase_of(np.array([[0, 1]], dtype=np.int32), _past(0))
    assert PHASES[most_frequent_phase(codes)[0]] == "onset"


def test_an_unobserved_month_leaves_the_phase_unknown() -> None:
    past = _past(24)
    past[0, 7] = np.nan
    codes = phase_of(np.array([[0, 5, 9]], dtype=np.int32), past)
    assert (codes == UNKNOWN).all()
    assert np.isnan(p_escalation(codes)).all()
    assert phase_names(most_frequent_phase(codes)).tolist() == [None]


def test_windows_are_missing_where_a_month_is_unobserved_or_absent() -> None:
    history = np.array([[np.nan] + [1.0] * 12, [1.0] * 12 + [np.nan]], dtype=np.float32)
    np.testing.assert_array_equal(mean12(history), [1.0, np.nan])
    np.testing.assert_array_equal(events_in_last(history, 3), [3.0, np.nan])
    assert np.isnan(mean12(history[:, :11])).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a past of \(regions, 12\)"):
        phase_of(np.array([1]), np.zeros((1, 11)))
