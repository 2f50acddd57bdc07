"""Worker processes that end with the one that started them and keep no memory they have freed."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing import get_context
from typing import Any

__all__ = ["cores", "give_memory_back", "own_workers", "second_process", "sharing_cores"]

_SECONDS_BETWEEN_LOOKS = 1.0
# Python puts no current folder on the path of processes where this is set.
_SAFE_PATH = "PYTHONSAFEPATH"
_SHARES: ContextVar[int] = ContextVar("shares", default=1)


@contextmanager
def own_workers() -> Iterator[None]:
    """Let processes that are started inside end by themselves within seconds of this one's end.

    A killed process cannot tell its workers; each of them looks after its parent instead.
    """
    from joblib import parallel_config

    with (
        _away_from_current_folder(),
        parallel_config(backend="loky", initializer=_end_with, initargs=(os.getpid(),)),
    ):
        yield


@contextmanager
def second_process() -> Iterator[Callable[..., Future[Any]]]:
    """Yield what hands a function and its arguments to one process beside this one.

    An error inside ends that process at once, whatever it is doing.
    """
    with (
        _away_from_current_folder(),
        ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
        ) as pool,
    ):
        number = pool.submit(os.getpid)
        try:
            yield pool.submit
        except BaseException:
            with suppress(ProcessLookupError):
                os.kill(number.result(), signal.SIGTERM)
            raise


@contextmanager
def sharing_cores(processes: int) -> Iterator[None]:
    """Let this process use no more than its share of the cores inside.

    Args:
        processes: Processes that work at the same time, this one included.
    """
    token = _SHARES.set(processes)
    try:
        yield
    finally:
        _SHARES.reset(token)


def cores() -> int:
    """Return how many cores this process may use."""
    return max(len(os.sched_getaffinity(0)) // _SHARES.get(), 1)


def give_memory_back() -> None:
    """Return memory that was freed to the machine, where the C library can.

    A process that fits one model after another otherwise keeps a fifth more than it needs.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def _away_from_current_folder() -> Iterator[None]:
    """Let Python processes that are started inside take no module from the current folder."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def _end_with(parent: int) -> None:
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
