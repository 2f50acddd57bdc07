"""A server on this machine that speaks as ACLED's API does, faults included; all rows invented."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

USER, PASSWORD = "canary@example.org", "canary pass/word+9"

Fault = Callable[[Request], Response | None]


def stamp(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def acled_row(number: int, day: str, country: str = "Mali", **more: object) -> dict:
    """Return one invented event as the API gives it, some numbers as text."""
    known = {
        "event_id_cnty": f"{country[:3].upper()}{number}",
        "event_date": day,
        "year": day[:4],
        "time_precision": "1",
        "disorder_type": "Political violence",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "actor1": "Group A",
        "assoc_actor_1": "",
        "inter1": "Rebel group",
        "actor2": "Army B",
        "assoc_actor_2": None,
        "inter2": "State forces",
        "interaction": "State forces-Rebel group",
        "civilian_targeting": "",
        "iso": 466,
        "region": "Western Africa",
        "country": country,
        "admin1": "Mopti",
        "admin2": "",
        "admin3": "",
        "location": "Town, north",
        "latitude": "14.5",
        "longitude": "-4.25",
        "geo_precision": 1,
        "source": "invented",
        "source_scale": "National",
        "notes": "invented",
        "fatalities": "2",
        "tags": "",
        "timestamp": str(stamp(day) + 86_400),
    }
    return known | more


class FakeAcled:
    """Rows behind ACLED's contract.

    Attributes:
        rows: What a question is answered from.
        deleted: Rows of the list of deleted events.
        embargo: Last day shown; None shows all.
        faults: What answers the next requests in place of the contract.
        asked: Path, query and Authorization of every request.
        tokens: Access tokens that are taken.
        with_total: Whether answers give ``total_count``.
    """

    def __init__(self, server: HTTPServer, rows: list[dict]) -> None:
        self.server = server
        self.rows = rows
        self.deleted: list[dict] = []
        self.embargo: str | None = None
        self.faults: deque[Fault] = deque()
        self.asked: list[tuple[str, dict, str | None]] = []
        self.tokens: set[str] = set()
        self.forms: list[dict] = []
        self.with_total = True
        self.given = 0
        server.expect_request(_Anything()).respond_with_handler(self._answer)

    @property
    def env(self) -> dict[str, str]:
        return {
            "ACLED_API_URL": self.server.url_for("").rstrip("/"),
            "ACLED_USER": USER,
            "ACLED_PASSWORD": PASSWORD,
            "ESCALATION_HTTP_WAIT": "0.001",
            "ESCALATION_HTTP_SILENCE": "1",
        }

    def _answer(self, request: Request) -> Response:
        token = request.headers.get("Authorization")
        self.asked.append((request.path, request.args.to_dict(), token))
        if self.faults and (made := self.faults.popleft()(request)) is not None:
            return made
        if request.path == "/oauth/token":
            return self._log_in(request)
        if token is None or token.removeprefix("Bearer ") not in self.tokens:
            words = "The resource owner or authorization server denied the request."
            return Response(json.dumps({"message": words}), status=401)
        if request.path == "/api/deleted/read":
            since = int(request.args["deleted_timestamp"])
            return self.envelope([r for r in self.deleted if int(r["deleted_timestamp"]) >= since])
        return self.page(request)

    def _log_in(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.get_data().decode()).items()}
        self.forms.append(form)
        by_password = (form.get("username"), form.get("password")) == (USER, PASSWORD)
        by_token = form.get("refresh_token") == f"canary-refresh-{self.given}"
        if not (by_password or by_token) or form.get("client_id") != "acled":
            body = {"error": "invalid_grant", "message": "Unrecognized username/password"}
            return Response(json.dumps(body), status=400)
        self.given += 1
        token = f"canary-access-{self.given}"
        self.tokens = {token}
        body = {
            "token_type": "Bearer",
            "expires_in": 86400,
            "access_token": token,
            "refresh_token": f"canary-refresh-{self.given}",
        }
        return Response(json.dumps(body), mimetype="application/json")

    def matching(self, args: dict) -> list[dict]:
        """Return the rows that a question is answered by."""
        found = self.rows
        if "country" in args:
            # ACLED may compare by LIKE.
            names = args["country"].split("|")
            found = [r for r in found if any(n in r["country"] for n in names)]
        if "event_date" in args:
            first, last = args["event_date"].split("|")
            found = [r for r in found if first <= r["event_date"] <= last]
        if "timestamp" in args:
            found = [r for r in found if int(r["timestamp"]) >= int(args["timestamp"])]
        if self.embargo:
            found = [r for r in found if r["event_date"] <= self.embargo]
        return found

    def page(self, request: Request) -> Response:
        """Answer as the read endpoint does."""
        args = request.args.to_dict()
        found = self.matching(args)
        limit, number = int(args["limit"]), int(args["page"])
        shown = found[(number - 1) * limit : number * limit]
        return self.envelope(shown, total=len(found) if self.with_total else None)

    def envelope(self, rows: list[dict], *, total: int | None = None) -> Response:
        body: dict = {"status": 200, "success": True, "last_update": 11, "count": len(rows)}
        body |= {"messages": [], "data": rows, "filename": None}
        if total is not None:
            body["total_count"] = total
        if self.embargo:
            recency = {"quantity": 12, "unit": "Months", "date": self.embargo}
            body["data_query_restrictions"] = {"date_recency": recency}
        return Response(json.dumps(body), mimetype="application/json")


class _Anything(str):
    """Matches every path."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = str.__hash__
