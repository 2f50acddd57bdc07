"""Small readings made by hand, as a reader would hand them over."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from data.reading import Coverage, ReadResult
from data.schema import EVENT_TYPES, QUARANTINE_COLUMNS

WORLD_2020 = Coverage(complete=True, first="2020-01", last="2020-12")


def event(event_id: str, day: str = "2020-03-05", deaths: int | None = 1, **more: object) -> dict:
    """Return one event row; what is not named is empty or plain."""
    known = {
        "event_id": event_id,
        "date_start": pd.Timestamp(day),
        "date_end": pd.Timestamp(day),
        "date_precision": "day",
        "latitude": 14.5,
        "longitude": -4.25,
        "location_precision": "exact",
        "country": "Mali",
        "kind": "state-based",
        "side_a": "A",
        "side_b": "B",
        "deaths_low": deaths,
        "deaths_best": deaths,
        "deaths_high": deaths,
    }
    return dict.fromkeys(EVENT_TYPES, pd.NA) | known | more


def events_reading(
    rows: list[dict],
    *,
    source: str = "ucdp",
    release: str = "21.1",
    coverage: Coverage = WORLD_2020,
    quarantine: list[tuple] = (),
    warnings: tuple[str, ...] = (),
    whole: bool = False,
) -> ReadResult:
    """Return a reading of event rows; its fingerprint follows from its content.

    Unless it is ``whole`` it only adds rows, so that tests of keys need no whole versions.
    """
    frame = pd.DataFrame(rows, columns=list(EVENT_TYPES))
    frame = frame.assign(source=source, release=release).astype(EVENT_TYPES)
    return ReadResult(
        content="events",
        source=source,
        release=release,
        frame=frame,
        quarantine=pd.DataFrame(list(quarantine), columns=list(QUARANTINE_COLUMNS)),
        rows=len(frame) + len(quarantine),
        quarantined=len(quarantine),
        duplicates=0,
        coverage=coverage,
        file=Path("/somewhere/events.csv"),
        sha256=hashlib.sha256(frame.to_csv().encode()).hexdigest(),
        warnings=warnings,
        whole=whole,
    )


def figures_reading(
    rows: list[dict],
    *,
    release: str = "1",
    regions: pd.DataFrame | None = None,
    coverage: Coverage = WORLD_2020,
    whole: bool = False,
) -> ReadResult:
    """Return a reading of figures from source ``figures``."""
    frame = pd.DataFrame(rows)
    return ReadResult(
        content="figures",
        source="figures",
        release=release,
        frame=frame,
        quarantine=pd.DataFrame(columns=list(QUARANTINE_COLUMNS)),
        rows=len(frame),
        quarantined=0,
        duplicates=0,
        coverage=coverage,
        file=Path("figures.csv"),
        sha256=hashlib.sha256(frame.to_csv().encode()).hexdigest(),
        regions=regions,
        whole=whole,
    )
