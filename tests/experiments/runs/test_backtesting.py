from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import ConfigError, EvidenceError
from data.terminal import counted
from data.workspace import Workspace
from experiments.runs.backtesting import requested_spec
from experiments.runs.options import BacktestOptions
from features.panel import write_panel
from tests.experiments.synthetic import make_panel


def test_the_usual_specification_follows_settings_and_panel(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "escalation.toml").write_text("[forecast]\ndraws = 50\nseed = 7\n")
    write_panel(make_panel(), workspace.panel("admin1"), manifest={})
    spec = requested_spec(workspace, BacktestOptions(target="deaths", horizons=(3,)))
    assert spec.origins == "2015-10:2020-09"
    assert (spec.draws, spec.seed, spec.target) == (50, 7, "deaths")


def test_given_origins_need_no_panel_and_the_usual_ones_do(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert requested_spec(workspace, BacktestOptions(origins="2020-01")).origins == "2020-01"
    with pytest.raises(EvidenceError, match="holds no panel"):
        requested_spec(workspace, BacktestOptions())


def test_options_change_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('models = ["last"]\norigins = "2018-01:2018-06"\ndraws = 20\n')
    spec = requested_spec(Workspace(tmp_path), BacktestOptions(spec=file, draws=30))
    assert (spec.models, spec.origins, spec.draws) == (("last",), "2018-01:2018-06", 30)
    file.write_text("drws = 20\n")
    with pytest.raises(ConfigError, match='unknown key "drws": did you mean "draws"'):
        requested_spec(Workspace(tmp_path), BacktestOptions(spec=file))


def test_progress_may_learn_its_length_late() -> None:
    with counted("test") as progress:
        progress(1, 4, "a")
        progress(4, 4, "b")
