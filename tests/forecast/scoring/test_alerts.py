"""Watch lists on a budget through the command line, against plain loops over the backtest."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.scoring.alerts import Choice
from tests.forecast.scored import call, keep_backtest, taken
from tests.records import vouch


@pytest.fixture
def place(scored_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored_workspace, tmp_path / "w"))


def _record(root: Path, *words: object) -> dict[str, Any]:
    return dict(json.loads(taken(root, "alerts", *words, "--json")))


def _forecasts(root: Path) -> Path:
    (path,) = (root / "backtests").glob("*/forecasts.parquet")
    return path


def _issued(root: Path, origin: str, horizon: int = 1) -> list[dict[str, Any]]:
    table = pd.read_parquet(root / "forecasts" / f"{origin}-admin1" / "risk.parquet")
    rows = table[(table["horizon"] == horizon) & table["p_attack"].notna()].to_dict("records")
    return sorted(rows, key=lambda row: row["rank"])


def _plain_lists(root: Path, model: str, through: str, keep: Any) -> dict[str, Any]:
    """Make each past month's list in a plain loop: who is on it, and who was attacked."""
    frame = pd.read_parquet(_forecasts(root)).astype({"model": "str"})
    rows = [row for row in frame.to_dict("records") if row["model"] == model]
    months = sorted({row["target_month"] for row in rows if row["target_month"] <= through})
    lists, hits, false_alarms, attacked = [], [], [], []
    for month in months:
        ranked = sorted(
            (row for row in rows if row["target_month"] == month and row["observed"] >= 0),
            key=lambda row: (-row["p_attack"], -row["mean"], row["region_id"]),
        )
        chosen = [row for place, row in enumerate(ranked) if keep(place, row["p_attack"])]
        lists.append({row["region_id"] for row in chosen})
        hits.append(sum(row["observed"] >= 1 for row in chosen))
        false_alarms.append(sum(row["observed"] == 0 for row in chosen))
        attacked.append(sum(row["observed"] >= 1 for row in ranked))
    kept = [
        len(before & after) / len(after) for before, after in itertools.pairwise(lists) if after
    ]
    return {
        "months": months, "hits": hits, "false_alarms": false_alarms,
        "attacked": attacked, "kept": kept,
    }  # fmt: skip


def _same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    hits = wanted["hits"]
    assert (found["months"], found["first_month"], found["last_month"]) == (
        len(wanted["months"]), wanted["months"][0], wanted["months"][-1],
    )  # fmt: skip
    assert found["hits"] == pytest.approx(np.mean(hits))
    assert (found["hits_worst"], found["hits_best"]) == (min(hits), max(hits))
    assert found["false_alarms"] == pytest.approx(np.mean(wanted["false_alarms"]))
    assert found["recall"] == pytest.approx(sum(hits) / sum(wanted["attacked"]))
    assert found["kept"] == pytest.approx(np.mean(wanted["kept"]))


@pytest.mark.parametrize("budget", [1, 7, 20])
def test_a_budget_is_spent_by_rank_and_its_past_is_that_of_a_plain_loop(
    scored_workspace: Path, budget: int
) -> None:
    found = _record(scored_workspace, "--budget", budget)
    rows = _issued(scored_workspace, "2020-12")
    assert [one["region_id"] for one in found["watch"]] == [r["region_id"] for r in rows[:budget]]
    hits = sum(row["p_attack"] for row in rows[:budget])
    assert found["expected_hits"] == pytest.approx(hits)
    assert found["expected_false_alarms"] == pytest.approx(budget - hits)
    assert found["expected_attacked"] == pytest.approx(sum(row["p_attack"] for row in rows))
    assert [lists["model"] for lists in found["past"]] == ["local_nb", "conflictology", "last"]
    for lists in found["past"]:
        wanted = _plain_lists(
            scored_workspace, lists["model"], "2020-12", lambda place, _: place < budget
        )
        _same(lists, wanted)


def test_costs_watch_where_a_watch_saves_more_than_it_wastes(scored_workspace: Path) -> None:
    found = _record(scored_workspace, "--cost-miss", 4, "--cost-alarm", 1)
    assert found["threshold"] == pytest.approx(0.2)
    rows = _issued(scored_workspace, "2020-12")
    watched = [row["region_id"] for row in rows if row["p_attack"] * 4 >= 1 - row["p_attack"]]
    assert [one["region_id"] for one in found["watch"]] == watched
    assert 0 < len(watched) < len(rows)
    for lists in found["past"]:
        wanted = _plain_lists(
            scored_workspace, lists["model"], "2020-12", lambda _, p: p >= 0.2 - 1e-9
        )
        _same(lists, wanted)
        missed = np.array(wanted["attacked"]) - np.array(wanted["hits"])
        assert lists["cost"] == pytest.approx(
            np.mean(np.array(wanted["false_alarms"]) + 4 * missed)
        )


