from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.errors import SchemaError, SourceError
from data.sources.views.files import read_actuals, read_draws, shared_rows, write_draws
from tests.data.challenge import actuals_frame, cell, draws_frame, written

DRAWS = [[10, 11, 12], [70, 71, 72], [11, 12, 13], [71, 72, 73]]


def as_index(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index([name for name in frame if name != "outcome"])


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("name", ["f.csv", "f.parquet"])
@pytest.mark.parametrize("shape", ["columns", "index", "shuffled", "decimal"])
def test_every_way_to_write_a_forecast_reads_the_same(tmp_path, base, name, shape):
    frame = draws_frame(base=base)
    if shape == "index":
        frame = as_index(frame) if name.endswith("parquet") else frame[list(frame)[::-1]]
    if shape == "shuffled":
        frame = frame.sample(frac=1, random_state=3)
    if shape == "decimal":
        frame = frame.astype("float64")
    found = read_draws(written(frame, tmp_path / name))
    assert found.unit == "country_id"
    assert found.months.tolist() == [457, 457, 458, 458]
    assert found.units.tolist() == [1, 7, 1, 7]
    assert found.draws.tolist() == DRAWS


def test_cells_are_read_like_countries(tmp_path):
    frame = draws_frame().rename(columns={"country_id": "priogrid_gid"})
    assert read_draws(written(frame, tmp_path / "f.parquet")).unit == "priogrid_gid"


def test_actuals_are_sorted_by_month_and_unit(tmp_path):
    found = read_actuals(written(as_index(actuals_frame())[::-1], tmp_path / "a.parquet"))
    assert found.observed.tolist() == [458, 464, 459, 465]


@given(
    arrays.arrays(np.int32, (4, 5), elements=st.integers(0, 2**31 - 1)), st.permutations(range(4))
)
def test_what_is_written_is_read(tmp_path_factory, draws, order):
    path = tmp_path_factory.mktemp("draws") / "f.parquet"
    months, units = np.array([457, 457, 458, 458]), np.array([1, 7, 1, 7])
    write_draws(path, months[order], units[order], draws[order])
    found = read_draws(path)
    assert np.array_equal(found.draws, draws)
    assert np.array_equal(found.months * 10 + found.units, months * 10 + units)


FORECAST = draws_frame()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (cell(FORECAST, 4, "outcome", -2), r"line 5 column 'outcome': expected a count >= 0, got"),
        (cell(FORECAST, 4, "outcome", np.nan), r"line 5 column 'outcome': expected a finite"),
        (cell(FORECAST, 4, "outcome", np.inf), r"line 5 column 'outcome': expected a finite"),
        (cell(FORECAST, 4, "outcome", "few"), r"column 'outcome': expected numbers, got"),
        (cell(FORECAST, 4, "month_id", 457.5), r"column 'month_id': expected a whole number >= 1"),
        (cell(FORECAST, 4, "country_id", 0), r"column 'country_id': expected a whole number >= 1"),
        (
            pd.concat([FORECAST, FORECAST[4:5]]),
            r"line 13 .*country_id 7 draw 1: line 5 has it too \(1 such rows in all\)",
        ),
        (
            FORECAST.drop(4),
            r"expected draw 1 of month_id 457 country_id 7, got 2",
        ),
        (
            FORECAST.drop(5),
            r"expected 3 draws .*, got 2 for month_id 457 country_id 7 \(1 such rows in all\)",
        ),
        (FORECAST.assign(draw=FORECAST["draw"] + 2), "expected draw 1 of .*, got 2"),
        (
            FORECAST.assign(draw=FORECAST["draw"] + (FORECAST["country_id"] == 7)),
            "expected draw 0 of month_id 457 country_id 7, got 1",
        ),
    ],
)
def test_a_forecast_with_a_fault_is_refused_by_file_row_and_column(tmp_path, frame, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_draws(written(frame, tmp_path / "f.parquet"))
    assert str(caught.value).startswith(str(tmp_path / "f.parquet"))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FORECAST.drop(columns="draw"), '"draw" is missing'),
        (FORECAST.drop(columns="outcome"), '"outcome" is missing'),
        (FORECAST.drop(columns="country_id"), "country_id and priogrid_gid, got neither"),
        (FORECAST.assign(priogrid_gid=1), "country_id and priogrid_gid, got both"),
    ],
)
def test_a_forecast_without_its_columns_is_refused(tmp_path, frame, message):
    with pytest.raises(SchemaError, match=message):
        read_draws(written(frame, tmp_path / "f.parquet"))


def test_actuals_are_refused_when_they_repeat_or_are_a_forecast(tmp_path):
    path = tmp_path / "a.csv"
    repeated = pd.concat([actuals_frame(), actuals_frame()[:1]])
    with pytest.raises(SourceError, match=r"line 6 .*country_id 1: line 2 has it too"):
        read_actuals(written(repeated, path))
    with pytest.raises(SchemaError, match="give FORECAST first, then ACTUALS"):
        read_actuals(written(FORECAST, path))


@pytest.fixture
def pair(tmp_path):
    def made(forecast, actuals=None):
        return (
            read_draws(written(forecast, tmp_path / "f.parquet")),
            read_actuals(
                written(actuals_frame() if actuals is None else actuals, tmp_path / "a.csv")
            ),
        )

    return made


def test_equal_rows_need_no_leave(pair):
    found = shared_rows(*pair(draws_frame().sample(frac=1, random_state=1)))
    assert found.observed.tolist() == [458, 464, 459, 465]
    assert found.draws[:, 0].tolist() == [10, 70, 11, 71]
    assert (found.missing, found.surplus) == (0, 0)


@pytest.mark.parametrize(
    ("months", "units", "message"),
    [
        ((457,), (1, 7), r"covers 2 of the 4 rows of .*it lacks 2 rows: the whole of month_id 458"),
        ((457, 458), (1,), r"it lacks 2 rows: the whole of country_id 7"),
        (
            (457, 458, 459),
            (1, 7),
            r"it has 2 rows that the actuals lack: the whole of month_id 459",
        ),
        ((457, 458), (1, 9), r"the whole of country_id 7; it has 2 rows .*whole of country_id 9"),
        ((600,), (1, 7), r"no row is shared: give files of the same window"),
    ],
)
def test_rows_that_differ_are_named(pair, months, units, message):
    with pytest.raises(SourceError, match=message):
        shared_rows(*pair(draws_frame(months, units)))


def test_single_rows_are_named_and_the_way_out_is_told(pair):
    frame = draws_frame()
    part = frame[(frame["month_id"] != 458) | (frame["country_id"] != 7)]
    message = (
        "lacks 1 rows: month_id 458 country_id 7; .*score only the 3 shared ones with --common"
    )
    with pytest.raises(SourceError, match=message):
        shared_rows(*pair(part))


def test_common_takes_the_shared_rows_and_counts_the_others(pair):
    found = shared_rows(*pair(draws_frame((458, 459), (1, 7, 8))), common=True)
    assert found.months.tolist() == [458, 458]
    assert found.draws.tolist() == [[11, 12, 13], [71, 72, 73]]
    assert (found.missing, found.surplus) == (2, 4)
    with pytest.raises(SourceError, match="no row is shared"):
        shared_rows(*pair(draws_frame((600,))), common=True)


def test_countries_and_cells_are_not_mixed(pair):
    cells = draws_frame().rename(columns={"country_id": "priogrid_gid"})
    with pytest.raises(
        SourceError, match=r"expected a forecast by country_id .*, got one by priogrid_gid"
    ):
        shared_rows(*pair(cells), common=True)
