"""Issuing: what is refused, what lies in the folder, and that nothing after the origin is read."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError, SourceError
from data.months import add_months
from data.schema import RISK_COLUMNS
from data.workspace import Workspace
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.champions import ChampionManifest, write_champion
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.training import train_model
from features.panel import Panel
from features.table import build_features
from forecast.archive.issue_files import read_issue, risk_csv
from tests.calls import NOWHERE, Answer, run, tracked_as_told
from tests.experiments.synthetic import make_forecasts, write_synthetic_backtest
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of
from tests.records import vouch

# Nobody listens there.
NOBODY = "http://127.0.0.1:9"


def _run(workspace: Path, *words: str, **env: str) -> Answer:
    mlflow = None if env.get("MLFLOW_TRACKING_URI") == NOBODY else tracked_as_told
    return run("--workspace", workspace, *words, env=env, mlflow=mlflow)


def _promote(workspace: Workspace, panel: Panel, model: str, through: str, **facts: object) -> None:
    """Make a trained model the champion of attacks, as promoting it does."""
    spec = BacktestSpec(models=(model,), draws=120)
    table = build_features(panel, known_through=through)
    trained = train_model(panel, table, spec, model, origin=through, jobs=1)
    known: dict[str, object] = {
        "model": model,
        "scale": panel.scale,
        "target": "events",
        "horizons": (1,),
        "features": table.names,
        "trained_through": through,
        "data_digest": panel.digest(),
        "spec": json.loads(json.dumps(spec.as_dict())),
        "draws": 120,
        "seed": spec.seed,
        "backtest": "b",
        "gate_passed": True,
        "gate_reasons": (),
        "why": None,
        "code_version": "0",
        "created_at": "2026-01-01",
    }
    manifest = ChampionManifest(**{**known, **facts})  # type: ignore[arg-type]
    write_champion(workspace.champion(panel.scale, "events"), trained, manifest)


def test_without_a_champion_the_last_year_stands_in(tmp_path: Path) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel)
    assert issue.folder == tmp_path / "forecasts" / "2004-12-admin1"
    assert tuple(issue.table.columns) == RISK_COLUMNS
    assert set(issue.table["model_events"]) == {"conflictology"}
    assert set(issue.table["gate"]) == {"none"}
    share = (panel.measure("events")[:, -12:] >= 1).mean(axis=1)
    by_region = issue.table.set_index("region_id").loc[list(panel.region_ids)]
    np.testing.assert_allclose(by_region["p_attack"], share, atol=1e-6)
    again = read_issue(issue.folder)
    pd.testing.assert_frame_equal(again.table, issue.table, check_dtype=False)
    assert set(again.table["run_id"]) == {again.manifest["id"]}


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    panel = small_panel()
    first = issue_of(workspace_of(tmp_path / "a", panel), panel, keep_draws=True)
    second = issue_of(workspace_of(tmp_path / "b", panel), panel, keep_draws=True)
    for name in ("risk.csv", "risk.parquet", "draws.parquet"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name


def _poisoned(panel: Panel, months: int) -> Panel:
    """Return the panel with garbage in every month but the first ones."""
    rng = np.random.default_rng(9)
    measures = {name: values.copy() for name, values in panel.measures.items()}
    for values in measures.values():
        values[:, months:] = rng.integers(0, 1_000_000, values[:, months:].shape)
    return replace(panel, measures=measures)


@pytest.fixture(scope="module")
def backtest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backtest whose later half nobody could know at the origins that are asked for."""
    spec = BacktestSpec(
        origins="2002-06:2004-11", models=("last", "conflictology", "hurdle_nb"), draws=100
    )
    found = run_backtest(small_panel(), spec, progress=lambda *_: None, jobs=1)
    return write_backtest(found, tmp_path_factory.mktemp("backtest"))


def _leave(backtest: Path, workspace: Workspace, *, known: str | None = None) -> None:
    """Leave a backtest in a workspace, with garbage where a target month is not known yet."""
    folder = shutil.copytree(backtest, workspace.backtests / backtest.name)
    if known is not None:
        rows = pd.read_parquet(folder / "forecasts.parquet")
        late = (rows["target_month"] > known).to_numpy()
        rng = np.random.default_rng(4)
        for name in rows.select_dtypes("number").columns.drop("horizon"):
            garbage = rng.random(late.sum()) * (1 if name == "p_attack" else 1_000_000)
            rows.loc[late, name] = garbage.astype(rows[name].dtype)
        assert late.any()
        rows.to_parquet(folder / "forecasts.parquet", index=False)
        vouch(folder / "forecasts.parquet")


