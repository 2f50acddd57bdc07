"""Case 58: a feature that is the target in disguise raises an alarm, and no honest one does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.backtest.leakage_check import ALARM, leak_alarms
from features.table import FeatureTable, build_features
from tests.calls import run_inside
from tests.experiments.figures import figures_of, make_workspace, without_tracking
from tests.experiments.models.test_plugins import FEATURE, HEAD
from tests.experiments.small_panel import make_panel

PANEL = make_panel()
THROUGH = "2014-12"
AHEAD = """
from features.moving import MovingSum
from features.signals import Measure

@dataclass(frozen=True)
class Tomorrow(MovingSum):
    @property
    def name(self):
        return "own_tomorrow"

    @property
    def family(self):
        return "own"

    def column(self, read):
        now = super().column(read)
        return np.concatenate([now[:, 1:], now[:, :1]], axis=1)

FEATURES = [Tomorrow(Measure("events"), 1)]
"""


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return build_features(PANEL)


def alarms(table: FeatureTable, *, horizon: int = 1, through: str = THROUGH) -> list[str]:
    return leak_alarms(PANEL, table, "events", horizon=horizon, through=through, names=table.names)


def with_column(table: FeatureTable, values: np.ndarray) -> FeatureTable:
    return replace(
        table,
        names=(*table.names, "mine"),
        values=np.concatenate([table.values, values[None].astype(np.float32)]),
    )


@pytest.mark.parametrize("horizon", [1, 3, 6])
def test_no_feature_of_the_project_raises_an_alarm(table, horizon):
    assert alarms(table, horizon=horizon) == []


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_shifted_target_raises_one(table, horizon, sign):
    shifted = sign * np.roll(PANEL.measures["events"], -horizon, axis=1)
    (told,) = alarms(with_column(table, shifted), horizon=horizon)
    assert f'feature "mine" tells {horizon} months ahead' in told
    assert "AUROC 1.0000" in told


def test_the_target_of_today_raises_none(table):
    assert alarms(with_column(table, PANEL.measures["events"])) == []


def test_telling_active_regions_from_quiet_ones_raises_none(table):
    active = np.nansum(PANEL.measures["events"], axis=1, keepdims=True) > 0
    assert alarms(with_column(table, np.broadcast_to(active, PANEL.status.shape))) == []


def test_too_few_rows_raise_none(table):
    shifted = np.roll(PANEL.measures["events"], -1, axis=1)
    assert alarms(with_column(table, shifted), through="2008-03") == []
    assert ALARM > 0.99


@pytest.mark.parametrize(("body", "told"), [(AHEAD, True), (FEATURE, False)])
def test_the_command_line_warns_of_a_plugin_that_reads_ahead(
    tmp_path, capsys, monkeypatch, body, told
):
    without_tracking(monkeypatch)
    folder = make_workspace(capsys, tmp_path / "w", figures_of(PANEL))
    (tmp_path / "mine.py").write_text(HEAD + body)
    words = ("backtest", "--origins", "2014-12", "--models", "last,conflictology", "--draws", "50")
    done = run_inside(capsys, "-w", folder, *words, "--plugin", tmp_path / "mine.py")
    assert done.returncode == 0, done.stderr
    assert ('feature "own_tomorrow" tells 1 months ahead' in done.stderr) is told
