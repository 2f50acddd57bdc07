"""Write an invented file of UCDP GED events: official layout, any number of rows, seeded.

Shaped after the published releases, so that reading and counting it costs what theirs cost: the 49
columns in their order, some 750 bytes a row with quoted marks and line ends, places that repeat,
armed groups that come and go, codes of precision and tolls about as frequent as in GED 20.1 and
Candidate 23.0.10, one event in forty over a month's border. A seventh of the rows lies in the
fifteen countries of the Sahel and its neighbours. Nothing in it happened.

    python benchmarks/ged_file.py GEDEvent_v24_1.csv --rows 1000
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.regions.countries import Country, countries
from data.regions.priogrid import cell_ids
from data.sources.ucdp.release_csv import GED_COLUMNS

__all__ = ["FIRST_YEAR", "LAST_YEAR", "ROWS", "SEED", "write_ged"]

ROWS, SEED = 418_000, 1
FIRST_YEAR, LAST_YEAR = 1989, 2023
ROOT = Path(__file__).resolve().parent.parent
# Rows in a thousand: the busiest countries as in GED 21.1, then the fifteen; others get the rest.
SHARES = {"SYR": 230, "AFG": 120, "IND": 60, "IRQ": 50, "UKR": 50, "MEX": 45, "PAK": 35}
SHARES |= {"SOM": 30, "COD": 28, "YEM": 24, "ISR": 22, "BIH": 18, "COL": 18, "PHL": 14, "TUR": 12}
SAHEL = {"NGA": 50, "MLI": 22, "BFA": 22, "DZA": 15, "NER": 10, "CMR": 9, "LBY": 7, "TCD": 5}
SAHEL |= {"CIV": 2, "SEN": 2, "BEN": 2, "TGO": 1, "GHA": 1, "GIN": 1, "MRT": 1}
CONTINENTS = ((200, "Americas"), (400, "Europe"), (626, "Africa"), (700, "Middle East"))
WHERE_PREC = (0.55, 0.17, 0.15, 0.05, 0.05, 0.02, 0.01)
DATE_PREC = (0.80, 0.15, 0.01, 0.03, 0.01)
VIOLENCE = (0.73, 0.11, 0.16)
OFFICES = ("Reuters News", "Agence France Presse", "BBC Monitoring", "Xinhua", "AP", "All Africa")
WORDS = """soldiers rebels killed village attack dawn clashes checkpoint convoy district army said
wounded bodies gunmen market raid bomb ambush police fighters civilians dead river patrol post road
night militants officials report witnesses mosque camp border forces mortar shelling"""

Ints = npt.NDArray[np.int64]
Columns = dict[str, Any]


@dataclass(frozen=True)
class _World:
    """Countries with their shares of the rows, towns and pairs of foes."""

    states: tuple[Country, ...]
    shares: npt.NDArray[np.float64]
    towns: pd.DataFrame
    dyads: pd.DataFrame


def write_ged(path: Path, *, rows: int = ROWS, seed: int = SEED) -> None:
    """Write the file; the same rows and seed give the same bytes."""
    rng = np.random.default_rng(seed)
    world = _world(rows, rng)
    state = np.sort(rng.choice(len(world.states), rows, p=world.shares))
    dyad = _own_rows(world.dyads, state, rng.random(rows) ** 4)
    columns = _sides(world, state, dyad) | _spots(world, state, dyad, rng)
    columns |= _dates(world.dyads.iloc[dyad], rng)
    columns |= _tolls(columns["type_of_violence"], rng) | _reports(columns["date_start"], rng)
    columns["id"] = 3 + np.cumsum(rng.integers(1, 3, rows))
    codes = [world.states[place].iso3 for place in state]
    facts = zip(codes, columns["year"], columns["dyad_dset_id"], columns["id"], strict=True)
    columns["relid"] = [f"{code}-{year}-1-{foes}-{nth}" for code, year, foes, nth in facts]
    columns |= {"active_year": rng.integers(0, 2, rows), "event_clarity": rng.integers(1, 3, rows)}
    columns["code_status"] = ["Clear"] * rows
    listed = [np.asarray(columns[name], dtype=object).tolist() for name in GED_COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(GED_COLUMNS)
        writer.writerows(zip(*listed, strict=True))


def _world(rows: int, rng: np.random.Generator) -> _World:
    states = countries()
    shares = np.array([(SHARES | SAHEL).get(state.iso3, 0) for state in states], dtype=float)
    other = shares == 0
    weight = rng.pareto(1, int(other.sum())).clip(0.001, 8)
    shares[other] = weight * (1000 - shares.sum()) / weight.sum()
    shares /= shares.sum()
    return _World(states, shares, _towns(states, shares, rows, rng), _dyads(shares, rng))


def _towns(
    states: Sequence[Country], shares: npt.NDArray[np.float64], rows: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Lay towns around the capital; those of the fifteen countries around their own units."""
    units = pd.read_parquet(ROOT / "data" / "samples" / "sahel_regions.parquet")
    parts = []
    for number, state in enumerate(states):
        count = 2 + round(rows / 12 * shares[number] ** 0.8)
        centres, spread = np.array([[state.latitude, state.longitude]]), 1.1 + 5 * shares[number]
        if state.iso3 in SAHEL:
            own = units[units["region_id"].str.startswith(state.iso3)]
            centres, spread = own[["latitude", "longitude"]].to_numpy(), 0.2
        unit = rng.integers(0, len(centres), count)
        spots = (centres[unit] + rng.normal(0, spread, (count, 2))).clip(-89, 179).round(6)
        town = pd.DataFrame(spots, columns=["latitude", "longitude"])
        order = np.lexsort((town["latitude"], town["longitude"].round()))
        parts.append(town.assign(state=number, unit=unit).iloc[order])
    return pd.concat(parts, ignore_index=True)


