"""Records: their seal, their form, and the files that they vouch for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.errors import RuntimeEnvironmentError
from data.files import sha256_of
from data.records import SEAL, check_file, read_record, write_record

CONTENT = {"b": (1, 2), "a": {"é": None}, "m": {3: 0.1, 12: 0.2}, "n": 10**30}


def test_a_record_comes_back_without_its_seal(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_record(path, CONTENT)
    assert read_record(path, advice="x") == json.loads(json.dumps(CONTENT))
    before = path.read_bytes()
    write_record(path, {**CONTENT, SEAL: "of before"})
    assert path.read_bytes() == before


def test_every_changed_byte_is_noticed_or_without_effect(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_record(path, CONTENT)
    whole, known = path.read_bytes(), read_record(path, advice="x")
    noticed = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            read = read_record(path, advice="x")
        except RuntimeEnvironmentError:
            noticed += 1
            continue
        # The name of the seal itself, or white space.
        assert {name: read[name] for name in known} == known
    assert noticed > len(whole) / 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "expected a JSON object, got a list: look again"),
        ("null", "expected a JSON object, got a NoneType: look again"),
        ("{", "could not be read"),
        ("[" * 100_000, "nested too deep"),
        ('{"id": ' + "7" * 5000 + "}", "could not be read"),
        ("{}", '"id" is absent or of another form: look again'),
        ('{"id": 3}', '"id" is absent or of another form: look again'),
        ('{"id": "x", "seal": "y"}', "was changed or damaged after it was written: look again"),
    ],
)
def test_another_content_is_one_clear_line(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(RuntimeEnvironmentError) as caught:
        read_record(path, advice="look again", id=str)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_record_of_before_has_no_seal(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"id": "x"}))
    assert read_record(path, advice="x", id=str) == {"id": "x"}


def test_a_file_is_held_against_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    known = sha256_of(path)
    assert check_file(path, known, advice="x") == path
    path.write_text("two")
    with pytest.raises(RuntimeEnvironmentError, match="was changed or damaged"):
        check_file(path, known, advice="x")
    assert check_file(path, None, advice="x") == path
    with pytest.raises(RuntimeEnvironmentError, match="is missing: look again"):
        check_file(tmp_path / "b", known, advice="look again")
