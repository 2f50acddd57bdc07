import os
import subprocess

import pytest

from data.errors import ConfigError, RuntimeEnvironmentError
from data.workspace import PanelSettings, Settings, Workspace


def test_without_a_file_the_defaults_hold(tmp_path):
    assert Workspace(tmp_path).settings() == Settings()


def test_the_file_is_read_and_from_is_the_first_month(tmp_path):
    (tmp_path / "escalation.toml").write_text(
        '[panel]\nscale = "priogrid"\nfrom = "2000-01"\n[forecast]\nhorizons = [1, 3]\n'
    )
    settings = Workspace(tmp_path).settings()
    assert settings.panel == PanelSettings(scale="priogrid", from_month="2000-01")
    assert settings.forecast.horizons == (1, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[panle]\nscale = "x"', 'unknown key "panle": did you mean "panel"'),
        ('[panel]\nboundary = "x"', 'panel: unknown key "boundary": did you mean "boundaries"'),
        ("[panel]\nscale = 1", "panel scale: expected str, got 1"),
        ('[panel]\nregoin = "x"\nfrom_month = "2000-01"', 'unknown key "regoin"'),
        ('[panel]\nfrom_month = "2000-01"', 'unknown key "from_month"'),
        ("panel = 3", "panel"),
        ("[panel", "expected TOML in UTF-8"),
    ],
)
def test_a_wrong_file_names_itself_and_the_key(tmp_path, text, message):
    (tmp_path / "escalation.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        Workspace(tmp_path).settings()
    assert "escalation.toml" in str(caught.value)
    assert message in str(caught.value)


def test_every_path_lies_in_the_workspace(tmp_path):
    workspace = Workspace(tmp_path)
    paths = [
        workspace.store,
        workspace.backtests,
        workspace.issues,
        workspace.reports,
        workspace.spool,
        workspace.database,
        workspace.panel("admin1"),
        workspace.champion("admin1", "events"),
    ]
    assert len(set(paths)) == len(paths)
    assert all(tmp_path in path.parents for path in paths)
    assert workspace.champion("admin1", "events") == tmp_path / "champions" / "admin1-events"


def test_a_second_hand_on_the_workspace_is_turned_away(tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.lock(), pytest.raises(RuntimeEnvironmentError, match="is locked by process"):
        workspace.lock().__enter__()
    with workspace.lock():
        pass


def test_a_folder_that_is_not_there_cannot_be_locked(tmp_path):
    with pytest.raises(ConfigError, match="there is no such workspace folder"):
        Workspace(tmp_path / "no").lock().__enter__()


def test_what_a_killed_writer_left_is_swept_and_what_a_live_one_writes_is_not(tmp_path):
    workspace = Workspace(tmp_path)
    folder = workspace.issues / "2020-12-admin1"
    folder.mkdir(parents=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, live = folder / f".risk.csv.{gone.pid}.tmp", folder / f".risk.csv.{os.getpid()}.tmp"
    other = folder / ".notes.tmp"
    for path in (left, live, other):
        path.write_text("half")
    with workspace.lock():
        assert (left.exists(), live.exists(), other.exists()) == (False, True, True)
