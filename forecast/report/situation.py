"""One month ahead of an issue, for all regions or one country's, and how regions are named.

What is said of it stands in ``situation_outlook`` and ``situation_changes``: every sentence is a
template over facts of the risk table and of the sections; where a fact is missing, the sentence
that would need it is left out or says so. The text is plain: a writer escapes it in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.errors import ConfigError
from data.regions.countries import country_key
from forecast.model.past import counted
from forecast.report.issue_view import IssueView
from forecast.text.wording import month_words, percent, shortened

__all__ = ["Row", "Situation", "lede", "listed", "named", "place", "situation_of", "title"]

MOST_NAMES = 6

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Situation:
    """One month ahead of an issue, for all regions or for those of a country.

    Attributes:
        record: The issue with one horizon.
        rows: Rows that have a forecast, by rank.
        regions: Number of regions, those without a forecast included.
        country: The country, as the table writes it; None for all.
    """

    record: IssueView
    rows: pd.DataFrame
    regions: int
    country: str | None = None

    @property
    def origin(self) -> str:
        """Last month known, in words."""
        return month_words(self.record.manifest["origin"])

    @property
    def month(self) -> str:
        """Month that is forecast, in words."""
        return month_words(str(self.record.table["target_month"].iloc[0]))

    @property
    def models(self) -> list[Mapping[str, Any]]:
        """What the manifest says of the models of this horizon."""
        (horizon,) = self.record.horizons
        return [model for model in self.record.manifest["models"] if model["horizon"] == horizon]

    def place(self, row: Row, figure: str = "") -> str:
        """Return a region as it is named here: the country only where there are several."""
        return place(row, figure, within=self.country)


def situation_of(
    record: IssueView, *, horizon: int | None = None, country: str | None = None
) -> Situation:
    """Return the situation at a horizon.

    Args:
        record: The issue.
        horizon: Months ahead; None for the nearest.
        country: Only this country's regions; a name or an ISO3 code.

    Raises:
        ConfigError: The issue lacks the horizon or the country.
    """
    record = record.at(record.horizons[0] if horizon is None else horizon)
    table, name = record.table, None
    if country is not None:
        key = country_key(country)
        table = table[table["country"].map(country_key) == key]
        if not len(table):
            there = ", ".join(sorted({shortened(c) for c in record.table["country"]}))
            raise ConfigError(f'the issue has no country "{country}" (it has {there})')
        name = shortened(table["country"].iloc[0])
    return Situation(record, table[table["rank"].notna()], len(table), name)


def title(now: Situation) -> str:
    """Return the headline."""
    where = f" in {now.country}" if now.country else ""
    return f"Attack risk{where}, {now.month}"


def lede(now: Situation) -> str:
    """Return what the note is about and from what it is made."""
    regions = counted(now.regions, "region")
    countries = now.record.table["country"].nunique()
    if now.country:
        where = f"{regions} of {now.country}"
    elif now.record.manifest["scale"] == "country":
        where = f"{now.regions:,} {'country' if now.regions == 1 else 'countries'}"
    else:
        where = f"{regions} in {countries} {'country' if countries == 1 else 'countries'}"
    return f"{where}; forecast from data through {now.origin}."


def place(row: Row, figure: str = "", *, within: str | None = None) -> str:
    """Return a region with its country, and a figure where one is given.

    Args:
        row: A row of the risk table.
        figure: A printed figure.
        within: A country that needs no naming.

    Example:
        >>> place({"region": "Gao", "country": "Mali", "scale": "admin1"}, "88 %")
        'Gao (Mali, 88 %)'
    """
    name, country = shortened(row["region"]), shortened(row["country"])
    known = row["scale"] == "country" or country in (name, within)
    inside = [] if known else [country]
    inside += [figure] if figure else []
    return f"{name} ({', '.join(inside)})" if inside else name


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence.

    Example:
        >>> listed(["Gao"]), listed(["Gao", "Soum", "Yobe"])
        ('Gao', 'Gao, Soum and Yobe')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def named(
    now: Situation, rows: pd.DataFrame, column: str | None = None, *, most: int = MOST_NAMES
) -> str:
    """Return the first regions of some rows, with a share each, and how many more there are."""
    records = rows.head(most).to_dict("records")
    names = [now.place(r, percent(r[column]) if column else "") for r in records]
    more = len(rows) - len(names)
    return listed([*names, f"{more:,} more"] if more else names)
