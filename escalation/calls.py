"""How a call from Python is made: on an opened workspace, without a word on stdout.

Inside, the workspace's own table of countries holds, warnings are Python's, progress is shown on a
terminal only, and what the system refuses becomes an ``EscalationError``, all as on the command
line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar

from data import workspace as folders
from data.errors import environment_error
from data.settings import split_names
from data.terminal import called_from_python

__all__ = [
    "Day",
    "Names",
    "Opened",
    "PathLike",
    "called",
    "day",
    "names",
    "numbers",
    "path_or_none",
    "quietly",
]

PathLike: TypeAlias = str | os.PathLike[str]
Names: TypeAlias = str | Iterable[str]
Day: TypeAlias = str | date

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Opened:
    """A workspace folder that is there.

    Args:
        path: The folder; None for that of ``ESCALATION_WORKSPACE``, else the current one.

    Raises:
        ConfigError: There is no such folder; ``Workspace.create`` makes one.
    """

    def __init__(self, path: PathLike | None = None) -> None:
        root = os.environ.get("ESCALATION_WORKSPACE", ".") if path is None else path
        self._folder = folders.Workspace(Path(root))
        self._folder.check_folder()

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folder.root

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"


Self = TypeVar("Self", bound=Opened)


def called(
    method: Callable[Concatenate[Self, Given], Result],
) -> Callable[Concatenate[Self, Given], Result]:
    """Let a method do its work as a call from Python."""

    @wraps(method)
    def call(self: Self, /, *args: Given.args, **given: Given.kwargs) -> Result:
        with self._folder.own_countries(), quietly():
            return method(self, *args, **given)

    return call


@contextmanager
def quietly() -> Iterator[None]:
    """Print nothing, and raise what the system refuses as an error of ours.

    Raises:
        RuntimeEnvironmentError: The disk is full or read-only, or a file is not ours to write.
    """
    try:
        with called_from_python():
            yield
    except OSError as error:
        known = environment_error(error)
        if known is None:
            raise
        raise known from error


def names(given: Names | None) -> tuple[str, ...] | None:
    """Return names that were given as a list, or joined by commas; None where none were given.

    Example:
        >>> names("last, blend"), names(["last"]), names(None)
        (('last', 'blend'), ('last',), None)
    """
    if given is None:
        return None
    return split_names(given) if isinstance(given, str) else tuple(dict.fromkeys(given))


def numbers(given: int | Iterable[int] | None) -> tuple[int, ...] | None:
    """Return whole numbers that were given as one or as several; None where none were given.

    Example:
        >>> numbers(1), numbers([3, 1]), numbers(None)
        ((1,), (3, 1), None)
    """
    if given is None:
        return None
    return (given,) if isinstance(given, int) else tuple(given)


def day(given: Day | None) -> str | None:
    """Return a day as text YYYY-MM-DD, or a text as it is."""
    return None if given is None else str(given)


def path_or_none(given: PathLike | None) -> Path | None:
    """Return a path; None where none was given."""
    return None if given is None else Path(given)
