"""How far each feature moved a model's forecast of a region, in the model's own margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FeatureContributions"]


@dataclass(frozen=True)
class FeatureContributions:
    """Additive contributions of features to one forecast.

    Attributes:
        names: Names of the features.
        families: Family of each feature, as the feature table gives it.
        values: (regions, features), in the model's margin, such as log odds; above 0 raises
            the forecast over the model's mean.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    values: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.families) == self.values.shape[1]:
            raise ValueError(
                f"expected a name, a family and a column a feature, got {len(self.names)},"
                f" {len(self.families)} and {self.values.shape[1]}"
            )
