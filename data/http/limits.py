"""Bounds of what is asked over HTTP, and the addresses, from options and the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from data.errors import ConfigError

__all__ = ["HttpLimits", "base_url", "limits_from_environment"]

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class HttpLimits:
    """How long and how much is asked for.

    Attributes:
        tries: Requests for one answer, the first included.
        wait: Seconds before the second try; each later wait is twice as long.
        throttle_factor: How many times longer to wait where a source throttles by status 400.
        connect: Seconds for a connection to stand.
        silence: Seconds that a server may be silent in the middle of an answer.
        seconds: Seconds for a whole fetch, waits included.
        answer_bytes: Bytes of one answer after unpacking.
        total_bytes: Bytes of all answers after unpacking.
    """

    tries: int = 6
    wait: float = 1.0
    throttle_factor: float = 30.0
    connect: float = 10.0
    silence: float = 60.0
    seconds: float = 7200.0
    answer_bytes: int = 64 << 20
    total_bytes: int = 4 << 30


def limits_from_environment(*, seconds: float, total_bytes: int) -> HttpLimits:
    """Return the limits; ``ESCALATION_HTTP_WAIT`` and ``_SILENCE`` set other waits, in seconds.

    Raises:
        ConfigError: A variable is no positive number.
    """
    usual = HttpLimits(seconds=seconds, total_bytes=total_bytes)
    wait = _seconds("ESCALATION_HTTP_WAIT", usual.wait)
    return replace(usual, wait=wait, silence=_seconds("ESCALATION_HTTP_SILENCE", usual.silence))


def base_url(name: str, default: str) -> str:
    """Return a source's address, which an environment variable may set, without a last slash.

    Raises:
        ConfigError: It is no https address (http is for this very machine alone).
    """
    url = (os.environ.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    if not (safe and host) or parts.username or parts.query or parts.fragment:
        raise ConfigError(f"{name}: expected an address such as {default}, without a name in it")
    return url


def _seconds(name: str, usual: float) -> float:
    stated = os.environ.get(name)
    if not stated:
        return usual
    try:
        number = float(stated)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise ConfigError(f"{name}: expected a number of seconds above 0")
    return number
