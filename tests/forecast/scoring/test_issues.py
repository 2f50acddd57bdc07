"""Scoring past issues through the command line, on the bundled sample, against plain loops."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import RuntimeEnvironmentError
from data.files import read_json, sha256_of
from data.schema import SCORE_COLUMNS
from data.workspace import Workspace
from experiments.tracking.payload import read_payload
from experiments.tracking.spool import make_item
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import read_panel, write_panel
from forecast.archive.issue_files import read_issue
from tests.calls import NOWHERE, tracked_inside
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of
from tests.forecast.scored import FORECAST, HOLES, call, fill_store, taken
from tests.records import vouch

ALARM, QUIET = ("very high", "high"), ("guarded", "low")


@pytest.fixture
def place(scored_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored_workspace, tmp_path / "w"))


@pytest.fixture(scope="module")
def told(scored_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace that was scored, and what the command told a machine."""
    root = tmp_path_factory.mktemp("told") / "w"
    shutil.copytree(scored_workspace, root)
    return root, json.loads(taken(root, "score", "--json"))


def _issue(root: Path, origin: str) -> Path:
    return root / "forecasts" / f"{origin}-admin1"


def _counts(root: Path) -> dict[tuple[str, str], tuple[float, float]]:
    """Attacks and deaths of each region and month that the given file has a row of."""
    rows = pd.read_parquet(root / "given" / "figures.parquet")
    return {
        (row.region_id, row.month): (float(row.events), float(row.deaths))
        for row in rows.itertuples()
    }


def _forecasts(root: Path, origin: str, horizon: int) -> list[dict[str, Any]]:
    table = pd.read_parquet(_issue(root, origin) / "risk.parquet")
    return table[table["horizon"] == horizon].to_dict("records")


CASES = [("2020-10", 1, "2020-11"), ("2020-10", 2, "2020-12"), ("2020-11", 1, "2020-12")]


def _said(told: tuple[Path, Any], origin: str, horizon: int) -> dict[str, Any]:
    (issue,) = (one for one in told[1]["issues"] if one["origin"] == origin)
    (found,) = (one for one in issue["horizons"] if one["horizon"] == horizon)
    return dict(found)


@pytest.mark.parametrize(("origin", "horizon", "month"), CASES)
def test_hits_misses_and_false_alarms_are_those_of_a_plain_loop(
    told: tuple[Path, Any], origin: str, horizon: int, month: str
) -> None:
    root, _ = told
    came, found = _counts(root), _said(told, origin, horizon)
    tally = {level: [0, 0, 0.0] for level in ("very high", "high", "elevated", "guarded", "low")}
    counted = {"hits": 0, "misses": 0, "false_alarms": 0, "correct_rejections": 0}
    left_out, squares, inside, scored = {"origin": 0, "target": 0}, 0.0, 0, 0
    for row in _forecasts(root, origin, horizon):
        if row["p_attack"] is None or np.isnan(row["p_attack"]):
            left_out["origin"] += 1
            continue
        if (row["region_id"], month) not in came:
            left_out["target"] += 1
            continue
        attacks, _ = came[row["region_id"], month]
        line = tally[row["level"]]
        line[0] += 1
        line[2] += row["p_attack"]
        if attacks > 0:
            line[1] += 1
            counted["hits" if row["level"] in ALARM else "misses"] += 1
        else:
            counted["false_alarms" if row["level"] in ALARM else "correct_rejections"] += 1
        squares += (row["p_attack"] - (1 if attacks > 0 else 0)) ** 2
        inside += row["events_p05"] <= attacks <= row["events_p95"]
        scored += 1
    assert found["target_month"] == month
    assert found["regions"] == scored
    high = next(line for line in found["levels"] if line["level"] == "high")
    assert {name: high[name] for name in counted} == counted
    assert counted["hits"] > 0
    assert counted["misses"] > 0
    for line in found["levels"]:
        regions, attacked, said = tally[line["level"]]
        assert (line["regions"], line["attacked"]) == (regions, attacked)
        assert line["said"] == pytest.approx(said / regions) if regions else line["said"] is None
    issued = found["forecasts"][0]
    assert issued["brier"] == pytest.approx(squares / scored)
    assert issued["inside90"] == pytest.approx(inside / scored)
    why = {
        "origin": "not observed at the origin, so not forecast",
        "target": "not observed in the target month",
    }
    assert found["left_out"] == {why[name]: n for name, n in left_out.items() if n}
    assert left_out["target"] == sum(hole[1] == month for hole in HOLES)
    assert left_out["origin"] == sum(hole[1] == origin for hole in HOLES)


