"""One client for sources that answer over HTTP: with retries, limits and hidden secrets.

Owns waiting, retrying, limits on time and bytes, and where a token may go: to the host that it
is for and nowhere else. What an answer means belongs to the source that asked.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ProtocolError
from urllib3.util.retry import Retry

from data.errors import ConfigError, RuntimeEnvironmentError, SourceError
from data.files import write_with
from data.http.answers import Answer, server_words
from data.http.settings import HttpLimits
from data.redaction import Secrets, hide

__all__ = ["HttpClient"]

Parsed = TypeVar("Parsed")

_AGAIN = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 5
_BROKEN = "a broken answer"
_BLOCK = 1 << 16
_PORTS = (80, 443)


@dataclass(frozen=True)
class _Request:
    """A request: an address with its query, or a form to send."""

    method: str
    url: str
    params: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = field(default=None, repr=False)


class HttpClient:
    """A session with one host.

    Args:
        base: Address below which everything is requested.
        limits: Tries, waits, time and bytes.
        secrets: What must not be shown; the client hides it in every message.
        elsewhere: Whether a redirect to another host may be followed. Never with a token.
    """

    def __init__(
        self, base: str, *, limits: HttpLimits, secrets: Secrets, elsewhere: bool = False
    ) -> None:
        self.base = base
        self.limits = limits
        self.secrets = secrets
        self._elsewhere = elsewhere
        self._headers = _Headers()
        self._session = requests.Session()
        # An own auth object keeps requests from sending what a .netrc file says.
        self._session.auth = self._headers
        self._session.headers["User-Agent"] = "escalation"
        self._ends = time.monotonic() + limits.seconds
        self._taken = 0

    def send_always(self, name: str, value: str) -> None:
        """Send a secret header with every request to the base's host.

        Raises:
            ConfigError: A header cannot hold it.
        """
        if self._elsewhere:
            raise ValueError("a client that may be sent elsewhere must hold no secret")
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise ConfigError(
                "the token has a character that an HTTP header cannot hold: copy it again"
            ) from None
        self.secrets.add(value)
        self._headers.values[name] = value

    def get(
        self,
        url: str,
        parse: Callable[[Answer], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        throttled: Collection[int] = (),
    ) -> Parsed:
        """Request until a whole answer parses, or the limits are reached.

        Args:
            url: Absolute, or relative to the base.
            parse: Reads an answer; ``ValueError`` counts as a broken answer.
            params: Query.
            throttled: Further statuses by which the source limits the rate of requests.

        Raises:
            RuntimeEnvironmentError: No good answer came within the limits.
            SourceError: The answers that came were broken, or too large.
        """
        request = _Request("GET", self.absolute(url), params)
        return self._ask(request, self._whole, parse, throttled)

    def peek(self, url: str) -> Answer:
        """Return an answer with only the first bytes of its body."""
        return self._ask(_Request("GET", self.absolute(url)), self._first, _unchanged, ())

    def download(self, url: str, path: Path) -> Answer:
        """Write an answer of status 200 to a file; the body returned is its first bytes.

        Raises:
            RuntimeEnvironmentError: No whole answer came within the limits, or the disk is full.
        """
        request = _Request("GET", self.absolute(url))
        return self._ask(request, partial(self._to_file, path), _unchanged, ())

    def post(
        self, url: str, parse: Callable[[Answer], Parsed], *, form: Mapping[str, str]
    ) -> Parsed:
        """Send a form and parse the answer as ``get`` does; a redirect is never followed."""
        return self._ask(_Request("POST", self.absolute(url), form=form), self._whole, parse, ())

    def absolute(self, url: str) -> str:
        """Return an address on the base's host.

        Raises:
            SourceError: It leads to another host.
        """
        target = _address_on(self.base, url, elsewhere=self._elsewhere)
        if target is None:
            netloc = urlsplit(url).netloc
            raise SourceError(
                f"{urlsplit(self.base).netloc} points to another host, {self.shown(netloc)}, which"
                " must not get its requests: nothing was read"
            )
        return target

    def shown(self, text: str, length: int = 200) -> str:
        """Return text from a server, short and without secrets."""
        return " ".join(hide(self.secrets.hide(text)).split())[:length]

    def reason(self, answer: Answer) -> str:
        """Return the reason that an error answer gives, short and without secrets."""
        return self.shown(server_words(answer)) or "no reason given"

    def _ask(
        self,
        request: _Request,
        take: Callable[[requests.Response], Answer],
        parse: Callable[[Answer], Parsed],
        throttled: Collection[int],
    ) -> Parsed:
        again = _AGAIN | set(throttled)
        retries = Retry(total=self.limits.tries - 1, status_forcelist=again, allowed_methods=None)
        while True:
            raw = None
            try:
                with self._opened(request) as response:
                    answer = take(response)
                if answer.status not in again:
                    return parse(answer)
                raw, problem = response.raw, f"status {answer.status}"
            except (requests.RequestException, HTTPError, OSError) as error:
                problem = _reason(error)
            except ValueError as error:
                problem = f"{_BROKEN} ({self.shown(str(error))})"
            retries = self._next_retry(retries, request, raw, problem)
            self._wait(retries, raw, request.url, problem)

    def _next_retry(
        self, retries: Retry, request: _Request, raw: BaseHTTPResponse | None, problem: str
    ) -> Retry:
        broken = None if raw is not None else ProtocolError(problem)
        try:
            return retries.increment(request.method, request.url, response=raw, error=broken)
        except MaxRetryError:
            self._give_up(
                request.url, f"{self.limits.tries} tries failed, the last with {problem}", problem
            )

    def _wait(self, retries: Retry, raw: BaseHTTPResponse | None, url: str, problem: str) -> None:
        """Wait as long as the server asks, else twice as long as the last time."""
        seconds = self.limits.wait * 2 ** (len(retries.history) - 1)
        if raw is not None:
            seconds *= 1 if raw.status in _AGAIN else self.limits.throttle_factor
            with contextlib.suppress(InvalidHeader):
                seconds = retries.get_retry_after(raw) or seconds
        if time.monotonic() + seconds > self._ends:
            self._give_up(url, f"{problem}, and the time limit allows no further try", problem)
        time.sleep(seconds)

    def _give_up(self, url: str, what: str, problem: str) -> NoReturn:
        kind = SourceError if problem.startswith(_BROKEN) else RuntimeEnvironmentError
        raise kind(
            f"{self._where(url)}: {what}: run the command again later, whole pages are stored"
        )

    def _opened(self, request: _Request) -> requests.Response:
        """Send a request and follow redirects that may be followed."""
        url, params = request.url, request.params
        for _ in range(_HOPS):
            response = self._session.request(
                request.method,
                url,
                params=params,
                data=request.form,
                timeout=(self.limits.connect, self.limits.silence),
                allow_redirects=False,
                stream=True,
            )
            if response.status_code not in _REDIRECTS:
                return response
            target = urljoin(response.url, response.headers.get("Location", ""))
            response.close()
            if request.method != "GET":
                raise SourceError(f"{self._where(url)} redirects a log-in: that is never followed")
            url, params = self.absolute(target), None
        raise SourceError(f"{self._where(url)} redirects more than {_HOPS} times: nothing was read")

    def _whole(self, response: requests.Response) -> Answer:
        return self._answer(response, b"".join(self._read(response, self.limits.answer_bytes)))

    def _first(self, response: requests.Response) -> Answer:
        return self._answer(response, next(self._read(response, self.limits.total_bytes), b""))

    def _to_file(self, path: Path, response: requests.Response) -> Answer:
        head = b""

        def write(temporary: Path) -> None:
            nonlocal head
            with temporary.open("wb") as stream:
                for block in self._read(response, self.limits.total_bytes):
                    head = head or block
                    stream.write(block)

        if response.status_code == 200:
            write_with(path, write)
        return self._answer(response, head)

    def _answer(self, response: requests.Response, body: bytes) -> Answer:
        return Answer(self._where(response.url), response.status_code, body)

    def _read(self, response: requests.Response, limit: int) -> Iterator[bytes]:
        taken = 0
        while block := response.raw.read1(_BLOCK, decode_content=True):
            taken += len(block)
            self._taken += len(block)
            if taken > limit or self._taken > self.limits.total_bytes:
                response.close()
                raise SourceError(
                    f"expected at most {min(limit, self.limits.total_bytes):,} bytes from"
                    f" {self._where(response.url)}, got more: refused as too large"
                )
            if time.monotonic() > self._ends:
                response.close()
                raise RuntimeEnvironmentError(
                    f"{self._where(response.url)}: the limit of {self.limits.seconds:g} seconds is"
                    " used up: run the command again, whole pages are stored"
                )
            yield block

    def _where(self, url: str) -> str:
        return self.shown(urlsplit(url)._replace(query="", fragment="").geturl())


class _Headers(AuthBase):
    """Adds secret headers to each request, in place of a log-in from a .netrc file."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.values)
        return request


