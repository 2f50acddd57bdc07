import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counting.counting import count_events, count_figures
from data.counting.panel_regions import make_locator
from data.errors import EvidenceError, SchemaError
from data.reading import Coverage
from data.regions.location import CountryLocator, PolygonLocator
from data.regions.regions import country_regions
from data.schema import STATUSES
from tests.data.geography import YEAR_2020, at, event_on, frame_of, sahel, square_field, ucdp_events

NAN = float("nan")
SPAN = {"first_month": "2020-02", "last_month": "2020-04"}


def _count(folder, *rows, coverages=(YEAR_2020,), **span):
    place = PolygonLocator(square_field(folder), "admin1")
    return count_events(frame_of(*rows), coverages, place, **(span or SPAN))


def _same(counts, name, rows):
    np.testing.assert_array_equal(counts.measures[name], np.array(rows, dtype=float))


def test_counts_by_hand(tmp_path):
    counts = _count(
        tmp_path,
        event_on("1", 0.5, "2020-02-01", 3, deaths_low=1, deaths_high=9),
        event_on("2", 0.6, "2020-02-29", 4, kind="one-sided"),
        event_on("3", 1.5, "2020-04-30", 0),
        event_on("4", 2.5, "2020-03-31", 5, end="2020-04-01", country="Niger"),
    )
    assert counts.months == ("2020-02", "2020-03", "2020-04")
    _same(counts, "events", [[2, 0, 0], [0, 0, 1], [0, 1, 0]])
    _same(counts, "deaths", [[7, 0, 0], [0, 0, 0], [0, 3, 2]])
    _same(counts, "deaths_low", [[5, 0, 0], [0, 0, 0], [0, 3, 2]])
    _same(counts, "deaths_high", [[13, 0, 0], [0, 0, 0], [0, 3, 2]])
    _same(counts, "largest_event", [[4, 0, 0], [0, 0, 0], [0, 3, 2]])
    _same(counts, "events_state_based", [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    _same(counts, "events_one_sided", [[1, 0, 0], [0, 0, 0], [0, 0, 0]])
    _same(counts, "deaths_one_sided", [[4, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert "civilians" not in counts.measures
    assert "events_non_state" not in counts.measures


def test_a_month_that_is_not_observed_holds_no_number(tmp_path):
    mali = Coverage(True, "2020-02", "2020-03", ("Mali",))
    counts = _count(
        tmp_path,
        event_on("1", 0.5, "2020-02-01", 3),
        event_on("2", 2.5, "2020-02-01", 4, country="Niger"),
        event_on("3", 0.5, "2020-04-01", 5),
        coverages=[mali],
    )
    _same(counts, "events", [[1, 0, NAN], [0, 0, NAN], [NAN, NAN, NAN]])
    _same(counts, "deaths", [[3, 0, NAN], [0, 0, NAN], [NAN, NAN, NAN]])
    words = np.array(STATUSES)[counts.status]
    assert words.tolist()[0] == ["observed", "observed", "not_released"]
    assert words.tolist()[2] == ["not_covered"] * 3
    assert counts.reconciliation.unobserved.events == 2
    assert counts.reconciliation.unobserved.deaths == 9


def test_a_toll_that_is_not_known_is_not_zero(tmp_path):
    counts = _count(
        tmp_path,
        event_on("1", 0.5, "2020-02-01", None),
        event_on("2", 0.5, "2020-02-02", 6),
        event_on("3", 1.5, "2020-02-29", None, end="2020-03-01"),
    )
    _same(counts, "events", [[2, 0, 0], [1, 0, 0], [0, 0, 0]])
    _same(counts, "deaths", [[NAN, 0, 0], [NAN, NAN, 0], [0, 0, 0]])
    _same(counts, "largest_event", [[NAN, 0, 0], [NAN, NAN, 0], [0, 0, 0]])
    assert counts.reconciliation.unknown_tolls == 2
    assert counts.reconciliation.beside_unknown == 6
    assert counts.reconciliation.accepted.deaths == 6


def test_a_kind_that_is_not_known_leaves_the_kinds_unknown(tmp_path):
    counts = _count(
        tmp_path,
        event_on("1", 0.5, "2020-02-01", 2),
        event_on("2", 0.5, "2020-03-01", 3, kind=None),
    )
    _same(counts, "events", [[1, 1, 0], [0, 0, 0], [0, 0, 0]])
    _same(counts, "events_state_based", [[1, NAN, 0], [0, 0, 0], [0, 0, 0]])
    _same(counts, "deaths_state_based", [[2, NAN, 0], [0, 0, 0], [0, 0, 0]])


def test_civilians_are_counted_where_told(tmp_path):
    counts = _count(
        tmp_path,
        event_on("1", 0.5, "2020-02-01", 5, civilians=2),
        event_on("2", 1.5, "2020-02-01", 5),
    )
    _same(counts, "civilians", [[2, 0, 0], [NAN, 0, 0], [0, 0, 0]])


def test_no_events_are_zeros_where_observed(tmp_path):
    counts = _count(tmp_path)
    _same(counts, "events", [[0, 0, 0]] * 3)
    _same(counts, "deaths", [[0, 0, 0]] * 3)


def test_the_months_are_those_that_are_covered(tmp_path):
    place = PolygonLocator(square_field(tmp_path), "admin1")
    counts = count_events(frame_of(), [YEAR_2020], place)
    assert (counts.months[0], counts.months[-1], len(counts.months)) == ("2020-01", "2020-12", 12)
    with pytest.raises(EvidenceError, match="expected months from 2021-01 to 2020-12, got none"):
        count_events(frame_of(), [YEAR_2020], place, first_month="2021-01")


EVENTS = st.lists(
    st.tuples(
        st.floats(-1, 4),
        st.dates(pd.Timestamp("2019-11-01").date(), pd.Timestamp("2020-06-30").date()),
        st.integers(0, 90),
        st.one_of(st.none(), st.integers(0, 500)),
        st.sampled_from(["Mali", "Niger", "Ghana"]),
        st.sampled_from(["exact", "country"]),
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(EVENTS, st.randoms())
def test_counts_are_rectangular_and_the_order_of_events_changes_nothing(
    tmp_path_factory, drawn, random
):
    rows = [
        event_on(
            str(n), x, day, deaths, end=day + pd.Timedelta(days=span), country=c,
            location_precision=p,
        )
        for n, (x, day, span, deaths, c, p) in enumerate(drawn)
    ]  # fmt: skip
    place = PolygonLocator(square_field(tmp_path_factory.mktemp("field")), "admin1")
    counts = count_events(frame_of(*rows), [YEAR_2020], place, **SPAN)
    random.shuffle(rows)
    again = count_events(frame_of(*rows), [YEAR_2020], place, **SPAN)
    assert all(values.shape == (3, 3) for values in counts.measures.values())
    assert counts.measures.keys() == again.measures.keys()
    for name, values in counts.measures.items():
        np.testing.assert_array_equal(values, again.measures[name])
    assert counts.reconciliation.summary() == again.reconciliation.summary()
    known = [deaths or 0 for _, _, _, deaths, _, _ in drawn]
    assert counts.reconciliation.accepted.deaths == sum(known)


def _figures(**columns):
    known = {"region_id": ["a", "a", "b"], "month": ["2020-01", "2020-03", "2020-02"]}
    frame = pd.DataFrame(known | columns)
    return frame.astype({"region_id": "str", "month": "str"})


def test_figures_become_a_rectangle(tmp_path):
    regions = square_field(tmp_path).regions
    frame = _figures(events=pd.array([1, 0, 4], "Int64"), deaths=pd.array([2, None, 5], "Int64"))
    counts = count_figures(frame, regions, scale="admin1")
    assert counts.months == ("2020-01", "2020-02", "2020-03")
    _same(counts, "events", [[1, NAN, 0], [NAN, 4, NAN], [NAN, NAN, NAN]])
    _same(counts, "deaths", [[2, NAN, NAN], [NAN, 5, NAN], [NAN, NAN, NAN]])
    assert np.array(STATUSES)[counts.status].tolist() == [
        ["observed", "not_covered", "observed"],
        ["not_covered", "observed", "not_covered"],
        ["not_covered"] * 3,
    ]
    assert counts.reconciliation.panel.deaths == 7
    assert counts.reconciliation.countries["region_events"].tolist() == [5, 0]
    counts.reconciliation.check()


def test_a_status_of_figures_is_honoured(tmp_path):
    frame = _figures(events=[1, 2, 3], status=["observed", "partial", "failed"])
    counts = count_figures(frame, square_field(tmp_path).regions, scale="admin1")
    assert np.array(STATUSES)[counts.status][0].tolist() == ["observed", "not_covered", "partial"]
    _same(counts, "events", [[1, NAN, NAN], [NAN, NAN, NAN], [NAN, NAN, NAN]])


def test_figures_within_months_asked_for(tmp_path):
    frame = _figures(events=[1, 2, 3])
    regions = square_field(tmp_path).regions
    counts = count_figures(frame, regions, scale="admin1", first_month="2020-02")
    _same(counts, "events", [[NAN, 2], [3, NAN], [NAN, NAN]])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"region_id": ["a", "z", "b"]}, 'region "z" has figures but is not in the region table'),
        ({"month": ["2020-01"] * 3}, "the figures repeat a region and month"),
        ({"status": ["observed", "maybe", None]}, 'expected one of the statuses .*, got "maybe"'),
    ],
)
def test_figures_that_cannot_be_laid_out_are_refused(tmp_path, change, match):
    frame = _figures(events=[1, 2, 3]).assign(**change)
    with pytest.raises(SchemaError, match=match):
        count_figures(frame, square_field(tmp_path).regions, scale="admin1")


def test_no_figures_are_refused(tmp_path):
    with pytest.raises(EvidenceError, match="expected figures to count, got none"):
        count_figures(_figures().iloc[:0], square_field(tmp_path).regions, scale="admin1")


def test_countries_and_events_of_a_country_that_is_not_covered():
    place = CountryLocator(country_regions(["Mali"]))
    counts = count_events(
        frame_of(at("1", 1, 1), at("2", 1, 1, country="Chad")), [YEAR_2020], place, **SPAN
    )
    _same(counts, "events", [[0, 1, 0]])
    assert counts.reconciliation.outside.events == 1


KNOWN_TOTALS = """
Mali 2012 34 296, Mali 2013 72 748, Mali 2017 100 531, Mali 2018 183 1048, Mali 2019 149 1072,
Mali 2020 156 1167, Burkina Faso 2016 2 26, Burkina Faso 2017 19 40, Burkina Faso 2018 58 176,
Burkina Faso 2019 184 1036, Burkina Faso 2020 129 971, Niger 2015 36 450, Niger 2018 21 173,
Niger 2019 62 369, Niger 2020 45 548
"""


def test_both_precise_ucdp_files_by_the_308_regions():
    events, coverages = ucdp_events()
    place = make_locator("admin1", events=events, coverages=coverages, boundaries=sahel())
    counts = count_events(events, coverages, place)
    assert counts.status.shape == (308, 384)
    assert (counts.status == STATUSES.index("observed")).all()
    done = counts.reconciliation
    done.check()
    assert done.accepted.events == 161_495
    assert done.panel.events + done.outside.events == 161_495
    assert done.panel.deaths + done.outside.deaths == int(events["deaths_best"].sum())
    border = done.border_events.merge(events[["event_id", "date_start"]], on="event_id")
    for text in KNOWN_TOTALS.replace("\n", " ").split(","):
        *words, year, number, deaths = text.split()
        wanted = (int(number), int(deaths))
        assert _by_region_country(counts, border, " ".join(words), int(year)) == wanted


def _by_region_country(counts, border, country, year):
    """Return a year's panel sums of a country with the border events put back."""
    rows = (counts.regions["country"] == country).to_numpy()
    columns = np.array([month.startswith(str(year)) for month in counts.months])
    of_year = border[border["date_start"].dt.year == year]
    left = of_year[of_year["country"] == country]
    came = of_year[of_year["region_country"] == country]
    return tuple(
        int(counts.measures[m][rows][:, columns].sum() + left[m].sum() - came[m].sum())
        for m in ("events", "deaths")
    )


@pytest.mark.parametrize("scale", ["country", "priogrid"])
def test_both_precise_ucdp_files_by_country_and_by_cell(scale):
    events, coverages = ucdp_events()
    counts = count_events(
        events, coverages, make_locator(scale, events=events, coverages=coverages)
    )
    done = counts.reconciliation
    assert done.accepted.deaths == done.panel.deaths + done.unobserved.deaths
    assert done.unlocated.events == done.outside.events == 0
    assert done.unobserved.events == (1 if scale == "priogrid" else 0)
    assert len(counts.regions) == {"country": 195, "priogrid": 5292}[scale]
    whole = (counts.status == STATUSES.index("observed")).all(axis=1)
    assert set(counts.regions["country"][whole]) >= {"Mali", "Niger", "Burkina Faso"}
