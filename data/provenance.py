"""Where fetched rows come from: what was asked, what the answers said, and the proof.

Kept in the manifest of the snapshot; holds no secret and no row.
"""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["FetchedPage", "Provenance"]


class FetchedPage(TypedDict):
    """One page: its rows and the fingerprint of its bytes."""

    rows: int
    sha256: str


class Provenance(TypedDict, total=False):
    """The keys of ``fetch`` in a manifest.

    ``url`` and ``params`` are what was asked, ``envelope`` the last answer without its rows,
    ``pages`` every page with its fingerprint, ``rows`` all rows that came, ``left_out`` those that
    are no attack, ``proof`` why the set is complete, ``first_date`` and ``last_date`` the events'
    first and last day, ``accessed`` the day of access, ``licence`` the terms, ``embargo`` what the
    account may not see yet, ``changes_since`` the last change known before, ``changed_until`` the
    last change now known (seconds), ``deleted`` ids the source withdrew.
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
    deleted: int
