"""Phases of a count relative to the twelve months before it, and the probability of escalation.

Owns the definition of onset, escalation, de-escalation, quiet and continuation; levels of risk
belong to ``bands``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "PHASES",
    "UNKNOWN",
    "YEAR",
    "events_in_last",
    "mean12",
    "most_frequent_phase",
    "p_escalation",
    "phase_names",
    "phase_of",
]

# The position is the code; a count has the first phase whose condition it meets.
PHASES = ("onset", "escalation", "de-escalation", "quiet", "continuation")
UNKNOWN = -1
YEAR = 12

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
_ONSET, _ESCALATION, _DE_ESCALATION, _QUIET, _CONTINUATION = range(len(PHASES))


def mean12(history: npt.NDArray[np.floating]) -> Floats:
    """Return the mean of the last twelve months.

    Args:
        history: (regions, months), counts a month, ending at the origin; NaN where unobserved.

    Returns:
        (regions,), counts a month; NaN where one of the twelve is unobserved or absent.

    Example:
        >>> mean12(np.array([[9.0] + [1.0] * 6 + [0.0] * 6]))
        array([0.5])
    """
    return events_in_last(history, YEAR) / YEAR


def events_in_last(history: npt.NDArray[np.floating], months: int) -> Floats:
    """Return the sum over the last ``months`` months.

    Args:
        history: (regions, months), counts a month, ending at the origin; NaN where unobserved.
        months: Length of the window.

    Returns:
        (regions,), counts; NaN where the window holds an unobserved month or begins too early.
    """
    if history.shape[1] < months:
        return np.full(len(history), np.nan)
    return np.asarray(history[:, history.shape[1] - months :].sum(axis=1, dtype=np.float64))


def phase_of(counts: npt.NDArray[np.integer], past12: npt.NDArray[np.floating]) -> Codes:
    """Return the phase of each count, the first of ``PHASES`` whose condition it meets.

    Onset: y >= 1 after twelve months of 0. Escalation: y >= 3 and y >= 2 m, with m the mean of
    the twelve months. De-escalation: m >= 1 and y <= m / 2. Quiet: y = 0. Else continuation.

    Args:
        counts: (regions,) or (regions, draws), counts of the target month.
        past12: (regions, 12), the same measure in the twelve months that end at the origin.

    Returns:
        Codes of the shape of ``counts``; ``UNKNOWN`` where a past month is unobserved.

    Raises:
        ValueError: The shapes do not match.

    Example:
        >>> phase_names(phase_of(np.array([1, 0]), np.zeros((2, 12)))).tolist()
        ['onset', 'quiet']
    """
    if past12.ndim != 2 or past12.shape[1] != YEAR or counts.shape[0] != len(past12):
        raise ValueError(
            f"expected counts (regions, ...) and a past of (regions, {YEAR}),"
            f" got {counts.shape} and {past12.shape}"
        )
    mean = mean12(past12).reshape(-1, *[1] * (counts.ndim - 1))
    halved = np.where(mean >= 1.0, mean / 2.0, -1.0)
    codes = np.where(counts == 0, np.int8(_QUIET), np.int8(_CONTINUATION))
    codes[counts <= halved] = _DE_ESCALATION
    codes[counts >= np.maximum(3.0, 2.0 * mean)] = _ESCALATION
    codes[(counts >= 1) & (mean == 0.0)] = _ONSET
    codes[np.isnan(mean).ravel()] = UNKNOWN
    return codes


def most_frequent_phase(codes: Codes) -> Codes:
    """Return each region's most frequent phase over draws; the earlier of ``PHASES`` on a tie.

    Args:
        codes: (regions, draws) from ``phase_of``.

    Returns:
        (regions,) codes; ``UNKNOWN`` where a past month is unobserved.
    """
    votes = np.stack([(codes == code).sum(axis=1) for code in range(len(PHASES))])
    return np.where(votes.any(axis=0), votes.argmax(axis=0), UNKNOWN).astype(np.int8)


def p_escalation(codes: Codes) -> Floats:
    """Return the share of draws in onset or escalation.

    Args:
        codes: (regions, draws) from ``phase_of``.

    Returns:
        (regions,), in [0, 1]; NaN where the phases are unknown.
    """
    share = ((codes == _ONSET) | (codes == _ESCALATION)).mean(axis=1)
    return np.where((codes == UNKNOWN).any(axis=1), np.nan, share)


def phase_names(codes: Codes) -> npt.NDArray[np.object_]:
    """Return the names of phases, None where unknown.

    Args:
        codes: Codes of any shape.
    """
    return np.array([*PHASES, None], dtype=object)[codes]
