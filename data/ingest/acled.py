"""Bring ACLED's events into the store: files, whole fetches, and changes since the last fetch."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError, EvidenceError, SourceError
from data.files import locked
from data.http.client import HttpClient
from data.http.pages import PageFolder, remove_leftovers
from data.http.settings import HttpLimits, base_url, limits_from_environment, secret_of
from data.ingest.ingesting import KeptFile
from data.months import add_months, month_number
from data.reading import Coverage, Provenance, ReadResult
from data.redaction import Secrets
from data.regions.countries import country_key
from data.sources.acled.api import AcledApi, AcledQuery, AcledRows
from data.sources.acled.claims import FIRST_MONTH, AcledClaim, released_through
from data.sources.acled.codes import LICENCE, SOURCE
from data.sources.acled.export_csv import AcledFile, nothing_read, read_acled, write_rows
from data.store.manifests import Manifest, claims_of, release_order, win_order
from data.store.store import Store
from data.terminal import counted, warn
from data.workspace import Workspace

__all__ = ["AcledRequest", "fetch_acled", "keep_acled"]

_HOME = "https://acleddata.com"
_ACCOUNT = "ACLED gives accounts on acleddata.com; the log-in is its e-mail address and password"


@dataclass(frozen=True)
class AcledRequest:
    """What to read or fetch, and what the user claims of it.

    Attributes:
        first: First month; None for none (files) or January 1997 (fetch).
        last: Last month; None for the last one released.
        countries: By name; empty for all.
        release: Release of files without time stamps.
        encoding: Encoding of files.
        changes: Whether to fetch only what changed since the last fetch.
        replace: As the user states it.
        limit: Share of rows, 0 to 1, that may be invalid.
        limits: Time and bytes.
    """

    first: str | None
    last: str | None
    countries: tuple[str, ...]
    release: str | None
    encoding: str
    changes: bool
    replace: bool | None
    limit: float
    limits: HttpLimits

    @classmethod
    def of(
        cls,
        first: str | None,
        last: str | None,
        asked: Mapping[str, Any],
    ) -> AcledRequest:
        """Return the request that options make.

        Raises:
            ConfigError: A month is none, or they are in the wrong order.
        """
        for month in filter(None, (first, last)):
            month_number(month)
        if first and first < FIRST_MONTH:
            raise ConfigError(f"--from: ACLED begins in {FIRST_MONTH}, got {first}")
        if first and last and first > last:
            raise ConfigError("--from is later than --until: give the earlier month first")
        if last and not first:
            raise ConfigError("--until needs --from: a claim has a first and a last month")
        limits = limits_from_environment(
            seconds=asked["max_seconds"], total_bytes=int(asked["max_mb"] * 2**20)
        )
        return cls(
            first=first,
            last=last,
            countries=asked["countries"],
            release=asked["release"] or None,
            encoding=asked["encoding"],
            changes=asked["changes"],
            replace=asked["replace"],
            limit=asked["limit"],
            limits=limits,
        )

    def claim(self, embargo: date | None = None) -> AcledClaim:
        """Return what the user claims."""
        return AcledClaim(self.first, self.last, self.countries, embargo)


def _queries_of(request: AcledRequest, base: Manifest | None, today: date) -> list[AcledQuery]:
    """Return the queries: everything, or changes and the days that were not released last time."""
    if base is None:
        first = f"{request.first or FIRST_MONTH}-01"
        last = today.isoformat() if request.last is None else _last_day(request.last)
        return [AcledQuery(request.countries, first, last)]
    since = base["fetch"]["changed_until"]
    newest = f"{add_months(str(base['coverage']['last']), 1)}-01"
    return [
        AcledQuery(request.countries, since=since),
        AcledQuery(request.countries, newest, today.isoformat()),
    ]


def _last_day(month: str) -> str:
    following = date.fromisoformat(f"{add_months(month, 1)}-01")
    return (following - timedelta(days=1)).isoformat()


@dataclass(frozen=True)
class _Fetch:
    """A fetch: the request, the fetch it continues, its time, release and file."""

    request: AcledRequest
    base: Manifest | None
    now: datetime
    release: str
    file: Path


def keep_acled(
    workspace: Workspace, files: Sequence[Path], request: AcledRequest
) -> list[KeptFile]:
    """Read export files, then store them all: when one is refused, none is stored.

    Raises:
        SourceError: A file is refused; nothing in the store has changed.
    """
    store = Store(workspace.store)
    _print_licence(store)
    today = datetime.now(UTC)
    read = [
        read_acled(
            path,
            request.claim(),
            accessed=today.date(),
            release=request.release,
            encoding=request.encoding,
            limit=request.limit,
        )
        for path in files
    ]
    with workspace.lock():
        return _stored(store, read, (), today, replace=request.replace)


def fetch_acled(workspace: Workspace, request: AcledRequest) -> list[KeptFile]:
    """Fetch events and withdraw deleted ones; all of it enters the store, or nothing.

    Raises:
        ConfigError: The log-in is missing or refused, or the account may not read.
        EvidenceError: Changes are requested, but there is no earlier fetch.
        SourceError: The answer is incomplete, or does not fit the request.
        RuntimeEnvironmentError: The server or the disk fails, or the workspace is locked.
    """
    store = Store(workspace.store)
    base = _last_fetch(store, request) if request.changes else None
    user, password = (secret_of(n, meaning=_ACCOUNT) for n in ("ACLED_USER", "ACLED_PASSWORD"))
    address = base_url("ACLED_API_URL", _HOME)
    _print_licence(store)
    now = datetime.now(UTC)
    with locked(workspace.fetched / ".lock"):
        remove_leftovers(workspace.fetched)
        api = AcledApi(
            HttpClient(address, limits=request.limits, secrets=Secrets()), user, password
        )
        api.log_in()
        answers = [
            _answered(api, workspace.fetched, query, address, may_be_empty=base is not None)
            for query in _queries_of(request, base, now.date())
        ]
        known = store.events(source=SOURCE, complete_only=False)
        since = _deleted_since(store, base) if len(known) else None
        deleted = () if since is None else api.deleted(since)
        release = _release_at(store, now)
        file = workspace.fetched / f"acled-{release}.csv"
        acled_file = _joined(answers, _Fetch(request, base, now, release, file))
        with workspace.lock():
            stored = _stored(store, [acled_file], deleted, now, replace=request.replace)
        for answer in answers:
            answer.folder.clear()
        acled_file.reading.file.unlink(missing_ok=True)
    return stored


def _answered(
    api: AcledApi, parent: Path, query: AcledQuery, address: str, *, may_be_empty: bool
) -> AcledRows:
    folder = PageFolder.of(parent, "acled", [address, query.params()])
    with counted("acled") as report_progress:
        return api.read(query, folder, may_be_empty=may_be_empty, report_progress=report_progress)


def _joined(answers: Sequence[AcledRows], asked: _Fetch) -> AcledFile:
    """Join the answers to one result."""
    embargo = min((a.embargo for a in answers if a.embargo), default=None)
    first, day = asked.request.first or FIRST_MONTH, asked.now.date()
    claim = dataclasses.replace(asked.request.claim(embargo), first=first)
    rows = itertools.chain.from_iterable(answer.rows() for answer in answers)
    count, digest = write_rows(rows, asked.file)
    if count:
        limit = asked.request.limit
        acled_file = read_acled(asked.file, claim, accessed=day, release=asked.release, limit=limit)
    elif embargo is None:
        raise SourceError("expected rows or a reason from ACLED, got neither: nothing was stored")
    else:
        acled_file = AcledFile(nothing_read(asked.file, asked.release, digest), (), None)
    coverage, warnings = acled_file.reading.coverage, acled_file.reading.warnings
    whole = True
    if asked.base is not None:
        coverage, whole = _extended(asked.base, claim, day), False
        warnings = tuple(note for note in warnings if "not counted as covered" not in note)
    reading = dataclasses.replace(
        acled_file.reading,
        coverage=coverage,
        whole=whole,
        warnings=(*warnings, *_embargo_notes(embargo, day)),
        sha256=digest,
        fetch=_provenance(answers, acled_file, asked.base, day),
    )
    return dataclasses.replace(acled_file, reading=reading)


def _stored(
    store: Store,
    files: Sequence[AcledFile],
    deleted: Sequence[str],
    now: datetime,
    *,
    replace: bool | None,
) -> list[KeptFile]:
    """Store results together, each with the ids that stop counting by it."""
    readings = [_as_before(store, _with_withdrawn(store, file, deleted)) for file in files]
    reports = store.add_all(readings, retrieved_at=now, replace=replace)
    return list(zip(readings, reports, strict=True))


def _with_withdrawn(store: Store, acled_file: AcledFile, deleted: Sequence[str]) -> ReadResult:
    """Return a result with the ids that stop counting: deleted, or no longer attacks."""
    known = store.events(source=acled_file.reading.source, complete_only=False)["event_id"]
    gone = pd.Index([*deleted, *acled_file.left_out]).unique()
    gone = gone[gone.isin(known)].difference(pd.Index(acled_file.reading.frame["event_id"]))
    reading = dataclasses.replace(acled_file.reading, withdrawn=tuple(map(str, gone)))
    if len(gone):
        note = f"events that ACLED deleted or no longer counts as attacks: {len(gone):,}"
        reading = dataclasses.replace(reading, warnings=(*reading.warnings, note))
    return reading


def _as_before(store: Store, reading: ReadResult) -> ReadResult:
    """Give a fetch with the same content as the newest one that one's release."""
    newest = max(store.manifests(source=reading.source), key=win_order, default=None)
    if newest is None or reading.withdrawn or newest["sha256"] != reading.sha256:
        return reading
    same = newest["coverage"] == claims_of(reading.coverage)
    return dataclasses.replace(reading, release=newest["release"]) if same else reading