def test_each_level_counts_as_an_alarm_with_all_above_it(told: tuple[Path, Any]) -> None:
    found = _said(told, "2020-10", 1)
    hits = alarms = 0
    for line in found["levels"]:
        hits, alarms = hits + line["attacked"], alarms + line["regions"]
        assert line["hits"] == hits
        assert line["false_alarms"] == alarms - hits
        assert line["hits"] + line["misses"] == found["attacked"]
        assert sum(line[name] for name in (
            "hits", "misses", "false_alarms", "correct_rejections"
        )) == found["regions"]  # fmt: skip


def test_no_change_is_what_a_backtest_says_of_it(told: tuple[Path, Any]) -> None:
    root, _ = told
    (path,) = (root / "backtests").glob("*/forecasts.parquet")
    backtest = pd.read_parquet(path).astype({"model": "str"})
    backtest = backtest[backtest["origin"] == "2020-10"]
    rows = pd.read_parquet(_issue(root, "2020-10") / "score.parquet")
    assert tuple(rows.columns) == SCORE_COLUMNS
    rows = rows[(rows["horizon"] == 1) & rows["left_out"].isna()]
    for model in ("conflictology", "last"):
        wanted = backtest[backtest["model"] == model].set_index("region_id")
        found = rows[rows["forecast"] == model].set_index("region_id")
        assert set(found.index) == set(wanted.index)
        for name in ("p_attack", "mean", "q05", "q95", "crps", "ign"):
            np.testing.assert_allclose(
                found[name], wanted.loc[found.index, name], atol=1e-6, err_msg=f"{model} {name}"
            )


def test_crps_is_that_of_the_kept_draws(told: tuple[Path, Any]) -> None:
    root, _ = told
    draws = pd.read_parquet(_issue(root, "2020-10") / "draws.parquet")
    draws = draws[(draws["target"] == "events") & (draws["horizon"] == 2)]
    rows = pd.read_parquet(_issue(root, "2020-10") / "score.parquet")
    rows = rows[(rows["horizon"] == 2) & (rows["forecast"] == "issued") & rows["left_out"].isna()]
    for row in rows.nlargest(4, "observed_events").to_dict("records"):
        x = draws.loc[draws["region_id"] == row["region_id"], "value"].tolist()
        near = sum(abs(one - row["observed_events"]) for one in x) / len(x)
        apart = sum(abs(one - other) for one in x for other in x) / len(x) ** 2
        assert row["crps"] == pytest.approx(near - apart / 2)
    found = _said(told, "2020-10", 2)["forecasts"][0]
    assert found["crps"] == pytest.approx(rows["crps"].mean())
    assert found["rows_with_draws"] == len(rows)
    without = _said(told, "2020-11", 1)["forecasts"]
    assert {one["crps"] for one in without} == {None}


def test_top_regions_and_the_list_are_those_of_a_plain_loop(told: tuple[Path, Any]) -> None:
    root, _ = told
    rows = pd.read_parquet(_issue(root, "2020-11") / "score.parquet")
    rows = rows[rows["left_out"].isna()]
    found = {one["forecast"]: one for one in _said(told, "2020-11", 1)["forecasts"]}
    issued = rows[rows["forecast"] == "issued"]
    size = sum(level in ALARM for level in issued["level"])
    for name, figures in found.items():
        ranked = sorted(
            rows[rows["forecast"] == name].to_dict("records"),
            key=lambda row: (-row["p_attack"], -row["mean"], row["region_id"]),
        )
        attacked = [row["observed_events"] > 0 for row in ranked]
        for k in (10, 20):
            assert figures[f"recall_top{k}"] == pytest.approx(sum(attacked[:k]) / sum(attacked))
        assert (figures["listed"], figures["hits_listed"]) == (size, sum(attacked[:size]))


