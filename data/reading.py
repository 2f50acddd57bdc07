"""What a reader returns: accepted and quarantined rows, coverage, counts, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypedDict

import pandas as pd

__all__ = [
    "COLUMNS",
    "FROM_COLUMN",
    "MEASURES",
    "Coverage",
    "FetchedPage",
    "Provenance",
    "ReadResult",
]

# Names in a meaning: the measures of figures (blanks between), the columns of a list (tabs
# between), and the end of the name of what one column of it gives.
MEASURES = "measures"
COLUMNS = "columns"
FROM_COLUMN = " from column"


class FetchedPage(TypedDict):
    """One page: its rows and the fingerprint of its bytes."""

    rows: int
    sha256: str


class Provenance(TypedDict, total=False):
    """The keys of ``fetch`` in a manifest.

    ``url`` and ``params`` are the request, ``envelope`` the last answer without its rows, ``pages``
    every page with its fingerprint, ``rows`` all fetched rows, ``left_out`` those that are not
    attacks, ``proof`` why the set is complete, ``first_date`` and ``last_date`` the events'
    first and last day, ``accessed`` the day of access, ``licence`` the terms, ``embargo`` what the
    account may not see yet, ``changes_since`` the last change known before, ``changed_until`` the
    last change now known (seconds).
    """

    url: str
    params: dict[str, str]
    envelope: dict[str, Any]
    pages: list[FetchedPage]
    rows: int
    left_out: int
    proof: str
    first_date: str | None
    last_date: str | None
    accessed: str
    licence: str
    embargo: str | None
    changes_since: int | None
    changed_until: int | None


@dataclass(frozen=True)
class Coverage:
    """The region-months that a source claims to cover.

    Attributes:
        complete: Whether the absence of a row means that nothing happened. A list that is not
            complete never creates zeros and never enters trained features.
        first: First covered month; None where unknown.
        last: Last covered month; None where unknown.
        countries: Covered countries by name; empty means the whole world.
        partial: Month after the last one that is covered in part; None where there is none.
        since: Country and first covered month, for countries that are covered from later on.
    """

    complete: bool = False
    first: str | None = None
    last: str | None = None
    countries: tuple[str, ...] = ()
    partial: str | None = None
    since: tuple[tuple[str, str], ...] = ()

    def holds(self, month: str) -> bool:
        """Say whether a month lies within the first and last covered month."""
        return bool(self.first and self.last and self.first <= month <= self.last)


@dataclass(frozen=True)
class ReadResult:
    """One input file after reading and validation; nothing is stored yet.

    Attributes:
        content: ``events`` (canonical event rows) or ``figures`` (region-month counts).
        source: Short name of the source, such as ``ucdp``.
        release: Release of that source, such as ``21.1``.
        frame: Accepted rows: the columns of ``EVENT_TYPES``, or figures.
        quarantine: Faults of refused rows, with the columns of ``QUARANTINE_COLUMNS``.
        rows: Data rows in the file: accepted + quarantined + duplicates.
        quarantined: Rows of the file with at least one fault.
        duplicates: Rows that repeat an earlier row of the same file exactly.
        coverage: What the source claims to cover.
        file: Where it was read from.
        sha256: Fingerprint of the file's bytes.
        regions: Region table that came with figures, else None.
        warnings: Sentences for the user.
        data_through: Last day that the data cover, as the user states; None where not stated.
        quiet: The user states that months without any event were quiet.
        whole: It has every row of its version in what it covers, so that rows of earlier versions
            that it lacks there were withdrawn.
        fixed: What was repaired without a loss, for the manifest only.
        withdrawn: Ids of events that the source withdrew; they stop counting.
        fetch: Where the rows come from, if they were fetched.
        level: Administrative level that figures count, where their files give one.
        meaning: What is counted, by name: one source has one meaning.
        parts: Files of one command are parts of one version, so that none replaces another.
    """

    content: Literal["events", "figures"]
    source: str
    release: str
    frame: pd.DataFrame
    quarantine: pd.DataFrame
    rows: int
    quarantined: int
    duplicates: int
    coverage: Coverage
    file: Path
    sha256: str
    regions: pd.DataFrame | None = None
    warnings: tuple[str, ...] = field(default=())
    data_through: date | None = None
    quiet: bool = False
    whole: bool = True
    fixed: tuple[str, ...] = field(default=())
    withdrawn: tuple[str, ...] = ()
    fetch: Provenance | None = None
    level: str | None = None
    meaning: Mapping[str, str] = field(default_factory=dict)
    parts: bool = True
