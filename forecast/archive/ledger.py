"""The ledger of issues: each is entered once with its fingerprints, in a chain of entries.

``forecasts/ledger.jsonl`` holds a line an entry; each names the SHA-256 of the line before it, so
that no entry can be changed, left out or put in later without every hash after it being another
one. Who publishes the last hash (``escalation verify`` prints it) can prove what was issued, when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import EscalationError, RuntimeEnvironmentError
from data.files import write_text
from data.workspace import Workspace
from forecast.archive.catalogue import read_catalogue
from forecast.archive.issue_files import Issue, read_issue

__all__ = ["LEDGER", "Verdict", "enter", "verify"]

LEDGER = "ledger.jsonl"
_FIRST = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """What the ledger says of the issues that lie in a workspace.

    Attributes:
        entries: Number of entries.
        head: Hash of the last one; of nothing but zeros without any.
        held: Names of the issues that lie there as they were entered.
        problems: What is not as it was entered, a sentence each.
    """

    entries: int
    head: str
    held: tuple[str, ...]
    problems: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the verdict as text."""
        return [
            f"ledger: {self.entries:,} entries, head {self.head}",
            f"as entered: {', '.join(self.held) or 'none'}",
            *self.problems,
        ]


def enter(workspace: Workspace, issue: Issue) -> None:
    """Enter an issue that was written; one that is entered already is not entered again.

    The caller holds the workspace's lock.

    Raises:
        RuntimeEnvironmentError: The disk is in the way.
    """
    path = workspace.issues / LEDGER
    lines = _lines(path)
    entry = _entry(issue.manifest)
    known = [_read(line) for line in lines]
    if any(_same(one, entry) for one in known if one is not None):
        return
    entry |= {
        "number": len(lines) + 1,
        "at": issue.manifest["finished_at"],
        "before": _hash(lines[-1]) if lines else _FIRST,
    }
    line = json.dumps(entry, sort_keys=True, ensure_ascii=False)
    write_text(path, "".join(f"{one}\n" for one in [*lines, line]))


def verify(workspace: Workspace) -> Verdict:
    """Hold every issue of a workspace against the ledger, and the ledger against itself.

    Raises:
        RuntimeEnvironmentError: The ledger cannot be read.
    """
    lines = _lines(workspace.issues / LEDGER)
    entries, problems = _chain(lines)
    held: list[str] = []
    there: set[str] = set()
    catalogue = read_catalogue(workspace)
    problems += [f"{name} cannot be read: {why}" for name, why in catalogue.unreadable.items()]
    for found in sorted(catalogue.all_entries, key=lambda one: one.name):
        there.add(str(found.manifest["id"]))
        try:
            issue = read_issue(found.folder)
        except EscalationError as error:
            problems.append(f"{found.name} is not as it was issued: {error}")
            continue
        if any(_same(one, _entry(issue.manifest)) for one in entries):
            held.append(found.name)
        else:
            problems.append(
                f"{found.name} was never entered with this content: it was changed, copied from"
                " elsewhere, or issued by a version without a ledger"
            )
    gone = {str(one["id"]): one for one in entries if one["id"] not in there}
    problems += [f"{one['issue']} of {one['at']} ({i}) is gone" for i, one in gone.items()]
    return Verdict(len(lines), _hash(lines[-1]) if lines else _FIRST, tuple(held), tuple(problems))


def _entry(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "issue": f"{manifest['origin']}-{manifest['scale']}",
        "id": manifest["id"],
        "method": manifest.get("code_version"),
        "files": dict(manifest["files"]),
    }


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two entries are of one issue with the same files, wherever it lies now."""
    return (one["id"], one["files"]) == (other["id"], other["files"])


def _chain(lines: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the entries, and where the chain is broken."""
    entries, problems, before = [], [], _FIRST
    for number, line in enumerate(lines, start=1):
        entry = _read(line)
        if entry is None:
            problems.append(f"{LEDGER} line {number} is no entry")
        elif entry.get("before") != before or entry.get("number") != number:
            problems.append(
                f"{LEDGER} line {number} does not follow line {number - 1}: an entry was changed,"
                " left out or put in"
            )
        if entry is not None:
            entries.append(entry)
        before = _hash(line)
    return entries, problems


def _read(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    needed = {"id", "files", "issue", "at"}
    return entry if isinstance(entry, dict) and needed <= set(entry) else None


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeEnvironmentError(f"{path} could not be read: {error}") from error


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8")).hexdigest()