def _release_at(store: Store, now: datetime) -> str:
    """Return a release named after the time, later than all in the store."""
    name = f"{now:%Y-%m-%dT%H.%M.%S}"
    newest = max(
        (m["release"] for m in store.manifests(source=SOURCE)), key=release_order, default=""
    )
    return name if release_order(name) > release_order(newest) else f"{newest}.1"


def _provenance(
    answers: Sequence[AcledRows], acled_file: AcledFile, base: Manifest | None, accessed: date
) -> Provenance:
    """Return where the rows come from, for all queries together."""
    fetch: Provenance = dict(answers[0].provenance)  # type: ignore[assignment]
    fetch["pages"] = [page for answer in answers for page in answer.provenance["pages"]]
    fetch["proof"] = "; ".join(answer.provenance["proof"] for answer in answers)
    for answer in answers:
        fetch["params"] = fetch["params"] | answer.provenance["params"]
    frame, before = acled_file.reading.frame, base["fetch"]["changed_until"] if base else None
    days = frame["date_start"].dt.strftime("%Y-%m-%d")
    fetch["rows"] = len(frame) + acled_file.reading.quarantined + len(acled_file.left_out)
    fetch["left_out"] = len(acled_file.left_out)
    fetch["first_date"] = str(days.min()) if len(frame) else None
    fetch["last_date"] = str(days.max()) if len(frame) else None
    fetch["accessed"], fetch["licence"] = accessed.isoformat(), LICENCE
    fetch["changes_since"] = before
    fetch["changed_until"] = max(filter(None, (before, acled_file.changed_until)), default=None)
    return fetch


