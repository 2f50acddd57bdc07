"""Answers that go wrong, as a server or a network between gives them."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from collections.abc import Callable, Iterator

from werkzeug import Request, Response

Fault = Callable[[Request], Response | None]


class _AsStated(Response):
    """Sends the length that it is given, right or wrong."""

    automatically_set_content_length = False


def passed(request: Request) -> None:
    """Let the contract answer."""


def status(code: int, text: str = "", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: Response(text, status=code, headers=named)


def web_page(request: Request) -> Response:
    return Response("<!DOCTYPE html><html><body>Unauthorized</body></html>", mimetype="text/html")


def silent(seconds: float) -> Fault:
    def answer(request: Request) -> None:
        time.sleep(seconds)

    return answer


def changed(normal: Callable[[Request], Response], change: Callable[[bytes], bytes]) -> Fault:
    """Change the body that the contract would have given."""

    def answer(request: Request) -> Response:
        return Response(change(normal(request).get_data()), mimetype="application/json")

    return answer


def cut_off(normal: Callable[[Request], Response], *, length: str) -> Fault:
    """Cut the body in half: with a right length, one that is too long, or one too short."""

    def answer(request: Request) -> Response:
        body = normal(request).get_data()
        half = body[: len(body) // 2]
        if length == "right":
            return Response(half)
        if length == "too long":
            return _AsStated(half, headers={"Content-Length": str(len(body))})
        return _AsStated(body, headers={"Content-Length": str(len(half))})

    return answer


def reset(request: Request) -> Response:
    """Tear the connection down in the middle of the body."""
    wire: socket.socket = request.environ["werkzeug.socket"]
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b'{"TotalCount": 1,')
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()
    return Response("")


def bomb(megabytes: int) -> Fault:
    """Send a small body that unpacks to a large one."""
    packed = gzip.compress(b" " * (megabytes << 20), compresslevel=1)
    return lambda request: Response(packed, headers={"Content-Encoding": "gzip"})


def moved(url: str) -> Fault:
    return lambda request: Response("", status=302, headers={"Location": url})


def drip(request: Request) -> Response:
    """Send a byte now and then, without end."""

    def bytes_forever() -> Iterator[bytes]:
        for _ in range(200):
            yield b" "
            time.sleep(0.02)

    return Response(bytes_forever())
