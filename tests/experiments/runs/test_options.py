"""What cannot be asked together, and that defaults stand in one place."""

from __future__ import annotations

import re

import pytest

from data.errors import ConfigError
from experiments.backtest.specification import BacktestSpec
from experiments.runs.options import BacktestOptions
from tests.calls import run_inside


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--force", "--force belongs to --from-run"),
        ("--from-run x --draws 5 --refit 6", "leave out draws, refit_months"),
        ("my.toml --from-run x", "leave out spec"),
        ("--from-run x --models last --seed 0", "leave out models, seed"),
        ("--from-run x --vintage", "--from-run and --vintage cannot be combined"),
        ("--ablate --from-run x", "--ablate and --from-run cannot be combined"),
        ("--ablate nb --seeds 2 --stress", "--seeds and --stress cannot be combined with --ablate"),
        ("--vintage --challenge-out x", "cannot be combined with --vintage"),
        ("--seeds 0", "--seeds: expected a number from 1 to 100, got 0"),
        ("--models ,", '--models: expected names joined by commas, got ","'),
        ("--horizons 1,x", 'expected whole numbers such as 1,3,6, got "1,x"'),
    ],
)
def test_a_backtest_that_cannot_be_asked_is_refused(tmp_path, capsys, words, message):
    done = run_inside(capsys, "-w", tmp_path, "backtest", *words.split())
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--trials 0", "--trials: expected a number of 1 or more, got 0"),
        ("--inner 0", "--inner: expected a number of 1 or more, got 0"),
        ("--timeout -1", "--timeout: expected a number of 0 or more, got -1"),
    ],
)
def test_tuning_that_cannot_be_asked_is_refused(tmp_path, capsys, words, message):
    done = run_inside(capsys, "-w", tmp_path, "tune", "spec.toml", *words.split())
    assert done.returncode == 2
    assert message in done.stderr


def test_a_repetition_takes_a_plugin_and_force_but_nothing_of_a_specification(tmp_path):
    BacktestOptions(from_run="x", force=True, plugin=tmp_path / "mine.py")
    with pytest.raises(ConfigError, match="leave out horizons"):
        BacktestOptions(from_run="x", horizons=(1,))


def test_only_what_is_given_changes_a_specification():
    assert BacktestOptions().changes() == {}
    options = BacktestOptions(seed=0, models=(), without=("sites",), refit_months=6)
    assert options.changes() == {"seed": 0, "without": ("sites",), "refit_months": 6}


@pytest.mark.parametrize(
    ("option", "default"),
    [
        ("draws", BacktestSpec.draws),
        ("refit", BacktestSpec.refit_months),
        ("horizons", BacktestSpec.horizons[0]),
    ],
)
def test_the_help_names_the_defaults_of_the_specification(capsys, option, default):
    text = " ".join(run_inside(capsys, "backtest", "--help").stdout.split())
    (told,) = re.findall(rf"--{option} .*?default: (\S+)\.", text)[:1]
    assert told == str(default)
