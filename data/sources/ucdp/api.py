"""The API of UCDP GED: which releases are published, and one of them page by page.

Pages are followed by ``NextPageUrl`` from page 0. A set is complete when it has as many rows with
unique ids as ``TotalCount`` says on every page; anything else is refused.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from data.errors import ConfigError, SourceError
from data.files import write_with
from data.http.answers import Answer, cell_text, json_object, json_rows
from data.http.client import HttpClient
from data.http.pages import Page, PageFolder, ReportProgress
from data.reading import FetchedPage, Provenance
from data.sources.ucdp.release_csv import GED_COLUMNS

__all__ = ["TOKEN_HEADER", "UcdpApi", "UcdpPages"]

TOKEN_HEADER = "x-ucdp-access-token"  # noqa: S105 (the header's name)
_PAGE_SIZE = "1000"
_THROTTLED = (400,)
# Requested to tell "no such release" from "too many requests": both are answered by status 400.
_LONG_OUT = "25.1"


@dataclass(frozen=True)
class UcdpPages:
    """One release from the API, proven complete.

    Attributes:
        file: Its rows in the official layout.
        sha256: Fingerprint of the rows, independent of their order and pages.
        provenance: The requests and the answers.
    """

    file: Path
    sha256: str
    provenance: Provenance


class UcdpApi:
    """A client of the API.

    Args:
        client: Sends the token to the API's host.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._known = _LONG_OUT

    def released(self, release: str) -> bool:
        """Say whether a release is published.

        The API answers with status 400 both for an unknown release and when it limits requests. So
        after a 400 a release that is known to be published is requested: if that one is answered at
        once, the other is unknown; otherwise it is requested again once the API has answered.

        Raises:
            ConfigError: The token is refused.
            RuntimeEnvironmentError: The API does not answer.
        """
        while (count := self._count(release, ())) is None:
            if self._count(self._known, ()) is not None:
                return False
            self._count(self._known, _THROTTLED)
        self._known = release if count else self._known
        return count > 0

    def fetch(
        self, release: str, folder: PageFolder, *, report_progress: ReportProgress
    ) -> UcdpPages:
        """Fetch a release, continuing after the last stored page.

        Args:
            release: Such as ``26.0.8``.
            folder: Where its pages are stored meanwhile.
            report_progress: Called after each page.

        Raises:
            SourceError: The set is incomplete or changes while it is read; its pages are removed.
            RuntimeEnvironmentError: The API does not answer; the pages stay for a later run.
        """
        try:
            self._follow(release, folder, report_progress)
            return self._joined(release, folder)
        except SourceError:
            folder.clear()
            raise

    def _count(self, release: str, throttled: tuple[int, ...]) -> int | None:
        """Return a release's number of rows; 0 where there is none, None where unsure."""
        params = {"pagesize": "1", "page": "0"}
        return self._client.get(
            f"gedevents/{release}", self._counted, params=params, throttled=throttled
        )

    def _counted(self, answer: Answer) -> int | None:
        self._refuse_token(answer)
        if answer.status == 200:
            return _whole_number(json_object(answer), "TotalCount", answer)
        return None if answer.status in _THROTTLED else 0

    def _follow(self, release: str, folder: PageFolder, report_progress: ReportProgress) -> None:
        """Fetch the pages that are not stored yet."""
        number = folder.count()
        last = folder.page(number - 1) if number else None
        have = sum(len(page.rows) for page in folder.pages())
        while last is None or last.following:
            url = last.following if last else f"gedevents/{release}"
            params = None if last else {"pagesize": _PAGE_SIZE, "page": "0"}
            page = self._client.get(
                url, partial(self._page, number), params=params, throttled=_THROTTLED
            )
            total = int(page.envelope["TotalCount"])
            first = page if number == 0 else folder.page(0)
            if total != int(first.envelope["TotalCount"]):
                raise SourceError(
                    f"UCDP GED {release}: TotalCount changed from {first.envelope['TotalCount']} to"
                    f" {total} between pages, so the release is changing: run the command again"
                    " later"
                )
            folder.store(number, page)
            have, number, last = have + len(page.rows), number + 1, page
            if have > total or (page.following and not page.rows):
                break
            report_progress(have, total)

    def _page(self, number: int, answer: Answer) -> Page:
        """Read one page, counted from 0."""
        self._refuse_token(answer)
        if answer.status != 200:
            raise SourceError(
                f"{answer.url} answered {answer.status}: {self._client.reason(answer)}"
            )
        content = json_object(answer)
        rows = json_rows(content, "Result", answer)
        _whole_number(content, "TotalCount", answer)
        following = str(content.get("NextPageUrl") or "")
        asked = parse_qs(urlsplit(following).query).get("page", [""])[0]
        if following and asked != str(number + 1):
            raise SourceError(
                f"{answer.url}: expected page {number + 1} after page {number}, got page"
                f" {asked or '?'}: pages would be missing or repeated"
            )
        envelope = {name: self._client.shown(str(value)) for name, value in content.items()}
        digest = hashlib.sha256(answer.body).hexdigest()
        return Page(rows, envelope, digest, self._client.absolute(following) if following else "")

    def _joined(self, release: str, folder: PageFolder) -> UcdpPages:
        """Write the pages as one file and check that they are one complete set."""
        file, joined = folder.folder / f"gedevents_{release}.csv", _Joined()
        write_with(file, partial(joined.write, folder))
        first, last = folder.page(0), folder.page(folder.count() - 1)
        total, ids = int(first.envelope["TotalCount"]), len(joined.digests)
        if not joined.rows == ids == total or last.following:
            raise SourceError(
                f"UCDP GED {release}: expected {total} rows (TotalCount), got {joined.rows} with"
                f" {ids} unique ids: pages are missing or repeated; run the command again"
            )
        if not total:
            raise SourceError(
                f"UCDP GED {release}: expected events, got none: is this release published?"
            )
        provenance: Provenance = {
            "url": f"{self._client.base}/gedevents/{release}",
            "params": {"pagesize": _PAGE_SIZE, "page": "0"},
            "envelope": last.envelope,
            "pages": joined.pages,
            "rows": joined.rows,
            "proof": f"{joined.rows} rows with unique ids = TotalCount",
            "licence": "CC BY 4.0",
            "embargo": None,
        }
        digest = hashlib.sha256(b"".join(sorted(joined.digests.values()))).hexdigest()
        return UcdpPages(file, digest, provenance)

    def _refuse_token(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise ConfigError(
                f"UCDP refuses the token ({answer.status}: {self._client.reason(answer)}): check"
                " UCDP_TOKEN, or read the files that need none with --fetch --files"
            )


def _whole_number(content: dict[str, Any], name: str, answer: Answer) -> int:
    text = str(content.get(name))
    if not text.isdecimal():
        raise SourceError(
            f"{answer.url}: expected a whole number for {name}, got {text[:40]!r}: the API has"
            " changed"
        )
    return int(text)


class _Joined:
    """What is counted while pages are written as one file, each read once."""

    def __init__(self) -> None:
        self.rows = 0
        self.digests: dict[str, bytes] = {}
        self.pages: list[FetchedPage] = []

    def write(self, folder: PageFolder, path: Path) -> None:
        """Write the columns of the first page, in the official order."""
        named = {name for row in folder.page(0).rows for name in row}
        columns = [name for name in GED_COLUMNS if name in named]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            for page in folder.pages():
                writer.writerows(
                    [cell_text(row.get(name)) for name in columns] for row in page.rows
                )
                self.pages.append({"rows": len(page.rows), "sha256": page.sha256})
                self.rows += len(page.rows)
                self.digests |= {cell_text(row.get("id")): _digest(row) for row in page.rows}


def _digest(row: dict[str, Any]) -> bytes:
    text = "\x1f".join(f"{name}={cell_text(row[name])}" for name in sorted(row))
    return hashlib.sha256(text.encode()).digest()
