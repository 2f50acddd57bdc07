"""Every model: finite draws for every region, the same from disk, blind to the order of regions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.errors import ConfigError, NotFittedError, SchemaError
from data.files import read_json
from experiments.models.catalogue import BLEND, STANDARD, make_member, members_of, model_class
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import build_features
from tests.experiments.small_panel import make_panel

VARIANTS = ("conflictology_36", "conflictology_neighbours")
SINGLE = [name for name in (*STANDARD, *VARIANTS) if name != BLEND]
LEARN_NOTHING = ("zero", "last", "climatology", "conflictology", *VARIANTS)
TASK = Forecasting("events", draws=200)
ORIGIN = "2015-06"


@pytest.fixture(scope="module")
def panel() -> Panel:
    return make_panel()


@pytest.fixture(scope="module")
def view(panel):
    return view_at(panel, build_features(panel), TASK, origin=ORIGIN)


def view_of_zeros(panel: Panel) -> TrainingView:
    quiet = {measure: np.zeros_like(values) for measure, values in panel.measures.items()}
    changed = Panel(panel.scale, panel.regions, panel.months, quiet, panel.status)
    return view_at(changed, build_features(changed), TASK, origin=ORIGIN)


@pytest.mark.parametrize("name", SINGLE)
def test_every_region_gets_finite_draws_and_the_quiet_one_a_small_chance(name, view):
    forecast = make_member(name).fit(view).predict(view)
    assert forecast.draws.shape == (len(view.regions), TASK.draws)
    assert forecast.draws.max() <= 10 * np.nanmax(view.history)
    assert forecast.p_at_least(1)[0] <= 0.35


def test_sizes_past_all_that_was_seen_are_bounded(view):
    most = 10 * np.nanmax(view.history)
    forest, hurdle = (make_member(name).fit(view) for name in ("lgbm_forest", "lgbm_hurdle"))
    wildest = np.full_like(forest.analogues_.scores, 37.0)
    forest.analogues_ = replace(forest.analogues_, scores=wildest)
    hurdle._quantiles = lambda x, names: np.full((len(x), 7), 37.0)
    for model in (forest, hurdle):
        # a score of 37 stands for more than the bound, so that the bound is met
        assert model.predict(view).draws.max() == most


@pytest.mark.parametrize("quiet", [False, True], ids=["attacks", "no attack"])
@pytest.mark.parametrize("name", SINGLE)
def test_a_model_read_from_disk_forecasts_the_same(name, quiet, panel, view, tmp_path):
    if quiet:
        view = view_of_zeros(panel)
    model = make_member(name).fit(view)
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".txt"}
    again = model_class(name).load(tmp_path)
    if again.refits_on_loading:
        again.fit(view)
    np.testing.assert_array_equal(again.predict(view).draws, model.predict(view).draws)


@pytest.mark.parametrize("name", [n for n in SINGLE if n not in LEARN_NOTHING])
def test_a_model_that_was_not_fitted_says_so(name, view):
    with pytest.raises(NotFittedError, match=f"{name} is not fitted yet: call fit before predict"):
        make_member(name).predict(view)


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("target", ["events", "deaths"])
def test_one_wild_outlier_and_an_all_zero_panel_leave_finite_forecasts(name, target, panel):
    wild = {measure: values.copy() for measure, values in panel.measures.items()}
    wild[target][3, 40] = 100_000.0
    quiet = {measure: np.zeros_like(values) for measure, values in panel.measures.items()}
    for measures in (wild, quiet):
        changed = Panel(panel.scale, panel.regions, panel.months, measures, panel.status)
        task = Forecasting(target, draws=50)
        view = view_at(changed, build_features(changed), task, origin=ORIGIN)
        forecast = make_member(name).fit(view).predict(view)
        assert np.isfinite(forecast.mean()).all()
        if measures is quiet:
            assert forecast.p_at_least(1).max() < 0.1


def test_a_fallback_is_named_when_the_likelihood_has_no_maximum(panel):
    view = view_of_zeros(panel)
    assert make_member("nb").fit(view).used.startswith("nb:")
    assert make_member("hurdle_nb").fit(view).used.startswith("hurdle_nb:")


def test_nb_is_the_regression_of_statsmodels(view):
    import statsmodels.api as sm

    model = make_member("nb").fit(view)
    rows = view.rows(window=model.settings.window)
    columns = model.design_.columns(rows.x, view.feature_names)
    # least squares, reweighted: another way to the same maximum, at the dispersion that was found
    family = sm.families.NegativeBinomial(alpha=1.0 / model.fit_.size)
    expected = sm.GLM(rows.y, columns, family=family).fit().params
    assert model.used == "nb"
    np.testing.assert_allclose(model.fit_.coefficients, expected, atol=0.02)


def test_contributions_name_features_and_add_up_to_the_margin(view):
    model = make_member("lgbm_forest").fit(view)
    found = model.contributions(view)
    assert found.names == view.feature_names
    margin = model.booster_.predict(view.now(), raw_score=True)
    rest = margin - found.values.sum(axis=1)
    np.testing.assert_allclose(rest, rest[0], atol=1e-6)


@pytest.mark.parametrize("name", ["lgbm_forest", "lgbm_hurdle"])
def test_swapped_features_are_refused(name, view):
    model = make_member(name).fit(view)
    swapped = replace(view, feature_names=view.feature_names[::-1])
    with pytest.raises(SchemaError, match="features that the model was trained on, in their order"):
        model.predict(swapped)


def test_settings_are_checked(tmp_path, view):
    with pytest.raises(ConfigError, match='unknown key "windw": did you mean "window"'):
        make_member("nb", {"windw": 3})
    with pytest.raises(ConfigError, match='there is no model "lgbm_forrest": did you mean'):
        make_member("lgbm_forrest")
    make_member("lgbm_forest", {"trees": {"trees": 5}}).fit(view).save(tmp_path)
    assert read_json(tmp_path / "model.json")["settings"]["trees"]["trees"] == 5


def test_published_models_are_made_of_members():
    assert members_of("nb") == ("nb",)
    assert len(members_of(BLEND)) >= 3
