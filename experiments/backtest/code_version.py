"""Which code made a result: the package's version, a fingerprint of the four rooms, libraries."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_version", "library_versions"]

# Libraries whose next version may make other numbers of the same code and data.
_LIBRARIES = ("lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "statsmodels")

_ROOMS = ("data", "features", "experiments", "forecast")


def code_version() -> str:
    """Return ``VERSION+src.XXXXXXXX``: the digits change with any line of any module."""
    home = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((home / room).rglob("*.py")):
            digest.update(path.relative_to(home).as_posix().encode())
            digest.update(path.read_bytes())
    try:
        number = version("escalation")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+src.{digest.hexdigest()[:8]}"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that make the numbers."""
    return {name: version(name) for name in _LIBRARIES}
