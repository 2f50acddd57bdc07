"""Small backtests made from seeded random numbers, for tests of what reads backtests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.files import write_json
from data.months import add_months, month_range
from data.schema import FORECAST_COLUMNS
from experiments.score_functions import crps, ign, mis, pit
from experiments.scores.leaderboard import scores_table
from features.panel import Panel

__all__ = ["make_forecasts", "make_manifest", "make_panel", "write_synthetic_backtest"]

DRAWS = 100
# How much of the true rate a model knows: 1 all of it, 0 only the mean over regions.
KNOWING = {"zero": None, "last": 0.2, "conflictology": 0.5, "wise": 1.0, "blind": 0.0}


def make_forecasts(
    models: Mapping[str, float | None] = KNOWING,
    *,
    regions: int = 20,
    origins: Sequence[str] = tuple(add_months("2019-12", i) for i in range(12)),
    horizons: Sequence[int] = (1,),
    seed: int = 1,
) -> pd.DataFrame:
    """Forecasts of counts whose rates are known; a model knows a share of the rates."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.normal(-0.5, 1.5, regions))
    frames = []
    for horizon in horizons:
        for origin in origins:
            observed = rng.poisson(rate).astype(np.float64)
            for model, share in models.items():
                known = 0.0 if share is None else share
                mixed = rate**known * rate.mean() ** (1 - known)
                draws = rng.poisson(mixed[:, None], (regions, DRAWS)).astype(np.int32)
                if share is None:
                    draws[:] = 0
                frames.append(_rows(model, origin, horizon, observed, draws, rng))
    return pd.concat(frames, ignore_index=True)[list(FORECAST_COLUMNS)]


def _rows(
    model: str,
    origin: str,
    horizon: int,
    observed: np.ndarray[Any, np.dtype[np.float64]],
    draws: np.ndarray[Any, np.dtype[np.int32]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    quantiles = {
        f"q{q:02d}": np.quantile(draws, q / 100, axis=1) for q in (5, 10, 25, 50, 75, 90, 95)
    }
    return pd.DataFrame(
        {
            "region_id": [f"R{i:02d}" for i in range(len(observed))],
            "origin": origin,
            "target_month": add_months(origin, horizon),
            "horizon": horizon,
            "target": "events",
            "model": model,
            "model_used": model,
            "observed": observed,
            "mean": draws.mean(axis=1),
            "p_attack": (draws >= 1).mean(axis=1),
            "p_escalation": (draws >= 3).mean(axis=1),
            **quantiles,
            "crps": crps(observed, draws),
            "crps_log": crps(np.log1p(observed), np.log1p(draws)),
            "ign": ign(observed, draws),
            "mis": mis(observed, draws),
            "pit": pit(observed, draws, uniforms=rng.random(len(observed))),
            "mean12": 0.5,
            "phase_observed": _phases(observed),
            "country": ["A" if i % 2 else "B" for i in range(len(observed))],
            "quiet60": pd.array(_quiet(len(observed)), dtype="boolean"),
        }
    )


def _phases(observed: np.ndarray[Any, np.dtype[np.float64]]) -> list[str | None]:
    """Made-up phases: by count, and unknown in the first region."""
    names = ["quiet" if y == 0 else "onset" if y == 1 else "escalation" for y in observed]
    return [None, *names[1:]]


def _quiet(regions: int) -> list[bool | None]:
    return [(None, True, False)[i % 3] for i in range(regions)]


def make_manifest(forecasts: pd.DataFrame, **changes: Any) -> dict[str, Any]:
    """The manifest that goes with the forecasts."""
    return {
        "id": "20201201-admin1-events",
        "scale": "admin1",
        "target": "events",
        "horizons": sorted(int(h) for h in forecasts["horizon"].unique()),
        "origins": sorted(forecasts["origin"].unique()),
        "models": list(dict.fromkeys(forecasts["model"])),
        "draws": DRAWS,
        "seed": 1,
        "refit_months": 12,
        "spec": {},
        "data_digest": "ab" * 32,
        "code_version": "0.1.0",
        "absent_families": {},
        "rows_without_target": 0,
        "started_at": "2021-01-01T00:00:00+00:00",
        "finished_at": "2021-01-01T00:01:00+00:00",
        "seconds": 60.0,
        **changes,
    }


def write_synthetic_backtest(
    folder: Path, forecasts: pd.DataFrame | None = None, **changes: Any
) -> Path:
    """A backtest's folder as the backtest writes it; returns it."""
    rows = make_forecasts() if forecasts is None else forecasts
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(folder / "forecasts.parquet", index=False)
    scores_table(rows).to_csv(folder / "scores.csv", index=False)
    (folder / "leaderboard.md").write_text("# Leaderboard\n")
    write_json(folder / "manifest.json", make_manifest(rows, **({"id": folder.name} | changes)))
    return folder


def make_panel(*, regions: int = 40, first: str = "2013-01", last: str = "2020-12") -> Panel:
    """A panel of unlike but steady regions, each a neighbour of two; deaths follow events."""
    rng = np.random.default_rng(3)
    months = tuple(month_range(first, last))
    ids = [f"R{i:02d}" for i in range(regions)]
    rate = np.exp(rng.normal(-1.0, 1.3, (regions, 1)))
    events = rng.poisson(rate, (regions, len(months))).astype(np.float32)
    table = pd.DataFrame(
        {
            "region_id": ids,
            "region": ids,
            "country": ["A", "B"] * (regions // 2),
            "latitude": rng.uniform(0, 10, regions),
            "longitude": rng.uniform(0, 10, regions),
            "area_km2": 1000.0,
            "neighbours": [f"{ids[i - 1]};{ids[(i + 1) % regions]}" for i in range(regions)],
        }
    )
    measures = {"events": events, "deaths": events * 3}
    return Panel("admin1", table, months, measures, np.zeros(events.shape, np.int8))
