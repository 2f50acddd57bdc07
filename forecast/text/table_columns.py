"""What every column of the risk table holds, in words: the one place that says so.

Headings, units and forms of all writers come from here; the data dictionary is printed from it.
"""

from __future__ import annotations

from forecast.text.sections import Column

__all__ = ["TABLE_COLUMNS", "UNITS"]

# The unit in which a cell of each form is stored in files.
UNITS = {
    "text": "text",
    "whole": "number",
    "count": "number",
    "percent": "share from 0 to 1",
    "share": "share from 0 to 1",
    "points": "difference of two shares, -1 to 1",
}

_PLACE = (
    Column(
        "rank",
        "Rank",
        "Place by chance of attack, then expected attacks, then region id, within a horizon;"
        " empty without a forecast",
        "whole",
    ),
    Column("region_id", "Region id", "Id of the region, as the boundaries or the table give it"),
    Column("region", "Region", "Name of the region"),
    Column("country", "Country", "Country of the region"),
    Column("latitude", "Latitude", "Latitude of the region's centre, degrees", "count"),
    Column("longitude", "Longitude", "Longitude of the region's centre, degrees", "count"),
    Column("scale", "Scale", "Spatial scale: country, admin1, admin2, priogrid or one's own"),
    Column("origin", "Origin", "Last month whose data were read, YYYY-MM"),
    Column("target_month", "Month", "Month that is forecast, YYYY-MM"),
    Column("horizon", "Months ahead", "Months from the origin to the month forecast", "whole"),
)
_RISK = (
    Column(
        "level", "Level", "Band of the chance of attack: very high, high, elevated, guarded, low"
    ),
    Column("likelihood", "Likelihood", "Likelihood word of ICD 203 for the chance of attack"),
    Column("p_attack", "Chance of attack", "Probability of at least one attack", "percent"),
    Column(
        "p_escalation",
        "Escalation",
        "Probability of onset (an attack after twelve months without) or escalation (three attacks"
        " or more, and twice the mean of twelve months or more)",
        "percent",
    ),
    Column(
        "phase",
        "Likeliest phase",
        "Most frequent phase: onset, escalation, de-escalation, quiet or continuation",
    ),
)
_EVENTS = (
    Column("expected_events", "Attacks expected", "Mean of the forecast, attacks a month", "count"),
    Column("events_p05", "Attacks, 5 %", "5 % quantile of the forecast, attacks a month", "whole"),
    Column("events_p50", "Attacks, median", "Median of the forecast, attacks a month", "whole"),
    Column(
        "events_p95", "Attacks, 95 %", "95 % quantile of the forecast, attacks a month", "whole"
    ),
)
_DEATHS = (
    Column(
        "expected_deaths",
        "Deaths expected",
        "Mean of the forecast, deaths a month; empty where deaths were not forecast",
        "count",
    ),
    Column("deaths_p05", "Deaths, 5 %", "5 % quantile of the forecast, deaths a month", "whole"),
    Column("deaths_p50", "Deaths, median", "Median of the forecast, deaths a month", "whole"),
    Column("deaths_p95", "Deaths, 95 %", "95 % quantile of the forecast, deaths a month", "whole"),
    Column("p_deaths_25", "25 deaths or more", "Probability of at least 25 deaths", "percent"),
)
_PAST = (
    Column("last_events", "Attacks last month", "Attacks recorded in the origin's month", "whole"),
    Column(
        "mean12_events",
        "Attacks, mean of 12",
        "Mean of the twelve months up to the origin, attacks a month",
        "count",
    ),
    Column("last_deaths", "Deaths last month", "Deaths recorded in the origin's month", "whole"),
    Column(
        "mean12_deaths",
        "Deaths, mean of 12",
        "Mean of the twelve months up to the origin, deaths a month",
        "count",
    ),
    Column(
        "change_events",
        "Expected less mean",
        "Expected attacks less the mean of the twelve months, attacks a month",
        "count",
    ),
    Column(
        "p_attack_previous",
        "Chance before",
        "Probability of at least one attack that the issue before gave at the same horizon",
        "percent",
    ),
    Column(
        "change_p_attack",
        "Change, points",
        "Chance of attack less that of the issue before",
        "points",
    ),
    Column("rank_previous", "Rank before", "Rank in the issue before, same horizon", "whole"),
)
_SAID = (
    Column("reason_1", "Reason 1", "What moved the figure most, with figures from the data"),
    Column("reason_2", "Reason 2", "What moved it second"),
    Column("reason_3", "Reason 3", "What moved it third"),
    Column(
        "data_status",
        "Data status",
        "Status of the region in the origin's month: observed, partial, not_released, not_covered"
        " or failed; only observed regions have a forecast",
    ),
    Column(
        "confidence",
        "Confidence",
        "How far the chance can be relied on: high, moderate or low; not how high it is",
    ),
    Column("confidence_reason", "Why that confidence", "What the confidence follows from"),
    Column("model_events", "Model of attacks", "What made the forecast of attacks"),
    Column(
        "model_deaths", "Model of deaths", "What made the forecast of deaths; empty without one"
    ),
    Column("model_version", "Model version", "Version of the models"),
    Column(
        "gate",
        "Gate",
        "passed: it beat no-change in past months; none: no model passed; forced: by decision",
    ),
    Column("run_id", "Issue id", "What identifies the issue, in tracking too"),
)

TABLE_COLUMNS = (*_PLACE, *_RISK, *_EVENTS, *_DEATHS, *_PAST, *_SAID)
