"""ACLED's API: log-in, reading by pages until a set is proven complete, and deleted events.

The password goes to the log-in address only, the token only into a header. For what an account may
not see yet ACLED returns no rows and a note, never an error: the note is recorded. Rows are checked
against the query, as the API's filters are not trusted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from data.errors import ConfigError, SourceError
from data.http.answers import Answer, json_object, json_rows
from data.http.client import HttpClient
from data.http.pages import Page, PageFolder, ReportProgress
from data.reading import Provenance
from data.regions.countries import country_key
from data.sources.acled.codes import acled_name

__all__ = ["AcledApi", "AcledQuery", "AcledRows"]

PAGE_ROWS = 5000
_MORE, _LAST = "more", ""

Row = dict[str, Any]

_key = cache(country_key)


@dataclass(frozen=True)
class AcledQuery:
    """What is asked of ACLED.

    Attributes:
        countries: By name, as the user writes them; empty for the world.
        first: First day of events, ``YYYY-MM-DD``; None for any.
        last: Last day.
        since: Rows changed at or after this time, unix seconds; None for all.
    """

    countries: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    since: int | None = None

    def params(self) -> dict[str, str]:
        """Return the query's parameters, without paging."""
        asked: dict[str, str] = {}
        if self.countries:
            asked["country"] = "|".join(acled_name(name) for name in self.countries)
        if self.first and self.last:
            asked |= {"event_date": f"{self.first}|{self.last}", "event_date_where": "BETWEEN"}
        if self.since is not None:
            asked |= {"timestamp": str(self.since), "timestamp_where": ">="}
        return asked

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row answers the query.

        ACLED compares names by LIKE, so Niger also brings rows of Nigeria; those are ignored.

        Raises:
            SourceError: The row does not fit the query in another way.
        """
        name, day = str(row.get("country", "")), str(row.get("event_date", ""))
        if self.first and self.last and not self.first <= day <= self.last:
            raise self._wrong(row, f"event_date {day}", f"{self.first} to {self.last}")
        changed = str(row.get("timestamp", ""))
        if self.since is not None and not (changed.isdecimal() and int(changed) >= self.since):
            raise self._wrong(row, f"timestamp {changed}", f"{self.since} or later")
        if not self.countries or _key(name) in map(_key, self.countries):
            return True
        if any(acled_name(asked).lower() in name.lower() for asked in self.countries):
            return False
        raise self._wrong(row, f"country {name}", ", ".join(self.countries))

    def _wrong(self, row: Mapping[str, Any], got: str, wanted: str) -> SourceError:
        return SourceError(
            f"expected {wanted[:200]} from ACLED, got event {row.get('event_id_cnty')} with"
            f" {got[:60]}: nothing was stored"
        )


class _TokenExpiredError(Exception):
    """The access token has expired."""


@dataclass(frozen=True)
class AcledRows:
    """The complete answer to one query.

    Attributes:
        query: The query.
        folder: Its pages.
        embargo: Last day that the account's tier shows; None where it shows all.
        provenance: The request and the answer.
    """

    query: AcledQuery
    folder: PageFolder
    embargo: date | None
    provenance: Provenance

    def rows(self) -> Iterator[Row]:
        """Yield the rows that answer the query."""
        for page in self.folder.pages():
            yield from (row for row in page.rows if self.query.wants(row))


class AcledApi:
    """A client of ACLED.

    Args:
        client: For ACLED's host.
        user: E-mail address of the account.
        password: Its password.
    """

    def __init__(self, client: HttpClient, user: str, password: str) -> None:
        self._client = client
        self._user, self._password = user, password
        self._refresh = ""
        client.secrets.add(user)
        client.secrets.add(password)

    def log_in(self) -> None:
        """Get a token with the account's password.

        Raises:
            ConfigError: ACLED refuses the log-in.
        """
        self._take_token(
            {"username": self._user, "password": self._password, "grant_type": "password"}
        )

    def read(
        self,
        query: AcledQuery,
        folder: PageFolder,
        *,
        may_be_empty: bool,
        report_progress: ReportProgress,
    ) -> AcledRows:
        """Read all rows, continuing after the last stored page.

        Args:
            query: The query.
            folder: Where pages are stored meanwhile.
            may_be_empty: Whether an empty answer without a reason is accepted.
            report_progress: Called after each page.

        Raises:
            SourceError: The set is incomplete, is empty without a reason, or does not fit the
                query; its pages are removed.
            ConfigError: The account may not read.
            RuntimeEnvironmentError: ACLED does not answer; the pages stay.
        """
        try:
            self._follow(query, folder, report_progress)
            return self._proven(query, folder, may_be_empty=may_be_empty)
        except SourceError:
            folder.clear()
            raise

    def deleted(self, since: int) -> tuple[str, ...]:
        """Return the ids of events that ACLED deleted at or after a time, unix seconds."""
        params = {"deleted_timestamp": str(since), "deleted_timestamp_where": ">=", "limit": "0"}
        page = self._asked("api/deleted/read", params | {"_format": "json"})
        stamps = [str(row.get("deleted_timestamp", "")) for row in page.rows]
        ids = [str(row.get("event_id_cnty") or "") for row in page.rows]
        if not all(ids) or not all(stamp.isdecimal() and int(stamp) >= since for stamp in stamps):
            raise SourceError(
                f"expected ids of events deleted since {since} from ACLED, got rows without an id"
                " or with an earlier time: nothing was stored"
            )
        return tuple(ids)

    def _follow(
        self, query: AcledQuery, folder: PageFolder, report_progress: ReportProgress
    ) -> None:
        """Fetch the pages that are not stored yet."""
        number = folder.count()
        have = sum(len(page.rows) for page in folder.pages())
        last = folder.page(number - 1) if number else None
        while last is None or last.following:
            paging = {"limit": str(PAGE_ROWS), "page": str(number + 1), "with_total": "true"}
            page = self._asked("api/acled/read", query.params() | {"_format": "json"} | paging)
            have += len(page.rows)
            total = _total(page)
            full = len(page.rows) >= PAGE_ROWS if total is None else have < total
            if len(page.rows) > PAGE_ROWS and total is None:
                raise SourceError(
                    f"expected at most {PAGE_ROWS:,} rows a page from ACLED, got"
                    f" {len(page.rows):,}: nothing was stored"
                )
            last = Page(
                page.rows, page.envelope, page.sha256, _MORE if full and page.rows else _LAST
            )
            folder.store(number, last)
            number += 1
            report_progress(have, total or 0)

    def _proven(self, query: AcledQuery, folder: PageFolder, *, may_be_empty: bool) -> AcledRows:
        """Check that the pages are one complete set of rows that answer the query."""
        rows = [(str(row.get("event_id_cnty")), query.wants(row)) for row in _all_rows(folder)]
        last = folder.page(folder.count() - 1)
        totals = {_total(page) for page in folder.pages()}
        if len(totals) > 1:
            raise SourceError(
                "ACLED's total changed between pages, so its data were changing: run the command"
                " again"
            )
        ids, total = len({name for name, _ in rows}), totals.pop()
        if ids != len(rows) or (total is not None and total != len(rows)):
            raise SourceError(
                f"expected {'unique ids' if total is None else f'{total} rows'} from ACLED, got"
                f" {len(rows)} rows with {ids} unique ids: pages are missing or repeated; run the"
                " command again"
            )
        embargo = min(filter(None, map(_embargo, folder.pages())), default=None)
        if not rows and embargo is None and not may_be_empty:
            raise SourceError(
                "ACLED returned no rows and no reason: nothing was stored; check countries and"
                " months"
            )
        proof = "a short last page" if total is None else "rows = total_count"
        provenance: Provenance = {
            "url": f"{self._client.base}/api/acled/read",
            "params": query.params() | {"limit": str(PAGE_ROWS)},
            "envelope": last.envelope,
            "pages": [{"rows": len(p.rows), "sha256": p.sha256} for p in folder.pages()],
            "rows": len(rows),
            "proof": f"{len(rows)} rows with unique ids, {proof}",
            "embargo": None if embargo is None else embargo.isoformat(),
        }
        return AcledRows(query, folder, embargo, provenance)

    def _asked(self, path: str, params: dict[str, str]) -> Page:
        """Fetch one page, with a new token where the old one has expired."""
        try:
            return self._client.get(path, partial(self._page, expected=True), params=params)
        except _TokenExpiredError:
            self._renew()
        return self._client.get(path, partial(self._page, expected=False), params=params)

    def _page(self, answer: Answer, *, expected: bool) -> Page:
        if answer.status == 401 and expected:
            raise _TokenExpiredError
        if answer.status in (401, 403):
            raise ConfigError(
                f"ACLED does not let this account read ({answer.status}:"
                f" {self._client.reason(answer)}): check ACLED_USER and the account's access,"
                " profile and consent on acleddata.com"
            )
        if answer.status != 200:
            raise SourceError(
                f"{answer.url} answered {answer.status}: {self._client.reason(answer)}"
            )
        content = json_object(answer)
        self._refuse_failure(content, answer)
        rows = json_rows(content, "data", answer)
        count = str(content.get("count", len(rows)))
        if count.isdecimal() and int(count) != len(rows):
            raise ValueError(f"count is {count}, but {len(rows)} rows came")
        flat = [{k.lower(): v for k, v in _plain(row).items()} for row in rows]
        return Page(flat, self._redacted(content), hashlib.sha256(answer.body).hexdigest())

    def _refuse_failure(self, content: dict[str, Any], answer: Answer) -> None:
        status = str(content.get("status", ""))
        if content.get("success") is False or (status.isdecimal() and int(status) >= 400):
            raise ConfigError(
                f"ACLED refuses the request ({status or 'no status'}:"
                f" {self._client.reason(answer)}): check ACLED_USER and the account's access"
            )

    def _redacted(self, content: Any) -> Any:
        """Return an envelope without secrets, whatever the server put into it."""
        if isinstance(content, dict):
            return {self._client.secrets.hide(k): self._redacted(v) for k, v in content.items()}
        if isinstance(content, list):
            return [self._redacted(item) for item in content]
        return self._client.secrets.hide(content) if isinstance(content, str) else content

    def _renew(self) -> None:
        try:
            self._take_token({"refresh_token": self._refresh, "grant_type": "refresh_token"})
        except ConfigError:
            self.log_in()

    def _take_token(self, form: dict[str, str]) -> None:
        token, self._refresh = self._client.post(
            "oauth/token", self._token, form=form | {"client_id": "acled"}
        )
        self._client.secrets.add(self._refresh)
        self._client.secrets.add(token)
        self._client.send_always("Authorization", f"Bearer {token}")

    def _token(self, answer: Answer) -> tuple[str, str]:
        if answer.status != 200:
            raise ConfigError(
                f"ACLED refuses the log-in ({answer.status}: {self._client.reason(answer)}): check"
                " ACLED_USER and ACLED_PASSWORD"
            )
        content = json_object(answer)
        token = content.get("access_token")
        if not isinstance(token, str) or not token.isprintable() or not token:
            raise SourceError(f"expected an access token from {answer.url}, got none")
        return token, str(content.get("refresh_token") or "")


def _all_rows(folder: PageFolder) -> Iterator[Row]:
    for page in folder.pages():
        yield from page.rows


def _plain(row: Row) -> Row:
    inner = row.get("attributes")
    return inner if isinstance(inner, dict) else row


def _total(page: Page) -> int | None:
    stated = str(page.envelope.get("total_count", ""))
    return int(stated) if stated.isdecimal() else None


def _embargo(page: Page) -> date | None:
    """Return the last day that the account may see.

    Raises:
        SourceError: ACLED restricts the answer in an unknown way.
    """
    stated = page.envelope.get("data_query_restrictions")
    if not stated:
        return None
    recency = stated.get("date_recency") if isinstance(stated, dict) else None
    try:
        return date.fromisoformat(str(recency["date"])[:10])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        raise SourceError(
            f"ACLED restricts its answer in an unknown way ({str(stated)[:150]}): nothing was"
            " stored"
        ) from None
