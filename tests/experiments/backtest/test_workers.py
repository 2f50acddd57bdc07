"""Processes beside this one: they end with what goes wrong here, and cores are shared."""

from __future__ import annotations

import os
import time

import pytest

from experiments.backtest.workers import cores, second_process, sharing_cores


def test_a_second_process_works_beside_this_one():
    with second_process() as submit:
        assert submit(os.getpid).result() != os.getpid()
        assert submit(sum, [1, 2]).result() == 3


def fail_beside_a_sleeper() -> None:
    with second_process() as submit:
        submit(os.getpid).result()
        submit(time.sleep, 60)
        raise KeyError


def test_an_error_here_ends_what_the_second_process_is_at():
    started = time.monotonic()
    with pytest.raises(KeyError):
        fail_beside_a_sleeper()
    assert time.monotonic() - started < 50


def test_cores_are_shared_by_those_who_work_at_the_same_time():
    whole = cores()
    with sharing_cores(2):
        assert cores() == max(whole // 2, 1)
    with sharing_cores(10_000):
        assert cores() == 1
    assert cores() == whole
