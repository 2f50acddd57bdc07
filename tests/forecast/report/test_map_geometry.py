"""The map: regions, names and ranks in place, whatever the table lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from forecast.report.map_geometry import WIDTH, map_geometry
from forecast.report.page.risk_map import risk_map


def _row(name: str, x: float | None, y: float | None, **more: Any) -> dict[str, Any]:
    usual = {"region_id": name, "region": name, "country": "Mali", "level": "high", "rank": 1}
    usual |= {"p_attack": 0.6, "target_month": "2005-01"}
    return {**usual, "longitude": x, "latitude": y, **more}


def _square(x: float, y: float, size: float = 1.0) -> shapely.Polygon:
    return shapely.box(x - size / 2, y - size / 2, x + size / 2, y + size / 2)


def test_north_is_up_and_the_margin_is_the_same_on_all_sides() -> None:
    rows = [_row("a", 0.0, 10.0), _row("b", 10.0, 20.0)]
    geometry = map_geometry(rows, {"a": _square(0, 10), "b": _square(10, 20)})
    (xa, ya), (xb, yb) = (geometry.centre(row) for row in rows)
    assert 0 < xa < xb < WIDTH
    assert 0 < yb < ya < geometry.height
    west, south = geometry.rings("a")[0].T
    east, north = geometry.rings("b")[0].T
    assert west.min() == pytest.approx(WIDTH - east.max())
    assert north.min() == pytest.approx(geometry.height - south.max())
    # Degrees of longitude are shrunk by the cosine of the middle latitude, 15 degrees.
    assert (xb - xa) / (ya - yb) == pytest.approx(np.cos(np.radians(15.0)))


def test_a_tall_map_stays_within_the_page() -> None:
    rows = [_row("a", 0.0, -30.0), _row("b", 1.0, 30.0)]
    assert map_geometry(rows, None).height <= 1100.0


def test_holes_are_lines_of_their_own_and_thin_shapes_do_not_vanish() -> None:
    ring = _square(0, 0, 4).difference(_square(0, 0, 2))
    speck = _square(9, 9, 1e-6)
    geometry = map_geometry([_row("a", 0.0, 0.0), _row("b", 9.0, 9.0)], {"a": ring, "b": speck})
    assert len(geometry.rings("a")) == 2
    assert all((line[0] == line[-1]).all() for line in geometry.rings("a"))
    assert len(geometry.rings("b")) == 1
    assert geometry.rings("unknown") == []


def test_regions_without_a_polygon_are_circles_with_their_rank_aside() -> None:
    rows = [_row("a", 0.0, 0.0), _row("b", 5.0, 5.0, rank=2), _row("c", 9.0, 9.0, rank=None)]
    geometry = map_geometry(rows, {"a": _square(0, 0)})
    (inside, aside), centres = geometry.ranks(), [geometry.centre(row) for row in rows]
    assert (inside.text, inside.x, inside.y) == ("1", *centres[0])
    assert (aside.text, aside.x, aside.y) == ("2", centres[1][0] + 13, centres[1][1] - 13)
    svg = risk_map(rows, {"a": _square(0, 0)}, cards={"a": 1, "b": 2, "c": 3})
    assert svg.count("<path id=") == 1
    assert svg.count('<circle id="s') == 2


def test_slivers_between_regions_are_no_borders() -> None:
    rows = [_row("a", 0.0, 0.0), _row("b", 1.01, 0.0), _row("c", 5.0, 0.0, country="Niger")]
    shapes = {"a": _square(0, 0), "b": _square(1.01, 0), "c": _square(5, 0)}
    mali, niger = map_geometry(rows, shapes).borders()
    assert (len(mali), len(niger)) == (1, 1)


def test_names_of_countries_leave_ranks_and_each_other_free() -> None:
    rows = [
        _row(f"{country}{place}", 0.1 * place, 0.1, country=country, rank=place)
        for country in ("Mali", "Niger", "Burkina Faso")
        for place in (1, 2)
    ]
    rows += [_row("far", 20.0, 20.0, country="Chad"), _row("off", 21.0, 20.0, country="Chad")]
    geometry = map_geometry(rows, None)
    names = {at.text: at for at in geometry.countries()}
    assert list(names) == ["Burkina Faso", "Chad", "Mali", "Niger"]
    near = [names[name].y for name in ("Burkina Faso", "Mali", "Niger")]
    assert min(np.diff(sorted(near))) >= 19
    for rank in geometry.ranks():
        for at in names.values():
            half = 5.0 * len(at.text) + 11
            assert abs(rank.x - at.x) >= half or abs(rank.y - at.y) >= 19


def test_countries_that_are_regions_themselves_get_no_second_name() -> None:
    rows = [_row("Mali", 0.0, 0.0), _row("Niger", 9.0, 0.0, country="Niger")]
    assert list(map_geometry(rows, None).countries()) == []


def test_regions_whose_place_is_unknown_are_left_out() -> None:
    rows = [_row("a", None, None), _row("b", 1.0, 1.0, rank=2), _row("c", 2.0, 1.0, rank=3)]
    geometry = map_geometry(rows, None)
    assert [rank.text for rank in geometry.ranks()] == ["2", "3"]
    assert risk_map(rows).count('class="region high"') == 2
    nowhere = map_geometry([_row("a", None, None)], None)
    assert np.isfinite(nowhere.height)
    assert "<svg" in risk_map([_row("a", None, None)])


def test_the_grid_names_degrees_where_there_is_room() -> None:
    geometry = map_geometry([_row("a", -4.0, -4.0), _row("b", 4.0, 4.0)], None)
    meridians = [at.text for at in geometry.meridians()]
    assert "2°W" in meridians
    assert "0°" in meridians
    parallels = {at.text for at in geometry.parallels()}
    assert {"2°S", "0°", "2°N"} <= parallels


@pytest.mark.parametrize("with_shapes", [True, False])
def test_regions_on_both_sides_of_the_date_line_lie_side_by_side(with_shapes: bool) -> None:
    crossing = shapely.union_all(
        [shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)]
    )
    rows = [_row("w", 178.0, -17.0), _row("c", 180.0, -17.0, rank=2), _row("e", -178.0, -17.0)]
    shapes = {
        "w": shapely.box(177, -18, 179, -16),
        "c": crossing,
        "e": shapely.box(-179, -18, -177, -16),
    }
    geometry = map_geometry(rows, shapes if with_shapes else None)
    plain = [_row(name, x, -17.0) for name, x in (("w", 8.0), ("c", 10.0), ("e", 12.0))]
    boxes = {
        name: shapely.box(x - 1, -18, x + 1, -16) for name, x in (("w", 8), ("c", 10), ("e", 12))
    }
    moved = map_geometry(plain, boxes if with_shapes else None)
    assert geometry.height == pytest.approx(moved.height)
    for row, other in zip(rows, plain, strict=True):
        assert geometry.centre(row) == pytest.approx(moved.centre(other))
        for ring, same in zip(
            geometry.rings(row["region_id"]), moved.rings(row["region_id"]), strict=True
        ):
            assert (ring.min(), ring.max()) == pytest.approx((same.min(), same.max()))
    assert len(list(geometry.borders())) == len(list(moved.borders()))
    texts = {at.text for at in geometry.meridians()} - {""}
    assert "179°W" in texts
    assert not any(text.startswith("181") for text in texts)


def test_a_map_of_one_side_begins_in_the_west() -> None:
    rows = [_row("a", -170.0, 0.0), _row("b", 0.0, 0.0), _row("c", 170.0, 0.0)]
    places = [map_geometry(rows, None).centre(row)[0] for row in rows]
    assert places == sorted(places)
