"""What changed between two panels, against a plain loop."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counting.region_months import RegionMonths, reconcile_figures
from data.counting.revisions import compare_counts
from data.errors import EvidenceError
from data.months import month_range


def counts(cells, *, first="2020-01", months=3, regions=("a", "b")):
    """Return region-months; a cell is (events, deaths), absent ones are not covered."""
    names = month_range(first, "2030-12")[:months]
    table = pd.DataFrame(
        {"region_id": regions, "region": [r.upper() for r in regions], "country": "Mali"}
    )
    status = np.full((len(regions), months), 3, dtype=np.int8)
    measures = {name: np.full(status.shape, np.nan) for name in ("events", "deaths")}
    for (region, month), (events, deaths) in cells.items():
        if region in regions and month in names:
            place = regions.index(region), names.index(month)
            status[place] = 0
            measures["events"][place], measures["deaths"][place] = events, deaths
    return RegionMonths(
        scale="admin1",
        regions=table,
        months=tuple(names),
        measures=measures,
        status=status,
        reconciliation=reconcile_figures(table, measures),
    )


NAN = float("nan")


def test_changes_by_hand():
    before = counts(
        {("a", "2020-01"): (1, 5), ("b", "2020-01"): (2, NAN), ("a", "2020-02"): (0, 0)}
    )
    after = counts(
        {
            ("a", "2020-01"): (1, 9),
            ("b", "2020-01"): (3, 4),
            ("a", "2020-02"): (0, 0),
            ("a", "2020-03"): (7, 7),
        }
    )
    found = compare_counts(before, after)
    assert (found.compared, found.months) == (3, ("2020-01", "2020-02"))
    assert (found.added, found.lost) == (("2020-03",), ())
    assert found.sums == {
        "events": {"before": 3, "after": 4},
        "deaths": {"before": 5, "after": 9},
    }
    first, second = found.changed.to_dict("records")
    assert (first["region_id"], first["month"], first["deaths_change"]) == ("a", "2020-01", 4)
    assert (second["region_id"], second["events_change"]) == ("b", 1)
    assert pd.isna(second["deaths_before"])
    assert pd.isna(second["deaths_change"])


def test_nothing_changed_between_a_panel_and_itself():
    one = counts({("a", "2020-01"): (1, 5), ("b", "2020-02"): (2, NAN)})
    found = compare_counts(one, one)
    assert found.changed.empty
    assert found.compared == 2


def test_panels_without_a_shared_region_are_refused():
    with pytest.raises(EvidenceError, match="share no region"):
        compare_counts(counts({}, regions=("a",)), counts({}, regions=("b",)))


cell = st.tuples(st.integers(0, 3), st.integers(0, 4))
keys = st.tuples(
    st.sampled_from(["a", "b", "c"]), st.sampled_from(month_range("2020-01", "2020-05"))
)
panel = st.dictionaries(keys, cell, max_size=8)


@settings(max_examples=60, deadline=None)
@given(one=panel, other=panel)
def test_changes_equal_a_plain_loop(one, other):
    before = counts(one, first="2020-01", months=4, regions=("a", "b", "c"))
    after = counts(other, first="2020-02", months=4, regions=("b", "c"))
    old = {k: v for k, v in one.items() if k[1] <= "2020-04" and k[0] != "a"}
    new = {k: v for k, v in other.items() if k[1] >= "2020-02" and k[0] != "a"}
    shared = old.keys() & new.keys()
    found = compare_counts(before, after)
    changed = {
        (row.region_id, row.month): (row.events_change, row.deaths_change)
        for row in found.changed.itertuples()
    }
    assert changed == {
        key: (new[key][0] - old[key][0], new[key][1] - old[key][1])
        for key in shared
        if old[key] != new[key]
    }
    assert found.compared == len(shared)
    for place, measure in enumerate(("events", "deaths")):
        assert found.sums[measure] == {
            "before": sum(old[key][place] for key in shared),
            "after": sum(new[key][place] for key in shared),
        }
