"""Which code made a result: the package's version and a fingerprint of the four rooms."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_version"]

_ROOMS = ("data", "features", "experiments", "forecast")


def code_version() -> str:
    """Return ``VERSION+src.XXXXXXXX``: the digits change with any line of any module."""
    home = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((home / room).glob("*.py")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    try:
        number = version("escalation")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+src.{digest.hexdigest()[:8]}"
