import errno
import hashlib
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RuntimeEnvironmentError
from data.files import (
    locked,
    read_json,
    sha256_of,
    sweep,
    write_bytes,
    write_folder,
    write_json,
    write_text,
    write_with,
)
from tests.shared import ROOT

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=10,
)


@given(value=json_values)
def test_json_comes_back_as_it_was(value, tmp_path_factory):
    path = tmp_path_factory.mktemp("json") / "x.json"
    write_json(path, value)
    assert read_json(path) == value


def test_the_order_of_keys_does_not_change_the_bytes(tmp_path):
    write_json(tmp_path / "a", {"x": 1, "y": 2})
    write_json(tmp_path / "b", {"y": 2, "x": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_text_is_utf8_with_plain_newlines(tmp_path):
    write_text(tmp_path / "deep" / "x.txt", "Ménaka\n")
    assert (tmp_path / "deep" / "x.txt").read_bytes() == "Ménaka\n".encode()


def test_the_fingerprint_is_sha256(tmp_path):
    content = os.urandom((1 << 20) + 7)
    write_bytes(tmp_path / "x", content)
    assert sha256_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "old")

    def half(temporary):
        temporary.write_text("ha")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(
        RuntimeEnvironmentError, match=r"x\.txt could not be written: No space left on device"
    ):
        write_with(path, half)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.txt"]


def test_a_bug_while_writing_leaves_nothing_either(tmp_path):
    def broken(temporary):
        temporary.write_text("ha")
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        write_with(tmp_path / "x", broken)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [None, b"{", b"\xff"])
def test_json_that_is_absent_or_damaged_is_named(tmp_path, content):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeEnvironmentError, match=r"x\.json could not be read"):
        read_json(path)


def test_a_lock_keeps_a_second_process_out_and_names_the_first(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from data.errors import RuntimeEnvironmentError\n"
        "from data.files import locked\n"
        "try:\n"
        f"    locked(pathlib.Path({str(tmp_path / 'lock')!r})).__enter__()\n"
        "except RuntimeEnvironmentError as error:\n"
        "    sys.exit(str(error))\n"
    )
    with locked(tmp_path / "lock"):
        other = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert other.returncode == 1
    assert f"is locked by process {os.getpid()}: wait for it to end" in other.stderr


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import pathlib, time\n"
        "from data.files import locked\n"
        f"with locked(pathlib.Path({str(tmp_path / 'lock')!r})):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def _put(folder, text):
    write_folder(folder, lambda fresh: write_text(fresh / "a.txt", text))


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_is_replaced_whole(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr("data.files._exchanged", lambda *_: False)
    _put(tmp_path / "x", "old")
    write_text(tmp_path / "x" / "b.txt", "kept")
    write_text(tmp_path / "x" / "c.txt", "gone")
    keep = {"b.txt"}.__contains__
    write_folder(tmp_path / "x", lambda fresh: write_text(fresh / "a.txt", "new"), keep=keep)
    assert {p.name: p.read_text() for p in (tmp_path / "x").iterdir()} == {
        "a.txt": "new",
        "b.txt": "kept",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_cannot_be_written_stays_as_it_was(tmp_path):
    _put(tmp_path / "x", "old")

    def full(fresh):
        write_text(fresh / "a.txt", "new")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(RuntimeEnvironmentError, match="x could not be written: No space left"):
        write_folder(tmp_path / "x", full)
    assert (tmp_path / "x" / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_killed_writers_left_is_swept_and_a_folder_set_aside_comes_back(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    _put(tmp_path / "deep" / f".x.{ended.pid}.tmp", "half")
    _put(tmp_path / "deep" / f".y.{ended.pid}.old.tmp", "whole")
    _put(tmp_path / "deep" / f".z.{ended.pid}.old.tmp", "old")
    _put(tmp_path / "deep" / "z", "new")
    _put(tmp_path / "deep" / f".mine.{os.getpid()}.tmp", "at work")
    sweep(tmp_path)
    left = {path.name: (path / "a.txt").read_text() for path in (tmp_path / "deep").iterdir()}
    assert left == {"y": "whole", "z": "new", f".mine.{os.getpid()}.tmp": "at work"}
