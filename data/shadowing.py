"""Where Python finds modules: ours are our own, and none is taken from the current folder.

``data`` and ``features`` are names that others use too, and the current folder of a command is that
of an analyst's files, which are never run. This module imports nothing but the
standard library, so that it can be run from its file before ``data`` itself is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import NamedTuple

__all__ = ["PACKAGES", "Shadow", "exit_if_shadowed", "find_shadows", "refuse_shadows"]

PACKAGES = ("data", "features", "experiments", "forecast")


class Shadow(NamedTuple):
    """Another package that Python finds in place of one of the project's.

    Attributes:
        name: Name of the package.
        file: Where Python finds it; empty where it finds none.
        own: Where the project's own lies.
    """

    name: str
    file: str
    own: str

    def __str__(self) -> str:
        return (
            f'the package "{self.name}" of escalation is {self.own}, but Python finds'
            f" {self.file or 'none'}: take that folder off PYTHONPATH, start Python in another"
            " folder, or install escalation in an environment of its own"
        )


def find_shadows(root: Path) -> list[Shadow]:
    """Return the packages that others stand in for; nothing is imported.

    Args:
        root: Folder in which the project's own packages lie.
    """
    shadows = []
    for name in PACKAGES:
        own, file = root / name / "__init__.py", _found(name)
        if not file or Path(file).resolve() != own.resolve():
            shadows.append(Shadow(name, file, str(own)))
    return shadows


def refuse_shadows(root: Path) -> None:
    """Make sure that Python finds the project's own packages.

    Raises:
        ImportError: It finds another one, which is named with its file.
    """
    for shadow in find_shadows(root):
        raise ImportError(str(shadow), name=shadow.name, path=shadow.file)


def exit_if_shadowed(root: Path) -> None:
    """Let a command start: away from the current folder, and only where our packages are ours.

    Else it ends with one line, as an environment error.
    """
    _leave_current_folder(root)
    for shadow in find_shadows(root):
        shown = (c if c.isprintable() else ascii(c)[1:-1] for c in f"error: {shadow}")
        sys.stderr.write("".join(shown) + "\n")
        raise SystemExit(3)


def _leave_current_folder(root: Path) -> None:
    """Take the current folder off the path, for this process and those that it starts.

    ``python -m`` puts it there, and so does an empty entry of PYTHONPATH; an entry that names it in
    full is the user's wish and stays.
    """
    here = str(Path.cwd())
    named = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = [entry for entry in named if Path(entry).is_absolute()]
    if here not in kept:
        sys.path[:] = [entry for entry in sys.path if entry not in ("", here)]
    if str(root) not in sys.path:
        sys.path.append(str(root))
    importlib.invalidate_caches()
    os.environ["PYTHONSAFEPATH"] = "1"
    if "PYTHONPATH" in os.environ:
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)


def _found(name: str) -> str:
    """Return the file, or the folder without one, that an import of a name would take."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        return getattr(loaded, "__file__", None) or next(iter(getattr(loaded, "__path__", [])), "")
    spec = importlib.util.find_spec(name)
    if spec is None:
        return ""
    return spec.origin or next(iter(spec.submodule_search_locations or []), "")
