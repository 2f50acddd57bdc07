"""Pages that wait on disk: whole, in order, of one request, and not for long."""

from __future__ import annotations

import os
import time
from pathlib import Path

from data.http.pages import Page, PageFolder, remove_leftovers

TWO = [
    Page([{"id": "1", "best": None}], {"TotalCount": "2"}, "a", "next"),
    Page([{"é": "2"}], {}, "b"),
]


def test_what_is_kept_comes_back_in_order(tmp_path: Path) -> None:
    folder = PageFolder.of(tmp_path, "x", ["u", "1"])
    assert folder.count() == 0
    for number, page in enumerate(TWO):
        folder.store(number, page)
    assert list(folder.pages()) == TWO
    folder.store(3, TWO[0])
    assert folder.count() == 2
    folder.clear()
    assert folder.count() == 0


def test_another_request_has_another_folder(tmp_path: Path) -> None:
    names = {PageFolder.of(tmp_path, "x", request).folder for request in (["a"], ["b"], {"a": 1})}
    assert len(names) == 3


def test_pages_of_yesterday_are_not_used(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path / "x")
    folder.store(0, TWO[0])
    old = time.time() - 90_000
    os.utime(folder.folder / "page-000000.json.gz", (old, old))
    assert folder.count() == 0
    assert not folder.folder.exists()


def test_leftovers_are_removed_and_fresh_pages_kept(tmp_path: Path) -> None:
    for name in ("old", "new"):
        PageFolder(tmp_path / name).store(0, TWO[0])
    old = time.time() - 90_000
    os.utime(tmp_path / "old", (old, old))
    for name in ("acled-1.csv", ".lock"):
        (tmp_path / name).write_text("x")
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "new"]
