"""Beyond the next month: the next three months, the ranking by deaths, and the countries.

The attacks of three months that end with a month are a measure of that month; three months ahead
it is exactly what the next three months bring. One model with that target and horizon gives the
probability, where three monthly forecasts could only be multiplied as if months were independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EscalationError
from data.months import add_months
from data.schema import DEATHS, EVENTS
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import FeatureTable
from features.windows import moving_sum
from forecast.model.gate import NOT_JUDGED
from forecast.sections.context import IssueContext
from forecast.sections.countries import COUNTRY, FIGURES, forecast_countries
from forecast.text.sections import Column, Section, cells_of
from forecast.text.table_columns import TABLE_COLUMNS
from forecast.text.wording import counted, month_words

__all__ = ["MODEL", "MONTHS", "TOP_DEADLY", "known_next_months", "outlook_sections"]

MONTHS = 3
# Even with boosted trees on earlier months and the quicker one: benchmarks/outlook.py.
MODEL = "logit"
TOP_DEADLY = 20

_MEASURE = f"{EVENTS}_of_{MONTHS}_months"
_SKILL = "benchmarks/outlook.py prints the skill of such a model on the bundled sample."
_LEFT_OUT = "Left out on request (--no-outlook)."
_NOT_JOINT = "never summed from the regions' forecasts, whose draws are independent of each other"

_TABLE = {column.name: column for column in TABLE_COLUMNS}
_MONTH = _TABLE["target_month"]
_REGION = (_TABLE["region_id"], _TABLE["region"], _TABLE["country"])
_NEXT = (
    Column("rank", "Rank", "Rank by this probability", "whole"),
    *_REGION,
    Column(
        "p_attack_3_months",
        f"Chance of attack in {MONTHS} months",
        f"Probability of at least one attack in the next {MONTHS} months together",
        "percent",
    ),
    Column(
        "p_attack", "Next month", "Probability of at least one attack in the first month", "percent"
    ),
    Column("level", "Level", "Level in the risk table, which is about the first month alone"),
)
_DEADLY = (
    Column("rank_deaths", "Rank by deaths", "Rank by expected deaths", "whole"),
    *_REGION,
    _MONTH,
    *(_TABLE[name] for name in ("expected_deaths", "deaths_p05", "deaths_p95", "p_deaths_25")),
    _TABLE["last_deaths"],
    Column("rank", "Rank by attack", "Rank in the risk table", "whole"),
)
_COUNTRIES = (
    _TABLE["country"],
    _MONTH,
    *(_TABLE[name] for name in FIGURES),
)


def outlook_sections(context: IssueContext) -> tuple[Section, ...]:
    """Return the three sections; those that cost time are empty where they are not wanted."""
    return (_next_months(context), _by_deaths(context), _countries(context))


def known_next_months(
    past: Panel, table: FeatureTable, *, origin: str, seed: int, draws: int
) -> TrainingView:
    """Return what a model of the next ``MONTHS`` months together is shown at an origin.

    Args:
        past: The past.
        table: Features of that panel.
        origin: Last month that is shown.
        seed: Root of all random numbers.
        draws: Draws a region, which the probability is a share of.
    """
    sums = moving_sum(past.measure(EVENTS), MONTHS)
    panel = replace(past, measures={**past.measures, _MEASURE: sums})
    return view_at(panel, table, Forecasting(_MEASURE, MONTHS, seed, draws), origin=origin)


def _next_months(context: IssueContext) -> Section:
    name, title = f"next_{MONTHS}_months", f"An attack in the next {MONTHS} months"
    if not context.request.outlook:
        return Section(name, title, _LEFT_OUT, _NEXT)
    try:
        alone = _p_next_months(context)
    except EscalationError as error:
        return Section(name, title, _not_forecast(error), _NEXT)
    months = _single_months(context)
    p = np.fmax(alone, months.max(axis=1))
    first = context.table[context.table["horizon"] == min(context.request.horizons)]
    rows = first[first["level"].notna()].set_index("region_id")
    raised = int((p > alone)[rows.index].sum())
    rows = rows.assign(p_attack_3_months=p, p_attack=months.get(1)).reset_index()
    rows = rows.sort_values(
        ["p_attack_3_months", "expected_events", "region_id"], ascending=[False, False, True]
    )
    rows["rank"] = range(1, len(rows) + 1)
    return Section(name, title, _next_note(context, raised), _NEXT, cells_of(rows, _NEXT))


def _p_next_months(context: IssueContext) -> pd.Series:
    """Return P(at least one attack in the next ``MONTHS`` months) by region, from a quick model."""
    from threadpoolctl import threadpool_limits

    table = next(p.served for p in context.predictions if p.served is not None).table
    request, origin = context.request, context.seen.months[-1]
    known = known_next_months(
        context.seen, table, origin=origin, seed=request.seed, draws=request.draws
    )
    with threadpool_limits(limits=1):
        p: npt.NDArray[np.float64] = make_member(MODEL).fit(known).predict(known).p_at_least(1)
    return pd.Series(np.round(p, 6), index=list(context.past.region_ids))


def _single_months(context: IssueContext) -> pd.DataFrame:
    """Return the table's P(attack) of single months within the period, a column a horizon."""
    table = context.table[context.table["horizon"] <= MONTHS]
    months = table.pivot_table(
        index="region_id", columns="horizon", values="p_attack", dropna=False, aggfunc="first"
    )
    return months.reindex(list(context.past.region_ids))


