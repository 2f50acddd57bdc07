"""Tuning reads nothing that is scored, asks the same trials again, and outlives a stop."""

from __future__ import annotations

import builtins
import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import ConfigError, EvidenceError
from data.workspace import Workspace
from experiments.backtest.specification import BacktestSpec, read_spec, spec_toml
from experiments.backtest.study import (
    knob_values,
    read_trials,
    with_knobs,
)
from experiments.backtest.tuning import Inner, Subject, inner_origins, subjects_of
from experiments.tracking.payload import read_payload
from experiments.tracking.spool import make_item
from features.panel import write_panel
from tests.calls import run_inside
from tests.experiments.figures import call, without_tracking
from tests.experiments.small_panel import make_panel, poisoned

FIRST = "2014-10"
SPEC = f"""
origins = "{FIRST}:2015-10"
draws = 50
models = ["conflictology", "local_nb", "logit", "blend"]
[pool]
inner = 12
[model.logit]
max_iter = 5
window = 60
"""
TUNE = ("--inner", 24, "--trials", 4, "--model", "local_nb,logit")


@pytest.fixture(autouse=True)
def no_tracking(monkeypatch):
    without_tracking(monkeypatch)


def workspace(folder: Path, panel) -> Path:
    write_panel(panel, Workspace(folder).panel("admin1"), manifest={})
    (folder / "spec.toml").write_text(SPEC)
    return folder


def tuned(folder: Path) -> Path:
    (made,) = (folder / "tuning").iterdir()
    return made


def trials(folder: Path) -> list[tuple[object, ...]]:
    """What was tried and found, without the times."""
    subjects = json.loads((tuned(folder) / "manifest.json").read_text())["found"]
    return [
        (subject, t.number, t.knobs, t.running, t.whole)
        for subject in subjects
        for t in read_trials(tuned(folder), subject)
    ]


def test_garbage_after_the_first_scored_origin_changes_no_trial(tmp_path, capsys):
    clean = workspace(tmp_path / "clean", make_panel())
    spoiled = workspace(tmp_path / "spoiled", poisoned(make_panel(), FIRST))
    for folder in (clean, spoiled):
        call(capsys, folder, "tune", folder / "spec.toml", *TUNE)
    assert trials(clean) == trials(spoiled)
    assert tuned(clean).name == tuned(spoiled).name
    best = [(tuned(folder) / "best.toml").read_bytes() for folder in (clean, spoiled)]
    assert best[0] == best[1]
    manifest = json.loads((tuned(clean) / "manifest.json").read_text())
    assert manifest["inner_origins"][-1] == "2014-09"
    assert len(manifest["inner_origins"]) == 24
    assert manifest["read_through"] == FIRST


@pytest.mark.parametrize("before", [0, 3])
def test_stopped_tuning_asks_the_trials_of_one_that_was_not(tmp_path, capsys, monkeypatch, before):
    whole = workspace(tmp_path / "whole", make_panel())
    words = ("--inner", 24, "--model", "logit", "--trials")
    call(capsys, whole, "tune", whole / "spec.toml", *words, 6)
    halves = workspace(tmp_path / "halves", make_panel())
    run_whole, begun = Inner.running, []

    def stop_in_the_next_trial(self, subject, knobs):
        begun.append(knobs)
        if len(begun) > before:
            raise KeyboardInterrupt
        return run_whole(self, subject, knobs)

    with monkeypatch.context() as patched:
        patched.setattr(Inner, "running", stop_in_the_next_trial)
        stopped = run_inside(capsys, "-w", halves, "tune", halves / "spec.toml", *words, 6)
    assert stopped.returncode != 0
    done = call(capsys, halves, "tune", halves / "spec.toml", *words, 6)
    assert ("going on after 3 trials done before" in done.stderr) == (before == 3)
    assert trials(halves) == trials(whole)
    assert "trial  skill" in done.stdout


def test_the_best_specification_is_a_backtests(tmp_path, capsys):
    folder = workspace(tmp_path / "ws", make_panel())
    out = tmp_path / "best.toml"
    done = call(capsys, folder, "tune", folder / "spec.toml", *TUNE, "--out", out)
    assert str(out) in done.stdout
    found = json.loads((tuned(folder) / "manifest.json").read_text())["found"]
    spec = read_spec(out)
    for name, values in found.items():
        assert values["best"] >= values["standing"]
        subject = Subject(name, spec)
        (best,) = (t for t in trials(folder) if t[:2] == (name, values["best_trial"]))
        assert knob_values(subject.settings) == pytest.approx(best[2])
    text = out.read_text()
    assert "# Inner origins: 24, 2012-10 to 2014-09; nothing after 2014-10 was read." in text
    assert "# logit: 4 trials; trial " in text
    call(capsys, folder, "backtest", out, "--models", "logit", "--origins", "2015-10")


