"""The champion of a scale and target: one folder of text files that ``forecast`` trusts.

``manifest.json`` names the model's files with their fingerprints; the model lies beside it in a
folder named by its content. A new champion takes the place of the old one in one step.
Nothing here is ever unpickled.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from data.errors import EvidenceError, RuntimeEnvironmentError, SchemaError, SourceError
from data.files import read_json, sha256_of, temporary_name, write_folder
from data.records import SEAL, seal_of, write_record

__all__ = [
    "Champion",
    "ChampionManifest",
    "Savable",
    "copy_champion",
    "read_champion",
    "write_champion",
]

_TEXT_FILES = (".json", ".txt", ".toml")
_MANIFEST, _TRACKING = "manifest.json", "tracking.json"
_MODEL = "model-"


class Savable(Protocol):
    """What a fitted model can do for us."""

    def save(self, folder: Path) -> None:
        """Write the model as text files into an existing folder."""


@dataclass(frozen=True)
class ChampionManifest:
    """What is to be known about a champion.

    Attributes:
        model: Name of the model.
        scale: Spatial scale it was trained on.
        target: Measure it forecasts.
        horizons: Months ahead it forecasts.
        features: Names of the features it reads, in their order.
        trained_through: Last month it has seen.
        data_digest: Digest of the panel up to that month.
        spec: Settings it was trained with.
        draws: Draws a region.
        seed: Root of its random numbers.
        backtest: Id of the backtest it was judged on.
        gate_passed: Whether it passed the gate there.
        gate_reasons: The gate's sentences.
        why: Reason given for a promotion that the gate did not allow; None otherwise.
        code_version: Version of this project.
        created_at: When it was promoted.
    """

    model: str
    scale: str
    target: str
    horizons: tuple[int, ...]
    features: tuple[str, ...]
    trained_through: str
    data_digest: str
    spec: Mapping[str, Any]
    draws: int
    seed: int
    backtest: str
    gate_passed: bool
    gate_reasons: tuple[str, ...]
    why: str | None
    code_version: str
    created_at: str


@dataclass(frozen=True)
class Champion:
    """A champion whose files were checked.

    Attributes:
        manifest: What is known about it.
        folder: Its folder.
        model_folder: The folder to load the model from.
    """

    manifest: ChampionManifest
    folder: Path
    model_folder: Path

    @property
    def version(self) -> str:
        """Name that only this content has, such as ``blend-1f03623aa0b1``."""
        return f"{self.manifest.model}-{self.digest}"

    @property
    def digest(self) -> str:
        """What the version ends in: digits that stand for every file of the model."""
        return self.model_folder.name.removeprefix(_MODEL)

    @property
    def gate(self) -> str:
        """What is printed of the gate: ``passed`` or ``forced: <reason>``."""
        return "passed" if self.manifest.gate_passed else f"forced: {self.manifest.why}"

    def check_features(self, names: Sequence[str]) -> None:
        """Refuse a feature table that is not the one the model was trained on.

        Raises:
            SchemaError: A feature is missing, new, or in another place.
        """
        mine, theirs = self.manifest.features, tuple(names)
        if mine == theirs:
            return
        missing = [name for name in mine if name not in theirs]
        new = [name for name in theirs if name not in mine]
        raise SchemaError(
            "the champion was trained on other features"
            f" (missing now: {', '.join(missing) or 'none'}; new: {', '.join(new) or 'none'}"
            f"{'' if missing or new else '; the order differs'}): promote it again",
            file=self.folder,
        )


def write_champion(folder: Path, model: Savable, manifest: ChampionManifest) -> Champion:
    """Make a model the champion of a folder; the old one stays until the new one is whole.

    Args:
        folder: ``champions/<scale>-<target>`` of the workspace.
        model: A fitted model that saves itself as text.
        manifest: What is to be known about it.

    Raises:
        RuntimeEnvironmentError: The disk is in the way.
        SourceError: The model wrote something that is not a text file.
    """

    def write(fresh: Path) -> None:
        made = fresh / _MODEL
        made.mkdir()
        model.save(made)
        files = {name: sha256_of(path) for name, path in _text_files(made).items()}
        made.rename(fresh / f"{_MODEL}{seal_of(files)[:12]}")
        write_record(fresh / _MANIFEST, {**asdict(manifest), "files": files})

    write_folder(folder, write, keep=lambda name: name == _TRACKING)
    return read_champion(folder)


def read_champion(folder: Path) -> Champion:
    """Read a champion and check every file of it.

    Raises:
        EvidenceError: The folder holds no champion.
        SourceError: A file was changed, is missing, is unknown or is not text.
    """
    if not (folder / _MANIFEST).is_file():
        if any(folder.glob(f"{_MODEL}*")):
            raise _refusal(folder / _MANIFEST, "is missing")
        raise EvidenceError(f"{folder} holds no champion: run `escalation promote` first")
    try:
        content = read_json(folder / _MANIFEST)
        files, seal = content.pop("files"), content.pop(SEAL)
        manifest = ChampionManifest(
            **{f.name: _tupled(content.pop(f.name)) for f in fields(ChampionManifest)}
        )
    except (RuntimeEnvironmentError, KeyError, AttributeError, TypeError) as error:
        raise _refusal(folder / _MANIFEST, f"is damaged ({error})") from None
    if content or seal != seal_of({**asdict(manifest), "files": files}):
        raise _refusal(folder / _MANIFEST, "was changed after it was written")
    for path in folder.iterdir():
        if path.name not in (_MANIFEST, _TRACKING) and not path.name.startswith((_MODEL, ".")):
            raise _refusal(path, "does not belong in a champion's folder")
    place = folder / f"{_MODEL}{seal_of(files)[:12]}"
    _check_files(place, files)
    return Champion(manifest, folder, place)


def copy_champion(champion: Champion, folder: Path) -> None:
    """Copy a champion's manifest and model, in one step; what is there already stays.

    Raises:
        RuntimeEnvironmentError: The disk is in the way.
    """
    if (folder / _MANIFEST).exists():
        return
    fresh = temporary_name(folder)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(champion.model_folder, fresh / champion.model_folder.name)
        shutil.copy2(champion.folder / _MANIFEST, fresh / _MANIFEST)
        fresh.rename(folder)
    except OSError as error:
        raise RuntimeEnvironmentError(f"{folder} could not be written: {error.strerror}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_files(place: Path, files: Mapping[str, str]) -> None:
    there = _text_files(place)
    for name in sorted(there.keys() | files.keys()):
        if name not in there:
            raise _refusal(place / name, "is missing")
        if name not in files:
            raise _refusal(place / name, "is not named in the manifest")
        if sha256_of(there[name]) != files[name]:
            raise _refusal(place / name, "was changed after it was written")


def _text_files(place: Path) -> dict[str, Path]:
    """Return the files below a folder by their relative names; all must be plain text."""
    files = {}
    for path in sorted(place.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or path.suffix not in _TEXT_FILES or not _is_text(path):
            raise _refusal(path, f"is not a text file ({', '.join(_TEXT_FILES)})")
        files[path.relative_to(place).as_posix()] = path
    return files


def _is_text(path: Path) -> bool:
    try:
        return "\0" not in path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False


def _refusal(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{what}: a champion is read only as it was written: promote it again", file=path
    )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
