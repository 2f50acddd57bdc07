"""The errors that a user can meet, as one small family of classes that carry their facts.

The command line turns any of these into one line on stderr and the exit code of its class.
Anything else that is raised is a bug and shows its traceback.
"""

from __future__ import annotations

import errno
from pathlib import Path

__all__ = [
    "ConfigError",
    "EscalationError",
    "EscalationWarning",
    "EvidenceError",
    "NotFittedError",
    "RuntimeEnvironmentError",
    "SchemaError",
    "SourceError",
    "environment_error",
    "missing_extra",
]

_ENVIRONMENT = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
}


class EscalationError(Exception):
    """Root of every error that a user can resolve.

    Attributes:
        exit_code: What the command line exits with (1 invalid data, 2 usage, 3 environment).
    """

    exit_code = 1


class SourceError(EscalationError):
    """An input that is refused as a whole.

    Args:
        problem: What was expected, what came, and what to do.
        file: The file it came from.
        line: The physical line in that file, counted from 1.
        column: The column's name.

    Example:
        >>> str(SourceError("the file is empty", file="events.csv", line=1))
        'events.csv line 1: the file is empty'
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = str(file) if file is not None else None
        self.line = line
        self.column = column
        place = " ".join(
            part
            for part in (
                self.file,
                f"line {line}" if line is not None else None,
                f"column {column!r}" if column is not None else None,
            )
            if part
        )
        super().__init__(f"{place}: {problem}" if place else problem)


class SchemaError(SourceError):
    """A table with other columns or types than expected."""


class EvidenceError(EscalationError):
    """A request that the stored data cannot answer, such as an unobserved origin."""


class NotFittedError(EscalationError):
    """A forecast of a model that is not fitted."""


class ConfigError(EscalationError):
    """An invalid setting, specification or argument."""

    exit_code = 2


class RuntimeEnvironmentError(EscalationError):
    """The disk or the network fails, or a lock is held by another process."""

    exit_code = 3


class EscalationWarning(UserWarning):
    """Something that a caller from Python should see, where the command line prints a warning."""


def environment_error(error: OSError) -> RuntimeEnvironmentError | None:
    """Return the error to raise in place of the system's; None where that one is a bug.

    Example:
        >>> str(environment_error(OSError(28, "No space left on device", "/data/panel.parquet")))
        '/data/panel.parquet: No space left on device'
    """
    if error.errno not in _ENVIRONMENT:
        return None
    place = f"{error.filename}: " if error.filename else ""
    return RuntimeEnvironmentError(f"{place}{error.strerror}")


def missing_extra(library: str, extra: str, purpose: str) -> ConfigError:
    """Return the error that says which optional extra has to be installed.

    Example:
        >>> str(missing_extra("pyogrio", "geo", "to read shapefiles"))
        "pyogrio is needed to read shapefiles: pip install 'escalation[geo]'"
    """
    return ConfigError(f"{library} is needed {purpose}: pip install 'escalation[{extra}]'")
