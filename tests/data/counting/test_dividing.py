"""Shares of a split hold over time, and what a part gets in a month is possible together."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counting.dividing import divide_counts
from data.months import month_range
from tests.calls import run

SHARES = st.lists(st.integers(1, 50), min_size=2, max_size=5).map(
    lambda parts: [Fraction(part, sum(parts)) for part in parts]
)
# One month: events by two kinds, deaths by kind, and how far low, high and civilians lie off.
MONTH = st.tuples(*[st.integers(0, 3)] * 2, *[st.integers(0, 40)] * 2, *[st.integers(0, 9)] * 3)
PAIRS = [
    ("deaths_low", "deaths"),
    ("deaths", "deaths_high"),
    ("civilians", "deaths"),
    ("deaths_state_based", "deaths"),
]


def measures_of(months):
    rows = np.array(months, dtype=np.float64).T
    first, second = rows[0], rows[1]
    deaths = np.where(first > 0, rows[2], 0), np.where(second > 0, rows[3], 0)
    total = deaths[0] + deaths[1]
    return {
        "events": first + second,
        "events_state_based": first,
        "events_one_sided": second,
        "deaths_state_based": deaths[0],
        "deaths_one_sided": deaths[1],
        "deaths": total,
        "deaths_low": np.maximum(total - rows[4], 0),
        "deaths_high": total + np.where(first + second > 0, rows[5], 0),
        "civilians": np.maximum(total - rows[6], 0),
    }


@settings(deadline=None, max_examples=60)
@given(st.lists(MONTH, min_size=1, max_size=40), SHARES)
def test_totals_are_kept_shares_hold_and_months_are_possible(months, shares):
    whole = measures_of(months)
    parts = divide_counts(whole, shares)
    for name, values in whole.items():
        np.testing.assert_array_equal(parts[name].sum(axis=0), values, err_msg=name)
        assert (parts[name] >= 0).all()
    for row, share in enumerate(shares):
        owed = float(share) * np.cumsum(whole["events"])
        assert np.abs(np.cumsum(parts["events"][row]) - owed).max() < len(shares)
    kinds = parts["events_state_based"] + parts["events_one_sided"]
    np.testing.assert_array_equal(kinds, parts["events"])
    for kind in ("", "_state_based", "_one_sided"):
        assert not parts[f"deaths{kind}"][parts[f"events{kind}"] == 0].any()
    assert not parts["deaths_high"][parts["events"] == 0].any()
    for less, more in PAIRS:
        assert (parts[less] <= parts[more]).all(), (less, more)


def test_what_is_not_known_stays_unknown():
    whole = {"events": np.array([1.0, np.nan, 1.0]), "deaths": np.array([np.nan, 4.0, 6.0])}
    parts = divide_counts(whole, [Fraction(1, 2)] * 2)
    np.testing.assert_array_equal(parts["events"], [[1, np.nan, 0], [0, np.nan, 1]])
    np.testing.assert_array_equal(parts["deaths"], [[np.nan, 2, 0], [np.nan, 2, 6]])


def test_months_that_cannot_be_are_divided_all_the_same():
    whole = {"events": np.zeros(2), "deaths": np.array([5.0, 5.0])}
    assert divide_counts(whole, [Fraction(1, 2)] * 2)["deaths"].sum(axis=1).tolist() == [5, 5]


def split_panel(folder, shares, figures, *, mark=","):
    """Ingest figures of one region, split it, and return the panel by region and month."""
    (folder / "w").mkdir()
    figures.to_csv(folder / "figures.csv", index=False)
    lines = ["kind,old_id,new_id,valid_from,share"]
    lines += [f"split,0102,p{place},,{share}" for place, share in enumerate(shares)]
    text = "\n".join(lines).replace(",", mark) + "\n"
    if mark == ";":
        text = text.replace("0.", "0,")
    (folder / "changes.csv").write_text(text)
    call = ("--workspace", str(folder / "w"))
    done = run(*call, "ingest", "figures", str(folder / "figures.csv"))
    assert done.returncode == 0, done.stderr
    done = run(*call, "panel", "--audit", "--changes", str(folder / "changes.csv"), "--json")
    assert done.returncode == 0, done.stderr
    made = pd.read_parquet(folder / "w" / "panels" / "admin1" / "panel.parquet")
    return json.loads(done.stdout), made


def figures_of(events, deaths):
    months = list(month_range("2010-01", "2025-12"))[: len(events)]
    return pd.DataFrame({"region_id": "0102", "month": months, "events": events, "deaths": deaths})


@pytest.mark.parametrize(
    ("count", "shares", "parts"),
    [(24, ["0.5", "0.5"], [12, 12]), (126, ["0.5", "0.2", "0.3"], [63, 25, 38])],
)
def test_single_attacks_are_divided_by_share_over_the_months(tmp_path, count, shares, parts):
    record, made = split_panel(tmp_path, shares, figures_of([1] * count, [1] * count))
    assert made.groupby("region_id")["events"].sum().tolist() == parts
    assert made.groupby("region_id")["deaths"].sum().tolist() == parts
    assert not made["deaths"][made["events"] == 0].any()
    assert record["reconciliation"]["panel"] == {"events": count, "deaths": count}


def test_deaths_follow_the_attacks_of_a_part(tmp_path):
    rng = np.random.default_rng(4)
    events = rng.poisson(0.8, 150)
    frame = figures_of(events, events * rng.integers(0, 9, 150))
    _, made = split_panel(tmp_path, ["0.7", "0.3"], frame)
    assert not made["deaths"][made["events"] == 0].any()
    by_month = made.groupby("month")[["events", "deaths"]].sum().reset_index(drop=True)
    np.testing.assert_array_equal(by_month, frame[["events", "deaths"]])
    first = made[made["region_id"] == "p0"]
    assert first["events"].sum() == pytest.approx(0.7 * events.sum(), abs=1)
    assert first["deaths"].sum() == pytest.approx(0.7 * frame["deaths"].sum(), abs=8)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_changes_are_read_whatever_separates_their_columns(tmp_path, mark):
    _, made = split_panel(tmp_path, ["0.5", "0.5"], figures_of([1] * 24, [1] * 24), mark=mark)
    assert made.groupby("region_id")["events"].sum().tolist() == [12, 12]
