"""Regions that split, merge, get another name, appear and end: every total is kept, exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.counting.carried_counts import ADDED, carry_figures
from data.errors import SourceError
from data.regions.carried_regions import carry_table
from data.regions.region_changes import read_region_changes

HEADER = "kind,old_id,new_id,valid_from,share\n"


def table(tmp_path, *lines, header=HEADER):
    path = tmp_path / "changes.csv"
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    return path


def figures(**rows):
    """Return events and deaths (as many) of regions, month by month from 2020-01."""
    return pd.DataFrame(
        [
            {"region_id": name, "month": f"2020-{month:02d}", "events": n, "deaths": 3 * n}
            for name, counts in rows.items()
            for month, n in enumerate(counts, start=1)
            if n is not None
        ]
    )


def by_region(frame, measure="events"):
    return {
        name: own.set_index("month")[measure].to_dict() for name, own in frame.groupby("region_id")
    }


def test_a_split_by_hand(tmp_path):
    path = table(tmp_path, "split,gao,gao,2020-03,0.7", "split,gao,menaka,2020-03,0.3")
    found = carry_figures(figures(gao=[5, 1, 4], menaka=[None, None, 2]), read_region_changes(path))
    assert by_region(found.frame) == {
        "gao": {"2020-01": 4, "2020-02": 0, "2020-03": 4},
        "menaka": {"2020-01": 1, "2020-02": 1, "2020-03": 2},
    }
    assert (found.rows, found.held_back) == (2, {})


def test_a_rename_and_a_merge_by_hand(tmp_path):
    path = table(tmp_path, "rename,a,x,2020-03,", "merge,b,y,2020-03,", "merge,c,y,2020-03,")
    frame = figures(a=[1, 2], b=[3, 4], c=[5, 6], x=[None, None, 7], y=[None, None, 8])
    assert by_region(carry_figures(frame, read_region_changes(path)).frame) == {
        "x": {"2020-01": 1, "2020-02": 2, "2020-03": 7},
        "y": {"2020-01": 8, "2020-02": 10, "2020-03": 8},
    }


def test_changes_follow_each_other(tmp_path):
    path = table(
        tmp_path,
        "rename,b,c,2020-03,",
        "rename,a,b,2020-02,",
        "split,c,c,2020-04,0.5",
        "split,c,d,2020-04,0.5",
    )
    frame = figures(a=[4], b=[None, 6], c=[None, None, 8, 1], d=[None, None, None, 2])
    assert by_region(carry_figures(frame, read_region_changes(path)).frame) == {
        "c": {"2020-01": 2, "2020-02": 3, "2020-03": 4, "2020-04": 1},
        "d": {"2020-01": 2, "2020-02": 3, "2020-03": 4, "2020-04": 2},
    }


def test_a_merged_month_of_which_a_part_is_not_known_is_held_back(tmp_path):
    path = table(tmp_path, "merge,b,y,,", "merge,c,y,,")
    found = carry_figures(figures(b=[3, 4], c=[5]), read_region_changes(path))
    assert found.frame["status"].tolist() == ["observed", "not_covered"]
    assert by_region(found.frame)["y"]["2020-01"] == 8
    assert np.isnan(by_region(found.frame)["y"]["2020-02"])
    assert found.held_back == {"events": 4, "deaths": 12}


def test_the_largest_event_of_a_part_is_not_known_and_of_a_merger_the_larger(tmp_path):
    path = table(tmp_path, "split,a,p,,0.5", "split,a,q,,0.5", "merge,b,y,,", "merge,c,y,,")
    frame = figures(a=[2], b=[3], c=[5]).assign(largest_event=[6, 9, 4])
    found = by_region(carry_figures(frame, read_region_changes(path)).frame, "largest_event")
    assert found["y"] == {"2020-01": 9}
    assert np.isnan([found[name]["2020-01"] for name in "pq"]).all()


@pytest.mark.parametrize("seed", range(12))
def test_every_total_is_kept(tmp_path, seed):
    """Chains of changes over made-up figures: each measure of each month, to the last death."""
    rng = np.random.default_rng(seed)
    path = table(
        tmp_path,
        *("split,a,a,2020-06,0.123457", "split,a,e,2020-06,0.376543", "split,a,f,2020-06,0.5"),
        *("merge,b,g,2020-09,", "merge,e,g,2020-09,"),
        "rename,c,h,,",
    )
    months = [f"2020-{month:02d}" for month in range(1, 13)]
    rows = [(r, m) for r in "abc" for m in months if not (r == "b" and m >= "2020-09")]
    rows += [(r, m) for r in "ef" for m in months[5:] if not (r == "e" and m >= "2020-09")]
    rows += [("g", m) for m in months[8:]]
    frame = pd.DataFrame(rows, columns=["region_id", "month"])
    for name in ADDED:
        frame[name] = rng.poisson(rng.gamma(0.3, 40, len(frame)))
    found = carry_figures(frame.sample(frac=1, random_state=seed), read_region_changes(path))
    assert set(found.frame["region_id"]) == {"a", "f", "g", "h"}
    assert not found.frame.duplicated(["region_id", "month"]).any()
    for name in ADDED:
        after = found.frame.groupby("month")[name].sum()
        np.testing.assert_array_equal(after, frame.groupby("month")[name].sum(), err_msg=name)


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        (["break,a,b,,"], r"line 2 column 'kind': .*split.*got \"break\""),
        (["split,a,b,2020-13,1"], r"line 2 column 'valid_from'"),
        (["rename,a,,,"], r"line 2 column 'new_id': must be given where kind is rename"),
        (["appear,,b,,"], r"line 2 column 'valid_from': must be given where kind is appear"),
        (["end,a,b,2020-01,"], r"line 2 column 'new_id': must be empty where kind is end"),
        (["rename,a,b,,0.5"], r"line 2 column 'share': must be empty where kind is rename"),
        (
            ["split,a,b,,0.5", "split,a,c,,"],
            r"line 3 column 'share': must be given where kind is split",
        ),
        (["split,a,b,,0.1234567"], r"line 2 column 'share': .*at most 6 places"),
        (["split,a,b,,1.5"], r"line 2 column 'share': must be above 0 and at most 1"),
        (["split,a,b,,0,5"], r"line 2"),
        (
            ["rename,x,y,,", "split,a,b,,0.7", "split,a,c,,0.2"],
            r"line 3 column 'share': .*add up to 1, got 0.7 \+ 0.2",
        ),
        (
            ["split,a,b,,1"],
            r"line 2 column 'share': the shares of \"a\" must be of at least two regions",
        ),
        (["split,a,b,,0.4", "split,a,b,,0.6"], r"duplicate new region"),
        (
            ["merge,a,b,,"],
            r"line 2 column 'old_id': a merge into \"b\" needs at least two old regions",
        ),
        (
            ["rename,a,b,,", "rename,a,c,,"],
            r"line 2 column 'new_id': a rename of \"a\" needs exactly one new id",
        ),
        (["rename,a,b,,", "merge,a,c,,", "merge,d,c,,"], r"line 3 column 'old_id': \"a\" changes"),
        (["split,a,a,,0.5", "split,a,c,,0.5"], r"line 2 column 'valid_from': must be given where"),
    ],
)
def test_a_wrong_table_is_refused_with_line_column_and_rule(tmp_path, lines, match):
    path = table(tmp_path, *lines)
    with pytest.raises(SourceError, match=match) as caught:
        read_region_changes(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "frame", "match"),
    [
        (["rename,a,b,2020-02,"], {"a": [1, 2]}, r'"a" has figures for 2020-02, but it ended'),
        (["end,a,,2020-02,"], {"a": [1, 2]}, r'"a" has figures for 2020-02, but it ended in'),
        (["appear,,a,2020-02,"], {"a": [1, 2]}, r'"a" has figures for 2020-01, but it appeared'),
        (["rename,a,b,,"], {"a": [1], "b": [1]}, "the month would count twice"),
    ],
)
def test_figures_that_contradict_the_table_are_refused(tmp_path, lines, frame, match):
    path = table(tmp_path, *lines)
    with pytest.raises(SourceError, match=match) as caught:
        carry_figures(figures(**frame), read_region_changes(path))
    assert f"{path} line 2" in str(caught.value)


def test_zeros_outside_a_life_are_dropped(tmp_path):
    path = table(tmp_path, "appear,,a,2020-02,", "end,b,,2020-02,")
    found = carry_figures(figures(a=[0, 2], b=[3, 0]), read_region_changes(path))
    assert by_region(found.frame) == {"a": {"2020-02": 2}, "b": {"2020-01": 3}}


def test_a_region_table_is_carried_too(tmp_path):
    lines = ["split,b,p,,0.25", "split,b,q,,0.75", "merge,c,z,,", "merge,d,z,,"]
    changes = read_region_changes(table(tmp_path, *lines))
    regions = pd.DataFrame(
        {
            "region_id": list("abcd"),
            "region": list("ABCD"),
            "country": "Mali",
            "latitude": [0.0, 1.0, 2.0, 5.0],
            "longitude": [0.0, 0.0, 0.0, 0.0],
            "area_km2": [1.0, 4.0, 1.0, 2.0],
            "neighbours": ["b", "a;c", "b;d", "c"],
        }
    )
    found = carry_table(regions, changes).set_index("region_id")
    assert found.index.tolist() == ["a", "p", "q", "z"]
    assert found["neighbours"].tolist() == ["p;q", "a;q;z", "a;p;z", "p;q"]
    assert found["area_km2"].tolist() == [1.0, 1.0, 3.0, 3.0]
    assert found["latitude"].tolist() == [0.0, 1.0, 1.0, 4.0]
    assert carry_table(found.reset_index(), changes).shape == (4, 7)
    with pytest.raises(SourceError, match=r"line 2: the region table or boundaries lack some of b"):
        carry_table(regions[:1], changes)
