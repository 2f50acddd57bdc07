"""Issues, their scores and lists to watch from Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import escalation
from tests.calls import NOWHERE, run_inside
from tests.forecast.issues import HOSTILE, small_panel, workspace_of

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> escalation.Workspace:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    workspace_of(tmp_path / "w", small_panel())
    return escalation.Workspace(tmp_path / "w")


def test_a_forecast_is_issued_and_what_tracking_missed_is_a_warning(fresh, capfd):
    with pytest.warns(escalation.EscalationWarning, match="not tracked"):
        issue = fresh.forecast(model="last", horizons=[2, 1], keep_draws=True, outlook=False)
    assert capfd.readouterr() == ("", "")
    assert (issue.name, issue.horizons) == ("2004-12-admin1", (1, 2))
    assert repr(issue).startswith("Issue(2004-12-admin1: Attack risk, January 2005 and February")
    assert set(issue.draws["horizon"]) == {1, 2}
    assert fresh.issues()["issue"].tolist() == ["2004-12-admin1"]
    assert fresh.issue().manifest["id"] == issue.manifest["id"]
    pd.testing.assert_frame_equal(fresh.issue("2004-12-admin1").table, issue.table)


def test_one_horizon_may_be_a_number_and_targets_a_text(fresh):
    with pytest.warns(escalation.EscalationWarning):
        issue = fresh.forecast(model="last", horizons=3, targets="events", outlook=False)
    assert issue.horizons == (3,)
    assert {model["target"] for model in issue.manifest["models"]} == {"events"}
    assert issue.draws is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"targets": ["deaths"]}, ["--target", "deaths"]),
        ({"origin": "2030-01"}, ["--origin", "2030-01"]),
        ({"model": "lsat"}, ["--model", "lsat"]),
        ({"scale": "country"}, ["--scale", "country"]),
    ],
)
def test_errors_are_those_of_the_command_line(fresh, capsys, asked, words):
    with pytest.raises(escalation.EscalationError) as caught:
        fresh.forecast(**asked)
    answer = run_inside(capsys, "-w", fresh.path, "forecast", *words)
    assert answer.stderr.splitlines()[-1] == f"error: {caught.value}"
    assert answer.returncode == caught.value.exit_code


def test_without_an_issue_the_newest_is_told_to_be_missing(fresh):
    with pytest.raises(escalation.EvidenceError, match="holds no issue"):
        fresh.issue()
    assert fresh.issues().columns[0] == "issue"
    with pytest.raises(escalation.EvidenceError, match='there is no issue "x"'):
        fresh.report("x")


def test_an_issue_shows_itself_escaped_with_what_must_be_said_first(hostile):
    issue = hostile.issue("2004-12-admin1")
    html = issue._repr_html_()
    assert "<script>" not in html
    assert "<svg" not in html
    assert "&lt;script&gt;" in html
    assert "No model is recommended" in html
    assert issue.citation.split(";")[0] in html.replace("&#x27;", "'").replace("&quot;", '"')
    assert "Risk in January 2005" in html
    region = issue.region("Tillaberi")
    assert "Tillabéri" in region._repr_html_()


def test_the_first_ranks_are_printed_as_in_every_output(hostile, tmp_path):
    issue = hostile.issue("2004-12-admin1")
    rows = issue.printed(3)
    assert list(rows)[:5] == ["Rank", "Region", "Country", "Level", "Chance of attack"]
    assert rows["Rank"].tolist() == ["1", "2", "3"]
    hostile.export(issue, formats="md", out=tmp_path, horizon=1)
    (file,) = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8")
    for row in rows.to_dict("records"):
        assert f"| {row['Level']} |" in text
        assert f"| {row['Chance of attack']} |" in text
    later = issue.printed(1, columns=["target_month", "region"], horizon=2)
    assert later.to_numpy().tolist() == [["2005-02", later["Region"].iloc[0]]]
    with pytest.raises(escalation.ConfigError, match='no column "p_atack": did you mean "p_attack'):
        issue.printed(columns=["p_atack"])


def test_what_must_be_said_first_is_at_hand(hostile):
    issue = hostile.issue("2004-12-admin1")
    assert issue.notices[0].startswith("No model is recommended for")
    assert set(issue.warnings) <= set(issue.notices)


def test_sections_and_notes_are_frames(hostile):
    issue = hostile.issue("2004-12-admin1")
    assert list(issue.sections["movers_up"])[:2] == ["region_id", "region"]
    assert len(issue.sections["changes"]) == 30
    assert len(issue.sections["left_list"]) == 0
    assert issue.notes["day"].tolist() == ["2005-01-03"]
    assert issue.warnings == tuple(issue.view.warnings)


def test_every_plot_has_its_title_and_source(hostile):
    issue = hostile.issue("2004-12-admin1")
    figures = {
        "Attack risk in January 2005": issue.plot_map(),
        "Attack risk in February 2005": issue.plot_map(2),
        "The first": issue.plot_ranking(),
        "Attacks recorded up to December 2004": issue.plot_months(),
        "Tillabéri": issue.plot_fan("Tillabéri"),
    }
    for title, figure in figures.items():
        texts = [text.get_text() for text in figure.texts]
        assert any(text.startswith(title) for text in texts), title
        assert any("Data: " in text for text in texts), title
        assert figure._repr_png_().startswith(PNG)
    with pytest.raises(
        escalation.ConfigError, match=r"expected months ahead .* has \(1, 2\), got 7"
    ):
        issue.plot_map(7)


def test_the_fan_shows_the_past_and_a_range_a_month_ahead(hostile):
    region = hostile.show("r10", "2004-12-admin1")
    figure = region.plot_fan()
    (axes,) = figure.axes
    bars = axes.patches[: len(region.history)]
    assert [bar.get_height() for bar in bars] == region.history["events"].tolist()
    ranges = axes.patches[len(region.history) :]
    assert [bar.get_y() for bar in ranges] == region.table["events_p05"].tolist()
    tops = [bar.get_y() + bar.get_height() for bar in ranges]
    assert tops == region.table["events_p95"].tolist()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "observed",
        "forecast, 90 % range",
        "median",
    ]
    assert figure.texts[0].get_text().endswith(": attacks a month")
    assert region.plot_fan("deaths").texts[0].get_text().endswith(": deaths a month")
    with pytest.raises(escalation.ConfigError, match='expected events or deaths, got "riots"'):
        region.plot_fan("riots")


def test_the_fan_marks_a_month_that_is_not_observed_and_names_that_mean_harm(hostile):
    issue = hostile.issue("2004-12-admin1")
    last = issue.region("r13")
    assert last.history["events"].isna().iloc[-1]
    (axes,) = last.plot_fan().axes
    assert [text.get_text() for text in axes.texts].count("?") == 1
    for region_id in sorted(set(issue.table["region_id"]))[: len(HOSTILE)]:
        assert issue.plot_fan(region_id)._repr_png_().startswith(PNG)


def test_a_region_is_that_of_the_command_line(hostile, capsys):
    import json

    region = hostile.show("Tillaberi")
    answer = run_inside(capsys, "-w", hostile.path, "show", "Tillaberi", "--json")
    told = json.loads(answer.stdout)
    assert region.table["p_attack"].tolist() == [row["p_attack"] for row in told["rows"]]
    assert region.history["month"].tolist() == told["months"]
    assert list(region.notes) == told["notes"]
    assert set(region.sections) == set(told["sections"])
    with pytest.raises(escalation.ConfigError, match="Atlantis"):
        hostile.show("Atlantis")


def test_scores_and_lists_are_those_of_the_command_line(scored, tmp_path, capsys, monkeypatch):
    import json

    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    workspace = escalation.Workspace(shutil.copytree(scored.path, tmp_path / "w"))
    with pytest.warns(escalation.EscalationWarning, match="not tracked"):
        scores = workspace.score()
    answer = run_inside(capsys, "-w", workspace.path, "score", "--json")
    told = {one["issue"]: one for one in json.loads(answer.stdout)["issues"]}
    for row in scores.scores[scores.scores["forecast"] == "issued"].to_dict("records"):
        (horizon,) = [
            one for one in told[row["issue"]]["horizons"] if one["horizon"] == row["horizon"]
        ]
        (issued,) = [one for one in horizon["forecasts"] if one["forecast"] == "issued"]
        assert row["brier"] == issued["brier"]
    assert set(scores.levels["level"]) == {"very high", "high", "elevated", "guarded", "low"}
    assert "observed_events" in scores.rows
    assert "Forecast verification" in scores._repr_html_()
    alerts = workspace.alerts(budget=3)
    listed = json.loads(
        run_inside(capsys, "-w", workspace.path, "alerts", "--budget", "3", "--json").stdout
    )
    assert alerts.watched["region_id"].tolist() == [row["region_id"] for row in listed["watch"]]
    assert alerts.record == listed
    assert "List to watch" in alerts._repr_html_()
    with pytest.raises(escalation.ConfigError, match="budget"):
        workspace.alerts(budget=0)


def test_the_watch_comes_as_frames_and_files(tmp_path):
    workspace = escalation.Workspace.create(tmp_path / "w")
    with pytest.warns(escalation.EscalationWarning):
        workspace.ingest_csv(
            escalation.sample("aes_attacks_2024_2025.csv"), escalation.sample("aes.map.toml")
        )
    watch = workspace.watch(as_of="2025-06", countries=["Mali", "Niger"], out=tmp_path / "out")
    assert watch.month == "2025-06"
    assert {path.suffix for path in watch.files} == {".html", ".md"}
    assert len(watch.sections["watch_repeat"]) > 0
    assert watch.lists["complete"].tolist() == [False]
    assert "Sites hit again" in watch._repr_html_()
    assert workspace.watch(formats=[]).files == ()
    with pytest.raises(escalation.ConfigError, match="Atlantis"):
        workspace.watch(countries="Atlantis")
