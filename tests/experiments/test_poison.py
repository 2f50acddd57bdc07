"""Case 55: garbage after an origin changes no byte of features, models and forecasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.training import train_model
from experiments.training_view import view_at
from features.panel import Panel
from tests.experiments.backtest.test_backtest import small_spec
from tests.experiments.small_panel import make_panel, poisoned

PANEL = make_panel()
ORIGINS = PANEL.months[-37:-1:12]


def made(panel: Panel, spec: BacktestSpec, origin: str, folder: Path) -> dict[str, bytes]:
    """Return all that is known of a model at an origin: its features, its files, its draws."""
    table = build_table(panel, spec, known_through=origin)
    (name,) = spec.models
    trained = train_model(panel, table, spec, name, origin=origin, jobs=1)
    trained.save(folder)
    view = view_at(panel, table, trained.task(1), origin=origin)
    forecast, parts = trained.horizons[1].predict(view)
    stop = table.months.index(origin) + 1
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    draws = {f"draws of {part}": some.draws.tobytes() for part, some in parts.items()}
    columns = zip(table.names, table.values, strict=True)
    features = {f"feature {name}": column[:, :stop].tobytes() for name, column in columns}
    return {**features, **files, **draws, "draws": forecast.draws.tobytes()}


def assert_same(spec: BacktestSpec, origin: str, folder: Path) -> dict[str, bytes]:
    clean = made(PANEL, spec, origin, folder / "clean")
    spoiled = made(poisoned(PANEL, origin), spec, origin, folder / "spoiled")
    assert clean.keys() == spoiled.keys()
    assert [name for name in clean if clean[name] != spoiled[name]] == [], origin
    return clean


def test_garbage_after_any_origin_changes_no_feature_model_or_forecast(tmp_path):
    assert len(ORIGINS) == 3
    seen = []
    for origin in ORIGINS:
        found = assert_same(small_spec(models=("nb",)), origin, tmp_path / origin)
        assert sum(name.startswith("feature ") for name in found) > 100
        seen.append(found["draws"])
    assert len(set(seen)) == len(ORIGINS)


@pytest.mark.parametrize("origin", ORIGINS)
def test_garbage_after_an_origin_changes_no_byte_of_a_pool_and_its_trees(tmp_path, origin):
    found = assert_same(small_spec(models=("blend",)), origin, tmp_path)
    assert {"draws of lgbm_hurdle", "draws of lgbm_forest", "trained.json"} <= found.keys()
    assert any(name.startswith("h1/lgbm_forest/") for name in found)


def test_the_comparison_would_see_a_month_too_much(tmp_path):
    spec = small_spec(models=("nb",))
    early, late = (made(PANEL, spec, month, tmp_path / month) for month in ORIGINS[:2])
    assert early["draws"] != late["draws"]
    assert np.frombuffer(early["draws"], np.int32).shape == (len(PANEL.regions) * spec.draws,)