def _reason(error: Exception) -> str:
    """Return what went wrong with the connection, without the address."""
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "no answer within the time allowed"
    if isinstance(error, requests.ConnectionError) and "Max retries" in str(error):
        return "no connection"
    return "a connection that broke before the answer was complete"


def _unchanged(answer: Answer) -> Answer:
    return answer


def _host(parts: SplitResult) -> tuple[str, int]:
    usual = parts.port is None or parts.port in _PORTS
    return (parts.hostname or "").lower(), 443 if usual else int(parts.port or 0)


def _address_on(base: str, url: str, *, elsewhere: bool) -> str | None:
    """Return an absolute address that may be requested; None where it may not.

    Args:
        base: Address of the host.
        url: Absolute, or relative to the base. A plain http address of the same host is requested
            with the scheme of the base.
        elsewhere: Whether another host may be requested, though never by http where the base is
            https.

    Example:
        >>> _address_on("https://a.org/api", "http://a.org/x", elsewhere=False)
        'https://a.org/x'
    """
    whole = urlsplit(url if "://" in url else f"{base}/{url.lstrip('/')}")
    ours = urlsplit(base)
    if _host(ours) == _host(whole):
        return whole._replace(scheme=ours.scheme, netloc=ours.netloc).geturl()
    if not elsewhere or (ours.scheme, whole.scheme) == ("https", "http"):
        return None
    return whole.geturl()
