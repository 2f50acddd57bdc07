"""The rolling backtest: the same bytes when the future is garbage, and honest counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError, EvidenceError
from data.files import read_json
from data.schema import FORECAST_COLUMNS
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.specification import BacktestSpec, read_spec
from experiments.backtest.training import load_model, train_model
from experiments.backtest.walk import make_folds
from experiments.models.pool import PoolSettings
from features.panel import Panel
from features.table import build_features
from tests.experiments.small_panel import make_panel, poisoned

FORECAST_ONLY = [
    "region_id",
    "origin",
    "horizon",
    "model",
    "model_used",
    "mean",
    "p_attack",
    "q05",
    "q95",
    "p_escalation",
    "mean12",
]
SMALL = {
    "lgbm_forest": {"trees": {"trees": 10, "num_leaves": 7, "min_data_in_leaf": 5}},
    "lgbm_hurdle": {"whether": {"trees": 10, "num_leaves": 7}, "size": {"trees": 5}},
    "hist_gbm": {"iterations": 8},
    "logit": {"max_iter": 10},
}


def small_spec(**changes) -> BacktestSpec:
    spec = BacktestSpec(
        origins="2014-10:2015-10",
        draws=100,
        refit_months=6,
        pool=PoolSettings(inner=12),
        settings=SMALL,
    )
    return spec.changed(**changes)


def run(panel: Panel, spec: BacktestSpec):
    return run_backtest(panel, spec, progress=lambda *_: None, jobs=1)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return make_panel()


@pytest.fixture(scope="module")
def whole(panel):
    return run(panel, small_spec())


def test_every_model_has_a_row_for_every_region_and_origin(whole, panel):
    frame = whole.forecasts
    assert tuple(frame.columns) == FORECAST_COLUMNS
    counts = frame.groupby("model", observed=True).size()
    assert (counts == len(panel.regions) * 13).all()
    assert len(counts) == 12
    numbers = frame.select_dtypes("number").drop(columns="mean12")
    assert np.isfinite(numbers.to_numpy()).all()
    assert whole.manifest["rows_without_target"] == 0


@pytest.mark.parametrize("origin", ["2014-12", "2015-04", "2015-10"])
def test_garbage_after_an_origin_changes_no_forecast_up_to_it(panel, whole, origin):
    spoiled = run(poisoned(panel, origin), small_spec(origins=f"2014-10:{origin}"))
    assert_same_forecasts(whole.forecasts, spoiled.forecasts, origins_at_least=2)


def test_weights_and_repairs_wait_until_a_far_target_is_known(panel):
    # a fit at 2015-04 may learn from forecasts three months ahead up to origin 2015-01 only
    spec = small_spec(horizons=(3,), models=("local_nb", "logit"))
    clean = run(panel, spec)
    spoiled = run(poisoned(panel, "2015-04"), spec.changed(origins="2014-10:2015-04"))
    assert_same_forecasts(clean.forecasts, spoiled.forecasts, origins_at_least=4)
    assert spoiled.forecasts["origin"].max() == "2015-04"


def assert_same_forecasts(clean: pd.DataFrame, spoiled: pd.DataFrame, *, origins_at_least: int):
    """Rows whose target is garbage now may be missing; those that are left say the same."""
    keys = ["model", "origin", "region_id"]
    left = spoiled[FORECAST_ONLY].sort_values(keys).reset_index(drop=True)
    right = spoiled[keys].merge(clean[FORECAST_ONLY], on=keys).sort_values(keys)
    right = right[FORECAST_ONLY].reset_index(drop=True)
    pd.testing.assert_frame_equal(left.convert_dtypes(), right.convert_dtypes(), check_exact=True)
    assert left["origin"].nunique() >= origins_at_least


def test_the_order_of_models_and_leaving_some_out_change_no_other(panel, whole):
    few = run(panel, small_spec(models=("last", "nb", "local_nb"), origins="2014-10:2014-12"))
    expected = whole.forecasts[whole.forecasts["origin"] <= "2014-12"]
    for name in ("last", "nb", "local_nb"):
        left = few.forecasts[few.forecasts["model"] == name].reset_index(drop=True)
        right = expected[expected["model"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_two_processes_give_the_bytes_of_one(panel, whole):
    spec = small_spec(models=("lgbm_forest", "hist_gbm"), origins="2014-10:2014-11")
    two = run_backtest(panel, spec, progress=lambda *_: None, jobs=2).forecasts
    one = run(panel, spec).forecasts
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_rows_without_an_observed_target_are_left_out_and_counted(panel):
    status = panel.status.copy()
    measures = {name: values.copy() for name, values in panel.measures.items()}
    month = panel.position("2015-03")
    status[5, month] = 1
    for values in measures.values():
        values[5, month] = np.nan
    gap = Panel(panel.scale, panel.regions, panel.months, measures, status)
    found = run(gap, small_spec(models=("last",), origins="2015-01:2015-04"))
    missing = found.forecasts[found.forecasts["region_id"] == "R-05"]
    # the month can be neither a target (of February) nor an origin
    assert list(missing["origin"]) == ["2015-01", "2015-04"]
    assert found.manifest["rows_without_target"] == 2


def test_a_backtest_is_written_whole_and_named_by_what_it_is(whole, tmp_path):
    folder = write_backtest(whole, tmp_path)
    assert folder.name == whole.manifest["id"]
    assert {path.name for path in folder.iterdir()} == {
        "forecasts.parquet",
        "scores.csv",
        "leaderboard.md",
        "manifest.json",
        "reliability.png",
        "pit.png",
        "skill_by_phase.png",
        "record-h1.npz",
    }
    assert read_json(folder / "manifest.json")["features"] == whole.manifest["features"]
    scores = pd.read_csv(folder / "scores.csv")
    frame = pd.read_parquet(folder / "forecasts.parquet")
    zero = frame[frame["model"] == "zero"]
    assert np.isclose(scores.set_index("model").loc["zero", "crps"], zero["observed"].mean())


def test_folds_reach_back_for_the_inner_origins(panel):
    folds = make_folds(panel, ["2014-10", "2014-11"], refit_months=6, inner=12, horizon=1)
    assert [fold.origins[0] for fold in folds] == ["2013-10", "2014-04", "2014-10"]
    assert folds[0].origins[-1] == "2014-03"
    assert folds[-1].origins == ("2014-10", "2014-11")


def test_inner_origins_reach_further_back_for_a_far_target(panel):
    folds = make_folds(panel, ["2014-10"], refit_months=6, inner=12, horizon=7)
    assert [fold.origins[0] for fold in folds] == ["2013-04", "2013-10", "2014-04", "2014-10"]
    # a first fold must leave 24 months whose far target is known
    assert make_folds(panel, ["2010-06"], refit_months=6, inner=12, horizon=7)[0].origins == (
        "2010-06",
    )


def test_a_trained_model_forecasts_what_the_backtest_forecast(panel, whole, tmp_path):
    spec = small_spec()
    table = build_features(panel, known_through="2014-10")
    trained = train_model(panel, table, spec, "blend", origin="2014-10", jobs=1)
    trained.save(tmp_path)
    loaded = load_model(tmp_path, spec, panel=panel, table=table)
    rows = whole.forecasts.query("model == 'blend' and origin == '2014-10'")
    for model in (trained, loaded):
        from experiments.training_view import view_at

        known = view_at(panel, table, model.task(1), origin="2014-10")
        forecast, parts = model.horizons[1].predict(known)
        np.testing.assert_array_equal(forecast.p_at_least(1), rows["p_attack"])
        np.testing.assert_array_equal(forecast.mean(), rows["mean"])
        assert set(parts) == set(model.horizons[1].members)
    assert "blend (" in trained.used(1)
    with pytest.raises(EvidenceError, match="trained for horizons 1, not 2"):
        trained.task(2)


def test_a_specification_is_read_from_toml(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(
        'target = "deaths"\norigins = "2014-10:2015-10"\nhorizons = [1, 3]\n'
        "[pool]\ninner = 24\n[model.lgbm_hurdle]\nwindow = 120\n"
    )
    spec = read_spec(path)
    assert (spec.target, spec.horizons, spec.pool.inner) == ("deaths", (1, 3), 24)
    assert spec.settings["lgbm_hurdle"]["window"] == 120
    assert spec.digest("a") != spec.changed(seed=1).digest("a") != spec.digest("b")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("horizons = [0]", "horizons: expected whole numbers from 1 to 36, got 0"),
        ("horizons = [1, 37]", "from 1 to 36, got 1, 37"),
        ("draws = 0", "draws: expected whole numbers from 1 to 100000, got 0"),
        ("seed = -1", "seed: expected whole numbers from 0"),
        ("refit_months = 0", "refit_months: expected whole numbers from 1"),
        ('models = ["last", "last"]', "expected each model once, got last, last"),
        ("[pool]\nrepair = 7.0", "repair from 0 to 1"),
        ("[model.lgbm_forrest]", 'no model "lgbm_forrest": did you mean "lgbm_forest"'),
        ("horizon = [1]", 'unknown key "horizon": did you mean "horizons"'),
        ('models = ["forest"]', 'there is no model "forest"'),
        ('origins = "2015-10:2014-10"', "hold no month"),
        ("[model.nb]\nwindow = 1.5", "expected int, got 1.5"),
    ],
)
def test_a_wrong_specification_is_refused(tmp_path, text, match):
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=match):
        read_spec(path)


def test_an_origin_outside_the_panel_is_refused(panel):
    with pytest.raises(EvidenceError, match="month 2030-01 is outside the panel"):
        run(panel, small_spec(origins="2030-01:2030-02"))


def test_origins_without_any_observed_target_are_refused(panel):
    with pytest.raises(EvidenceError, match=r"no target month of the origins .* is observed"):
        run(panel, small_spec(models=("last",), origins="2015-12:2015-12"))
