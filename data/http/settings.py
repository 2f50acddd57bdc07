"""Limits, addresses and secrets of requests over HTTP, from options and the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from data.errors import ConfigError

__all__ = ["HttpLimits", "base_url", "limits_from_environment", "secret_of"]

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class HttpLimits:
    """How long a fetch may take and how much it may bring.

    Attributes:
        tries: Requests for one answer, the first included.
        wait: Seconds before the second try; each later wait is twice as long.
        throttle_factor: How many times longer to wait where a source limits requests by status 400.
        connect: Seconds for a connection to open.
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
        ConfigError: A variable is not a positive number.
    """
    usual = HttpLimits(seconds=seconds, total_bytes=total_bytes)
    wait = _seconds("ESCALATION_HTTP_WAIT", usual.wait)
    return replace(usual, wait=wait, silence=_seconds("ESCALATION_HTTP_SILENCE", usual.silence))


def base_url(name: str, default: str) -> str:
    """Return a source's address, which an environment variable may set, without a last slash.

    Raises:
        ConfigError: It is not an https address (http is for this machine only).
    """
    url = (os.environ.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    if not (safe and host) or parts.username or parts.query or parts.fragment:
        raise ConfigError(
            f"{name}: expected an https address such as {default}, without a user name or a query"
        )
    return url


def secret_of(name: str, *, meaning: str) -> str:
    """Return a secret from the environment.

    Args:
        name: The variable.
        meaning: What it holds and where to get it, for the error.

    Raises:
        ConfigError: It is not set, or has a character that no header can hold; it is never shown.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        raise ConfigError(f"the environment variable {name} is not set: {meaning}")
    if not text.isprintable():
        raise ConfigError(
            f"the environment variable {name} has a character that cannot be sent: copy it again"
        )
    return text


def _seconds(name: str, usual: float) -> float:
    stated = os.environ.get(name)
    if not stated:
        return usual
    try:
        number = float(stated)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise ConfigError(f"{name}: expected a number of seconds above 0, got {stated!r}")
    return number
