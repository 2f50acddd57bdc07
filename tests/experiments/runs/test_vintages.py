"""What was known when, and what was revised: releases, days, backtests and issues."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.months import month_range
from data.store.store import Store
from data.workspace import Workspace
from experiments.runs.vintages import known_by, make_vintages
from features.panel import read_panel
from tests.calls import run_inside
from tests.experiments.figures import without_tracking
from tests.forecast.busy_list import FIRST, Desk, busy_rows, in_months
from tests.shared import shared_file

CANDIDATE = "ucdp_candidate_23_0_10.csv"
BASE, LAST = "2021-06", "2021-12"


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch) -> Desk:
    without_tracking(monkeypatch)
    return Desk(tmp_path, capsys)


def fill(desk: Desk) -> None:
    """Ingest release 1 to June 2021, one candidate a month, and release 9 with all to October."""
    rows = busy_rows()
    then = [row for place, row in enumerate(rows) if row.split(",")[1][:7] <= BASE or place % 4]
    months = month_range(FIRST, BASE)
    desk.ingest(in_months(then, {*months}), "--published", "2021-07-20", through=BASE)
    for number, month in enumerate(month_range("2021-07", LAST), start=2):
        own = in_months(then, {month})
        out = f"{known_by(month):%Y-%m}-20"
        desk.ingest(own, "--published", out, first=month, through=month, release=str(number))
    whole = in_months(rows, {*month_range(FIRST, "2021-11")})
    desk.ingest(whole, "--published", "2022-06-30", through="2021-11", release="9")


def events(desk: Desk, month: str) -> float:
    built = read_panel(desk.folder / "panels" / "admin1")
    return float(np.nansum(built.measure("events")[:, built.position(month)]))


def test_a_panel_of_an_earlier_day_holds_what_was_known_then(desk):
    fill(desk)
    full = in_months(busy_rows(), {"2021-08"})
    assert desk.panel()["last_complete_month"] == LAST
    now = events(desk, "2021-08")
    assert now == len(full)
    digest = read_panel(desk.folder / "panels" / "admin1").up_to("2021-08").digest()
    record = desk.panel("--as-of", "2021-09-20")
    assert (record["as_of"], record["last_complete_month"]) == ("2021-09-20", "2021-08")
    assert events(desk, "2021-08") < now
    manifest = json.loads((desk.folder / "panels" / "admin1" / "manifest.json").read_text())
    assert manifest["revised_digest"] == digest != manifest["digest"]
    assert [s["release"] for s in manifest["snapshots"]] == ["1", "2", "3"]
    assert desk.panel("--as-of", "2021-09-19")["last_complete_month"] == "2021-07"
    assert desk.status("--as-of", "2021-09-19")["last_complete_month"] == "2021-07"
    assert "as known on 2021-09-19" in desk.good("status", "--as-of", "2021-09-19").stdout
    refused = desk.call("panel", "--as-of", "2020-01-01")
    assert refused.returncode == 1


def test_a_vintage_backtest_reads_what_was_known_then(desk):
    fill(desk)
    desk.panel()
    words = ("--models", "last,conflictology", "--draws", "100", "--origins", "2021-05:2021-10")
    done = desk.good("backtest", "--vintage", *words)
    assert "origins left out: 1, such as 2021-05 (nothing was known yet)" in done.stdout
    (folder,) = (desk.folder / "backtests").glob("admin1-*")
    manifest = json.loads((folder / "manifest.json").read_text())
    current = read_panel(desk.folder / "panels" / "admin1")
    assert manifest["origins"] == month_range("2021-06", "2021-10")
    assert manifest["revised_digest"] == current.digest() != manifest["data_digest"]
    assert [v["releases"][-1] for v in manifest["vintages"]] == ["1", "2", "3", "4", "5"]
    assert manifest["vintages"][1]["as_of"] == "2021-08-31"
    rows = pd.read_parquet(folder / "forecasts.parquet")
    west = current.region_ids.index("west")
    for row in rows[rows["region_id"] == "west"].itertuples():
        # targets are those of today, forecasts of "last" those of the candidate of then
        assert row.observed == current.measure("events")[west, current.position(row.target_month)]
    table = pd.read_csv(folder / "vintage.csv").set_index(["model", "score"])
    assert (table["rows"] == 15).all()
    np.testing.assert_allclose(table["difference"], table["vintage"] - table["revised"])
    assert table.loc[("last", "crps"), "difference"] != 0
    assert "as known then" in done.stdout


def test_a_vintage_ends_at_its_origin_with_what_was_known(desk):
    fill(desk)
    desk.panel()
    current = read_panel(desk.folder / "panels" / "admin1")
    found, omitted = make_vintages(Workspace(desk.folder), current, month_range("2021-07", LAST))
    assert omitted == {}
    for vintage in found:
        view = Store(desk.folder / "store", as_of=vintage.as_of).events()
        month = view["date_start"].dt.strftime("%Y-%m")
        counts = np.nansum(vintage.panel.measure("events"), axis=0)
        place = current.position(vintage.origin)
        assert counts[place] == (month == vintage.origin).sum()
        assert counts[: place + 1].sum() == (month <= vintage.origin).sum()
        later = current.measure("events")[:, place + 1 :]
        np.testing.assert_array_equal(vintage.panel.measure("events")[:, place + 1 :], later)


def test_without_vintages_there_is_none_to_learn_from(desk):
    desk.ingest(busy_rows())
    desk.panel()
    refused = desk.call("backtest", "--vintage", "--models", "last", "--origins", "2021-05")
    assert refused.returncode == 1
    assert "no origin was known by the end of the month after it" in refused.stderr
    for words in (["--ablate"], ["--from-run", "x"]):
        assert desk.call("backtest", "--vintage", *words).returncode == 2
    desk.ingest(busy_rows(), "--published", "2022-01-05", release="2")
    desk.panel("--as-of", "2022-02-01")
    refused = desk.call("backtest", "--vintage", "--models", "last", "--origins", "2021-05")
    assert "build it without --as-of first" in refused.stderr


def test_an_issue_of_an_earlier_day_holds_both_digests(desk):
    fill(desk)
    words = ("forecast", "--model", "local_nb", "--json", "--origin", "2021-08")
    manifests = []
    for day in ([], ["--as-of", "2021-09-30"]):
        desk.panel(*day)
        folder = Path(json.loads(desk.good(*words).stdout)["folder"])
        manifests.append(json.loads((folder / "manifest.json").read_text()))
    now, then = manifests
    assert now["as_of"] is None
    assert now["revised_digest"] == now["data_digest"]
    assert then["as_of"] == "2021-09-30"
    assert then["revised_digest"] == now["data_digest"] != then["data_digest"]


def test_months_are_completed_only_when_asked(desk):
    fill(desk)
    desk.panel()
    tables, manifests = [], []
    for more in ([], ["--complete-months"]):
        done = desk.good("forecast", "--model", "last", "--json", *more)
        folder = Path(json.loads(done.stdout)["folder"])
        manifests.append(json.loads((folder / "manifest.json").read_text()))
        tables.append(pd.read_csv(folder / "risk.csv").set_index("region_id"))
    plain, completed = (manifest["completed_months"] for manifest in manifests)
    assert plain is None
    assert list(completed["months"]) == [LAST]  # release 9 speaks of all before it again
    growth = completed["growth_by_age"]["1"]
    assert growth["months"] == 6  # June, the last of release 1, and five candidates
    assert growth["events"] > 1.1
    assert tables[1].loc["west", "expected_events"] > tables[0].loc["west", "expected_events"]
    # what is told about the past is what is known
    for column in ("last_events", "mean12_events", "last_deaths", "reason_1"):
        assert (tables[0][column] == tables[1][column]).all(), column
    assert manifests[0]["id"] != manifests[1]["id"]
    assert manifests[0]["data_digest"] == manifests[1]["data_digest"]


def revised(path: Path, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the candidate's rows and a later release made of them: changed, dropped and new."""
    before = pd.read_csv(path, dtype=str, keep_default_na=False)
    rng = np.random.default_rng(seed)
    after = before.copy()
    deadlier = rng.random(len(after)) < 0.1
    for column in ("best", "high"):
        counts = after[column].astype(float).astype(int)
        after[column] = (counts + 3 * deadlier).astype(str)
    after = after[rng.random(len(after)) > 0.03]
    added = after.sample(40, random_state=1).copy()
    added["id"] = [f"99{place:06d}" for place in range(len(added))]
    return before, pd.concat([after, added], ignore_index=True)


