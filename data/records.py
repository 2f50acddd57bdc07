"""Records: JSON objects that hold their own fingerprint, and the files that they vouch for.

A record is written with a ``seal``, the SHA-256 of everything else in it, and is refused where its
content is no longer what was sealed. One without a seal is of an earlier version of escalation and
is read as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import RuntimeEnvironmentError
from data.files import read_json, sha256_of, write_json

__all__ = ["SEAL", "check_file", "read_record", "seal_of", "write_record"]

SEAL = "seal"


def seal_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON object's content, hexadecimal."""
    # As JSON gives it back: lists for tuples, and keys that are text.
    plain = json.loads(json.dumps(content))
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object with its seal; the same content gives the same bytes.

    Raises:
        RuntimeEnvironmentError: The disk is full, read-only or fails otherwise.
    """
    bare = {name: value for name, value in content.items() if name != SEAL}
    write_json(path, {**bare, SEAL: seal_of(bare)})


def read_record(path: Path, *, advice: str, **expected: type) -> dict[str, Any]:
    """Read what ``write_record`` wrote, without the seal.

    Args:
        path: The file.
        advice: What to do about a damaged one, such as "run `escalation panel` again".
        expected: Keys that it must have, and the kind of each value.

    Raises:
        RuntimeEnvironmentError: The file is absent, damaged, of another form, or was changed after
            it was written.
    """
    if not path.exists():
        raise RuntimeEnvironmentError(f"{path} is missing: {advice}")
    content = read_json(path)
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise RuntimeEnvironmentError(f"{path}: expected a JSON object, got a {kind}: {advice}")
    seal = content.pop(SEAL, None)
    if seal is not None and seal != seal_of(content):
        raise RuntimeEnvironmentError(_changed(path, advice))
    for name, wanted in expected.items():
        if not isinstance(content.get(name), wanted):
            raise RuntimeEnvironmentError(
                f'{path}: "{name}" is absent or of another form: {advice}'
            )
    return content


def check_file(path: Path, sha256: str | None, *, advice: str) -> Path:
    """Return the path of a file that is the one whose fingerprint is known.

    Args:
        path: The file.
        sha256: Its fingerprint; None, as in records of earlier versions, is not held against it.
        advice: What to do about a damaged one.

    Raises:
        RuntimeEnvironmentError: It is absent, or another one.
    """
    try:
        if sha256 is None or sha256_of(path) == sha256:
            return path
    except FileNotFoundError:
        raise RuntimeEnvironmentError(f"{path} is missing: {advice}") from None
    except OSError as error:
        raise RuntimeEnvironmentError(
            f"{path} could not be read: {error.strerror}: {advice}"
        ) from None
    raise RuntimeEnvironmentError(_changed(path, advice))


def _changed(path: Path, advice: str) -> str:
    return f"{path} was changed or damaged after it was written: {advice}"