@pytest.mark.parametrize(("origin", "horizon", "month"), CASES)
def test_what_was_missed_is_looked_back_at(
    told: tuple[Path, Any], origin: str, horizon: int, month: str
) -> None:
    root, _ = told
    came = _counts(root)
    table = _forecasts(root, origin, horizon)
    last = {row["region_id"]: row["last_events"] for row in table}
    near = read_panel(root / "panels" / "admin1").regions.set_index("region_id")["neighbours"]
    wanted: dict[str, tuple[Any, ...]] = {}
    for row in table:
        region = row["region_id"]
        if row["level"] is None or (region, month) not in came:
            continue
        attacks, deaths = came[region, month]
        kind = None
        if attacks > 0 and row["level"] in QUIET:
            kind = "missed attack"
        elif attacks > row["events_p95"]:
            kind = "more than expected"
        elif attacks == 0 and row["level"] in ALARM:
            kind = "false alarm"
        if kind:
            around = [last[name] for name in near[region].split(";") if name]
            known = around and not any(pd.isna(count) for count in around)
            wanted[region] = (kind, attacks, deaths, sum(around) if known else None)
    looks = _said(told, origin, horizon)["looks_back"]
    found = {
        one["region_id"]: (one["kind"], one["attacks"], one["deaths"], one["neighbour_events"])
        for one in looks
    }
    assert found == wanted
    kinds = [one["kind"] for one in looks]
    order = ["missed attack", "more than expected", "false alarm"]
    assert kinds == sorted(kinds, key=order.index)
    bloody = [one["attacks"] for one in looks if one["kind"] == "missed attack"]
    assert bloody == sorted(bloody, reverse=True)
    by_id = {row["region_id"]: row for row in table}
    for one in looks:
        row = by_id[one["region_id"]]
        assert (one["level"], one["p_attack"], one["reason"]) == (
            row["level"], row["p_attack"], row["reason_1"],
        )  # fmt: skip


def test_a_month_that_has_not_come_waits_and_is_said(told: tuple[Path, Any]) -> None:
    root, record = told
    (issue,) = (one for one in record["issues"] if one["origin"] == "2020-12")
    assert issue["horizons"] == []
    (waits,) = issue["waiting"]
    assert waits["target_month"] == "2021-01"
    assert waits["why"] == "the panel ends with 2020-12"
    assert not (_issue(root, "2020-12") / "scores.json").exists()
    alone = taken(root, "score", "2020-12-admin1")
    assert alone.startswith("no issue can be scored yet")


def test_the_card_says_it_in_words_with_figures(told: tuple[Path, Any]) -> None:
    root, _ = told
    text = taken(root, "score", "2020-10-admin1")
    found = _said(told, "2020-10", 1)
    high = next(line for line in found["levels"] if line["level"] == "high")
    assert "2020-10-admin1: November 2020, 1 month ahead, by local_nb" in text
    assert f"{high['attacked']} of {high['regions']}" in text
    assert "1 region not observed in the target month" in text
    assert "attacked at level guarded or low" in text
    assert "CRPS" in text
    assert "no CRPS or IGN: the issue saved no draws" in taken(root, "score", "2020-11-admin1")
    several = taken(root, "score")
    assert "2 issues of admin1, 1 month ahead: very high " in several
    assert several.count("by local_nb") == 1


def test_the_issues_own_files_stay_and_the_same_scores_are_not_written_again(place: Path) -> None:
    folder = _issue(place, "2020-10")
    before = {path.name: sha256_of(path) for path in folder.iterdir()}
    taken(place, "score")
    assert {name: sha256_of(folder / name) for name in before} == before
    read_issue(folder)
    made = {name: folder / name for name in ("scores.json", "score.parquet")}
    first = {name: path.read_bytes() for name, path in made.items()}
    written = made["scores.json"].stat().st_mtime_ns
    taken(place, "score", "2020-10-admin1")
    assert {name: path.read_bytes() for name, path in made.items()} == first
    assert made["scores.json"].stat().st_mtime_ns == written
    assert not {path.name for path in folder.iterdir()} - {*before, *made}


