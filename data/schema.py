"""Column names and code lists, each written once. Frames of the project have these and no others.

Ids are always text, months always text ``YYYY-MM``, counts whole numbers.
"""

from __future__ import annotations

__all__ = [
    "ACTOR_MEASURES",
    "BORDER_KM",
    "CAPITAL_KM",
    "DATE_PRECISIONS",
    "DEATHS",
    "DISTANCE_COLUMNS",
    "EVENTS",
    "EVENT_COLUMNS",
    "EVENT_TYPES",
    "FIGURE_MEASURES",
    "FORECAST_COLUMNS",
    "KINDS",
    "LINK_MEASURES",
    "LOCATION_PRECISIONS",
    "NEAR_PLACES",
    "OBSERVED",
    "PLACE_KINDS",
    "PLACE_KM",
    "PLACE_MEASURES",
    "QUARANTINE_COLUMNS",
    "REGION_COLUMNS",
    "RISK_COLUMNS",
    "ROW_MEASURES",
    "SCORE_COLUMNS",
    "SITE_MEASURES",
    "STATUSES",
    "kind_measure",
    "place_measure",
]

EVENTS = "events"
DEATHS = "deaths"
OBSERVED = "observed"

DATE_PRECISIONS = ("day", "week", "month", "year")
LOCATION_PRECISIONS = ("exact", "near", "admin2", "admin1", "country", "area")
KINDS = ("state-based", "non-state", "one-sided", "battles", "explosions", "civilians")

# The position in this tuple is the code kept in status arrays (int8).
STATUSES = (OBSERVED, "partial", "not_released", "not_covered", "failed")

# Canonical event columns and their pandas types. Unknown tolls are <NA>, never 0.
EVENT_TYPES = {
    "event_id": "str",
    "source": "str",
    "release": "str",
    "date_start": "datetime64[ms]",
    "date_end": "datetime64[ms]",
    "date_precision": "str",
    "latitude": "float64",
    "longitude": "float64",
    "location_precision": "str",
    "country": "str",
    "admin1": "str",
    "admin2": "str",
    "place": "str",
    "kind": "str",
    "side_a": "str",
    "side_b": "str",
    "deaths_low": "Int64",
    "deaths_best": "Int64",
    "deaths_high": "Int64",
    "civilians": "Int64",
    "deaths_claimed": "Int64",
    "captured": "Int64",
    "site_overrun": "str",
    "tactics": "str",
    "note": "str",
}
EVENT_COLUMNS = tuple(EVENT_TYPES)

QUARANTINE_COLUMNS = ("file", "line", "column", "rule", "value")

REGION_COLUMNS = (
    "region_id",
    "region",
    "country",
    "latitude",
    "longitude",
    "area_km2",
    "neighbours",
)

# Columns of a region table that may be absent: kilometres from the centre.
CAPITAL_KM, BORDER_KM = "capital_km", "border_km"
DISTANCE_COLUMNS = (CAPITAL_KM, BORDER_KM)

FIGURE_MEASURES = (
    EVENTS,
    DEATHS,
    "deaths_low",
    "deaths_high",
    "largest_event",
    "civilians",
    *(f"{measure}_{kind.replace('-', '_')}" for measure in (EVENTS, DEATHS) for kind in KINDS),
)

# Measures that only the rows of events give: absent where a source has figures only.
ACTOR_MEASURES = (
    "actors",
    "actors_3",
    "actors_12",
    "actors_new",
    "actor_main",
    "actor_elsewhere",
    "actor_elsewhere_3",
    "actor_nearby",
    "actor_nearby_3",
    "actor_reach",
)
SITE_MEASURES = ("site_repeats", "site_days", "site_hits", "site_span", "sites_3", "sites_12")
LINK_MEASURES = ("simultaneous", "simultaneous_far", "linked_places", "linked_km")
ROW_MEASURES = (*ACTOR_MEASURES, *SITE_MEASURES, *LINK_MEASURES)

# Measures that a list of sensitive places gives.
PLACE_KINDS = ("base", "town", "road", "crossing", "camp", "mine", "other")
PLACE_KM = "place_km"
NEAR_PLACES = {"attacks_25km": 25.0, "attacks_50km": 50.0}
PLACE_MEASURES = (PLACE_KM, *(f"{PLACE_KM}_{kind}" for kind in PLACE_KINDS), *NEAR_PLACES)

FORECAST_COLUMNS = (
    "region_id",
    "origin",
    "target_month",
    "horizon",
    "target",
    "model",
    "model_used",
    "observed",
    "mean",
    "p_attack",
    "p_escalation",
    "q05",
    "q10",
    "q25",
    "q50",
    "q75",
    "q90",
    "q95",
    "crps",
    "crps_log",
    "ign",
    "mis",
    "pit",
    "mean12",
    "phase_observed",
    "country",
    "quiet60",
)

RISK_COLUMNS = (
    "rank",
    "region_id",
    "region",
    "country",
    "latitude",
    "longitude",
    "scale",
    "origin",
    "target_month",
    "horizon",
    "level",
    "likelihood",
    "p_attack",
    "p_escalation",
    "phase",
    "expected_events",
    "events_p05",
    "events_p50",
    "events_p95",
    "expected_deaths",
    "deaths_p05",
    "deaths_p50",
    "deaths_p95",
    "p_deaths_25",
    "last_events",
    "mean12_events",
    "last_deaths",
    "mean12_deaths",
    "change_events",
    "p_attack_previous",
    "change_p_attack",
    "rank_previous",
    "reason_1",
    "reason_2",
    "reason_3",
    "data_status",
    "confidence",
    "confidence_reason",
    "model_events",
    "model_deaths",
    "model_version",
    "gate",
    "run_id",
)

# Forecast and outcome: one row for each region, horizon and forecast (the issue's own and the
# no-change forecasts).
SCORE_COLUMNS = (
    "region_id",
    "region",
    "country",
    "origin",
    "target_month",
    "horizon",
    "forecast",
    "rank",
    "level",
    "p_attack",
    "mean",
    "q05",
    "q95",
    "observed_events",
    "observed_deaths",
    "left_out",
    "crps",
    "ign",
)


def kind_measure(measure: str, kind: str) -> str:
    """Return the name of a measure restricted to one kind of violence.

    Example:
        >>> kind_measure("deaths", "state-based")
        'deaths_state_based'
    """
    return f"{measure}_{kind.replace('-', '_')}"


def place_measure(kind: str) -> str:
    """Return the name of the distance to the nearest place of one kind.

    Example:
        >>> place_measure("base")
        'place_km_base'
    """
    return f"{PLACE_KM}_{kind}"
