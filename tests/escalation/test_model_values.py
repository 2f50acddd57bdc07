"""Backtests and comparisons as Python gives them, from made-up forecasts."""

import pytest

import escalation
from tests.experiments.synthetic import write_synthetic_backtest

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def workspace(tmp_path):
    made = escalation.Workspace.create(tmp_path / HOSTILE.replace("/", "_"))
    for place, name in enumerate(("admin1-events-aaaaaaaa", "admin1-events-bbbbbbbb")):
        write_synthetic_backtest(
            made.path / "backtests" / name,
            finished_at=f"2026-01-0{1 + place}T00:00:00+00:00",
            leak_alarms=[f"feature {HOSTILE} reads a later month"],
        )
    return made


def test_backtests_are_listed_the_newest_first_and_read_by_id(workspace):
    listed = workspace.backtests()
    assert listed["backtest"].tolist() == ["admin1-events-bbbbbbbb", "admin1-events-aaaaaaaa"]
    assert listed["horizons"].tolist() == ["1", "1"]
    assert workspace.read_backtest().id == "admin1-events-bbbbbbbb"
    read = workspace.read_backtest("admin1-events-aaaaaaaa")
    assert (read.source, read.ablation, read.seeds) == (None, None, None)
    assert "admin1, events, 1 month ahead" in repr(read)
    assert set(read.scores["model"]) == set(read.forecasts["model"])
    with pytest.raises(escalation.EvidenceError, match="admin1-events-cccccccc"):
        workspace.read_backtest("admin1-events-cccccccc")


def test_without_backtests_the_list_has_its_columns(tmp_path):
    listed = escalation.Workspace.create(tmp_path).backtests()
    assert len(listed) == 0
    assert "finished_at" in listed


def test_a_comparison_is_that_of_the_command_line(workspace, capsys):
    from forecast.cli import main

    comparison = workspace.compare("admin1-events-aaaaaaaa", models="wise")
    assert comparison.backtests == ("admin1-events-aaaaaaaa",)
    assert capsys.readouterr() == ("", "")
    main._run(["-w", str(workspace.path), "compare", "admin1-events-aaaaaaaa", "--models", "wise"])
    shown = capsys.readouterr().out
    for row in comparison.summary.to_dict("records"):
        (line,) = [line for line in shown.splitlines() if line.startswith(f"{row['model']} ")]
        assert line.split()[1] == f"{row['crps']:.4f}"
    assert "wise" in set(comparison.summary["model"])
    assert set(comparison.forecasts["model"]) == set(comparison.summary["model"])
    assert comparison.summary["crps"].is_monotonic_increasing


def test_backtests_are_compared_by_themselves_or_by_their_ids(workspace):
    one, two = (workspace.read_backtest(name) for name in workspace.backtests()["backtest"])
    together = workspace.compare(one, two.id)
    assert len(together.summary) == 2 * one.forecasts["model"].nunique()
    assert len(workspace.compare().summary) == one.forecasts["model"].nunique()
    assert two.id in together.plot_pit().texts[-1].get_text()


def test_parts_of_a_comparison(workspace):
    comparison = workspace.compare()
    assert set(comparison.parts("horizon")["by"]) == {"horizon"}
    assert "observed_rate" in comparison.parts("level")
    for name in comparison.tables.unrecorded:
        with pytest.raises(escalation.EvidenceError, match=f"^{name} is not recorded"):
            comparison.parts(name)


def test_values_show_themselves_escaped(workspace):
    for value in (workspace.read_backtest(), workspace.compare()):
        html = value._repr_html_()
        assert "<script>" not in html
        assert html.startswith('<div class="escalation tex2jax_ignore mathjax_ignore">')
        assert "<table" in html
    assert "&lt;script&gt;" in workspace.read_backtest()._repr_html_()


def test_plots_say_what_they_show_and_from_what(workspace):
    backtest = workspace.read_backtest()
    for plot, title in (
        (backtest.plot_reliability, "Reliability of the probability of an attack"),
        (backtest.plot_pit, "PIT"),
        (backtest.plot_phases, "Skill by phase"),
        (workspace.compare().plot_reliability, "Reliability of the probability of an attack"),
    ):
        texts = [text.get_text() for text in plot().texts]
        assert f"{title}, admin1, events, 1 month ahead" in texts
        assert any("Backtest admin1-events-bbbbbbbb" in text for text in texts)