def _dyads(shares: npt.NDArray[np.float64], rng: np.random.Generator) -> pd.DataFrame:
    """Give each country its foes, with the days between which they fight, and where."""
    state = np.repeat(np.arange(len(shares)), 6 + (600 * shares).astype(int))
    days = _day(LAST_YEAR + 1) - _day(FIRST_YEAR)
    begin = ((days - 2000) * (rng.random(len(state)) * 1.1 - 0.1).clip(0)).astype(int)
    end = np.minimum(begin + rng.exponential(4000, len(state)).astype(int) + 60, days)
    kind = 1 + rng.choice(3, len(state), p=VIOLENCE)
    home = np.where(rng.random(len(state)) < 0.5, rng.integers(0, 5, len(state)) / 5, begin / days)
    reach = rng.beta(1, 2, len(state)) + 0.02
    facts = {"begin": begin, "end": end, "kind": kind, "home": home, "reach": reach}
    return pd.DataFrame({"state": state} | facts)


def _own_rows(table: pd.DataFrame, state: Ints, share: npt.NDArray[np.float64]) -> Ints:
    """Return the row that lies so far, 0 to 1 and round again, within each country's own."""
    counts = np.bincount(table["state"])
    first = np.cumsum(counts) - counts
    return np.asarray(first[state] + (counts[state] * (share % 1)).astype(int))


def _sides(world: _World, state: Ints, dyad: Ints) -> Columns:
    kind = world.dyads["kind"].to_numpy()
    lands = [world.states[place].country for place in world.dyads["state"]]
    groups = [f"Front {n % 97} of {land}" for n, land in enumerate(lands)]
    rivals = [f"Militia {n}" for n in range(len(lands))]
    first = np.where(kind == 1, [f"Government of {land}" for land in lands], groups)
    second = np.select([kind == 1, kind == 2], [groups, rivals], "Civilians")
    names = np.array([f"{one} - {other}" for one, other in zip(first, second, strict=True)])
    gw = np.array([country.gw for country in world.states])[state]
    ids = {"conflict": 200, "dyad": 400, "side_a": 1000, "side_b": 6000}
    numbers = {f"{n}_{d}_id": f + dyad for n, f in ids.items() for d in ("dset", "new")}
    return numbers | {
        "type_of_violence": kind[dyad],
        "conflict_name": names[dyad],
        "dyad_name": names[dyad],
        "side_a": first[dyad],
        "side_b": second[dyad],
        "gwnoa": np.where(kind[dyad] == 1, gw.astype(str), ""),
        "gwnob": [""] * len(dyad),
        "country": np.array([country.country for country in world.states])[state],
        "country_id": gw,
        "region": [next((c for last, c in CONTINENTS if n < last), "Asia") for n in gw.tolist()],
    }


