"""What is asked over HTTP and what comes back, and which addresses belong to one host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

__all__ = ["Answer", "Request", "address_on"]

_PORTS = (80, 443)


@dataclass(frozen=True)
class Answer:
    """One whole answer.

    Attributes:
        url: Where it came from, without secrets.
        status: HTTP status.
        body: Unpacked bytes.
    """

    url: str
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Request:
    """What is asked for: an address with its query, or a form to send."""

    method: str
    url: str
    params: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = field(default=None, repr=False)


def address_on(base: str, url: str, *, elsewhere: bool) -> str | None:
    """Return an absolute address that may be asked for; None where it may not.

    Args:
        base: Address of the host that is asked.
        url: Absolute, or relative to the base. A plain http address of the same host is asked for
            as the base is.
        elsewhere: Whether another host may be asked, though never by http where the base is https.

    Example:
        >>> address_on("https://a.org/api", "http://a.org/x", elsewhere=False)
        'https://a.org/x'
    """
    whole = urlsplit(url if "://" in url else f"{base}/{url.lstrip('/')}")
    ours = urlsplit(base)
    if _host(ours) == _host(whole):
        return whole._replace(scheme=ours.scheme, netloc=ours.netloc).geturl()
    if not elsewhere or (ours.scheme, whole.scheme) == ("https", "http"):
        return None
    return whole.geturl()


def _host(parts: SplitResult) -> tuple[str, int]:
    usual = parts.port is None or parts.port in _PORTS
    return (parts.hostname or "").lower(), 443 if usual else int(parts.port or 0)
