"""Opening a workspace and bringing sources in from Python."""

from datetime import date

import pytest

import escalation
from tests.calls import run

LIST = "aes_attacks_2024_2025.csv"


def test_a_folder_that_is_not_there_is_named_as_on_the_command_line(tmp_path):
    missing = tmp_path / "none"
    with pytest.raises(escalation.ConfigError) as caught:
        escalation.Workspace(missing)
    assert run("-w", str(missing), "status").stderr == f"error: {caught.value}\n"


def test_the_usual_workspace_is_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ESCALATION_WORKSPACE", str(tmp_path))
    assert escalation.Workspace().path == tmp_path
    monkeypatch.delenv("ESCALATION_WORKSPACE")
    assert str(escalation.Workspace().path) == "."


def test_a_workspace_is_made_once(tmp_path):
    made = escalation.Workspace.create(tmp_path / "new")
    assert (made.path / "escalation.toml").exists()
    assert repr(made) == f"Workspace('{tmp_path / 'new'}')"
    with pytest.raises(escalation.ConfigError, match="exists already"):
        escalation.Workspace.create(tmp_path / "new")
    assert escalation.Workspace.create(tmp_path / "new", exist_ok=True).path == made.path


def test_an_own_list_is_read_and_nothing_is_printed(tmp_path, capfd):
    workspace = escalation.Workspace.create(tmp_path)
    with pytest.warns(escalation.EscalationWarning, match="events that span several months"):
        ingested = workspace.ingest_csv(
            escalation.sample(LIST), escalation.sample("aes.map.toml"), published=date(2025, 7, 1)
        )
    assert capfd.readouterr() == ("", "")
    assert repr(ingested) == f"Ingested({LIST}: 20 accepted, 0 quarantined)"
    assert ingested.files["published"].tolist() == ["2025-07-01"]
    assert LIST in ingested._repr_html_()
    assert ingested.warnings[0].startswith("events that span several months")
    status = workspace.status(as_of="2025-06-30")
    assert len(status.ingests) == 0
    assert "0 sources" in repr(status)
    assert workspace.status().sources["events"].tolist() == [20]


def test_invalid_rows_are_handed_back_with_line_and_rule(tmp_path):
    text = escalation.sample(LIST).read_text(encoding="utf-8")
    lines = text.splitlines()
    lines[3] = lines[3].replace("2021-04-01", "2021-04-99")
    (tmp_path / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    workspace = escalation.Workspace.create(tmp_path / "w")
    asked = (tmp_path / "list.csv", escalation.sample("aes.map.toml"))
    with pytest.raises(escalation.SourceError, match=r"list\.csv"):
        workspace.ingest_csv(*asked)
    with pytest.warns(escalation.EscalationWarning):
        ingested = workspace.ingest_csv(*asked, limit=0.5)
    assert ingested.quarantined["line"].tolist() == [4]
    assert "Quarantined rows" in ingested._repr_html_()
