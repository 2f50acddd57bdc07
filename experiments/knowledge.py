"""All that is known at one origin. Models see this and nothing else.

The slices are made here, once: a model cannot read a month after the origin because it is not
in the arrays that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Knowledge"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Knowledge:
    """The past of a panel as it stands at ``origin``, for one target and horizon.

    Attributes:
        origin: Last complete month known.
        target: Measure to be forecast.
        horizon: Months ahead, 1 = next month.
        months: Text months up to the origin.
        regions: Region table, sorted by ``region_id``.
        history: (regions, months) float32, the target; NaN where unobserved.
        feature_names: Names of the features.
        features: (features, regions, months) float32; NaN where a window is unobserved.
        seed: Root of all random numbers.
        draws: Draws a region.
    """

    origin: str
    target: str
    horizon: int
    months: tuple[str, ...]
    regions: pd.DataFrame
    history: Floats
    feature_names: tuple[str, ...]
    features: Floats
    seed: int
    draws: int
