"""How far each feature moved a model's forecast of a region, in the model's own margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FeatureContributions", "pooled_contributions"]


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

    def standardised(self) -> FeatureContributions:
        """Return them in units of how far the whole margin lies apart between regions."""
        spread = float(self.values.sum(axis=1).std()) if len(self.values) else 0.0
        values = self.values / spread if spread > 0 else self.values
        return FeatureContributions(self.names, self.families, values)


def pooled_contributions(
    parts: Sequence[tuple[float, FeatureContributions]],
) -> FeatureContributions | None:
    """Return the weighted sum of several members' contributions; None without any.

    The members' margins are unlike: log odds of an attack for one, log counts for another. So
    each is measured by its own spread between regions first, and a weight means the same for all.
    One member alone keeps its own margin.

    Args:
        parts: Weight in the pool and contributions; all of the same regions.
    """
    if len(parts) < 2:
        return parts[0][1] if parts else None
    families = {
        name: family
        for _, part in parts
        for name, family in zip(part.names, part.families, strict=True)
    }
    place = {name: column for column, name in enumerate(families)}
    values = np.zeros((len(parts[0][1].values), len(families)))
    for weight, part in parts:
        columns = [place[name] for name in part.names]
        values[:, columns] += weight * part.standardised().values
    return FeatureContributions(tuple(families), tuple(families.values()), values)