def test_garbage_after_the_origin_changes_no_byte(tmp_path: Path, backtest: Path) -> None:
    panel = small_panel()
    folders = []
    for name, given in (("clean", panel), ("poisoned", _poisoned(panel, 48))):
        workspace = workspace_of(tmp_path / name, given)
        _leave(backtest, workspace, known="2003-12" if name == "poisoned" else None)
        wishes = ("--origin", "2003-12", "--draws", "--model", "hurdle_nb")
        done = _run(tmp_path / name, "forecast", *wishes, MLFLOW_TRACKING_URI=NOWHERE)
        assert done.returncode == 0, done.stderr
        folders.append(tmp_path / name / "forecasts" / "2003-12-admin1")
    for name in ("risk.parquet", "draws.parquet"):
        left, right = (pd.read_parquet(folder / name) for folder in folders)
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    for name in ("risk.csv", "risk.parquet", "draws.parquet"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


@pytest.mark.parametrize("months", [36, 41, 47])
def test_garbage_after_any_origin_changes_no_figure(
    tmp_path: Path, backtest: Path, months: int
) -> None:
    panel = small_panel()
    origin = panel.months[months - 1]
    tables = []
    for name, given in (("clean", panel), ("poisoned", _poisoned(panel, months))):
        workspace = workspace_of(tmp_path / name, given)
        _leave(backtest, workspace, known=origin if name == "poisoned" else None)
        tables.append(issue_of(workspace, given, origin=origin, model="hurdle_nb").table)
    pd.testing.assert_frame_equal(tables[0], tables[1], check_exact=True)
    assert tables[0]["confidence_reason"].str.contains("past forecasts of").any()


def test_draws_are_kept_in_rows(tmp_path: Path) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel, keep_draws=True, horizons=(1, 2))
    draws = pd.read_parquet(issue.folder / "draws.parquet")
    assert list(draws.columns) == [
        *("region_id", "origin", "target_month", "horizon", "target", "draw", "value")
    ]
    assert draws["value"].dtype == np.int32
    assert len(draws) == 14 * 120 * 2 * 2
    means = draws[draws["target"] == "deaths"].groupby(["horizon", "region_id"])["value"].mean()
    told = issue.table.set_index(["horizon", "region_id"])["expected_deaths"]
    np.testing.assert_allclose(means, told.loc[means.index], atol=1e-6)
    without = issue_of(workspace_of(tmp_path, panel), panel)
    assert not (without.folder / "draws.parquet").exists()


def test_the_issue_before_is_the_last_earlier_one(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    for origin in ("2004-06", "2004-10"):
        before = issue_of(workspace, panel, origin=origin)
    later = issue_of(workspace, panel, origin="2004-12")
    assert later.manifest["previous"] == {"1": "2004-10-admin1"}
    both = later.table.merge(before.table, on="region_id")
    assert both["p_attack_previous_x"].tolist() == both["p_attack_y"].tolist()
    assert both["rank_previous_x"].tolist() == both["rank_y"].tolist()


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("2005-01", "the panel holds 2000-01 to 2004-12; the last complete month is 2004-11"),
        ("2004-12", "the month is partial; the last complete month is 2004-11"),
        ("2001-06", "only 18 months are observed up to 2001-06: a forecast needs 24"),
    ],
)
def test_an_origin_that_is_not_complete_is_refused(tmp_path: Path, origin: str, why: str) -> None:
    panel = small_panel()
    status = panel.status.copy()
    status[:, -1] = 1
    measures = {name: values.copy() for name, values in panel.measures.items()}
    for values in measures.values():
        values[:, -1] = np.nan
    workspace_of(tmp_path, replace(panel, status=status, measures=measures))
    done = _run(tmp_path, "forecast", "--origin", origin)
    assert done.returncode == 1
    assert why in done.stderr
    assert not (tmp_path / "forecasts").exists()


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"targets": ("deaths",)}, "expected events among the targets"),
        ({"horizons": (0,)}, "expected horizons of 1 to 36"),
        ({"horizons": (37,)}, "expected horizons of 1 to 36"),
        ({"levels": (0.5, 0.6, 0.2, 0.1)}, "expected 4 probabilities"),
        ({"model": "oracle"}, 'there is no model "oracle"'),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    tmp_path: Path, wishes: dict[str, object], why: str
) -> None:
    panel = small_panel()
    with pytest.raises(ConfigError, match=why):
        issue_of(workspace_of(tmp_path, panel), panel, **wishes)


