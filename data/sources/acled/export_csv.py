"""ACLED's event data in its three layouts: today's, the export of 2018 to 2022, and before.

Columns are found by name in any case. Protests, riots and strategic developments are not attacks
and are left out. Owns what ACLED's columns mean, and writing rows of the API as such a file;
fetching belongs to ``data.sources.acled.api``.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.files import sha256_of, write_with
from data.http.answers import cell_text
from data.reading import Coverage, ReadResult
from data.schema import EVENT_TYPES, QUARANTINE_COLUMNS
from data.sources.acled.claims import FIRST_MONTH, AcledClaim, supported_claim
from data.sources.acled.codes import (
    LICENCE,
    SOURCE,
    SOURCE_BEFORE_2018,
    is_attack,
    kind_of_event,
    tactic_of,
)
from data.sources.own.map_words import numbered
from data.sources.own.mapping import CoverageMap, DateMap, EventMap
from data.sources.own.own_csv import read_events
from data.tabular.delimited import Delimited, delimiter_of, read_delimited, read_header
from data.tabular.table_files import with_decimal_points

__all__ = ["AcledFile", "nothing_read", "read_acled", "write_rows"]

_COLUMNS = {
    "event_id": "event_id_cnty",
    "date_precision": "time_precision",
    "latitude": "latitude",
    "longitude": "longitude",
    "location_precision": "geo_precision",
    "country": "country",
    "admin1": "admin1",
    "admin2": "admin2",
    "place": "location",
    "kind": "event_type",
    "side_a": "actor1",
    "side_b": "actor2",
    "deaths_best": "fatalities",
}
_DATE = "event_date"
_LATER = ("sub_event_type", "timestamp")
_ACLED_COLUMNS = (*_COLUMNS.values(), _DATE, *_LATER)
_TIME_OF_DAY = r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})?\s*$"
_FORMS = {
    "iso": re.compile(r"\d{4}-\d\d-\d\d"),
    "%d %B %Y": re.compile(r"\d{1,2} [A-Za-z]+ \d{4}"),
    "%d/%m/%Y": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
}


@dataclass(frozen=True)
class AcledFile:
    """An ACLED file after reading.

    Attributes:
        reading: Its attacks.
        left_out: Ids of its other events.
        changed_until: Last change of any row, unix seconds; None in layouts without time stamps.
    """

    reading: ReadResult
    left_out: tuple[str, ...]
    changed_until: int | None


def read_acled(
    path: Path,
    claim: AcledClaim,
    *,
    accessed: date,
    release: str | None = None,
    encoding: str = "utf-8",
    limit: float = 0.01,
) -> AcledFile:
    """Read an export file, or rows of the API written as one.

    Args:
        path: Plain or compressed, delimited by commas.
        claim: Months and countries that the user claims; without months it makes no zeros.
        accessed: Day of the request.
        release: Default: the day of the last change in the file.
        encoding: Encoding of the file.
        limit: Share of rows, 0 to 1, that may be invalid before the file is refused.

    Raises:
        SourceError: The file is refused as a whole; the message names the line.

    Source:
        ACLED Codebook, the sections on event types, precision codes and the columns above.
    """
    table = _lower_case(path, encoding)
    stamps = _stamps(table)
    release = release or _day_of(stamps, path)
    latest = _latest(table, stamps)
    attack = np.array([is_attack(kind) for kind in latest.text["event_type"]], dtype=bool)
    others = tuple(latest.text["event_id_cnty"][~attack].str.strip())
    attacks = _chosen(latest, attack)
    if len(attacks.text):
        reading = read_events(_with_tactics(attacks), _map_of(attacks, release), limit=limit)
    else:
        reading = nothing_read(path, release, sha256_of(path))
    coverage, uncovered = supported_claim(claim, latest.text["country"], _months(latest), accessed)
    superseded = len(table.text) - len(latest.text)
    warnings = []
    if others:
        warnings.append(f"protests, riots and strategic developments left out: {len(others):,}")
    if superseded:
        warnings.append(f"rows that a later change in the same file replaces: {superseded:,}")
    reading = replace(
        reading,
        coverage=coverage,
        rows=reading.rows + superseded,
        duplicates=reading.duplicates + superseded,
        warnings=(*reading.warnings, *warnings, *uncovered),
        fetch={
            "accessed": accessed.isoformat(),
            "licence": LICENCE,
            "rows": len(table.text),
            "left_out": len(others),
            "changed_until": None if stamps is None else int(stamps.max()),
        },
    )
    return AcledFile(reading, others, None if stamps is None else int(stamps.max()))


def nothing_read(path: Path, release: str, sha256: str) -> ReadResult:
    """Return the result of an answer without attacks, which claims nothing by itself."""
    empty = {name: pd.Series(dtype=kind) for name, kind in EVENT_TYPES.items()}
    return ReadResult(
        content="events",
        source=SOURCE,
        release=release,
        frame=pd.DataFrame(empty),
        quarantine=pd.DataFrame(columns=list(QUARANTINE_COLUMNS)),
        rows=0,
        quarantined=0,
        duplicates=0,
        coverage=Coverage(),
        file=path,
        sha256=sha256,
    )


def _lower_case(path: Path, encoding: str) -> Delimited:
    """Read the used columns, under their names in small letters."""
    delimiter = delimiter_of(path)
    names = read_header(path, delimiter=delimiter, encoding=encoding)
    own = {name.lower(): name for name in names}
    wanted = [own.get(name, name) for name in (*_COLUMNS.values(), _DATE)]
    later = [own[name] for name in _LATER if name in own]
    table = read_delimited(
        path, required=wanted, optional=later, delimiter=delimiter, encoding=encoding
    )
    table = with_decimal_points(table) if delimiter == ";" else table
    header = tuple(name.lower() for name in table.header)
    text = table.text.rename(columns=str.lower)
    days = text[_DATE].str.replace(_TIME_OF_DAY, "", regex=True)
    return replace(table, header=header, text=text.assign(**{_DATE: days}))


def _stamps(table: Delimited) -> npt.NDArray[np.int64] | None:
    """Return the time of each row's last change, (rows,) unix seconds.

    Raises:
        SourceError: One is neither seconds nor a date.
    """
    if "timestamp" not in table.text:
        return None
    cells = table.text["timestamp"].str.strip().str.removesuffix(".0")
    try:
        return np.array([_seconds(cell) for cell in cells], dtype=np.int64)
    except ValueError:
        row = next(i for i, cell in enumerate(cells) if not _is_stamp(cell))
        raise SourceError(
            f"expected the time of the last change in seconds, got {cells.iloc[row][:40]!r}",
            file=table.file,
            line=int(table.lines[row]),
            column="timestamp",
        ) from None


def _seconds(cell: str) -> int:
    if cell.isdecimal() and len(cell) < 12:
        return int(cell)
    moment = datetime.fromisoformat(cell)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _is_stamp(cell: str) -> bool:
    try:
        _seconds(cell)
    except ValueError:
        return False
    return True


def _day_of(stamps: npt.NDArray[np.int64] | None, path: Path) -> str:
    if stamps is None or not len(stamps):
        raise SourceError(
            "the file has no time stamps, so its release is unknown: give the day of download, such"
            " as --release 2018-03-01",
            file=path,
        )
    return datetime.fromtimestamp(int(stamps.max()), UTC).date().isoformat()


def _latest(table: Delimited, stamps: npt.NDArray[np.int64] | None) -> Delimited:
    """Leave out rows whose event has a row with a later change."""
    if stamps is None:
        return table
    ids = table.text["event_id_cnty"].str.strip()
    newest = pd.Series(stamps).groupby(ids.to_numpy()).transform("max").to_numpy()
    return _chosen(table, stamps == newest)


def _chosen(table: Delimited, rows: npt.NDArray[np.bool_]) -> Delimited:
    """Return some rows; whether the last line is truncated matters only if it is among them."""
    return replace(
        table,
        text=table.text[rows].reset_index(drop=True),
        lines=table.lines[rows],
        short=table.short[rows],
        ended=table.ended or not bool(rows[-1]),
    )


def _with_tactics(table: Delimited) -> Delimited:
    text = table.text
    sub = text["sub_event_type"] if "sub_event_type" in text else pd.Series("", index=text.index)
    tactics = [tactic_of(*pair) for pair in zip(text["event_type"], sub, strict=True)]
    return replace(table, text=text.assign(tactics=pd.Series(tactics, dtype="str")))


def _map_of(table: Delimited, release: str) -> EventMap:
    upper = "data_id" not in table.header and "sub_event_type" not in table.header
    kinds = {cell.strip(): kind_of_event(cell) for cell in table.text["event_type"].unique()}
    return EventMap(
        source=SOURCE_BEFORE_2018 if upper else SOURCE,
        release=release,
        columns=_COLUMNS | {"tactics": "tactics"},
        date=DateMap(column=_DATE, format=_form_of(table)),
        coverage=CoverageMap(first=FIRST_MONTH),
        translate={
            "kind": {word: kind for word, kind in kinds.items() if kind},
            "location_precision": numbered("geo_precision"),
            "date_precision": numbered("time_precision"),
        },
    )


def _form_of(table: Delimited) -> str:
    """Return the format of the file's dates; rows in another format are faults."""
    first = next((cell.strip() for cell in table.text[_DATE] if cell.strip()), "")
    return next((form for form, shape in _FORMS.items() if shape.fullmatch(first)), "iso")


def _months(table: Delimited) -> pd.Series[str]:
    form = _form_of(table).replace("iso", "%Y-%m-%d")
    dates = pd.to_datetime(table.text[_DATE].str.strip(), format=form, errors="coerce")
    return dates.dt.strftime("%Y-%m")


def write_rows(rows: Iterator[Mapping[str, Any]], path: Path) -> tuple[int, str]:
    """Write rows of the API as a file in ACLED's layout, with the columns that are read.

    Returns:
        How many rows, and a fingerprint of them that does not depend on their order.
    """
    digests: list[bytes] = []

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(_ACLED_COLUMNS)
            for row in rows:
                cells = [cell_text(row.get(column)) for column in _ACLED_COLUMNS]
                writer.writerow(cells)
                digests.append(hashlib.sha256("\x1f".join(cells).encode()).digest())

    write_with(path, write)
    return len(digests), hashlib.sha256(b"".join(sorted(set(digests)))).hexdigest()
