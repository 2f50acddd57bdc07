"""Time ten feature columns of a world of grid cells against mlforecast, in the same run.

The columns: lags 1, 2, 3, 6, 12; moving means of 3, 6, 12 months, a moving maximum of 12 and an
exponential mean with alpha 0.3, all of the months before; 13,110 regions x 420 months, float32.
Every timing is taken inside a child process of its own after a small warm-up, the contestants
take turns, and the median counts:

- ours: from the panel's arrays to the feature table, one thread;
- mlforecast: `preprocess` of its long frame with text ids and month starts, two threads;
- mlforecast bare: the same spared all it can be: categories, whole numbers for months, no
  validation of the frame, two threads;
- floor: writing an array of the result's size once.

mlforecast lives in an environment of its own in a cache folder, made here when it is not there
(the only step that needs the network); the project does not depend on it.

    python benchmarks/features_speed.py
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

REGIONS, MONTHS, SEED, ROUNDS = 13_110, 420, 1, 5
ALPHA = 0.3
CONTESTANTS = ("ours", "mlforecast", "mlforecast bare", "floor")
ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "escalation-bench"
Make = Callable[[np.ndarray], Callable[[], Any]]


def zero_inflated_counts() -> np.ndarray:
    """Return monthly counts of which some 4 % are not 0, (regions, months) float32."""
    rng = np.random.default_rng(SEED)
    busy = rng.random((REGIONS, MONTHS), dtype=np.float32) < 0.05
    return (busy * rng.poisson(1.5, (REGIONS, MONTHS))).astype(np.float32)


def ours(counts: np.ndarray) -> Callable[[], np.ndarray]:
    """Return what builds the feature table of a panel with these counts."""
    import pandas as pd

    from data.months import add_months, month_range
    from data.schema import REGION_COLUMNS
    from features.moving import ExponentialMean, Lag, MovingMax, MovingMean
    from features.panel import Panel
    from features.signals import Measure
    from features.table import build_features

    ids = [f"cell{row:05d}" for row in range(len(counts))]
    panel = Panel(
        scale="priogrid",
        regions=pd.DataFrame({"region_id": ids}, columns=list(REGION_COLUMNS)),
        months=tuple(month_range("1990-01", add_months("1990-01", counts.shape[1] - 1))),
        measures={"events": counts},
        status=np.zeros(counts.shape, dtype=np.int8),
    )
    events = Measure("events")
    halflife = math.log(0.5) / math.log(1 - ALPHA)
    features = (
        *(Lag(events, lag) for lag in (1, 2, 3, 6, 12)),
        *(MovingMean(events, months, lag=1) for months in (3, 6, 12)),
        MovingMax(events, 12, lag=1),
        ExponentialMean(events, halflife, lag=1),
    )
    return lambda: build_features(panel, features).values


def mlforecast(counts: np.ndarray, *, bare: bool) -> Callable[[], Any]:
    """Return what runs mlforecast's preprocessing of a long frame with these counts."""
    import pandas as pd
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import ExponentiallyWeightedMean, RollingMax, RollingMean

    regions, months = counts.shape
    ids = pd.Categorical.from_codes(
        np.repeat(np.arange(regions), months), [f"cell{row:05d}" for row in range(regions)]
    )
    starts = pd.date_range("1990-01-01", periods=months, freq="MS")
    frame = pd.DataFrame(
        {
            "unique_id": ids if bare else ids.astype(object),
            "ds": np.tile(np.arange(months) if bare else starts.to_numpy(), regions),
            "y": counts.ravel(),
        }
    )
    rolling = [RollingMean(window) for window in (3, 6, 12)]
    table = MLForecast(
        models=[],
        freq=1 if bare else "MS",
        lags=[1, 2, 3, 6, 12],
        lag_transforms={1: [*rolling, RollingMax(12), ExponentiallyWeightedMean(ALPHA)]},
        num_threads=2,
    )
    return lambda: table.preprocess(frame, static_features=[], dropna=False, validate_data=not bare)


