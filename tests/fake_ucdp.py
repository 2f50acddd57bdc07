"""A server on this machine that speaks as UCDP's API and download folder do, faults included."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "canary/Ucdp+Token=7"
NOT_OUT = "no such version"

Fault = Callable[[Request], Response | None]

WORLD = """Mali Niger Chad Benin Togo Ghana Kenya Iraq Iran Yemen Syria Libya Egypt Sudan Congo Peru
Haiti India Nepal Mexico Brazil Turkey"""
WORLD = tuple(WORLD.split())


def ged_row(number: int, month: str, *, deaths: int = 1, country: str = "Mali") -> dict:
    """Return one invented event as the API gives it."""
    return {
        "id": number,
        "relid": f"X-{number}",
        "year": int(month[:4]),
        "active_year": True,
        "code_status": "Clear",
        "type_of_violence": 1 + number % 3,
        "side_a": "A",
        "side_b": None,
        "where_prec": 1,
        "where_coordinates": 'a "town", and\nmore',
        "adm_1": "Mopti",
        "adm_2": None,
        "latitude": 14.5,
        "longitude": -3.25,
        "country": country,
        "date_prec": 1,
        "date_start": f"{month}-05T00:00:00",
        "date_end": f"{month}-06T00:00:00",
        "deaths_civilians": 0,
        "best": deaths,
        "high": deaths,
        "low": deaths,
    }


def some_events(month: str, count: int, *, first: int = 1) -> list[dict]:
    """Return invented events of many countries in one month."""
    return [
        ged_row(number, month, deaths=number % 7, country=WORLD[number % len(WORLD)])
        for number in range(first, first + count)
    ]


class FakeUcdp:
    """Releases behind the API's contract, or as files.

    Attributes:
        releases: Events by release.
        faults: What answers the next requests in place of the contract; None from one lets pass.
        asked: Path and query of every request, with the token it carried.
    """

    def __init__(self, server: HTTPServer, releases: dict[str, list[dict]]) -> None:
        self.server = server
        self.releases = releases
        self.faults: deque[Fault] = deque()
        self.asked: list[tuple[str, str, str | None]] = []
        self.files: dict[str, bytes] = {}
        self.page_size = 1000
        server.expect_request(_Anything()).respond_with_handler(self._answer)

    @property
    def env(self) -> dict[str, str]:
        """What the command line needs to ask this server, quickly."""
        return {
            "UCDP_API_URL": self.server.url_for("/api"),
            "UCDP_FILES_URL": self.server.url_for("/downloads"),
            "UCDP_TOKEN": TOKEN,
            "ESCALATION_HTTP_WAIT": "0.001",
            "ESCALATION_HTTP_SILENCE": "1",
        }

    def pages_asked(self, release: str) -> list[int]:
        """Return the pages of a release that were asked for with the full page size."""
        return [
            int(dict(part.split("=") for part in query.split("&"))["page"])
            for path, query, _ in self.asked
            if path.endswith(f"/{release}") and "pagesize=1&" not in f"{query}&"
        ]

    def _answer(self, request: Request) -> Response:
        token = request.headers.get("x-ucdp-access-token")
        self.asked.append((request.path, request.query_string.decode(), token))
        if self.faults and (made := self.faults.popleft()(request)) is not None:
            return made
        if request.path.startswith("/downloads/"):
            body = self.files.get(request.path.removeprefix("/downloads/"))
            return Response(body or "<html>none</html>", status=200 if body else 404)
        if token != TOKEN:
            text = "API token required. Add header: x-ucdp-access-token"
            return Response(text, status=401)
        return self.page(request)

    def page(self, request: Request) -> Response:
        """Answer as the API does."""
        release = request.path.rpartition("/")[2]
        if release not in self.releases:
            return Response(NOT_OUT, status=400)
        return Response(json.dumps(self.envelope(request)), mimetype="application/json")

    def envelope(self, request: Request) -> dict:
        """Return the JSON of one page."""
        events = self.releases[request.path.rpartition("/")[2]]
        number = int(request.args.get("page", 0))
        size = min(int(request.args.get("pagesize", 100)), self.page_size)
        pages = -(-len(events) // size)
        url = f"{self.server.url_for(request.path)}?pagesize={size}&page="
        return {
            "TotalCount": len(events),
            "TotalPages": pages,
            "PreviousPageUrl": f"{url}{number - 1}" if number else "",
            "NextPageUrl": f"{url}{number + 1}" if number + 1 < pages else "",
            "Result": events[number * size : (number + 1) * size],
        }


class _Anything(str):
    """Matches every path."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = str.__hash__


def csv_of(events: list[dict], path: Path) -> bytes:
    """Return events as an official file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(events[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(events)
    return path.read_bytes()
