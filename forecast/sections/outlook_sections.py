"""What stands beside the next month: three months, a ranking by deaths, and the countries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.errors import EscalationError
from data.months import add_months
from data.schema import DEATHS
from forecast.archive.context import IssueContext
from forecast.model.past import counted
from forecast.sections.country_outlook import forecast_countries
from forecast.sections.country_panel import COUNTRY
from forecast.sections.next_months import MODEL, MONTHS, p_next_months
from forecast.text.sections import Column, Section, cells_of
from forecast.text.wording import month_words

__all__ = ["TOP_DEADLY", "outlook_sections"]

TOP_DEADLY = 20
WORTH = "benchmarks/outlook.py prints what such a model is worth on the bundled sample."
LEFT_OUT = "This was left out on demand (--no-outlook)."

_REGION = (
    Column("region_id", "Region id", "Id of the region."),
    Column("region", "Region", "Name of the region."),
    Column("country", "Country", "Country of the region."),
)
_MONTH = Column("target_month", "Month", "Month that is forecast.")
_NEXT = (
    Column("rank", "Rank", "Rank by this probability.", "whole"),
    *_REGION,
    Column(
        "p_attack_3_months",
        f"Attack in {MONTHS} months",
        f"P(at least one attack in the next {MONTHS} months together).",
        "percent",
    ),
    Column(
        "p_attack", "Attack next month", "P(at least one attack) of the first month.", "percent"
    ),
    Column("level", "Level", "Level of the risk table, which is about the first month alone."),
)
_DEADLY = (
    Column("rank_deaths", "Rank by deaths", "Rank by expected deaths.", "whole"),
    *_REGION,
    _MONTH,
    Column("expected_deaths", "Deaths", "Expected deaths in the month.", "count"),
    Column("deaths_p05", "At least", "Deaths: 5 % of the draws are below.", "whole"),
    Column("deaths_p95", "At most", "Deaths: 5 % of the draws are above.", "whole"),
    Column("p_deaths_25", "25 deaths or more", "P(at least 25 deaths in the month).", "percent"),
    Column("last_deaths", "Deaths last month", "Deaths observed in the last month.", "whole"),
    Column("rank", "Rank by attack", "Rank by P(attack), that of the risk table.", "whole"),
)
_COUNTRIES = (
    Column("country", "Country", "Country, as the sum of this issue's regions."),
    _MONTH,
    Column("p_attack", "Attack", "P(at least one attack in the country in the month).", "percent"),
    Column("expected_events", "Attacks", "Expected attacks in the month.", "count"),
    Column("events_p05", "At least", "Attacks: 5 % of the draws are below.", "whole"),
    Column("events_p95", "At most", "Attacks: 5 % of the draws are above.", "whole"),
    Column("last_events", "Attacks last month", "Attacks observed in the last month.", "whole"),
    Column("expected_deaths", "Deaths", "Expected deaths in the month.", "count"),
    Column("deaths_p05", "Deaths at least", "Deaths: 5 % of the draws are below.", "whole"),
    Column("deaths_p95", "Deaths at most", "Deaths: 5 % of the draws are above.", "whole"),
    Column("last_deaths", "Deaths last month", "Deaths observed in the last month.", "whole"),
)


def outlook_sections(occasion: IssueContext) -> tuple[Section, ...]:
    """Return the three sections; those that cost time are empty where they were not wanted."""
    return (_next_months(occasion), _by_deaths(occasion), _countries(occasion))


def _next_months(occasion: IssueContext) -> Section:
    name, title = f"next_{MONTHS}_months", f"An attack in the next {MONTHS} months"
    if not occasion.request.outlook:
        return Section(name, title, LEFT_OUT, _NEXT)
    try:
        alone = _p_next_months(occasion)
    except EscalationError as error:
        return Section(name, title, f"This cannot be told: {error}.", _NEXT)
    months = _single_months(occasion)
    p = np.fmax(alone, months.max(axis=1))
    first = occasion.table[occasion.table["horizon"] == min(occasion.request.horizons)]
    rows = first[first["level"].notna()].set_index("region_id")
    raised = int((p > alone)[rows.index].sum())
    rows = rows.assign(p_attack_3_months=p, p_attack=months.get(1)).reset_index()
    rows = rows.sort_values(
        ["p_attack_3_months", "expected_events", "region_id"], ascending=[False, False, True]
    )
    rows["rank"] = range(1, len(rows) + 1)
    return Section(name, title, _next_note(occasion, raised), _NEXT, cells_of(rows, _NEXT))


def _p_next_months(occasion: IssueContext) -> pd.Series:
    """Return what the quick model says of each region."""
    served = next(p.served for p in occasion.predictions if p.served is not None)
    request = occasion.request
    p = p_next_months(occasion.seen, served.table, seed=request.seed, draws=request.draws)
    return pd.Series(np.round(p, 6), index=list(occasion.past.region_ids))


def _single_months(occasion: IssueContext) -> pd.DataFrame:
    """Return the table's P(attack) of single months within the stretch, a column a horizon."""
    table = occasion.table[occasion.table["horizon"] <= MONTHS]
    months = table.pivot_table(
        index="region_id", columns="horizon", values="p_attack", dropna=False, aggfunc="first"
    )
    return months.reindex(list(occasion.past.region_ids))