def _spots(world: _World, state: Ints, dyad: Ints, rng: np.random.Generator) -> Columns:
    foes = world.dyads.iloc[dyad]
    away = foes["reach"].to_numpy() * rng.random(len(state)) ** 5
    place = _own_rows(world.towns, state, foes["home"].to_numpy() + away)
    towns = world.towns.iloc[place]
    north, east = towns["latitude"].to_numpy(), towns["longitude"].to_numpy()
    precision = 1 + rng.choice(7, len(place), p=WHERE_PREC)
    unit = towns["unit"].to_numpy()
    facts = list(zip(place.tolist(), unit.tolist(), strict=True))
    named = (precision != 6) & (rng.random(len(place)) > 0.02)
    return {
        "latitude": north,
        "longitude": east,
        "where_prec": precision,
        "where_coordinates": [f"Town {town}" for town, _ in facts],
        "where_description": [
            f'Town {town}, "old" quarter' + ",\nnear the river" * (nth % 20 == 0)
            for nth, (town, _) in enumerate(facts)
        ],
        "adm_1": np.where(named, [f"Province {unit}" for _, unit in facts], ""),
        "adm_2": np.where(named & (precision < 4), [f"District {t % 40}" for t, _ in facts], ""),
        "geom_wkt": [f"POINT ({x} {y})" for x, y in zip(east, north, strict=True)],
        "priogrid_gid": cell_ids(north, east),
    }


def _dates(dyads: pd.DataFrame, rng: np.random.Generator) -> Columns:
    rows, begin, end = len(dyads), dyads["begin"].to_numpy(), dyads["end"].to_numpy()
    precision = 1 + rng.choice(5, rows, p=DATE_PREC)
    first = begin + ((end - begin) * rng.random(rows)).astype(int)
    longest = np.array([0, 5, 6, 29, 364])[precision - 1]
    last = np.minimum(first + (longest * rng.random(rows)).astype(int), end - 1)
    opened = np.datetime64(f"{FIRST_YEAR}-01-01") + first
    closed = np.datetime64(f"{FIRST_YEAR}-01-01") + last
    texts = {name: np.char.add(days.astype(str), " 00:00:00.000")
             for name, days in (("date_start", opened), ("date_end", closed))}  # fmt: skip
    return texts | {"date_prec": precision, "year": opened.astype("datetime64[Y]").astype(str)}


def _tolls(kind: Ints, rng: np.random.Generator) -> Columns:
    rows = len(kind)
    best = np.exp(rng.normal(0.8, 1.5, rows)).astype(int)
    best = np.where(rng.random(rows) < 0.1, 0, best.clip(1))
    best[rng.random(rows) < 0.0003] *= 100
    low = np.where(rng.random(rows) < 0.2, best - best // 2, best) + (rng.random(rows) < 0.003)
    high = np.where(rng.random(rows) < 0.3, best + best // 2 + 1, best)
    civilians = np.where(kind == 3, best, np.where(rng.random(rows) < 0.15, best // 2, 0))
    ours = (best - civilians) // 2
    return {
        "best": best,
        "low": low,
        "high": high,
        "deaths_civilians": civilians,
        "deaths_a": ours,
        "deaths_b": best - civilians - ours,
        "deaths_unknown": [0] * rows,
    }


def _reports(day: npt.NDArray[np.str_], rng: np.random.Generator) -> Columns:
    """Tell who reported: one report an event, at times two."""
    rows = len(day)
    words = WORDS.split()
    lines = [" ".join(rng.choice(words, 14)).capitalize() for _ in range(5_000)]
    headline = np.array(lines, dtype=object)[rng.integers(0, len(lines), (rows, 2))]
    office = np.array(OFFICES, dtype=object)[rng.integers(0, len(OFFICES), rows)]
    twice = rng.random(rows) < 0.3
    facts = list(zip(office, np.char.ljust(day, 10), headline, twice.tolist(), strict=True))
    columns: Mapping[str, list[object]] = {
        "number_of_sources": (1 + twice).tolist(),
        "source_article": [
            ";".join(f'"{office},{day[:10]},{head}"' for head in heads[: 1 + two])
            for office, day, heads, two in facts
        ],
        "source_office": [office for office, *_ in facts],
        "source_date": [day[:10] for _, day, *_ in facts],
        "source_headline": [";".join(heads[: 1 + two]) for _, _, heads, two in facts],
        "source_original": [f"{heads[0][:12]}; witnesses" for _, _, heads, _ in facts],
    }
    return dict(columns)


def _day(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01").astype(int))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    write_ged(asked.file, rows=asked.rows, seed=asked.seed)


if __name__ == "__main__":
    main()
