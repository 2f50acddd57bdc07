"""Whether this installation and workspace are in order, one check a line."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.errors import (
    ConfigError,
    EscalationError,
    RuntimeEnvironmentError,
)
from data.records import read_record
from data.redaction import secrets_of_address
from data.shadowing import PACKAGES, find_shadows
from data.terminal import one_line, text_table
from data.workspace import SETTINGS_FILE, Workspace
from experiments.tracking.tracker import Tracked, Tracker
from forecast.text.wording import counted

__all__ = ["Check", "check_all", "health_record", "health_text"]

_BOUND = re.compile(r"^([\w.-]+)>=([\d.]+)$")


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: What was checked.
        text: The result.
        exit_code: 0 when it is in order, else what the command line ends with.
        is_behind: Whether it is in order, but of older data or settings than there are.
    """

    name: str
    text: str
    exit_code: int = 0
    is_behind: bool = False

    @property
    def mark(self) -> str:
        """What stands before its line."""
        return "BAD" if self.exit_code else "OLD" if self.is_behind else "ok"


class _Behind(Exception):  # noqa: N818 (no error: the files are in order)
    """What is behind, and the command that mends it."""


def check_all(workspace: Workspace) -> list[Check]:
    """Look at installation, settings, every file that the workspace reads, and tracking.

    Args:
        workspace: The workspace; nothing in it is changed.

    Returns:
        One check each, all of them, whatever the earlier ones found.
    """
    looks: tuple[tuple[str, Callable[[Workspace], str]], ...] = (
        ("installation", _installation),
        ("packages", _packages),
        ("settings", _settings),
        ("store", _store),
        ("panels", _panels),
        ("backtests", _backtests),
        ("champions", _champions),
        ("issues", _issues),
        ("spool", _spool),
        ("tracking", _tracking),
    )
    return [_look(name, look, workspace) for name, look in looks]


def health_text(checks: Sequence[Check], sent: Sequence[Tracked]) -> str:
    """Return a line a check, and one for every item that was sent or failed again."""
    rows = [[check.mark, check.name, check.text] for check in checks]
    lines = [f"{s.item}: {s.warning or f'sent as run {s.run_id}'}" for s in sent]
    return "\n".join([text_table(["", "check", "result"], rows), *map(one_line, lines)])


def health_record(checks: Sequence[Check], sent: Sequence[Tracked]) -> dict[str, Any]:
    """Return plain values for JSON."""
    return {"checks": [asdict(c) for c in checks], "sent": [asdict(s) for s in sent]}


def _look(name: str, look: Callable[[Workspace], str], workspace: Workspace) -> Check:
    try:
        return Check(name, look(workspace))
    except _Behind as found:
        return Check(name, str(found), is_behind=True)
    except EscalationError as error:
        return Check(name, str(error), error.exit_code)


def _installation(_: Workspace) -> str:
    """Hold the installed libraries against the project's lower bounds."""
    versions = []
    for name, bound in _bounds():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise RuntimeEnvironmentError(
                f"{name} is not installed: {name}>={bound} is needed"
            ) from None
        if _numbers(version) < _numbers(bound):
            raise RuntimeEnvironmentError(f"{name} {version} is too old: {name}>={bound} is needed")
        versions.append(f"{name} {version}")
    return f"escalation {importlib.metadata.version('escalation')}: {', '.join(versions)}"


def _packages(_: Workspace) -> str:
    """Say where the project's packages lie, unless Python finds others of their names."""
    root = Path(__file__).resolve().parents[2]
    for shadow in find_shadows(root):
        raise RuntimeEnvironmentError(str(shadow))
    return f"{', '.join(PACKAGES)} in {root}"


