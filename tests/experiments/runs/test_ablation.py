"""Families switched off, and what each is worth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError, EvidenceError
from data.workspace import Workspace
from experiments.backtest.specification import BacktestSpec
from experiments.runs.ablation import ablation_models, ablation_table
from experiments.score_functions import average_precision, brier
from experiments.scores.bootstrap import Bootstrap
from features.panel import write_panel
from tests.calls import run_inside
from tests.experiments.figures import call, without_tracking
from tests.experiments.small_panel import make_panel
from tests.experiments.synthetic import make_forecasts

CHEAP = ("--origins", "2015-01:2015-10", "--draws", 50)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    without_tracking(monkeypatch)
    write_panel(make_panel(), Workspace(tmp_path).panel("admin1"), manifest={})
    return tmp_path


def only(folder: Path) -> Path:
    (made,) = folder.glob("*/")
    return made


def test_a_worth_is_the_score_without_less_the_score_with_it():
    both = make_forecasts({"wise": 1.0, "blind": 0.2})
    whole, other = (both[both["model"] == m].assign(model="m") for m in ("wise", "blind"))
    shuffled = other.sample(frac=1, random_state=1)
    bootstrap = Bootstrap(resamples=50)
    table = ablation_table(whole, {"sites": shuffled}, families={"sites": 4}, bootstrap=bootstrap)
    worth = table.set_index("score")["worth"]
    happened = whole["observed"].to_numpy() >= 1
    assert worth["crps"] == pytest.approx(other["crps"].mean() - whole["crps"].mean())
    expected = brier(happened, other["p_attack"]) - brier(happened, whole["p_attack"])
    assert worth["brier"] == pytest.approx(expected)
    aps = [average_precision(happened, rows["p_attack"]) for rows in (whole, other)]
    assert worth["ap"] == pytest.approx(aps[0] - aps[1])
    assert (worth > 0).all()
    assert (table["low"] <= table["worth"]).all()
    assert (table["worth"] <= table["high"]).all()
    with pytest.raises(EvidenceError, match=r"m without s was scored on 2.. rows and m on 2.."):
        ablation_table(whole, {"s": other[1:]}, families={"s": 1}, bootstrap=bootstrap)


def test_the_models_asked_are_those_that_read_features():
    spec = BacktestSpec()
    assert ablation_models(spec, ()) == ("lgbm_hurdle", "lgbm_forest")
    assert ablation_models(spec.changed(models=("zero", "nb")), ()) == ("nb",)
    assert ablation_models(spec, ("blend",)) == ("blend",)
    with pytest.raises(ConfigError, match='models that read features, got "zero"'):
        ablation_models(spec, ("zero",))
    with pytest.raises(ConfigError, match="none of the models reads features"):
        ablation_models(spec.changed(models=("zero",)), ())


def test_ablation_leaves_each_family_out_and_keeps_the_table(place, capsys):
    done = call(capsys, place, "backtest", *CHEAP, "--ablate", "nb", "--without", "severity")
    folder = only(place / "backtests")
    table = pd.read_csv(folder / "ablation.csv")
    families = json.loads((folder / "manifest.json").read_text())["families"]
    assert "severity" not in families
    assert set(table["family"]) == set(families)
    assert set(table["score"]) == {"crps", "ign", "brier", "ap"}
    assert (table.groupby("family")["worth"].apply(lambda worth: (worth != 0).any())).any()
    assert all(family in done.stdout for family in families)
    call(capsys, place, "backtest", *CHEAP, "--models", "nb", "--without", "severity")
    assert not (folder / "ablation.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--without", "locaton"), 'no family of features "locaton": did you mean "location"'),
        (("--ablate", "zero"), 'expected models that read features, got "zero"'),
    ],
)
def test_what_cannot_be_asked_is_refused(place, capsys, words, message):
    done = run_inside(capsys, "-w", place, "backtest", *words)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_champion_is_asked_with_the_families_it_was_trained_on(place, capsys):
    off = ("--without", "location,field", "--models", "nb,conflictology,last")
    call(capsys, place, "backtest", *CHEAP, *off)
    call(capsys, place, "promote", "nb", "--force", "--why", "a test")
    call(capsys, place, "forecast", "--target", "events")
    manifest = json.loads((place / "champions/admin1-events/manifest.json").read_text())
    assert manifest["spec"]["without"] == ["location", "field"]
    assert not [name for name in manifest["features"] if name.startswith(("neigh", "country"))]
    table = pd.read_parquet(only(place / "forecasts") / "risk.parquet")
    assert np.isfinite(table["p_attack"]).all()
