"""Worker processes that end with the one that started them and keep no memory they have freed."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["cores", "give_memory_back", "own_workers"]

_SECONDS_BETWEEN_LOOKS = 1.0


@contextmanager
def own_workers() -> Iterator[None]:
    """Let processes that are started inside end by themselves within seconds of this one's end.

    A killed process cannot tell its workers; each of them looks after its parent instead.
    """
    from joblib import parallel_config

    with parallel_config(backend="loky", initializer=_end_with, initargs=(os.getpid(),)):
        yield


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def give_memory_back() -> None:
    """Return memory that was freed to the machine, where the C library can.

    A process that fits one model after another otherwise keeps a fifth more than it needs.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _end_with(parent: int) -> None:
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
