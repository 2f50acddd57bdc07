"""Worker processes that do not outlive the process that started them, however it ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["own_workers"]

_SECONDS_BETWEEN_LOOKS = 1.0


@contextmanager
def own_workers() -> Iterator[None]:
    """Let processes that are started inside end by themselves within seconds of this one's end.

    A killed process cannot tell its workers; each of them looks after its parent instead.
    """
    from joblib import parallel_config

    with parallel_config(backend="loky", initializer=_end_with, initargs=(os.getpid(),)):
        yield


def _end_with(parent: int) -> None:
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