def test_revised_data_are_scored_again_and_said(place: Path) -> None:
    taken(place, "score")
    before = json.loads((_issue(place, "2020-11") / "scores.json").read_text())
    fill_store(place, "second", twice=("Soum", "Tillabéri"))
    text = taken(place, "score", "2020-11-admin1")
    after = json.loads((_issue(place, "2020-11") / "scores.json").read_text())
    assert "the months up to 2020-11 were revised since the issue was made" in text
    assert after["revised"]
    assert not before["revised"]
    assert after["horizons"][0]["attacks"] > before["horizons"][0]["attacks"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("score", "2020-09-admin1"), 'there is no issue "2020-09-admin1"'),
        (("score", "../forecasts/2020-10-admin1"), "there is no issue"),
    ],
)
def test_an_issue_that_is_not_there_is_refused(
    scored_workspace: Path, words: tuple[str, ...], why: str
) -> None:
    done = call(scored_workspace, *words)
    assert done.returncode == 1
    assert why in done.stderr


def test_a_workspace_without_issues_says_how_to_make_one(tmp_path: Path) -> None:
    done = call(tmp_path, "score")
    assert "holds no issue: `escalation forecast` makes one" in done.stderr


def test_a_damaged_issue_does_not_keep_the_others_from_being_scored(place: Path) -> None:
    with (_issue(place, "2020-10") / "risk.csv").open("a") as stream:
        stream.write("x")
    done = call(place, "score")
    assert done.returncode == 1
    assert "the issue 2020-10-admin1 is left out" in done.stderr
    assert (_issue(place, "2020-11") / "scores.json").exists()
    assert not (_issue(place, "2020-10") / "scores.json").exists()
    named = call(place, "score", "2020-10-admin1")
    assert "risk.csv was changed or damaged after it was written" in named.stderr


def test_a_manifest_of_another_form_does_not_keep_the_others_from_being_scored(place: Path) -> None:
    (_issue(place, "2020-10") / "manifest.json").write_text("{}")
    done = call(place, "score")
    assert done.returncode == 1
    assert "the issue 2020-10-admin1 is left out" in done.stderr
    assert (_issue(place, "2020-11") / "scores.json").exists()


def test_names_that_are_more_than_names_stay_on_their_line(tmp_path: Path) -> None:
    panel = small_panel(HOSTILE)
    workspace = workspace_of(tmp_path, panel)
    issue_of(workspace, panel, origin="2004-11", model="last")
    said = [taken(tmp_path, "score"), taken(tmp_path, "alerts", "--budget", 14)]
    for text in said:
        assert all(line.isprintable() for line in text.split("\n"))
    assert "<script>alert(1)</script>" in said[1]
    rows = pd.read_parquet(tmp_path / "forecasts" / "2004-11-admin1" / "score.parquet")
    assert set(rows["region"]) >= set(HOSTILE)


# ---- sections of later issues ----


def _sections(root: Path, origin: str) -> dict[str, Any]:
    kept = json.loads((_issue(root, origin) / "sections.json").read_text())
    return {section["name"]: section for section in kept}


def test_a_later_issue_shows_how_the_earlier_ones_did(told: tuple[Path, Any]) -> None:
    root, _ = told
    levels = _sections(root, "2020-12")["scorecard_levels"]
    names = [column["name"] for column in levels["columns"]]
    newest, before = _said(told, "2020-11", 1), _said(told, "2020-10", 1)
    for row, one, other in zip(levels["rows"], newest["levels"], before["levels"], strict=True):
        cells = dict(zip(names, row, strict=True))
        assert (cells["level"], cells["regions"], cells["attacked"]) == (
            one["level"], one["regions"], one["attacked"],
        )  # fmt: skip
        assert cells["record_regions"] == one["regions"] + other["regions"]
        assert cells["record_attacked"] == one["attacked"] + other["attacked"]
    assert "Issue 2020-11-admin1 for December 2020, 1 month ahead: very high" in levels["note"]
    assert "Left out: 2 not observed in the target month." in levels["note"]
    misses = _sections(root, "2020-12")["scorecard_misses"]
    assert len(misses["rows"]) == len(newest["looks_back"])
    models = _sections(root, "2020-12")["scorecard_models"]
    assert [row[0] for row in models["rows"][::3]] == [
        "December 2020", "2 issues, Nov 2020 to Dec 2020",
    ]  # fmt: skip
    crps = [column["name"] for column in models["columns"]].index("crps")
    assert [row[crps] for row in models["rows"]] == [None] * 6  # one of the two kept no draws
    assert None not in [row[crps] for row in _sections(root, "2020-11")["scorecard_models"]["rows"]]


