"""A war at a level that nobody had reached: what the command line forecasts and says of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.forecast.scored import SAMPLES, call, taken

REGION = "Gao"
FORECAST = ("--origin", "2020-12", "--target", "events,deaths", "--no-outlook")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose Gao has two months of ten times the attacks and deaths of any on record."""
    root = tmp_path_factory.mktemp("beyond")
    regions = pd.read_parquet(SAMPLES / "sahel_regions.parquet")
    regions = regions[regions["country"].isin(["Mali", "Niger"])]
    kept = set(regions["region_id"])
    near = [";".join(i for i in ids.split(";") if i in kept) for ids in regions["neighbours"]]
    figures = pd.read_parquet(SAMPLES / "sahel_figures.parquet")
    figures = figures[figures["region_id"].isin(kept) & (figures["month"] >= "2012-01")]
    figures = figures[["region_id", "month", "events", "deaths"]]
    (place,) = regions.loc[regions["region"] == REGION, "region_id"]
    late = (figures["region_id"] == place) & (figures["month"] >= "2020-11")
    for name in ("events", "deaths"):
        figures.loc[late, name] = 10 * int(figures[name].max())
    regions.assign(neighbours=near).to_parquet(root / "regions.parquet", index=False)
    figures.to_parquet(root / "figures.parquet", index=False)
    words = (root / "figures.parquet", "--regions", root / "regions.parquet", "--release", "1")
    taken(root, "ingest", "figures", *words)
    taken(root, "panel")
    return root


@pytest.mark.parametrize("model", ["local_nb", "logit", "lgbm_hurdle", "lgbm_forest"])
def test_no_median_passes_what_the_record_supports(root: Path, model: str) -> None:
    done = call(root, "forecast", "--model", model, *FORECAST)
    assert done.returncode == 0, done.stderr
    row, past = _row(root), _past(root)
    for name in ("events", "deaths"):
        calm, peak = np.sort(past[name])[-3], past[name].max()
        assert row[f"{name}_p50"] <= calm, "ten of its twelve months were no war of that kind"
        assert row[f"{name}_p95"] >= peak / 2, "but the war may go on"
    assert row["p_attack"] > 0.5
    assert row["confidence"] == "low"
    assert "attacks of late beyond the record" in row["confidence_reason"]
    manifest = json.loads((root / "forecasts" / "2020-12-admin1" / "manifest.json").read_text())
    assert any("beyond the record in Gao" in warning for warning in manifest["warnings"])


def _row(root: Path) -> pd.Series:
    table = pd.read_parquet(root / "forecasts" / "2020-12-admin1" / "risk.parquet")
    (row,) = [row for _, row in table[table["region"] == REGION].iterrows()]
    return row


def _past(root: Path) -> pd.DataFrame:
    """The region's own last twelve months."""
    figures = pd.read_parquet(root / "figures.parquet")
    regions = pd.read_parquet(root / "regions.parquet")
    (place,) = regions.loc[regions["region"] == REGION, "region_id"]
    return figures[(figures["region_id"] == place) & (figures["month"] >= "2020-01")]
