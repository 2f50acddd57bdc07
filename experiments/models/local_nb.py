"""``local_nb``: a gamma-Poisson count at the region's discounted mean, with no features at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from experiments.distribution import Distribution
from experiments.models.counts import largest_count, nb_draws
from experiments.models.local_rate import LocalRate, discounted_means, fit_local_rate
from experiments.models.model import Model, draw_uniforms
from experiments.training_view import TrainingView

__all__ = ["LocalNb", "LocalNbSettings"]


@dataclass(frozen=True)
class LocalNbSettings:
    """Settings of ``local_nb``.

    Attributes:
        window: Months of origins to learn from.
    """

    window: int = 240


class LocalNb(Model):
    """Negative binomial around the region's own discounted level."""

    name = "local_nb"
    settings_class = LocalNbSettings

    def fit(self, known: TrainingView) -> Self:
        """Learn half-life weights and dispersion from all regions together."""
        rows = known.rows(window=self.settings.window)
        means = discounted_means(known.history)
        self.rate_ = fit_local_rate(means[rows.month, rows.region], rows.y)
        return self

    def predict(self, known: TrainingView) -> Distribution:
        """Return the forecast of every region from the months up to the origin."""
        local: LocalRate = self._learnt("rate_")
        rate = local.rate(discounted_means(known.history)[-1])
        uniforms = draw_uniforms(known, self.name)
        cap = largest_count(known.history)
        return Distribution(nb_draws(uniforms, rate, local.size(rate), cap=cap))

    def _state(self) -> dict[str, Any]:
        return asdict(self._learnt("rate_"))

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.rate_ = LocalRate.from_dict(state)
