"""Files in the layouts of HDX with invented rows: HAPI's CSV and the monthly workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl

HAPI = [
    *("location_code", "has_hrp", "in_gho", "provider_admin1_name", "provider_admin2_name"),
    *("admin1_code", "admin1_name", "admin2_code", "admin2_name", "admin_level", "event_type"),
    *("events", "fatalities", "reference_period_start", "reference_period_end"),
    *("dataset_hdx_id", "resource_hdx_id", "warning", "error"),
]
TAGS = ["#country+code", *[f"#x+{number}" for number in range(len(HAPI) - 1)]]
NAMES = {"MLI": "Mali", "BFA": "Burkina Faso", "TGO": "Togo", "XKX": "Kosovo"}
ENGLISH = ["January", "February", "March", "April", "May", "June"]
PV, CT, DM = "political_violence", "civilian_targeting", "demonstration"


class Count(NamedTuple):
    """One row: a country, or a district of it, and a month."""

    iso3: str
    district: str
    month: int
    events: int | None
    deaths: int | None
    kind: str = PV
    year: int = 2025

    def hapi(self) -> dict[str, object]:
        code = f"{self.iso3[:2]}{self.district}"
        district = {
            "provider_admin1_name": "North",
            "provider_admin2_name": f"District {self.district}",
            "admin1_code": code[:4],
            "admin1_name": "North",
            "admin2_code": code,
            "admin2_name": f"District {self.district}",
        }
        return {
            "location_code": self.iso3,
            "admin_level": 2 if self.district else 0,
            **(district if self.district else {}),
            "event_type": self.kind,
            "events": "" if self.events is None else self.events,
            "fatalities": "" if self.deaths is None else self.deaths,
            "reference_period_start": f"{self.year}-{self.month:02d}-01",
            "reference_period_end": f"{self.year}-{self.month:02d}-28",
        }

    def cells(self, *, demonstrations: bool) -> list[object]:
        code = f"{self.iso3[:2]}{self.district}"
        where = ["North", f"District {self.district}", self.iso3, code, code[:4]]
        counts = [self.events] if demonstrations else [self.events, self.deaths]
        when = [ENGLISH[self.month - 1], self.year]
        return [NAMES[self.iso3], *(where if self.district else []), *when, *counts]


def hapi_text(rows: Iterable[Count | dict], *, tags: bool = True) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, HAPI, restval="", lineterminator="\n")
    writer.writeheader()
    if tags:
        stream.write(",".join(TAGS) + "\n")
    writer.writerows(row if isinstance(row, dict) else row.hapi() for row in rows)
    return stream.getvalue()


def write_hapi(path: Path, rows: Iterable[Count | dict], *, tags: bool = True) -> Path:
    path.write_bytes(b"\xef\xbb\xbf" + hapi_text(rows, tags=tags).encode())
    return path


def write_workbook(
    path: Path,
    rows: Sequence[Count],
    *,
    order: Sequence[str] = ("TOU", "Non_HRP", "HRP_1", "HRP_2"),
) -> Path:
    """Write a workbook; rows of districts are shared out over both HRP sheets."""
    demonstrations = rows[0].kind == DM
    counts = ["Events"] if demonstrations else ["Events", "Fatalities"]
    wide = ["Country", "Admin1", "Admin2", "ISO3", "Admin2 Pcode", "Admin1 Pcode", "Month", "Year"]
    fine = [row for row in rows if row.district]
    sheets = {
        "TOU": [["Terms of use"], [None], ["Cite the source", 1]],
        "Non_HRP": [["Country", "Month", "Year", *counts]]
        + [row.cells(demonstrations=demonstrations) for row in rows if not row.district],
        "HRP_1": [[*wide, *counts]]
        + [row.cells(demonstrations=demonstrations) for row in fine[::2]],
        "HRP_2": [[*wide, *counts]]
        + [row.cells(demonstrations=demonstrations) for row in fine[1::2]],
    }
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in order:
        sheet = book.create_sheet(title)
        for cells in sheets[title]:
            sheet.append(cells)
    book.save(path)
    return path