def _bounds() -> Iterator[tuple[str, str]]:
    """Yield the libraries that a run needs, with their lower bounds."""
    for requirement in importlib.metadata.requires("escalation") or ():
        match = _BOUND.match(requirement)
        if match:
            yield match[1], match[2]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _settings(workspace: Workspace) -> str:
    uri = workspace.settings().tracking.uri
    if uri is not None and any(":" in secret for secret in secrets_of_address(uri)):
        raise ConfigError(
            f"{SETTINGS_FILE} [tracking] uri holds a password: put it into"
            " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        )
    workspace.check_writable()
    exists = (workspace.root / SETTINGS_FILE).exists()
    return f"{SETTINGS_FILE} is valid" if exists else f"defaults, as there is no {SETTINGS_FILE}"


def _store(workspace: Workspace) -> str:
    from data.store.snapshots import read_table
    from data.store.store import Store

    manifests = Store(workspace.store).manifests()
    for manifest in manifests:
        read_table(workspace.store, manifest, manifest["content"])
    return counted(len(manifests), "ingest")


def _panels(workspace: Workspace) -> str:
    from features.freshness import behind
    from features.panel import read_panel
    from features.recipe import panel_settings

    panels, late = [], []
    for folder in _folders(workspace.panels):
        panel = read_panel(folder)
        panel_settings(workspace, panel.scale)
        panels.append(f"{panel.scale} ({len(panel.regions)} regions to {panel.months[-1]})")
        found = behind(workspace, panel.scale)
        late += [] if found is None else [found.sentence(panel.scale)]
    if late:
        raise _Behind("; ".join(late))
    return ", ".join(panels) or "none yet"


def _champions(workspace: Workspace) -> str:
    from experiments.backtest.champions import read_champion

    versions = []
    for folder in _folders(workspace.champions):
        if folder != workspace.replaced_champions:
            _check_tracking(folder)
            versions.append(f"{folder.name}: {read_champion(folder).version}")
    for folder in _folders(workspace.replaced_champions):
        read_champion(folder)
    return ", ".join(versions) or "none yet"


def _backtests(workspace: Workspace) -> str:
    from experiments.backtest.catalogue import read_backtest

    folders = _folders(workspace.backtests)
    for folder in folders:
        read_backtest(folder)
        _check_tracking(folder)
    return counted(len(folders), "backtest") if folders else "none yet"


def _issues(workspace: Workspace) -> str:
    from experiments.tracking.spool import SCORES
    from forecast.archive.issue_files import read_issue
    from forecast.archive.notes import read_notes

    folders = _folders(workspace.issues)
    for folder in folders:
        read_issue(folder)
        read_notes(folder)
        _check_tracking(folder)
        if (folder / SCORES).exists():
            read_record(folder / SCORES, advice=f"run `escalation score {folder.name}` again")
    if late := _late_issues(workspace):
        raise _Behind("; ".join(late))
    return counted(len(folders), "issue") if folders else "none yet"


def _late_issues(workspace: Workspace) -> list[str]:
    """Say which newest issues are of an older month than is known, and which wait for a score."""
    from forecast.archive.catalogue import read_catalogue
    from forecast.archive.lateness import behind_by
    from forecast.archive.unscored import unscored

    entries = read_catalogue(workspace).entries
    late = []
    for scale in sorted({entry.scale for entry in entries}):
        own = [entry for entry in entries if entry.scale == scale]
        newest = own[-1]
        if sentence := behind_by(workspace, scale, newest.origin):
            late.append(f"{newest.name} was {sentence}")
    if waiting := unscored(workspace):
        late.append(f"{', '.join(waiting)} not scored yet: run `escalation score`")
    return late


def _folders(parent: Path) -> list[Path]:
    """Return the folders below a folder of the workspace that hold something, by name."""
    visible = sorted(parent.glob("[!.]*"))
    return [path for path in visible if path.is_dir() and any(path.iterdir())]


def _check_tracking(folder: Path) -> None:
    for path in folder.glob("*tracking.json"):
        read_record(path, advice="remove it")


def _spool(workspace: Workspace) -> str:
    from experiments.tracking.spool import pending

    waiting = pending(workspace)
    if not waiting:
        return "nothing is waiting"
    return f"{len(waiting)} waiting: `escalation doctor --send` sends them"


def _tracking(workspace: Workspace) -> str:
    tracker = Tracker(workspace)
    problem = tracker.check()
    if problem is not None:
        raise RuntimeEnvironmentError(problem)
    return f"{tracker.address} answers"
