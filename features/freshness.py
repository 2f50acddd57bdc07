"""Whether a panel is what today's store, settings and files make, and a new count where it is not.

A forgotten ``escalation panel`` must not let last month's forecast be printed again: who reads a
panel asks for it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.counting.panel_making import asked_settings
from data.errors import EvidenceError
from data.files import sha256_of
from data.store.store import Store
from data.terminal import warn
from data.workspace import PanelSettings, Workspace
from features.panel import Panel, panel_provenance, read_panel
from features.panel_files import make_panel
from features.recipe import FILES, RECIPE, made_settings, panel_settings, placed, stored

__all__ = ["Behind", "behind", "fresh_panel", "newest_complete", "refresh_panel"]

# Counting so many rows takes seconds.
_QUICK_ROWS = 500_000
_NAMED = 3


@dataclass(frozen=True)
class Behind:
    """What a panel lacks.

    Attributes:
        reason: What is different now, in words.
        through: Last complete month of the panel; None where it is not recorded.
        held: Last month through which the store's lists are complete; None where none says so.
        recipe: What the panel was made from; None for one of an earlier version of escalation.
        rows: Rows that were counted.
    """

    reason: str
    through: str | None
    held: str | None
    recipe: Mapping[str, Any] | None
    rows: int

    def sentence(self, scale: str) -> str:
        """Return both months and what to do."""
        return (
            f"the panel {scale} is complete through {self.through or 'an unknown month'}, the store"
            f" through {self.held or 'an unknown month'}, and {self.reason}: run `escalation panel`"
        )


def fresh_panel(workspace: Workspace, scale: str) -> Panel:
    """Return a workspace's panel as today's store, settings and files make it.

    One that is behind is counted again with the options that it was made with, and that is said.

    Args:
        workspace: Where the panel is read.
        scale: Spatial scale.

    Raises:
        EvidenceError: There is no panel; or it is behind and has too many rows to be counted on
            the way, or was made by a version that did not keep its options.
        EscalationError: A file is damaged, or counting again fails.
    """
    refresh_panel(workspace, scale)
    return read_panel(workspace.panel(scale))


def refresh_panel(workspace: Workspace, scale: str) -> None:
    """Count a panel again where it is behind; the caller must not hold the workspace's lock.

    Raises:
        EscalationError: As ``fresh_panel`` does, but without a panel.
    """
    found = behind(workspace, scale)
    if found is not None:
        _count_again(workspace, scale, found)


def newest_complete(workspace: Workspace, scale: str) -> str | None:
    """Return the last month that a scale's panel has complete, or would have if counted again.

    None where there is no panel, or it says not what it was made from.

    Raises:
        EscalationError: A manifest is damaged, or the settings are not understood.
    """
    found = behind(workspace, scale)
    if found is not None:
        return max(filter(None, (found.through, found.held)), default=None)
    recipe = panel_provenance(workspace.panel(scale)).get(RECIPE)
    return None if recipe is None else str(recipe["complete"])


def behind(workspace: Workspace, scale: str) -> Behind | None:
    """Return what a panel lacks; None where it lacks nothing, or says not what it was made from.

    Raises:
        EscalationError: A manifest is damaged, or the settings are not understood.
    """
    manifest = panel_provenance(workspace.panel(scale))
    if "snapshots" not in manifest:
        return None
    recipe = manifest.get(RECIPE)
    day = manifest.get("as_of")
    store = Store(workspace.store, as_of=None if day is None else date.fromisoformat(day))
    source = str(manifest["source"])
    now = stored(store, source)
    if recipe is None:
        reason = _ingested(manifest["snapshots"], now)
    else:
        reason = (
            _ingested(recipe["stored"], now)
            or _set_otherwise(workspace, recipe)
            or _written_anew(workspace, manifest, recipe)
        )
    if reason is None:
        return None
    return Behind(
        reason=reason,
        through=None if recipe is None else recipe["complete"],
        held=_held_through(store, source),
        recipe=recipe,
        rows=int(manifest["reconciliation"]["accepted"]["events"]),
    )


def _held_through(store: Store, source: str) -> str | None:
    """Return the last month through which a source's lists are complete; None where none is."""
    coverages = store.coverages(source=source, complete_only=False)
    return max((c.last for c in coverages if c.last is not None), default=None)


def _count_again(workspace: Workspace, scale: str, found: Behind) -> None:
    if found.recipe is None or found.rows > _QUICK_ROWS:
        raise EvidenceError(found.sentence(scale))
    day = panel_provenance(workspace.panel(scale)).get("as_of")
    panel, manifest = make_panel(
        workspace,
        _settings_now(workspace, scale, found.recipe),
        last_month=found.recipe["last_month"],
        as_of=None if day is None else date.fromisoformat(day),
    )
    for warning in manifest["warnings"]:
        warn(warning)
    month = panel.last_complete_month()
    before = "" if month == found.through else f" (before: {found.through})"
    warn(
        f"the panel {scale} was counted again, as {found.reason}; it is complete through"
        f" {month}{before}",
        label="note",
    )


def _settings_now(workspace: Workspace, scale: str, recipe: Mapping[str, Any]) -> PanelSettings:
    """Return today's settings with the options that the panel was made with.

    A given file that is no longer where it was is taken from the copy beside the panel.
    """
    given = _given(recipe)
    kept = panel_settings(workspace, scale)
    for role in FILES:
        named = given.get(role)
        if named is not None and not (workspace.root / named).exists():
            given[role] = getattr(kept, role)
    return asked_settings(workspace.settings().panel, {**given, "scale": scale})


def _given(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a panel was made with besides the settings file."""
    known = asdict(PanelSettings())
    return {name: value for name, value in recipe["given"].items() if name in known}


def _ingested(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> str | None:
    """Say which files came to the store, or left it, since."""
    before, after = ({one["sha256"]: one["file"] for one in held} for held in (then, now))
    came = [file for sha256, file in after.items() if sha256 not in before]
    if came:
        return f"{_listed(came)} {'was' if len(came) == 1 else 'were'} ingested since"
    left = [file for sha256, file in before.items() if sha256 not in after]
    if left:
        return f"{_listed(left)} left the store since"
    if then and "coverage" in then[0] and then != now:
        return "what a list covers was told otherwise since"
    return None


def _set_otherwise(workspace: Workspace, recipe: Mapping[str, Any]) -> str | None:
    """Say which settings are others now."""
    then = made_settings(recipe)
    asked = {**_given(recipe), "scale": then.scale}
    now = placed(asked_settings(workspace.settings().panel, asked), workspace.root)
    other = [
        f'{name} is "{getattr(now, name)}" now, was "{value}"'
        for name, value in asdict(then).items()
        if getattr(now, name) != value
    ]
    return f"[panel] {_listed(other)}" if other else None


def _written_anew(
    workspace: Workspace, manifest: Mapping[str, Any], recipe: Mapping[str, Any]
) -> str | None:
    """Say which given files hold something else now; one that is gone has its copy."""
    settings = made_settings(recipe)
    other = []
    for role in FILES:
        named = getattr(settings, role)
        if named is None or not (workspace.root / named).exists():
            continue
        if sha256_of(workspace.root / named) != manifest[role]["sha256"]:
            other.append(f"{Path(named).name} ({role})")
    return f"{_listed(other)} was changed since" if other else None


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
