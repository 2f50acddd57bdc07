from __future__ import annotations

import json
import pickle
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import EvidenceError, SchemaError, SourceError
from experiments.backtest.champions import Champion, ChampionManifest, read_champion, write_champion

MANIFEST = ChampionManifest(
    model="lgbm_hurdle",
    scale="admin1",
    target="events",
    horizons=(1, 3),
    features=("lag_0", "sum_3"),
    trained_through="2020-12",
    data_digest="ab" * 32,
    spec={"models": {"lgbm_hurdle": {"trees": [100, 200]}}},
    draws=1000,
    seed=1,
    backtest="20201201-admin1-events",
    gate_passed=True,
    gate_reasons=("lgbm_hurdle beats last",),
    why=None,
    code_version="0.1.0",
    created_at="2021-01-01T00:00:00+00:00",
)


class TextModel:
    """Saves what it is given: relative name to content."""

    def __init__(self, **files: str | bytes) -> None:
        self.files = files or {"model.json": '{"rate": 1.5}\n', "h3/trees.txt": "tree\n" * 40}

    def save(self, folder: Path) -> None:
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


class Payload:
    """Writes a marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def _write(folder: Path, **changes: Any) -> Champion:
    return write_champion(folder, TextModel(), replace(MANIFEST, **changes))


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    written = _write(tmp_path / "admin1-events")
    champion = read_champion(tmp_path / "admin1-events")
    assert champion == written
    assert champion.manifest == MANIFEST
    assert (champion.model_folder / "model.json").read_text() == '{"rate": 1.5}\n'
    assert champion.version.startswith("lgbm_hurdle-")
    assert champion.gate == "passed"
    assert replace(
        champion, manifest=replace(MANIFEST, gate_passed=False, why="no rival")
    ).gate == ("forced: no rival")


def test_a_new_champion_replaces_the_old_one_whole(tmp_path: Path) -> None:
    old = _write(tmp_path)
    new = write_champion(tmp_path, TextModel(**{"model.json": "{}"}), MANIFEST)
    assert new.version != old.version
    assert sorted(p.name for p in tmp_path.iterdir()) == ["manifest.json", new.model_folder.name]


def test_the_old_champion_stays_when_the_new_one_cannot_be_saved(tmp_path: Path) -> None:
    old = _write(tmp_path)
    with pytest.raises(SourceError, match="is not a text file"):
        write_champion(tmp_path, TextModel(**{"model.json": "{}", "net.bin": "x"}), MANIFEST)
    assert read_champion(tmp_path) == old
    assert len(list(tmp_path.iterdir())) == 2


def test_a_model_that_hides_a_pickle_behind_a_text_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"model\.txt: is not a text file"):
        write_champion(tmp_path, TextModel(**{"model.txt": pickle.dumps([1])}), MANIFEST)
    assert list(tmp_path.iterdir()) == []


def test_promoting_again_mends_a_damaged_champion(tmp_path: Path) -> None:
    champion = _write(tmp_path)
    (champion.model_folder / "model.json").write_text("{}")
    assert _write(tmp_path) == champion
    assert read_champion(tmp_path) == champion


def test_an_empty_folder_has_no_champion(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="holds no champion: run `escalation promote` first"):
        read_champion(tmp_path)


def test_one_changed_byte_anywhere_is_refused(tmp_path: Path) -> None:
    champion = _write(tmp_path)
    rng = random.Random(5)
    files = [p for p in champion.model_folder.rglob("*") if p.is_file()]
    for _ in range(200):
        path = rng.choice(files)
        whole = path.read_bytes()
        place = rng.randrange(len(whole))
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ rng.randrange(1, 128)]) + whole[place + 1 :]
        )
        with pytest.raises(SourceError, match=r"changed after it was written|not a text file"):
            read_champion(tmp_path)
        path.write_bytes(whole)
    assert read_champion(tmp_path) == champion


@pytest.mark.parametrize(
    ("key", "value"),
    [("trained_through", "2019-12"), ("gate_passed", False), ("features", ["lag_0"]), ("new", 1)],
)
def test_a_changed_manifest_is_refused(tmp_path: Path, key: str, value: object) -> None:
    _write(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, key: value}))
    with pytest.raises(SourceError, match=r"manifest\.json.*was changed after it was written"):
        read_champion(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": {}, "seal": ""}'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    _write(tmp_path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(SourceError, match="is damaged"):
        read_champion(tmp_path)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.txt", "h3/model.json"])
def test_a_planted_pickle_is_refused_and_never_runs(tmp_path: Path, name: str) -> None:
    champion = _write(tmp_path / "c")
    marker = tmp_path / "ran"
    path = champion.model_folder / name
    path.write_bytes(pickle.dumps(Payload(marker)))
    with pytest.raises(SourceError, match=r"is not a text file|not named in the manifest"):
        read_champion(tmp_path / "c")
    assert not marker.exists()


def test_a_pickle_in_plain_text_is_refused_by_its_name_in_no_manifest(tmp_path: Path) -> None:
    champion = _write(tmp_path)
    (champion.model_folder / "extra.txt").write_bytes(pickle.dumps([1], protocol=0))
    with pytest.raises(SourceError, match="not named in the manifest"):
        read_champion(tmp_path)


def test_unknown_missing_and_linked_files_are_refused(tmp_path: Path) -> None:
    champion = _write(tmp_path / "c")
    (tmp_path / "c" / "notes.txt").write_text("x")
    with pytest.raises(SourceError, match="does not belong in a champion's folder"):
        read_champion(tmp_path / "c")
    (tmp_path / "c" / "notes.txt").unlink()
    (tmp_path / "c" / "tracking.json").write_text("{}")
    assert read_champion(tmp_path / "c") == champion
    (champion.model_folder / "model.json").rename(tmp_path / "model.json")
    with pytest.raises(SourceError, match=r"model\.json: is missing"):
        read_champion(tmp_path / "c")
    (champion.model_folder / "model.json").symlink_to(tmp_path / "model.json")
    with pytest.raises(SourceError, match="is not a text file"):
        read_champion(tmp_path / "c")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("lag_0",), "missing now: sum_3; new: none"),
        (("lag_0", "sum_3", "lag_1"), "missing now: none; new: lag_1"),
        (("sum_3", "lag_0"), "the order differs"),
    ],
)
def test_another_feature_list_is_refused(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    champion = _write(tmp_path)
    champion.check_features(["lag_0", "sum_3"])
    with pytest.raises(SchemaError, match=message):
        champion.check_features(names)
