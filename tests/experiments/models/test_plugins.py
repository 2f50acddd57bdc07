"""Plugins: what a file may define, how its mistakes are named, and who must be given it again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError
from experiments.backtest.specification import BacktestSpec, build_table, read_spec
from experiments.models.catalogue import make_member, use_plugin
from experiments.models.plugins import PluginNeed, load_plugin, loaded_plugin
from tests.calls import run_inside
from tests.experiments.figures import call, figures_of, make_workspace, without_tracking
from tests.experiments.small_panel import make_panel
from tests.shared import ROOT

HEAD = """
from dataclasses import dataclass
import numpy as np
from experiments.distribution import Distribution
from experiments.models.model import Model
"""
ONES = """
class Ones(Model):
    name = "{name}"

    def fit(self, known):  # the parameter may have any name: it is passed by position
        return self

    def predict(self, view):
        return Distribution(np.ones((len(view.regions), view.task.draws), dtype=np.int32))
"""
FEATURE = """
from features.moving import MovingSum
from features.signals import Measure

@dataclass(frozen=True)
class Doubled(MovingSum):
    @property
    def name(self):
        return "own_" + super().name

    @property
    def family(self):
        return "own"

    def column(self, read):
        return 2 * super().column(read)

FEATURES = [Doubled(Measure("events"), 3)]
"""


def write(folder: Path, *parts: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(HEAD + "".join(parts))
    return path


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("x = 1\n", "expected a subclass of Model or a list FEATURES, got neither"),
        ("x = (\n", r"mine.py line \d+: SyntaxError: '\(' was never closed"),
        ("x = 1 / 0\n", "mine.py line 6: ZeroDivisionError: division by zero"),
        (
            ONES.format(name="Bad Name"),
            r"class Ones: expected a class attribute name such .*, got 'Bad Name'",
        ),
        (ONES.format(name="blend"), 'class Ones: "blend" is the name of a built-in model'),
        (ONES.format(name="logit"), 'class Ones: "logit" is the name of a built-in model'),
        (ONES.format(name="twice") * 1 + "class Two(Ones):\n    pass\n", '"twice" is taken'),
        (
            "class Half(Model):\n    name = 'half'\n",
            "expected methods fit and predict, missing: fit, predict",
        ),
        ("FEATURES = [3]\n", "FEATURES: expected instances of Feature, got 3"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_by_name_and_line(tmp_path, body, match):
    with pytest.raises(ConfigError, match=match):
        use_plugin(write(tmp_path, body))


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none.py: the plugin cannot be read"):
        use_plugin(tmp_path / "none.py")


def test_a_specification_finds_its_models_and_names_what_it_lacks(tmp_path):
    need = use_plugin(write(tmp_path, ONES.format(name="ones")))
    spec = BacktestSpec(models=("ones",), plugin=need)
    member = make_member("ones", spec.member_settings()["ones"])
    assert (member.name, member.refits_on_loading) == ("ones", True)
    with pytest.raises(ConfigError, match='no model "onse": did you mean "ones"'):
        spec.changed(models=("onse",))
    (tmp_path / "spec.toml").write_text('models = ["ones"]\n')
    assert read_spec(tmp_path / "spec.toml", plugin=need).plugin == need
    with pytest.raises(ConfigError, match=r"other\.py .*: add --plugin"):
        loaded_plugin(PluginNeed("other.py", "0" * 64))
    with pytest.raises(ConfigError, match="give the original file"):
        loaded_plugin(PluginNeed("mine.py", "0" * 64))


def test_a_changed_file_is_another_plugin(tmp_path):
    first = load_plugin(write(tmp_path, ONES.format(name="first")))
    second = load_plugin(write(tmp_path, ONES.format(name="second")))
    assert first.need.sha256 != second.need.sha256
    with pytest.raises(ConfigError, match="changed while it was in use"):
        type(first.file)(first.file.path, "0" * 64).load()


def test_a_features_of_ones_own_stands_in_the_table(tmp_path):
    need = use_plugin(write(tmp_path, FEATURE))
    panel = make_panel()
    table = build_table(panel, BacktestSpec(plugin=need), known_through="2014-12")
    own, sums = (table.names.index(n) for n in ("own_events_sum_3", "events_sum_3"))
    np.testing.assert_array_equal(table.values[own], 2 * table.values[sums])
    off = build_table(
        panel, BacktestSpec(plugin=need, without=("own", "location")), known_through="2014-12"
    )
    assert not {"own", "location"} & set(off.families)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("return self", "return None"), "Ones.fit: fit must return self, got NoneType"),
        (("np.ones((len(", "np.ones((1 + len("), r"predict must return a Distribution of .*got"),
        (("return Distribution", "view.nothing\n        return Distribution"), r"line \d+: Attr"),
    ],
)
def test_a_mistake_at_work_is_named_from_a_worker_process(
    tmp_path, monkeypatch, capsys, change, match
):
    without_tracking(monkeypatch)
    folder = make_workspace(capsys, tmp_path / "ws", figures_of(make_panel()))
    plugin = write(tmp_path, ONES.format(name="ones").replace(*change))
    asked = ("--models", "ones,last", "--origins", "2015-09:2015-10", "--draws", 20)
    done = run_inside(capsys, "-w", folder, "backtest", "--plugin", plugin, *asked)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert re.search(match, done.stderr)
    assert str(plugin) in done.stderr


def test_the_example_of_the_guide_runs_from_backtest_to_forecast(tmp_path, monkeypatch, capsys):
    """The file is the Python block of docs/extending.md that names itself my_models.py."""
    without_tracking(monkeypatch)
    guide = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(# my_models\.py\n.*?)```", guide, re.DOTALL)
    plugin = tmp_path / "my_models.py"
    plugin.write_text(example)
    folder = make_workspace(capsys, tmp_path / "ws", figures_of(make_panel()))
    spec = folder / "spec.toml"
    spec.write_text(
        'models = ["same_season", "conflictology", "last"]\norigins = "2014-11:2015-10"\n'
        "draws = 50\n[model.same_season]\nyears = 3\n"
    )
    call(capsys, folder, "backtest", spec, "--plugin", plugin)
    (made,) = (folder / "backtests").iterdir()
    rows = pd.read_parquet(made / "forecasts.parquet")
    assert set(rows["model"]) == {"same_season", "conflictology", "last"}
    forced = ("--force", "--why", "a test")
    refused = run_inside(capsys, "-w", folder, "backtest", spec)
    assert 'there is no model "same_season"' in refused.stderr
    call(capsys, folder, "promote", "same_season", "--plugin", plugin, *forced)
    asked = ("forecast", "--target", "events")
    call(capsys, folder, *asked, "--plugin", plugin)
    (issue,) = (folder / "forecasts").glob("*/")
    table = pd.read_parquet(issue / "risk.parquet")
    assert set(table["model_events"]) == {"same_season"}
    monkeypatch.setattr("experiments.models.plugins._LOADED", {})
    without = run_inside(capsys, "-w", folder, *asked)
    assert without.returncode == 2
    assert re.search(
        r"made with the plugin my_models.py \(sha256 .*: add --plugin my_models.py", without.stderr
    )
    plugin.write_text(f"{example}\n# changed\n")
    changed = run_inside(capsys, "-w", folder, *asked, "--plugin", plugin)
    assert "but the file given now has sha256" in changed.stderr
