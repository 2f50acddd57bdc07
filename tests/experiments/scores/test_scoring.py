"""What the scored rows record beside the scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.schema import STATUSES
from experiments.distribution import Distribution
from experiments.scores.scoring import outcome_at, scored_rows
from experiments.training_view import Forecasting
from features.panel import Panel
from tests.experiments.small_panel import make_panel


def _rows(panel: Panel, origin: str) -> pd.DataFrame:
    outcome = outcome_at(panel, Forecasting("events", 1, 7, 20), origin)
    draws = Distribution(np.zeros((len(panel.regions), 20), dtype=np.int32))
    rows = scored_rows(outcome, draws, model="zero", used="zero")
    return rows.set_index("region_id")


def test_sixty_quiet_months_are_said_only_where_all_of_them_were_observed() -> None:
    panel = make_panel()
    rows = _rows(panel, "2013-12")
    assert rows.loc["R-00", "quiet60"] is np.True_ or rows.loc["R-00", "quiet60"] is True
    assert rows["quiet60"].isna()["R-01"], "covered for 12 months only"
    events = panel.measure("events")[:, :72]
    for place, region in enumerate(panel.region_ids):
        if region != "R-01":
            assert rows.loc[region, "quiet60"] == (events[place, -60:].sum() == 0)
    assert rows["country"].to_dict()["R-03"] == "Left"


def test_an_origin_before_the_sixtieth_month_knows_of_none() -> None:
    assert _rows(make_panel(), "2012-11")["quiet60"].isna().all()
    assert _rows(make_panel(), "2012-12")["quiet60"].notna().sum() == 13


def test_one_month_that_was_not_observed_leaves_it_open() -> None:
    panel = make_panel()
    gap = panel.months.index("2010-05")
    panel.measures["events"][0, gap] = np.nan
    panel.status[0, gap] = STATUSES.index("failed")
    assert pd.isna(_rows(panel, "2013-12").loc["R-00", "quiet60"])
