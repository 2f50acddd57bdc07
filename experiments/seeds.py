"""Random numbers of each region, so that permuting regions permutes the draws.

Every region of every forecast has its own generator, seeded by model, target, origin, horizon and
region. Leaving out a model, a region or an origin changes no other forecast.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["region_uniforms", "stream"]


def stream(seed: int, *parts: str | int) -> np.random.Generator:
    """Return the random generator of one named stream.

    Args:
        seed: Root seed of the run.
        parts: Name of the stream, such as model, target, origin, horizon and region id.
    """
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype=np.uint32)
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *map(int, words)])))


def region_uniforms(
    seed: int, *parts: str | int, region_ids: Sequence[str], size: int
) -> npt.NDArray[np.float64]:
    """Return stratified uniforms, a row for each region.

    Each row holds one uniform in each of ``size`` equal cells of (0, 1), in random order, so that
    the quantiles of a distribution at them represent it as evenly as ``size`` draws can.

    Args:
        seed: Root seed of the run.
        parts: Model, target, origin and horizon.
        region_ids: Region ids in row order.
        size: Number of draws of each region.

    Returns:
        (regions, size), in (0, 1).
    """
    values = np.empty((len(region_ids), size))
    for row, region_id in enumerate(region_ids):
        rng = stream(seed, *parts, region_id)
        values[row] = (rng.permutation(size) + rng.random(size)) / size
    return np.clip(values, 1e-12, 1.0 - 1e-12)