def test_mlflow_is_given_a_run_a_trial_read_from_the_study(tmp_path, capsys):
    folder = workspace(tmp_path / "ws", make_panel())
    words = ("--inner", 24, "--trials", 7, "--model", "logit")
    call(capsys, folder, "tune", folder / "spec.toml", *words)
    assert {path.name for path in tuned(folder).iterdir()} == {
        "best.toml", "manifest.json", "study.journal",
    }  # fmt: skip
    payload = read_payload(make_item("tuning", tuned(folder)))
    done = read_trials(tuned(folder), "logit")
    assert [child.name for child in payload.children] == [f"logit trial {n}" for n in range(7)]
    for child, trial in zip(payload.children, done, strict=True):
        assert [m.value for m in child.metrics] == list(trial.running)
        assert child.params["state"] == ("whole" if trial.whole else "cut short")
        assert child.params["c"] == str(trial.knobs["c"])
        assert child.started is not None
    best = max(trial.value for trial in done if trial.whole)
    assert {m.name: m.value for m in payload.metrics}["best_logit"] == best
    (tuned(folder) / "study.journal").rename(tuned(folder) / ".study.journal")
    assert read_trials(tuned(folder), "logit") == done


def test_the_blend_is_tuned_by_its_pool_on_forecasts_made_once():
    settings = {
        "lgbm_hurdle": {"whether": {"trees": 5}, "size": {"trees": 3}},
        "lgbm_forest": {"trees": {"trees": 5}},
        "logit": {"max_iter": 5},
    }
    spec = BacktestSpec(origins=f"{FIRST}:2015-10", draws=50, models=("blend",), settings=settings)
    inner = Inner.of(make_panel(), spec, months=12)
    (subject,) = subjects_of(spec, ())
    assert {"inner", "shrink", "repair"} <= set(subject.space())
    first = list(inner.running(subject, subject.first()))
    made = dict(inner.cache._made)
    assert list(inner.running(subject, subject.first())) == first
    other = list(inner.running(subject, {**subject.first(), "repair": 0.0, "shrink": 10.0}))
    assert other != first
    assert inner.cache._made.keys() == made.keys()
    assert all(inner.cache._made[key] is made[key] for key in made)


def test_inner_origins_leave_their_targets_before_the_scored_ones():
    panel = make_panel()
    spec = BacktestSpec(origins=f"{FIRST}:2015-10", horizons=(1, 6))
    origins = inner_origins(panel, spec, 24)
    assert (origins[-1], len(origins)) == ("2014-04", 24)
    early = spec.changed(origins="2010-09:2010-10")
    with pytest.raises(EvidenceError, match="inner origins lie before the first scored origin"):
        inner_origins(panel, early, 60)


def test_a_space_holds_the_settings_as_they_stand_for_every_model():
    for subject in subjects_of(BacktestSpec(), ()):
        values = subject.first()
        for name, bounds in subject.space().items():
            assert bounds.low <= values[name] <= bounds.high, (subject.name, name)
        changed = subject.changed(subject.spec, values)
        assert Subject(subject.name, changed).settings == subject.settings
        assert with_knobs(subject.settings, values) is not None
    names = {subject.name for subject in subjects_of(BacktestSpec(), ())}
    assert {"logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest", "blend"} <= names
    with pytest.raises(ConfigError, match="zero has no settings that may be tried"):
        subjects_of(BacktestSpec(), ("zero",))


def test_a_specification_written_as_toml_reads_back(tmp_path):
    spec = BacktestSpec(
        models=("logit", "lgbm_hurdle"),
        without=("location",),
        settings={"lgbm_hurdle": {"whether": {"trees": 5, "learning_rate": 1e-05}}},
    )
    path = tmp_path / "spec.toml"
    path.write_text(spec_toml(spec, comment=["a comment"]))
    assert read_spec(path) == spec


def test_without_optuna_the_command_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    folder = workspace(tmp_path / "ws", make_panel())
    real = builtins.__import__

    def absent(name, *rest, **named):
        if name.partition(".")[0] == "optuna":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    done = run_inside(capsys, "-w", folder, "tune", folder / "spec.toml")
    assert done.returncode == 3
    assert 'pip install "escalation[tune]"' in done.stderr
    assert not (folder / "tuning").exists()


def test_nothing_to_tune_by_is_said():
    panel = make_panel()
    quiet = {name: np.where(np.isnan(v), v, 0.0) for name, v in panel.measures.items()}
    still = type(panel)(panel.scale, panel.regions, panel.months, quiet, panel.status)
    spec = BacktestSpec(origins=f"{FIRST}:2015-10", draws=20, models=("local_nb",))
    inner = Inner.of(still, spec, months=12)
    (subject,) = subjects_of(spec, ())
    with pytest.raises(EvidenceError, match="there is nothing to tune by"):
        list(inner.running(subject, subject.first()))
