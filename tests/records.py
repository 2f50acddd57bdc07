"""Changing records and files of a workspace as their writers would: with seal and fingerprints."""

from __future__ import annotations

import json
from pathlib import Path

from data.files import sha256_of
from data.records import SEAL, write_record


def read_plain(path: Path) -> dict[str, object]:
    """Return the content of a record without its seal, unchecked."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content.pop(SEAL, None)
    return dict(content)


def change_record(path: Path, **facts: object) -> None:
    """Change values of a record and seal it again."""
    write_record(path, {**read_plain(path), **facts})


def vouch(file: Path) -> None:
    """Take the changed content of a file for the right one in the manifest beside it."""
    manifest = file.with_name("manifest.json")
    content = read_plain(manifest)
    digest = sha256_of(file)
    content["files"] = {**dict(content.get("files", {})), file.name: digest}
    if file.name == "forecasts.parquet":
        content["forecasts_sha256"] = digest
    write_record(manifest, content)