def _extended(base: Manifest, claim: AcledClaim, today: date) -> Coverage:
    """Return the last fetch's coverage, extended to what is released now."""
    before = base["coverage"]
    last = max(str(before["last"]), released_through(today, claim.embargo))
    return Coverage(before["complete"], before["first"], last, tuple(before["countries"]))


def _embargo_notes(embargo: date | None, today: date) -> tuple[str, ...]:
    if embargo is None:
        return ()
    first = add_months(released_through(today, embargo), 1)
    note = (
        f"this account's tier shows ACLED's events only up to {embargo}: months from {first} on are"
        " not released to it (not_released), so they are unknown, not zero"
    )
    return (note,)


def _last_fetch(store: Store, request: AcledRequest) -> Manifest:
    """Return the newest whole fetch of the same countries.

    Raises:
        EvidenceError: There is none.
    """
    asked = {country_key(name) for name in request.countries}
    manifest: Manifest
    for manifest in reversed(store.manifests(source=SOURCE, complete_only=True)):
        fetch: Provenance = manifest.get("fetch", {})
        named = fetch.get("params", {}).get("country", "").split("|")
        same = {country_key(name) for name in named if name} == asked
        if same and "url" in fetch and fetch.get("changed_until") is not None:
            return manifest
    raise EvidenceError(
        "there is no complete fetch of exactly these countries to continue: fetch them once without"
        " --changes"
    )


def _deleted_since(store: Store, base: Manifest | None) -> int | None:
    """Return since when deletions are requested: the last known change, or the oldest file's."""
    if base is not None:
        return base["fetch"]["changed_until"]
    known = [m.get("fetch", {}).get("changed_until") for m in store.manifests()]
    return min((stamp for stamp in known if stamp is not None), default=None)


def _print_licence(store: Store) -> None:
    """Print the licence notice before the first ACLED data enter a store."""
    if not any(manifest["source"].startswith(SOURCE) for manifest in store.manifests()):
        warn(LICENCE, label="note")