def test_the_first_issue_says_that_there_is_nothing_to_score(told: tuple[Path, Any]) -> None:
    sections = _sections(told[0], "2020-10")
    for section in sections.values():
        if section["name"].startswith("scorecard"):
            assert section["rows"] == []
            assert section["note"].startswith("There is nothing to verify yet")
    note = sections["scorecard_levels"]["note"]
    assert "In 5 past origins of backtest" in note
    assert re.search(r"very high \d+ of \d+ attacked \(forecast \d+ %\)", note)
    assert "Brier local_nb 0." in sections["scorecard_models"]["note"]


def test_months_after_the_origin_change_no_byte_of_a_section(
    scored_workspace: Path, place: Path
) -> None:
    panel = read_panel(place / "panels" / "admin1")
    measures = {name: values.copy() for name, values in panel.measures.items()}
    late = panel.position("2020-12")
    for values in measures.values():
        values[:, late:] = 77.0
    folder = Workspace(place).panel("admin1")
    made = read_json(folder / "manifest.json")
    write_panel(replace(panel, measures=measures), folder, manifest=made)
    path = next((place / "backtests").glob("*/forecasts.parquet"))
    rows = pd.read_parquet(path)
    rows.loc[rows["target_month"] > "2020-11", "observed"] = 77.0
    rows.to_parquet(path, index=False)
    vouch(path)
    words = ("--origin", "2020-11", "--horizons", "1", *FORECAST)
    taken(place, "forecast", *words)
    for origin in ("2020-10", "2020-11"):
        kept, clean = (
            (_issue(root, origin) / "sections.json").read_bytes()
            for root in (place, scored_workspace)
        )
        assert kept == clean
    section = _sections(place, "2020-11")["scorecard_levels"]
    assert "for November 2020" in section["note"]


def test_a_later_issue_is_not_scored_in_an_earlier_one(place: Path) -> None:
    words = ("--origin", "2020-10", "--horizons", "1,2", *FORECAST, "--draws")
    before = _sections(place, "2020-10")
    taken(place, "forecast", *words)
    assert _sections(place, "2020-10") == before


# ---- tracking: on the issue's own run, once ----

pytestmark = pytest.mark.filterwarnings("ignore")


def _uri(root: Path) -> str:
    return f"sqlite:///{root / 'mlflow.db'}"


def _runs(root: Path) -> dict[str, list[Any]]:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=_uri(root), registry_uri=_uri(root))
    experiment = client.get_experiment_by_name("escalation/forecasts")
    found: dict[str, list[Any]] = {}
    for run in client.search_runs([experiment.experiment_id]):
        found.setdefault(run.info.run_name, []).append(run)
    return found


def _history(root: Path, run_id: str, name: str) -> list[float]:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=_uri(root), registry_uri=_uri(root))
    history = client.get_metric_history(run_id, name)
    return [metric.value for metric in sorted(history, key=lambda one: one.timestamp)]


def _metrics(root: Path, origin: str) -> dict[str, float]:
    return dict(json.loads((_issue(root, origin) / "scores.json").read_text())["metrics"])


