"""Case 59: whatever a model learns, it learns from months up to the origin of its fit."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.backtest import walk
from experiments.backtest.backtest import run_backtest
from experiments.models.catalogue import make_member
from experiments.training_view import TrainingView
from tests.experiments.backtest.test_backtest import small_spec
from tests.experiments.small_panel import make_panel

PANEL = make_panel()


@pytest.fixture
def seen(monkeypatch) -> list[tuple[str, TrainingView]]:
    """Return what every fit of every member is handed from now on."""
    handed: list[tuple[str, TrainingView]] = []

    def spied(name, settings):
        model = make_member(name, settings)
        fit = model.fit

        def watched(view):
            handed.append((name, view))
            return fit(view)

        model.fit = watched
        return model

    monkeypatch.setattr(walk, "make_member", spied)
    return handed


def test_every_model_is_fitted_on_months_up_to_its_origin(seen):
    spec = small_spec(origins="2014-10:2015-03", refit_months=6)
    backtest = run_backtest(PANEL, spec, progress=lambda *_: None, jobs=1)
    scored = [(name, view) for name, view in seen if view.origin == "2014-10"]
    assert {name for name, _ in scored} >= {"nb", "logit", "hist_gbm", "lgbm_hurdle", "local_nb"}
    assert {view.origin for _, view in seen} <= set(PANEL.months[: PANEL.position("2014-11")])
    for name, view in seen:
        stop = PANEL.position(view.origin) + 1
        assert view.months[-1] == view.origin, name
        assert view.history.shape[1] == stop, name
        np.testing.assert_array_equal(view.history, PANEL.measure("events")[:, :stop])
        rows = view.rows(window=240)
        assert rows.month.max() + view.task.horizon < stop, name
    assert len(backtest.forecasts)
