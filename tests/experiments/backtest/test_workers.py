"""Processes beside this one: they end with what goes wrong here, and cores are shared."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from experiments.backtest.workers import cores, second_process, sharing_cores


def test_a_second_process_works_beside_this_one():
    with second_process() as submit:
        assert submit(os.getpid).result() != os.getpid()
        assert submit(sum, [1, 2]).result() == 3


def write_later(path: Path) -> None:
    time.sleep(15)
    path.touch()


def fail_beside_a_sleeper(path: Path) -> None:
    with second_process() as submit:
        submit(os.getpid).result()
        submit(write_later, path)
        raise KeyError


def test_an_error_here_ends_what_the_second_process_is_at(tmp_path):
    with pytest.raises(KeyError):
        fail_beside_a_sleeper(tmp_path / "written")
    assert not (tmp_path / "written").exists()


def test_cores_are_shared_by_those_who_work_at_the_same_time():
    whole = cores()
    with sharing_cores(2):
        assert cores() == max(whole // 2, 1)
    with sharing_cores(10_000):
        assert cores() == 1
    assert cores() == whole