def _next_note(context: IssueContext, raised: int) -> str:
    origin = context.request.origin
    first, last = (month_words(add_months(origin, ahead)) for ahead in (1, MONTHS))
    return (
        f"The chance of at least one attack from {first} to {last}, by {MODEL}, fitted for this"
        f" issue on sums of {MONTHS} months. {NOT_JUDGED} {_SKILL} A period is never less risky"
        " than one of its months: where the risk table gives a single month a higher chance, that"
        f" chance is shown ({counted(raised, 'region')})."
    )


def _by_deaths(context: IssueContext) -> Section:
    name, title = "by_deaths", "Where most deaths are expected"
    if DEATHS not in context.request.targets:
        return Section(name, title, "This issue holds no forecast of deaths.", _DEADLY)
    known = context.table[context.table["expected_deaths"].notna()]
    rows = known.sort_values(
        ["horizon", "expected_deaths", "p_deaths_25", "region_id"],
        ascending=[True, False, False, True],
    )
    rows = rows.assign(rank_deaths=rows.groupby("horizon").cumcount() + 1)
    rows = rows[rows["rank_deaths"] <= TOP_DEADLY]
    columns = _with_month(_DEADLY, context)
    note = (
        f"The {TOP_DEADLY} regions with most expected deaths. Nine draws in ten lie between the"
        " 5 % and 95 % columns. A few large attacks cause most deaths, so the expected number is"
        " far above that of a typical month."
    )
    return Section(name, title, note, columns, cells_of(rows, columns))


def _countries(context: IssueContext) -> Section:
    name, title = "countries", "Countries"
    columns = _with_month(_COUNTRIES, context)
    if not context.request.outlook:
        return Section(name, title, _LEFT_OUT, columns)
    if context.past.scale == COUNTRY:
        return Section(name, title, "The risk table itself is about countries.", columns)
    try:
        forecast = forecast_countries(context)
    except EscalationError as error:
        return Section(name, title, _not_forecast(error), columns)
    rows = forecast.rows.sort_values(
        ["horizon", "expected_events", "country"], ascending=[True, False, True]
    )
    if forecast.issued:
        note = f"From {forecast.source}, {_NOT_JOINT}."
    else:
        note = (
            f"Forecast from each country's own history, {_NOT_JOINT}. By {forecast.source}."
            f" {NOT_JUDGED} A country is what this issue's regions add up to. The model is not"
            " that of the risk table: a country's chance may be below that of one of its regions."
            f" {_SKILL}"
        )
    return Section(name, title, note, columns, cells_of(rows, columns))


def _not_forecast(error: EscalationError) -> str:
    return f"This cannot be forecast: {error}."


def _with_month(columns: Sequence[Column], context: IssueContext) -> tuple[Column, ...]:
    """Leave the month out where there is but one."""
    several = len(context.request.horizons) > 1
    return tuple(column for column in columns if several or column is not _MONTH)