def floor(counts: np.ndarray) -> Callable[[], np.ndarray]:
    """Return what writes an array of the result's size once."""

    def write() -> np.ndarray:
        out = np.empty((10, *counts.shape), dtype=np.float32)
        out[...] = counts
        return out

    return write


def memory_mb(field: str) -> float:
    """Return a memory figure of this process (VmRSS now, VmHWM at most)."""
    text = Path("/proc/self/status").read_text()
    return float(text.split(f"{field}:")[1].split()[0]) / 1024


def contest(name: str, folder: Path) -> None:
    """Time one contestant in this process and print what it took; keep its first result."""
    make: Make = {
        "ours": ours,
        "mlforecast": lambda counts: mlforecast(counts, bare=False),
        "mlforecast bare": lambda counts: mlforecast(counts, bare=True),
        "floor": floor,
    }[name]
    counts = np.load(folder / "counts.npy")
    make(counts[:20].copy())()
    run = make(counts)
    before = memory_mb("VmRSS")
    start = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "growth_mb": memory_mb("VmHWM") - before}))
    kept = folder / f"{name}.npy"
    if not kept.exists():
        columns = result if isinstance(result, np.ndarray) else result.iloc[:, 3:].to_numpy().T
        np.save(kept, columns.reshape(10, *counts.shape))


def rival_python() -> Path:
    """Return the interpreter of the environment with mlforecast, made when it is not there."""
    python = CACHE / "venv" / "bin" / "python"
    if not (CACHE / "ready").exists():
        print(f"making an environment with mlforecast in {CACHE} ...", file=sys.stderr)
        venv.create(CACHE / "venv", with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "mlforecast>=1.0"]
        if subprocess.run(install, check=False).returncode:
            sys.exit("mlforecast could not be installed: this benchmark needs a package index")
        (CACHE / "ready").touch()
    return python


def turn(name: str, folder: Path, rival: Path) -> dict[str, float]:
    """Run one contestant in a process of its own."""
    python = rival if name.startswith("mlforecast") else Path(sys.executable)
    done = subprocess.run(
        [python, __file__, "--contestant", name, folder],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def agree(folder: Path) -> float:
    """Return the largest difference between the results, both missing the same values.

    Raises:
        SystemExit: The results are not the same.
    """
    one, other = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in CONTESTANTS[:2])
    largest = 0.0
    for mine, theirs in zip(one, other, strict=True):
        if not np.allclose(mine, theirs, rtol=1e-5, atol=1e-6, equal_nan=True):
            sys.exit("the two sides do not give the same table")
        largest = max(largest, float(np.nanmax(np.abs(mine - theirs))))
    return largest


def main() -> None:
    """Let the contestants take turns and print table and figures."""
    rival = rival_python()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "counts.npy", zero_inflated_counts())
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
        for _ in range(ROUNDS):
            for contestant, found in turns.items():
                found.append(turn(contestant, folder, rival))
        difference = agree(folder)
    seconds = {n: statistics.median(t["seconds"] for t in found) for n, found in turns.items()}
    growth = {n: max(t["growth_mb"] for t in found) for n, found in turns.items()}
    print(f"{'':16}  seconds   growth MB")
    for contestant in CONTESTANTS:
        print(f"{contestant:16} {seconds[contestant]:8.3f} {growth[contestant]:11.0f}")
    figures = {
        "ratio_mlforecast": seconds["mlforecast"] / seconds["ours"],
        "ratio_mlforecast_bare": seconds["mlforecast bare"] / seconds["ours"],
        "ratio_floor": seconds["ours"] / seconds["floor"],
        "seconds": seconds["ours"],
        "seconds_mlforecast": seconds["mlforecast"],
        "seconds_floor": seconds["floor"],
        "peak_mb": growth["ours"],
        "result_mb": 10 * REGIONS * MONTHS * 4 / 2**20,
        "largest_difference": difference,
    }
    print(json.dumps({name: float(f"{value:.4g}") for name, value in figures.items()}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contestant"]:
        contest(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