@pytest.mark.parametrize("order", [1, -1])
def test_revisions_of_the_real_candidate_are_those_that_were_made(tmp_path, capsys, order):
    before, after = revised(shared_file(CANDIDATE))
    files = [shared_file(CANDIDATE), tmp_path / "ged241.csv"]
    after.to_csv(files[1], index=False)
    workspace = tmp_path / "w"
    workspace.mkdir()
    for file in files[::order]:
        done = run_inside(capsys, "-w", workspace, "ingest", "ucdp", file)
        assert done.returncode == 0, done.stderr
    kept = Store(workspace / "store").events()
    assert set(kept["event_id"]) == set(after["id"])  # what the later release lacks is withdrawn
    words = ("revisions", "--from", "23.0.10", "--to", "24.1", "--scale", "country", "--json")
    found = json.loads(run_inside(capsys, "-w", workspace, *words).stdout)
    assert found["months"] == ["2023-10"]

    def counts(frame):
        own = frame[frame["date_start"].str[:7] == "2023-10"]
        return own.groupby("country").size()

    change = counts(after).sub(counts(before), fill_value=0).astype(int)
    told = pd.DataFrame(found["changed"]).groupby("country")["events_change"].sum()
    assert told[told != 0].to_dict() == change[change != 0].to_dict()
    sums = found["sums"]["events"]
    assert sums == {"before": int(counts(before).sum()), "after": int(counts(after).sum())}
    largest = max(found["changed"], key=lambda row: abs(row["deaths_change"]))
    assert found["changed"][0] == largest
    text = run_inside(capsys, "-w", workspace, "revisions", "--scale", "country").stdout
    assert f"{sums['after'] - sums['before']:+,}" in text
    assert "from 23.0.10 to 24.1" in text
    by_day = ("revisions", "--from", "2023-12-01", "--to", "2024-07-01", "--scale", "country")
    again = json.loads(run_inside(capsys, "-w", workspace, *by_day, "--json").stdout)
    assert again["changed"] == found["changed"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--from", "nine"], 2, 'or a day as YYYY-MM-DD, got "nine"'),
        ([], 1, "the store holds no release before 1"),
        (["--from", "2019-01-01"], 1, "expected a complete list or figures in the store"),
    ],
)
def test_revisions_that_cannot_be_told_are_refused(desk, words, code, message):
    desk.ingest(busy_rows())
    done = desk.call("revisions", *words)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_months_of_every_source_stand_in_a_hundred_columns(desk):
    fill(desk)
    for name in ("notable", "another list with quite a long name", "third"):
        rows = "1,2021-11-05,14.5,-5.5,Mali,9\n"
        (desk.root / "n.csv").write_text("id,day,lat,lon,country,deaths\n" + rows)
        text = (desk.root / "list.toml").read_text().replace('"mine"', f'"{name}"')
        (desk.root / "n.toml").write_text(text.replace("complete = true", "complete = false"))
        desk.good("ingest", "csv", desk.root / "n.csv", "--map", desk.root / "n.toml")
    table = desk.good("status").stdout.split("\n\n")[1:3]
    lines = [line for block in table for line in block.splitlines()]
    assert max(map(len, lines)) <= 100
    own = [line.split("  ") for line in lines if line.startswith("2021-1")]
    text = "\n".join(lines)
    assert own
    assert "list, not complete" in text
    assert "not released" in text
    months = desk.status()["months"]
    known = {(m["source"], m["month"]): (m["status"], m["release"]) for m in months}
    assert known["mine", "2021-12"] == ("observed", "7")
    assert known["mine", "2021-11"] == ("observed", "9")
    assert known["mine", "2022-01"] == ("not_released", None)
    assert known["notable", "2021-11"][0] == "list"
    assert known["notable", "2021-10"][0] == "not_covered"
    assert len({m["month"] for m in months}) == 18
    assert len({m["month"] for m in desk.status("--months", 3)["months"]}) == 3


def test_a_country_that_is_covered_later_is_not_covered_before(desk):
    desk.ingest(busy_rows(), added='since = {Ghana = "2020-07"}\n')
    desk.panel()
    built = read_panel(desk.folder / "panels" / "admin1")
    south = built.region_ids.index("south")
    assert built.observed()[south].sum() == 18
    assert built.observed()[[row for row in range(3) if row != south]].all()
    assert "(Ghana from 2020-07)" in desk.good("status").stdout
