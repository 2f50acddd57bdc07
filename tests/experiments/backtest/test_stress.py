from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from data.errors import EvidenceError
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.stress import (
    STRESS_COLUMNS,
    STRESSES,
    check_stress,
    most_active,
    stress_rows,
    stress_start,
)
from features.panel import Panel
from tests.experiments.small_panel import make_panel

SPEC = BacktestSpec(models=("conflictology", "last"), draws=20)
START = "2013-01"


def made(stress: str, panel: Panel) -> tuple[npt.NDArray[np.float32], list[int], int, float]:
    """Return the target's counts under stress, the stressed regions, the start, the record."""
    ground = check_stress(panel, SPEC, start=START)
    counts = STRESSES[stress](panel, ground).measure("events")
    return counts, ground.regions, ground.start, ground.record


def test_a_war_rises_to_ten_times_the_record_and_goes_on_ends_or_halves() -> None:
    panel = make_panel()
    before = panel.measure("events")
    for stress, share in (("rises", 1.0), ("ends", 0.0), ("halves", 0.5)):
        counts, regions, start, record = made(stress, panel)
        assert record == np.nanmax(before[:, :start])
        np.testing.assert_array_equal(counts[:, :start], before[:, :start])
        others = np.setdiff1d(np.arange(len(before)), regions)
        np.testing.assert_array_equal(counts[others], before[others])
        rises = made("rises", panel)[0]
        for region in regions:
            assert rises[region, start:].max() == 10 * record
            np.testing.assert_array_equal(
                counts[region, start : start + 12], rises[region, start : start + 12]
            )
            later = slice(start + 12, start + 36)
            np.testing.assert_allclose(
                counts[region, later], share * rises[region, later], atol=0.51
            )


def test_a_restart_follows_years_of_peace_and_a_new_region_follows_nothing() -> None:
    panel = make_panel()
    counts, regions, start, record = made("restarts", panel)
    assert not counts[regions, :start].any()
    assert counts[regions, start:].max() == record
    unknown, regions, start, record = made("appears", panel)
    assert np.isnan(unknown[regions, :start]).all()
    assert np.isfinite(unknown[regions, start:]).all()
    ground = check_stress(panel, SPEC, start=START)
    assert not STRESSES["appears"](panel, ground).observed()[regions, :start].any()


def test_a_break_leaves_about_half_of_what_was_counted_from_the_second_year_on() -> None:
    panel = make_panel()
    counts, _, start, _ = made("break", panel)
    before = panel.measure("events")
    np.testing.assert_array_equal(counts[:, : start + 12], before[:, : start + 12])
    share = np.nansum(counts[:, start + 12 :]) / np.nansum(before[:, start + 12 :])
    assert 0.4 < share < 0.6


def test_every_stress_and_model_has_a_row_and_the_baseline_gains_nothing() -> None:
    told: list[tuple[int, int]] = []
    table = stress_rows(
        make_panel(), SPEC, start=START, progress=lambda d, n, _: told.append((d, n)), jobs=1
    )
    assert tuple(table.columns) == STRESS_COLUMNS
    assert list(table["stress"].unique()) == list(STRESSES)
    assert len(table) == len(STRESSES) * len(SPEC.models)
    assert (table.loc[table["model"] == "conflictology", "gain"] == 0).all()
    # What the last month says of a war that has just ended is soon right; of one that varies, not.
    last = table[table["model"] == "last"].set_index("stress")["gain"]
    assert last["ends"] > last["rises"]
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize(
    ("start", "models", "says"),
    [
        ("2010-01", ("conflictology",), "expected 36 months before 2010-01, .* got 24 months"),
        ("2013-01", ("last",), "expected it among the models, got last"),
    ],
)
def test_what_cannot_be_put_under_stress_says_why(
    start: str, models: tuple[str, ...], says: str
) -> None:
    with pytest.raises(EvidenceError, match=says):
        check_stress(make_panel(), SPEC.changed(models=models), start=start)


def test_only_the_most_active_regions_are_kept_and_name_only_each_other() -> None:
    panel = make_panel()
    few = most_active(panel, "events", before=START, regions=5)
    assert len(few.regions) == 5
    assert stress_start(few) == "2013-01"
    months = (np.nan_to_num(panel.measure("events")[:, : panel.position(START)]) > 0).sum(axis=1)
    kept = [panel.region_ids.index(region) for region in few.region_ids]
    left = np.setdiff1d(np.arange(len(months)), kept)
    assert months[kept].min() >= months[left].max()
    named = {near for text in few.regions["neighbours"] for near in str(text).split(";") if near}
    assert named <= set(few.region_ids)
    assert most_active(panel, "events", before=START, regions=99) is panel
