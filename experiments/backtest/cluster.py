"""Folds and members on the workers of a Dask cluster, in place of this machine's processes.

A worker gets panel and features once. What it computes is what this machine would compute: every
region has its own random numbers and LightGBM runs on one thread, so that the bytes are the same.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from data.errors import ConfigError, RuntimeEnvironmentError
from experiments.backtest.code_version import code_version, library_versions

__all__ = ["Cluster", "cluster_here", "on_cluster"]

LOCAL = "local"
_WAIT_SECONDS = 30
# How often a round is begun again where workers died.
_TRIES = 3
# Rounds of tasks that may be under way at a time, so that results do not fill the memory.
_AHEAD = 2
_HERE: ContextVar[Cluster | None] = ContextVar("cluster", default=None)


class Cluster:
    """A Dask cluster, asked to call functions on data that its workers hold.

    Args:
        client: ``distributed.Client`` that is connected to it.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def cores(self) -> int:
        """Number of tasks that it can run at the same time."""
        return max(len(self._client.nthreads()), 1)

    def rounds(
        self,
        function: Callable[..., Any],
        data: tuple[Any, ...],
        calls: Sequence[Sequence[tuple[Any, ...]]],
    ) -> Iterator[list[Any]]:
        """Yield the results of rounds of calls in their order; a few rounds run ahead.

        Calls of a worker that dies are made again by another one.

        Args:
            function: Called with ``data``, then with the arguments of a call.
            data: What all calls need; every worker gets it once.
            calls: For each round the arguments of its calls.

        Raises:
            RuntimeEnvironmentError: The cluster is gone, or workers die again and again.
            EscalationError: What a call raised.
        """
        from distributed import CancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        done = failed = 0
        while done < len(calls):
            try:
                for results in self._rounds(function, data, calls[done:]):
                    yield results
                    done, failed = done + 1, 0
            except (CancelledError, KilledWorker, CommClosedError, TimeoutError) as error:
                # The workers that held the data may be gone: those that are left get it again.
                failed += 1
                if failed > _TRIES:
                    raise RuntimeEnvironmentError(
                        f"the Dask cluster gave no answer ({type(error).__name__}): see the logs of"
                        " its workers, and give the command again"
                    ) from error

    def _rounds(
        self,
        function: Callable[..., Any],
        data: tuple[Any, ...],
        calls: Sequence[Sequence[tuple[Any, ...]]],
    ) -> Iterator[list[Any]]:
        self._client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        held = self._client.scatter(data, broadcast=True, hash=False)
        width = max(len(one) for one in calls)
        most = max(_AHEAD, -(-_AHEAD * self.cores // max(width, 1)))
        left, waiting = deque(calls), deque[list[Any]]()
        while left or waiting:
            while left and len(waiting) < most:
                round_ = left.popleft()
                waiting.append(
                    [self._client.submit(function, *held, *c, pure=False) for c in round_]
                )
            yield self._client.gather(waiting.popleft())


def cluster_here() -> Cluster | None:
    """Return the cluster that work is to be done on; None for this machine's processes."""
    return _HERE.get()


@contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Let what is fitted and forecast inside be done on a Dask cluster.

    Args:
        address: Address of its scheduler, such as ``tcp://10.0.0.5:8786``; ``local`` for a cluster
            of this machine's cores; None for none.

    Raises:
        ConfigError: The address is none.
        RuntimeEnvironmentError: The extra ``cluster`` is not installed, no scheduler answers, or it
            has no worker, one of another version of escalation, or one of several threads.
    """
    if address is None:
        yield
        return
    with ExitStack() as stack:
        token = _HERE.set(Cluster(_connected(address, stack)))
        stack.callback(_HERE.reset, token)
        yield


def _connected(address: str, stack: ExitStack) -> Any:
    """Return a client that is connected to workers which compute as this machine does."""
    try:
        import distributed
    except ImportError as error:
        raise RuntimeEnvironmentError(
            f"--cluster needs the extra cluster ({error.name} is not installed):"
            " pip install 'escalation[cluster]'"
        ) from error
    dask: Any = distributed
    where: Any = address
    if address == LOCAL:
        cores = len(os.sched_getaffinity(0))
        where = stack.enter_context(
            dask.LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None)
        )
    try:
        client = stack.enter_context(
            dask.Client(where, timeout=_WAIT_SECONDS, set_as_default=False)
        )
        client.wait_for_workers(1, timeout=_WAIT_SECONDS)
    except ValueError as error:
        raise ConfigError(
            f'--cluster: expected tcp://HOST:PORT or {LOCAL}, got "{address}" ({error})'
        ) from error
    except (OSError, TimeoutError, MemoryError) as error:
        # What another server answers may be taken for a message of any length.
        raise RuntimeEnvironmentError(
            f"no Dask scheduler with a worker answers at {address}: start them with"
            " `dask scheduler` and `dask worker`"
        ) from error
    _check_workers(client)
    return client


def _check_workers(client: Any) -> None:
    own = _versions()
    for worker, theirs in client.run(_versions).items():
        for name, version in own.items():
            if theirs[name] != version:
                raise RuntimeEnvironmentError(
                    f"the worker {worker} has {name} {theirs[name]}, and here it is {version}: the"
                    " forecasts would not be the same"
                )
    for worker, threads in client.nthreads().items():
        if threads > 1:
            raise RuntimeEnvironmentError(
                f"the worker {worker} has {threads} threads: start it with --nthreads 1, and as"
                " many workers as there are cores with --nworkers"
            )


def _versions() -> dict[str, str]:
    return {"escalation": code_version(), **library_versions()}