def test_a_target_that_the_panel_lacks_is_refused(tmp_path: Path) -> None:
    panel = small_panel()
    panel = replace(panel, measures={"events": panel.measure("events")})
    workspace = workspace_of(tmp_path, panel)
    with pytest.raises(EvidenceError, match='no measure "deaths"'):
        issue_of(workspace, panel)
    table = issue_of(workspace, panel, targets=("events",)).table
    assert table["expected_deaths"].isna().all()


def test_the_champion_is_used_and_named(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    _promote(workspace, panel, "local_nb", "2004-12")
    issue = issue_of(workspace, panel)
    events, deaths = issue.manifest["models"]
    assert (events["model"], events["gate"], events["note"]) == ("local_nb", "passed", "")
    assert events["version"].startswith("local_nb-")
    assert (deaths["model"], deaths["gate"]) == ("conflictology", "none")
    assert set(issue.table["gate"]) == {"events: passed; deaths: none"}


@pytest.mark.parametrize(
    ("through", "origin", "why"),
    [("2004-12", "2004-06", "after the origin"), ("2003-06", "2004-12", "more than 12 months ago")],
)
def test_a_champion_that_does_not_suit_the_origin_is_refitted(
    tmp_path: Path, through: str, origin: str, why: str
) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    _promote(workspace, panel, "local_nb", through)
    issue = issue_of(workspace, panel, origin=origin)
    events = issue.manifest["models"][0]
    assert why in events["note"]
    assert events["trained_through"] == origin
    assert set(issue.table["model_events"]) == {f"local_nb (refitted through {origin})"}
    named = issue_of(
        workspace_of(tmp_path / "named", panel), panel, origin=origin, model="local_nb"
    )
    assert issue.table["p_attack"].tolist() == named.table["p_attack"].tolist()


def test_a_horizon_that_nothing_was_promoted_for_is_forecast_by_no_change(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    _promote(workspace, panel, "local_nb", "2004-12")
    issue = issue_of(workspace, panel, targets=("events",), horizons=(1, 3))
    assert [model["gate"] for model in issue.manifest["models"]] == ["passed", "none"]
    assert [model["model"] for model in issue.manifest["models"]] == ["local_nb", "conflictology"]
    assert issue.manifest["models"][1]["note"] == "local_nb was not promoted for this horizon."
    asked = issue_of(workspace, panel, targets=("events",), horizons=(1, 3), model="local_nb")
    assert [model["model"] for model in asked.manifest["models"]] == ["local_nb", "local_nb"]


def test_a_forced_champion_says_why(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    _promote(workspace, panel, "local_nb", "2004-12", gate_passed=False, why="a trial")
    issue = issue_of(workspace, panel, targets=("events",))
    assert set(issue.table["gate"]) == {"forced: a trial"}


def test_a_tampered_champion_stops_the_issue(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    _promote(workspace, panel, "local_nb", "2004-12")
    path = next(workspace.champion("admin1", "events").glob("model-*/**/model.json"))
    path.write_text(path.read_text().replace("}", "} ", 1))
    with pytest.raises(SourceError, match="was changed after it was written"):
        issue_of(workspace, panel)


def test_confidence_reads_the_backtest(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    origins = tuple(add_months("2003-12", month) for month in range(12))
    write_synthetic_backtest(workspace.backtests / "one", make_forecasts(origins=origins))
    issue = issue_of(workspace, panel)
    assert issue.manifest["backtest"] == "one"
    assert issue.table["confidence_reason"].str.contains("past forecasts of").any()


def test_text_that_could_be_a_formula_is_guarded_and_numbers_stay(tmp_path: Path) -> None:
    panel = small_panel(HOSTILE)
    issue = issue_of(workspace_of(tmp_path, panel), panel, model="last")
    text = (issue.folder / "risk.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 14
    for row in rows:
        for name, cell in row.items():
            if pd.api.types.is_numeric_dtype(issue.table[name].dtype):
                assert cell == "" or np.isfinite(float(cell))
            else:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), (name, cell)
    assert {row["region"].removeprefix("'") for row in rows} >= set(HOSTILE)
    assert any(float(row["change_events"]) < 0 for row in rows)
    assert text.encode() == risk_csv(issue.table).encode()


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel)
    with (issue.folder / "risk.csv").open("a") as stream:
        stream.write("x")
    with pytest.raises(RuntimeEnvironmentError, match=r"risk\.csv was changed or damaged"):
        read_issue(issue.folder)


def test_the_command_prints_the_top_ten_and_the_files(tmp_path: Path) -> None:
    panel = small_panel(HOSTILE)
    workspace_of(tmp_path, panel)
    done = _run(tmp_path, "forecast", "--horizons", "2,1")
    assert done.returncode == 0, done.stderr
    assert "January 2005, from data through 2004-12" in done.stdout
    assert "very high ≥ 80 %; high 55–80 %" in done.stdout
    assert "note:  No model is recommended for attacks and deaths:" in done.stdout
    assert str(tmp_path / "forecasts" / "2004-12-admin1" / "risk.csv") in done.stdout
    assert "\x1b" not in done.stdout


def test_json_for_a_machine_and_tracking_that_fails_costs_a_warning_only(tmp_path: Path) -> None:
    workspace_of(tmp_path, small_panel())
    done = _run(tmp_path, "forecast", "--json", MLFLOW_TRACKING_URI=NOBODY)
    assert done.returncode == 0
    assert "warning:" in done.stderr
    assert (tmp_path / "forecasts" / "2004-12-admin1" / "manifest.json").exists()
    found = json.loads(done.stdout)
    assert found["issue"] == "2004-12-admin1"
    assert [row["rank"] for row in found["top"]] == list(range(1, 11))
    assert found["run_id"].startswith("2004-12-admin1-")
    assert found["mlflow_run_id"] is None


def test_damaged_leftovers_do_not_keep_an_issue_from_being_made(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    earlier = issue_of(workspace, panel, origin="2004-11", model="last")
    (earlier.folder / "risk.csv").write_text("half")
    spoilt = workspace.backtests / "spoilt"
    write_synthetic_backtest(spoilt)
    (spoilt / "forecasts.parquet").write_bytes(b"PAR1 half")
    (workspace.backtests / "torn").mkdir()
    (workspace.backtests / "torn" / "manifest.json").write_text("{")
    done = _run(tmp_path, "forecast", "--model", "last", MLFLOW_TRACKING_URI=NOWHERE)
    assert done.returncode == 0, done.stderr
    assert "the issue 2004-11-admin1 is left out: " in done.stderr
    assert read_issue(tmp_path / "forecasts" / "2004-12-admin1").manifest["previous"] == {}


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"files": null}', '{"files": {}}'])
def test_an_earlier_manifest_of_another_form_is_left_out(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    earlier = issue_of(workspace, panel, origin="2004-11", model="last")
    (earlier.folder / "manifest.json").write_text(content)
    issue = issue_of(workspace, panel, origin="2004-12", model="last")
    assert issue.manifest["previous"] == {}
    assert capsys.readouterr().err.count("the issue 2004-11-admin1 is left out: ") == 1


@pytest.mark.parametrize("content", ["[1]", "{}", '[{"key": "x"}]'])
def test_sections_of_another_form_are_one_line(tmp_path: Path, content: str) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel, model="last")
    path = issue.folder / "sections.json"
    path.write_text(content)
    vouch(path)
    with pytest.raises(SourceError, match="expected a list of sections"):
        read_issue(issue.folder)


def test_a_damaged_panel_is_one_line(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, small_panel())
    (workspace.panel("admin1") / "panel.parquet").write_bytes(b"PAR1 half")
    done = _run(tmp_path, "forecast", "--model", "last")
    assert done.returncode == 3
    assert "panel.parquet was changed or damaged" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