def test_a_chance_that_equals_the_threshold_is_watched() -> None:
    choice = Choice(cost_miss=7.0, cost_alarm=3.0)
    assert choice.of(np.array([0.31, 0.1 + 0.2, 0.3, 0.299])).tolist() == [True, True, True, False]
    assert Choice(budget=2).of(np.array([0.9, 0.5, 0.5])).tolist() == [True, True, False]


def test_only_months_known_at_the_issues_origin_are_read(place: Path) -> None:
    words = ("--issue", "2020-10-admin1", "--budget", 7)
    clean = _record(place, *words)
    assert clean["past"][0]["last_month"] == "2020-10"
    rows = pd.read_parquet(_forecasts(place))
    late = rows["target_month"] > "2020-10"
    rows.loc[late, ["observed", "p_attack"]] = [99.0, 1.0]
    rows.to_parquet(_forecasts(place), index=False)
    vouch(_forecasts(place))
    assert _record(place, *words) == clean
    assert _record(place, "--budget", 7)["past"] != clean["past"]


def test_a_past_without_the_model_is_said_and_an_older_backtest_with_it_is_found(
    place: Path,
) -> None:
    newer = keep_backtest(place, models=("conflictology", "last"))
    assert newer.name != _record(place, "--budget", 7)["backtest"]
    shutil.rmtree(next(path for path in (place / "backtests").iterdir() if path != newer))
    text = taken(place, "alerts", "--budget", 7)
    assert "no backtest of local_nb, 1 month ahead," in text
    assert _record(place, "--budget", 7)["past"] == []
    ahead = taken(place, "alerts", "--issue", "2020-10-admin1", "--horizon", 2)
    assert "regions to watch in December 2020" in ahead


def test_the_text_tells_what_to_watch_and_what_that_was_worth(scored_workspace: Path) -> None:
    text = taken(scored_workspace, "alerts", "--budget", 5)
    found = _record(scored_workspace, "--budget", 5)
    assert "regions to watch in January 2021, from data through 2020-12" in text
    assert "budget: 5 of" in text
    assert f"{found['expected_hits']:.1f} of these 5 are attacked" in text
    assert all(one["region"] in text for one in found["watch"])
    ours = found["past"][0]
    spread = f"{ours['hits']:.1f} ({ours['hits_p10']:.0f}–{ours['hits_p90']:.0f};"
    assert f"{spread} {ours['hits_worst']:.0f} to {ours['hits_best']:.0f})" in text
    assert "local_nb caught more than conflictology in" in text
    costs = taken(scored_workspace, "alerts", "--cost-miss", 3, "--cost-alarm", 1)
    assert "cost of a false alarm / (cost of a false alarm + cost of a miss) = 0.25" in costs
    assert "watching no region would have cost" in costs
    nobody = taken(scored_workspace, "alerts", "--cost-miss", 1, "--cost-alarm", 9999)
    assert "no region reaches that chance" in nobody


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--budget", 0), 2, "--budget: expected 1 region or more, got 0"),
        (("--budget", -3), 2, "--budget: expected 1 region or more, got -3"),
        (("--budget", 100), 2, "expected at most the 99 regions that the issue has a forecast of"),
        (("--cost-miss", 3), 2, "expected --cost-miss and --cost-alarm together"),
        (("--cost-alarm", 3), 2, "expected --cost-miss and --cost-alarm together"),
        (("--cost-miss", -1, "--cost-alarm", 1), 2, "--cost-miss: expected a number above 0"),
        (("--cost-miss", 1, "--cost-alarm", 0), 2, "--cost-alarm: expected a number above 0"),
        (("--cost-miss", "nan", "--cost-alarm", 1), 2, "--cost-miss: expected a number above 0"),
        (("--cost-miss", 1, "--cost-alarm", "inf"), 2, "--cost-alarm: expected a number above 0"),
        (
            ("--budget", 3, "--cost-miss", 1, "--cost-alarm", 1),
            2,
            "expected --budget or costs",
        ),
        (
            ("--horizon", 3),
            2,
            "expected one of 2020-10-admin1's months ahead, 1, 2, got 3",
        ),
        (("--issue", "2020-09-admin1"), 1, 'there is no issue "2020-09-admin1"'),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    scored_workspace: Path, words: tuple[object, ...], code: int, why: str
) -> None:
    given = words if "--issue" in words else (*words, "--issue", "2020-10-admin1")
    done = call(scored_workspace, "alerts", *given)
    assert done.returncode == code
    assert why in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_without_an_issue_there_is_nothing_to_watch(tmp_path: Path) -> None:
    done = call(tmp_path, "alerts")
    assert done.returncode == 1
    assert "holds no issue that can be read: `escalation forecast` makes one" in done.stderr
