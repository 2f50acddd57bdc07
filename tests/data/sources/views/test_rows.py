from __future__ import annotations

import pytest

from data.errors import SourceError
from data.sources.views.files import read_actuals, read_draws
from data.sources.views.rows import shared_rows
from tests.data.challenge import actuals_frame, draws_frame, written


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
        ((600,), (1, 7), r"no row is shared, so these are not files of the same window"),
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
    with pytest.raises(SourceError, match=r"by priogrid_gid and the actuals .* are by country_id"):
        shared_rows(*pair(cells), common=True)
