"""What members forecast at past origins, beside what happened: the ground for weights and repair.

A record only ever holds rows whose target month is known at the origin it is used at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.distribution import Distribution

__all__ = ["KEPT_DRAWS", "TrackRecord", "condensed"]

# Evenly spaced order statistics kept of every past forecast.
KEPT_DRAWS = 200


@dataclass(frozen=True)
class TrackRecord:
    """Condensed past forecasts of several members.

    Attributes:
        origins: (rows,), position of the origin month in the panel.
        observed: (rows,), counts in the target month.
        draws: Member name to (rows, ``KEPT_DRAWS``) int32, ascending in each row.
        p_attack: Member name to (rows,), P(y >= 1) of the whole forecast.
    """

    origins: npt.NDArray[np.intp]
    observed: npt.NDArray[np.float64]
    draws: Mapping[str, npt.NDArray[np.int32]]
    p_attack: Mapping[str, npt.NDArray[np.float64]]

    def known_at(self, origin: int, *, horizon: int, window: int) -> TrackRecord:
        """Return the rows whose target month is not after ``origin``, of the last months only.

        Args:
            origin: Position of the origin month.
            horizon: Months between a row's origin and its target month.
            window: How many months of origins are kept.
        """
        latest = origin - horizon
        keep = (self.origins <= latest) & (self.origins > latest - window)
        return TrackRecord(
            origins=self.origins[keep],
            observed=self.observed[keep],
            draws={name: values[keep] for name, values in self.draws.items()},
            p_attack={name: values[keep] for name, values in self.p_attack.items()},
        )

    def joined(self, later: TrackRecord) -> TrackRecord:
        """Return this record with the rows of a later one behind it."""
        return TrackRecord(
            origins=np.concatenate([self.origins, later.origins]),
            observed=np.concatenate([self.observed, later.observed]),
            draws={n: np.concatenate([v, later.draws[n]]) for n, v in self.draws.items()},
            p_attack={n: np.concatenate([v, later.p_attack[n]]) for n, v in self.p_attack.items()},
        )


def condensed(
    origin: int, observed: npt.NDArray[np.floating], forecasts: Mapping[str, Distribution]
) -> TrackRecord:
    """Return the record of one origin; regions without an observed target are left out.

    Args:
        origin: Position of the origin month.
        observed: (regions,), counts in the target month; NaN where unobserved.
        forecasts: Member name to its forecast of all regions.
    """
    seen = np.isfinite(observed)
    return TrackRecord(
        origins=np.full(int(seen.sum()), origin, dtype=np.intp),
        observed=observed[seen].astype(np.float64),
        draws={
            name: np.sort(forecast.resized(KEPT_DRAWS).draws[seen], axis=1)
            for name, forecast in forecasts.items()
        },
        p_attack={name: forecast.p_at_least(1)[seen] for name, forecast in forecasts.items()},
    )
