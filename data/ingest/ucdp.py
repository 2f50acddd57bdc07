"""Bring UCDP's newest releases into the store, oldest first, each one complete."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.files import locked
from data.http.client import HttpClient
from data.http.pages import PageFolder, remove_leftovers
from data.http.settings import HttpLimits, base_url, limits_from_environment, secret_of
from data.ingest.ingesting import KeptFile
from data.reading import ReadResult
from data.redaction import Secrets
from data.sources.release_names import newest_releases, release_coverage
from data.sources.ucdp.api import TOKEN_HEADER, UcdpApi
from data.sources.ucdp.download import UcdpFiles
from data.sources.ucdp.release_csv import read_ucdp
from data.store.store import Store
from data.terminal import counted, echo, in_percent, warn
from data.workspace import Workspace

__all__ = ["UcdpRequest", "fetch_ucdp"]

_API = "https://ucdpapi.pcr.uu.se/api"
_FILES = "https://ucdp.uu.se/downloads"

Fetch = Callable[[str], ReadResult]


@dataclass(frozen=True)
class UcdpRequest:
    """What to fetch.

    Attributes:
        releases: Their names; empty for the newest series.
        by_files: Whether to take the files that need no token.
        again: Whether releases that the store holds are fetched again.
        replace: As the user states it of every release.
        limit: Share of rows, 0 to 1, that may be invalid before a release is refused.
        limits: Time and bytes.
    """

    releases: tuple[str, ...]
    by_files: bool
    again: bool
    replace: bool | None
    limit: float
    limits: HttpLimits

    @classmethod
    def of(cls, release: str | None, limit: float, asked: Mapping[str, Any]) -> UcdpRequest:
        """Return the request that options make.

        Raises:
            ConfigError: A release is not in a form that UCDP uses.
        """
        names = tuple(name.strip() for name in (release or "").split(",") if name.strip())
        for name in names:
            release_coverage(name)
        limits = limits_from_environment(
            seconds=float(asked["max_seconds"]), total_bytes=int(asked["max_mb"] * 2**20)
        )
        return cls(names, asked["by_files"], asked["again"], asked["replace"], limit, limits)


def fetch_ucdp(workspace: Workspace, request: UcdpRequest, *, today: date) -> list[KeptFile]:
    """Fetch releases and store each one as soon as it is complete.

    Args:
        workspace: Whose store takes them; meanwhile they are in its folder ``fetched``.
        request: What to fetch.
        today: No release of a month that has not ended is looked for.

    Raises:
        ConfigError: The token is missing or refused.
        SourceError: A release is incomplete or another than requested; nothing of it is stored.
        RuntimeEnvironmentError: The server or the disk fails, or the workspace is locked.
    """
    store = Store(workspace.store)
    held = set() if request.again else _held(store)
    folder = workspace.fetched
    with locked(folder / ".lock"):
        remove_leftovers(folder)
        released, fetch = (
            _by_files(folder, request) if request.by_files else _by_api(folder, request)
        )
        names = request.releases or _newest(lambda name: name in held or released(name), today)
        stored = []
        for name in names:
            if name in held:
                echo(f"ucdp {name}: the store holds it already (--again fetches it)", err=True)
                continue
            reading = _checked(fetch(name), name)
            with workspace.lock():
                report = store.add(reading, retrieved_at=datetime.now(UTC), replace=request.replace)
                stored.append((reading, report))
            shutil.rmtree(reading.file.parent, ignore_errors=True)
    return stored


def _by_api(parent: Path, request: UcdpRequest) -> tuple[Callable[[str], bool], Fetch]:
    secrets = Secrets()
    base = base_url("UCDP_API_URL", _API)
    client = HttpClient(base, limits=request.limits, secrets=secrets)
    token = secret_of(
        "UCDP_TOKEN", meaning="UCDP gives the token free of charge; --fetch --files needs none"
    )
    client.send_always(TOKEN_HEADER, token)
    api = UcdpApi(client)

    def fetch(release: str) -> ReadResult:
        folder = PageFolder.of(parent, f"ucdp-{release}", [base, release])
        with counted(f"ucdp {release}") as report_progress:
            pages = api.fetch(release, folder, report_progress=report_progress)
        reading = read_ucdp(pages.file, release=release, limit=request.limit)
        return replace(reading, sha256=pages.sha256, fetch=pages.provenance)

    return api.released, fetch


def _by_files(parent: Path, request: UcdpRequest) -> tuple[Callable[[str], bool], Fetch]:
    base = base_url("UCDP_FILES_URL", _FILES)
    client = HttpClient(base, limits=request.limits, secrets=Secrets(), elsewhere=True)
    files = UcdpFiles(client)

    def fetch(release: str) -> ReadResult:
        path, provenance = files.fetch(release, parent / f"ucdp-{release}-file")
        reading = read_ucdp(path, release=release, limit=request.limit)
        return replace(reading, fetch=provenance)

    return files.released, fetch


def _held(store: Store) -> set[str]:
    """Return the releases of the whole world that the store holds."""
    return {
        manifest["release"]
        for manifest in store.manifests(source="ucdp", complete_only=True)
        if not manifest["coverage"]["countries"]
    }


def _newest(released: Callable[[str], bool], today: date) -> Sequence[str]:
    newest = newest_releases(released, today=today)
    if newest.missing:
        warn(f"no release holds {', '.join(newest.missing)}: unknown, not zero")
    return newest.names


def _checked(reading: ReadResult, release: str) -> ReadResult:
    """Refuse rows of other months than the release's; add the dates to the provenance.

    Raises:
        SourceError: Half of the events or more lie in other months.
    """
    first, last = release_coverage(release)
    start, end = (reading.frame[name].dt.strftime("%Y-%m") for name in ("date_start", "date_end"))
    if not len(reading.frame):
        raise SourceError(f"UCDP GED {release}: expected events, got none: nothing was stored")
    inside = float(((start <= last) & (end >= first)).mean())
    if inside < 0.5:
        raise SourceError(
            f"UCDP GED {release}: expected events of {first} to {last}, got"
            f" {in_percent(1 - inside)} of other months: this is another release, so nothing was"
            " stored"
        )
    days = [str(reading.frame[name].dt.strftime("%Y-%m-%d").agg(how)) for name, how in _RANGE]
    fetch = reading.fetch or {}
    dated = fetch | {
        "rows": reading.rows,
        "first_date": days[0],
        "last_date": days[1],
        "accessed": datetime.now(UTC).date().isoformat(),
    }
    return replace(reading, fetch=dated)


_RANGE = (("date_start", "min"), ("date_end", "max"))