def test_scores_land_once_on_the_issues_own_run(
    place: Path, mlflow_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", tracked_inside)
    uri = _uri(place)
    away = call(place, "score", uri=NOWHERE)
    assert away.returncode == 0
    assert away.stderr.count("warning: not tracked") == 1
    waiting = sorted(path.name.partition("-admin1")[0] for path in (place / "spool").iterdir())
    assert waiting == [*(f"issue.2020-{month}" for month in (10, 11, 12)),
                       *(f"score.2020-{month}" for month in (10, 11))]  # fmt: skip
    # One issue is not waiting: its scores make its run, as it was never told.
    next((place / "spool").glob("issue.2020-10*")).unlink()
    shutil.copy(mlflow_database, place / "mlflow.db")
    tracker = Tracker(Workspace(place), uri, later=True)
    assert {sent.warning for sent in tracker.send_missed()} == {None}
    assert list((place / "spool").iterdir()) == []
    runs = _runs(place)
    assert {name: len(found) for name, found in runs.items()} == {
        "2020-10-admin1": 1, "2020-11-admin1": 1, "2020-12-admin1": 1,
    }  # fmt: skip
    (own,) = runs["2020-11-admin1"]
    assert own.data.tags["escalation.item"].startswith("issue/2020-11-admin1/")
    metrics = _metrics(place, "2020-11")
    assert {name: own.data.metrics[name] for name in metrics} == pytest.approx(metrics)
    assert {"score_brier", "score_hits", "score_brier_last", "score_high_attacked"} <= set(metrics)
    (ahead,) = runs["2020-10-admin1"]
    assert {"score_crps_h1", "score_crps_h2", "score_brier_conflictology_h2"} <= set(
        ahead.data.metrics
    )
    _revise(place, own.info.run_id)
    # A connection that broke before the end: what was sent is sent again and kept once. The issue
    # that is told after its scores finds their run.
    MlflowClient(tracking_uri=uri, registry_uri=uri).delete_tag(own.info.run_id, "escalation.score")
    (_issue(place, "2020-11") / "score_tracking.json").unlink()
    tracker.log_scores([_issue(place, "2020-11"), _issue(place, "2020-10")])
    tracker.log_issue(_issue(place, "2020-10"))
    again = [sent.run_id for sent in tracker.send_later_ones()]
    assert again == [own.info.run_id, ahead.info.run_id]
    assert {len(_history(place, own.info.run_id, name)) for name in metrics} <= {1, 2}
    assert len(_history(place, own.info.run_id, "score_expected_attacked")) == 2
    assert sum(map(len, _runs(place).values())) == 3


def _revise(place: Path, run_id: str) -> None:
    """Scored anew after a revision, the run shows the newer figures, the older ones behind."""
    old = _metrics(place, "2020-11")["score_expected_attacked"]
    brier = _metrics(place, "2020-11")["score_brier"]
    fill_store(place, "second", twice=("Soum", "Tillabéri"))
    figures = place / "given" / "figures.parquet"
    rows = pd.read_parquet(figures)
    rows.loc[rows["month"] == "2020-12", "events"] += 1
    rows.to_parquet(figures, index=False)
    words = ("--regions", place / "given" / "regions.parquet", "--release", "third")
    taken(place, "ingest", "figures", figures, *words)
    taken(place, "panel")
    taken(place, "score", "2020-11-admin1", uri=_uri(place))
    new = _metrics(place, "2020-11")
    assert new["score_brier"] != brier
    assert new["score_expected_attacked"] == old
    assert _history(place, run_id, "score_brier") == pytest.approx([brier, new["score_brier"]])
    (own,) = _runs(place)["2020-11-admin1"]
    assert own.data.metrics["score_brier"] == pytest.approx(new["score_brier"])
    artifacts = Path(own.info.artifact_uri.removeprefix("file://"))
    kept = json.loads((artifacts / "scores.json").read_text())
    assert kept["metrics"] == new


def test_a_server_that_is_down_is_waited_for_once_and_told_scores_stay_told(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def down(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
        asked.append(len(tasks))
        return [Tracked(str(tasks[0]["kind"]), warning="down")]

    def up(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
        asked.append(len(tasks))
        return [Tracked(str(task["kind"]), run_id="r") for task in tasks]

    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", down)
    assert call(place, "score", uri="http://nobody").stderr.count("not tracked: down") == 1
    assert asked == [2]
    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", up)
    assert call(place, "score", uri="http://nobody").stderr == ""
    assert call(place, "score", uri="http://nobody").stderr == ""
    assert asked == [2, 2]
    assert not list((place / "spool").glob("score.*"))


def test_scores_of_an_issue_that_was_made_anew_are_not_told_of_it(place: Path) -> None:
    taken(place, "score", "2020-11-admin1")
    item = make_item("score", _issue(place, "2020-11"))
    assert read_payload(item).addition is not None
    taken(place, "forecast", "--origin", "2020-11", "--horizons", "1", "--model", "conflictology")
    with pytest.raises(RuntimeEnvironmentError, match="is of an earlier issue of that name"):
        read_payload(item)
    taken(place, "score", "2020-11-admin1")
    metrics = _metrics(place, "2020-11")
    assert metrics["score_brier"] == metrics["score_brier_conflictology"]


def test_scores_are_no_part_of_the_issue_that_is_told(place: Path) -> None:
    taken(place, "score", "2020-11-admin1")
    names = {
        path.name for path in read_payload(make_item("issue", _issue(place, "2020-11"))).artifacts
    }
    assert names == {"manifest.json", "risk.csv", "risk.parquet", "sections.json"}