def _next_note(occasion: IssueContext, raised: int) -> str:
    origin = occasion.request.origin
    first, last = (month_words(add_months(origin, ahead)) for ahead in (1, MONTHS))
    return (
        f"The chance of at least one attack from {first} to {last}, by {MODEL}, fitted for this"
        f" issue on sums of {MONTHS} months. No gate judged it and it was not backtested on this"
        f" data. {WORTH} A stretch cannot be safer than one of its months: where the table's"
        f" figure of a month was higher, it stands here too ({counted(raised, 'region')})."
    )


def _by_deaths(occasion: IssueContext) -> Section:
    name, title = "by_deaths", "Where most deaths are expected"
    if DEATHS not in occasion.request.targets:
        return Section(name, title, "This issue holds no forecast of deaths.", _DEADLY)
    known = occasion.table[occasion.table["expected_deaths"].notna()]
    rows = known.sort_values(
        ["horizon", "expected_deaths", "p_deaths_25", "region_id"],
        ascending=[True, False, False, True],
    )
    rows = rows.assign(rank_deaths=rows.groupby("horizon").cumcount() + 1)
    rows = rows[rows["rank_deaths"] <= TOP_DEADLY]
    columns = _with_month(_DEADLY, occasion)
    note = (
        f"The {TOP_DEADLY} regions with most expected deaths. Nine of ten draws lie between at"
        " least and at most. A few great attacks make most deaths, so the expected number lies"
        " far above the usual month."
    )
    return Section(name, title, note, columns, cells_of(rows, columns))


def _countries(occasion: IssueContext) -> Section:
    name, title = "countries", "Countries"
    columns = _with_month(_COUNTRIES, occasion)
    if not occasion.request.outlook:
        return Section(name, title, LEFT_OUT, columns)
    if occasion.past.scale == COUNTRY:
        return Section(name, title, "The risk table itself is about countries.", columns)
    try:
        found = forecast_countries(occasion)
    except EscalationError as error:
        return Section(name, title, f"This cannot be told: {error}.", columns)
    rows = found.rows.sort_values(
        ["horizon", "expected_events", "country"], ascending=[True, False, True]
    )
    note = (
        "Forecast from each country's own history, never summed from the regions' forecasts, whose"
        f" draws know nothing of each other. By {found.source}. A country is what this issue's"
        " regions make of it. It is another model than the table's: a country's chance may lie"
        " below that of one of its regions."
    )
    if found.issued:
        note = (
            f"From {found.source}, never summed from the regions' forecasts, whose draws know"
            " nothing of each other."
        )
    else:
        note = f"{note} {WORTH}"
    return Section(name, title, note, columns, cells_of(rows, columns))


def _with_month(columns: Sequence[Column], occasion: IssueContext) -> tuple[Column, ...]:
    """Leave the month out where there is but one."""
    several = len(occasion.request.horizons) > 1
    return tuple(column for column in columns if several or column is not _MONTH)
