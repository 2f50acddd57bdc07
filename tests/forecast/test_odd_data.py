"""Odd data through the command line: finite forecasts, no region dropped, every model named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.models.catalogue import STANDARD
from features.panel import FEWEST_MONTHS
from tests.experiments.figures import call, make_workspace, small_figures, without_tracking

RNG = np.random.default_rng(5)
MONTHS = 84
SPEC = """
origins = "{origins}"
draws = 50
models = [{models}]
[pool]
inner = 12
[model.hist_gbm]
iterations = 8
[model.logit]
max_iter = 5
"""


def poisson(rate: float, months: int = MONTHS) -> np.ndarray:
    return RNG.poisson(rate, months).astype(float)


def late(months: int) -> np.ndarray:
    counts = poisson(1.5)
    counts[:months] = np.nan
    return counts


def outlier() -> np.ndarray:
    counts = poisson(0.8)
    counts[-20] = 33_334  # three deaths an event: 100,002
    return counts


ODD = {
    "active": poisson(6.0),
    "always": np.full(MONTHS, 2.0),
    "far-zero-1": np.zeros(MONTHS),
    "far-zero-2": np.zeros(MONTHS),
    "late": late(60),
    "later": late(MONTHS - 8),
    "outlier": outlier(),
    "rare": poisson(0.05),
    "zero": np.zeros(MONTHS),
}
WORLDS = {
    "odd regions": ODD,
    "short": {f"r{i}": poisson(0.5 + i, FEWEST_MONTHS + 4) for i in range(6)},
    "single": {"only": poisson(1.0)},
    "all zero": {f"r{i}": np.zeros(60) for i in range(5)},
}
# A region that was covered for less than a year has no twelve-month mean to escalate from.
UNKNOWN_WHEN_LATE = ["mean12", "p_escalation"]
COUNTRIES = {"far-zero-1": "Nowhere", "far-zero-2": "Nowhere"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "target", "model"),
    [
        ("odd regions", "deaths", "blend"),
        ("short", "events", "local_nb"),
        ("single", "deaths", "nb"),
        ("all zero", "events", "local_nb"),
    ],
)
def test_odd_data_give_finite_forecasts_of_every_region(
    world, target, model, tmp_path, monkeypatch, capsys
):
    without_tracking(monkeypatch)
    figures = small_figures(WORLDS[world], countries=COUNTRIES)
    folder = make_workspace(capsys, tmp_path / "ws", figures)
    months = sorted(figures["month"].unique())
    rows = backtest(capsys, folder, target, origins=f"{months[-4]}:{months[-2]}")
    for name, mine in rows.groupby("model"):
        assert set(mine["region_id"]) == set(WORLDS[world]), name
        assert len(mine) == 3 * len(WORLDS[world]), name
    numbers = rows.select_dtypes("number").drop(columns=UNKNOWN_WHEN_LATE)
    assert np.isfinite(numbers.to_numpy()).all()
    assert (rows["model_used"].str.len() > 0).all()
    blends = rows.loc[rows["model"] == "blend", "model_used"]
    assert blends.str.fullmatch(r"blend \(\w+ \d\.\d\d.*\)").all()
    call(capsys, folder, "forecast", "--target", "events,deaths", "--model", model)
    (issue,) = (folder / "forecasts").glob("*/")
    table = pd.read_parquet(issue / "risk.parquet")
    assert set(table["region_id"]) == set(WORLDS[world])
    assert np.isfinite(table[["p_attack", "expected_events", "expected_deaths"]]).all(axis=None)
    assert table["model_events"].str.startswith(f"{model} (" if model == "blend" else model).all()


def backtest(capsys, folder: Path, target: str, *, origins: str) -> pd.DataFrame:
    spec = folder / "spec.toml"
    names = ", ".join(f'"{name}"' for name in STANDARD)
    spec.write_text(SPEC.format(origins=origins, models=names))
    call(capsys, folder, "backtest", spec, "--target", target)
    (made,) = (folder / "backtests").iterdir()
    return pd.read_parquet(made / "forecasts.parquet")
