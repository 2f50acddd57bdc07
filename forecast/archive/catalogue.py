"""The catalogue of a workspace's issues: all of them, one by name, the newest, and those before.

Scale, origin and time of issue are read from each manifest, never from a folder's name: a folder
may be renamed or copied by hand, and a scale's name may hold dashes and months. Of several folders
with an issue of the same scale and origin (copies, earlier versions) the one issued last counts;
the others are reached by name.

An issue that cannot be read (damaged, of another form, of a newer version, broken off while it was
written) is left out with a warning where all issues are looked over, and refused with the same
reason where it is asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EvidenceError, RuntimeEnvironmentError, SourceError
from data.terminal import warn
from data.workspace import Workspace
from forecast.archive.issue_files import CONTENT, MANIFEST, Issue, read_issue, read_manifest

__all__ = [
    "Catalogue",
    "Entry",
    "chosen_issue",
    "find_issue",
    "issued_versions",
    "left_out",
    "newest_issue",
    "read_catalogue",
]

_MOST_HINTS = 3
_MOST_NAMES = 8


@dataclass(frozen=True)
class Entry:
    """One issue, known by its manifest; its other files are not read yet.

    Attributes:
        folder: Where it lies.
        manifest: What it was made from.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What commands call the issue: the name of its folder."""
        return self.folder.name

    @property
    def scale(self) -> str:
        """Spatial scale."""
        return str(self.manifest["scale"])

    @property
    def origin(self) -> str:
        """Last month that was read."""
        return str(self.manifest["origin"])

    @property
    def issued_at(self) -> str:
        """When it was issued, UTC."""
        return str(self.manifest["finished_at"])


@dataclass(frozen=True)
class Catalogue:
    """The issues of a workspace.

    Attributes:
        folder: Where they lie.
        entries: One a scale and origin, the issue that counts; by origin and scale.
        unreadable: Name of each issue that cannot be read, and the reason.
        all_entries: Every issue that can be read, copies and earlier versions among them.
        warned: Names of the issues that a warning was given about: one is enough.
    """

    folder: Path
    entries: tuple[Entry, ...]
    unreadable: Mapping[str, str]
    all_entries: tuple[Entry, ...]
    warned: set[str] = field(default_factory=set)

    def at(self, scale: str, origin: str) -> Issue | None:
        """Read the issue of a scale and origin; None where there is none that can be read."""
        return next(
            self._read(e for e in self.entries if (e.scale, e.origin) == (scale, origin)), None
        )

    def earlier(self, scale: str, origin: str) -> Iterator[Issue]:
        """Read the issues of a scale with an earlier origin, the latest first."""
        self.warn_of_unreadable()
        return self._read(
            e for e in reversed(self.entries) if e.scale == scale and e.origin < origin
        )

    def newest(self, scale: str) -> Entry | None:
        """Return the issue of a scale with the last origin, else of any scale; None without any."""
        self.warn_of_unreadable()
        of_scale = [entry for entry in self.entries if entry.scale == scale]
        by_time = sorted(of_scale or self.entries, key=lambda one: (one.origin, one.issued_at))
        return by_time[-1] if by_time else None

    def previous_rows(
        self, scale: str, origin: str, horizons: Sequence[int]
    ) -> tuple[pd.DataFrame | None, dict[int, str]]:
        """Return the rows of the issue before, horizon by horizon.

        Args:
            scale: Spatial scale.
            origin: Origin of the issue that is being made.
            horizons: Months ahead.

        Returns:
            Rows of the last earlier origin of the same scale that has the horizon (None without
            any), and the name of the issue that each horizon was taken from.
        """
        names: dict[int, str] = {}
        rows = []
        for issue in self.earlier(scale, origin):
            for horizon in set(horizons) - set(names):
                part = issue.table[issue.table["horizon"] == horizon]
                if len(part):
                    names[horizon] = issue.folder.name
                    rows.append(part)
            if len(names) == len(set(horizons)):
                break
        return (pd.concat(rows, ignore_index=True) if rows else None), names

    def warn_of_unreadable(self) -> None:
        """Warn of each issue that cannot be read."""
        for name, reason in self.unreadable.items():
            self.leave_out(name, reason)

    def leave_out(self, name: str, reason: str) -> None:
        """Warn once that an issue is left out."""
        if name not in self.warned:
            self.warned.add(name)
            warn(left_out(name, reason))

    def _read(self, entries: Iterable[Entry]) -> Iterator[Issue]:
        for entry in entries:
            try:
                yield read_issue(entry.folder)
            except (SourceError, RuntimeEnvironmentError) as error:
                self.leave_out(entry.name, str(error))


def read_catalogue(workspace: Workspace) -> Catalogue:
    """Read the manifests of all issues of a workspace."""
    readable, unreadable = [], {}
    for folder in _folders(workspace.issues):
        try:
            readable.append(Entry(folder, read_manifest(folder / MANIFEST)))
        except (SourceError, RuntimeEnvironmentError) as error:
            unreadable[folder.name] = str(error)
    counting: dict[tuple[str, str], Entry] = {}
    for entry in sorted(readable, key=_precedence):
        counting[entry.origin, entry.scale] = entry
    entries = tuple(counting[key] for key in sorted(counting))
    return Catalogue(workspace.issues, entries, unreadable, tuple(readable))


def find_issue(workspace: Workspace, name: str) -> Path:
    """Return the folder of a named issue; whether it can be read shows where it is read.

    Raises:
        EvidenceError: There is none of that name; the closest names are given.
    """
    names = [folder.name for folder in _folders(workspace.issues)]
    if name not in names:
        raise EvidenceError(f'there is no issue "{name}" in {workspace.issues}{_hint(name, names)}')
    return workspace.issues / name


def chosen_issue(workspace: Workspace, name: str | None) -> Path:
    """Return the folder of a named issue, or of the newest where none is named.

    Raises:
        EvidenceError: There is none of that name, or none that can be read.
    """
    return newest_issue(workspace) if name is None else find_issue(workspace, name)


def newest_issue(workspace: Workspace) -> Path:
    """Return the folder of the newest issue, of the settings' scale if there is one.

    Raises:
        EvidenceError: No issue can be read.
    """
    entry = read_catalogue(workspace).newest(workspace.settings().panel.scale)
    if entry is None:
        raise EvidenceError(
            f"{workspace.issues} holds no issue that can be read: `escalation forecast` makes one"
        )
    return entry.folder


def issued_versions(workspace: Workspace, scale: str) -> frozenset[str]:
    """Return the versions of the models that issues of a scale were made with."""
    return frozenset(
        str(model["version"])
        for entry in read_catalogue(workspace).all_entries
        if entry.scale == scale
        for model in entry.manifest["models"]
    )


def left_out(name: str, reason: str) -> str:
    """Return the warning about an issue that is left out."""
    return f"the issue {name} is left out: {reason}"


def _folders(issues: Path) -> list[Path]:
    """Return the folders that hold an issue or the remains of one, by name."""
    if not issues.is_dir():
        return []
    return sorted(
        folder
        for folder in issues.iterdir()
        if folder.is_dir()
        and not folder.name.startswith(".")
        and any((folder / name).exists() for name in (MANIFEST, *CONTENT))
    )


def _precedence(entry: Entry) -> tuple[str, bool, str]:
    """Order issues of one scale and origin; the last one counts, of copies the usual name."""
    return entry.issued_at, entry.name == f"{entry.origin}-{entry.scale}", entry.name


def _hint(name: str, names: Sequence[str]) -> str:
    if not names:
        return ": `escalation forecast` makes one"
    near = difflib.get_close_matches(name, names, n=_MOST_HINTS)
    if near:
        return f": did you mean {' or '.join(near)}?"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f" (there are {', '.join(names[-_MOST_NAMES:])}{more})"
