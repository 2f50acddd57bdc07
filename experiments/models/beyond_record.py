"""What a size is drawn from where a region's level is beyond the record.

A model that scales sizes by the local level says nothing that was ever seen once that level is far
higher than any before it. The level is carried on to the share to which the record holds region-
months about as high, half of it or more, whose outcome is known; the rest of the attacks have the
sizes of the region's own last twelve months. A war that ends and one that goes on both stay
possible, with that weight, and a conflict that grows from one record to the next is not held back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.phases import YEAR
from experiments.seeds import region_uniforms
from experiments.training_view import TrainingView
from features.windows import exponential_mean

__all__ = [
    "ENOUGH_MONTHS",
    "carried_share",
    "months_as_high",
    "sizes_within_record",
]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]

# Region-months about as high as today's level that carry it in full.
ENOUGH_MONTHS = 120
# A level is about as high as one that is up to so many times higher.
NEAR = 2.0
HALF_LIFE = 4.0


def carried_share(levels: Floats, *, horizon: int) -> Floats:
    """Return how far each region's level today is carried on.

    Args:
        levels: (months, regions), counts a month, NaN where unknown; the last row is today's.
        horizon: Months to the target: the outcome of later months is not known yet.

    Returns:
        (regions,), from 0, nothing about as high is known, to 1, ``ENOUGH_MONTHS`` or more are.

    Example:
        >>> carried_share(np.array([[1.0, 0.0]] * 120 + [[1.5, 2.5]]), horizon=1)
        array([1., 0.])
    """
    known = levels[: len(levels) - horizon].ravel()
    known = known[np.isfinite(known)]
    if known.size > ENOUGH_MONTHS:
        known = np.partition(known, -ENOUGH_MONTHS)[-ENOUGH_MONTHS:]
    highest = np.sort(known)
    as_high = highest.size - np.searchsorted(highest, levels[-1] / NEAR, side="left")
    return np.asarray(np.minimum(1.0, as_high / ENOUGH_MONTHS))


def months_as_high(history: npt.NDArray[np.floating], *, horizon: int) -> npt.NDArray[np.int64]:
    """Return in how many region-months the count of late was about as high as it is today.

    Of late is the mean with a half-life of ``HALF_LIFE`` months. Only months whose outcome is known
    count, and no more than ``ENOUGH_MONTHS`` are counted.

    Args:
        history: (regions, months), counts a month; NaN where unobserved.
        horizon: Months to the target.

    Returns:
        (regions,), ``ENOUGH_MONTHS`` where nothing is observed.
    """
    levels = exponential_mean(history.astype(np.float32), HALF_LIFE).T.astype(np.float64)
    share = carried_share(levels, horizon=horizon)
    counted = np.round(share * ENOUGH_MONTHS).astype(np.int64)
    return np.where(np.isfinite(levels[-1]), counted, ENOUGH_MONTHS)


def sizes_within_record(draws: Counts, share: Floats, view: TrainingView, name: str) -> Counts:
    """Return draws in which sizes beyond the record are replaced by the region's own past ones.

    Which draws have an attack does not change.

    Args:
        draws: (regions, draws), counts.
        share: (regions,), from ``carried_share``.
        view: Its history holds the region's own months.
        name: Name of the model, which seeds the choice.
    """
    beyond = np.flatnonzero(share < 1.0)
    if not len(beyond):
        return draws
    task, ids = view.task, view.region_ids
    uniforms = region_uniforms(
        task.seed,
        name,
        task.target,
        view.origin,
        task.horizon,
        "beyond the record",
        region_ids=[ids[region] for region in beyond],
        size=task.draws,
    )
    draws = draws.copy()
    for region, uniform in zip(beyond, uniforms, strict=True):
        months = view.history[region, -YEAR:]
        own = np.maximum(np.sort(months[np.isfinite(months)]), 1.0)
        rest = 1.0 - share[region]
        replaced = (uniform < rest) & (draws[region] > 0)
        if len(own):
            place = (uniform[replaced] / rest * len(own)).astype(np.intp)
            draws[region, replaced] = own[np.minimum(place, len(own) - 1)]
    return draws
