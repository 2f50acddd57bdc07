"""A real browser without a network, driven through its debugging pipe: pages that can be used.

Clicks, keys and questions reach the page as a reader's would; what it asks for, complains about
or pops up is written down. Only the standard library is needed.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Browser", "Tab", "browser"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
_PATIENCE = 60.0
# Chromium reads commands on descriptor 3 and answers on 4.
_ON_PIPES = (
    "import fcntl, os, sys; r, w = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]);"
    " os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """A running browser; its pages are tabs."""

    def __init__(self, process: subprocess.Popen[bytes], write: int, read: int) -> None:
        self.process = process
        self._write, self._read = write, read
        self._rest = b""
        self._last = 0
        self.tabs: dict[str, Tab] = {}

    def open(
        self,
        page: Path,
        *,
        width: int = 1280,
        height: int = 900,
        scripts: bool = True,
        scheme: str = "light",
        media: str = "",
    ) -> Tab:
        """Open a page and wait until it is loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self.tabs[session] = Tab(self, session)
        for name in ("Page", "Runtime", "Network", "Log"):
            tab.ask(f"{name}.enable")
        tab.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        tab.size(width, height)
        colours = [{"name": "prefers-color-scheme", "value": scheme}]
        tab.ask("Emulation.setEmulatedMedia", media=media, features=colours)
        tab.ask("Page.navigate", url=page.as_uri())
        self.wait(lambda: "Page.loadEventFired" in tab.seen)
        return tab

    def ask(self, method: str, *, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Give a command and return its answer."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answers: list[dict[str, Any]] = []
        self.wait(lambda: bool(answers), number=number, answers=answers)
        if "error" in answers[0]:
            raise AssertionError(f"{method}: {answers[0]['error']}")
        return dict(answers[0]["result"])

    def wait(self, ready: Any, *, number: int = 0, answers: list[Any] | None = None) -> None:
        """Take in what the browser says until something is so."""
        until = time.monotonic() + _PATIENCE
        while not ready():
            for message in self._messages(until):
                if message.get("id") == number and answers is not None:
                    answers.append(message)
                elif message.get("sessionId") in self.tabs:
                    self.tabs[message["sessionId"]].hear(message)

    def _messages(self, until: float) -> Iterator[dict[str, Any]]:
        ready, _, _ = select.select([self._read], [], [], max(until - time.monotonic(), 0))
        if not ready:
            raise AssertionError("the browser does not answer")
        chunk = os.read(self._read, 1 << 20)
        if not chunk:
            raise AssertionError("the browser is gone")
        *whole, self._rest = (self._rest + chunk).split(b"\0")
        yield from (json.loads(message) for message in whole)


class Tab:
    """One page: what it is asked to do, and what it was heard to do.

    Attributes:
        seen: Names of events.
        requests: Addresses that the page asked for.
        complaints: Errors, warnings and refusals that it wrote on its console.
        dialogs: What it popped up.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.seen: set[str] = set()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []

    def hear(self, message: dict[str, Any]) -> None:
        """Write down what the browser tells of the page."""
        method, params = message["method"], message["params"]
        self.seen.add(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command that concerns this page."""
        return self._browser.ask(method, session=self._session, **params)

    def reload(self) -> None:
        """Load the page anew and forget what was heard of it."""
        self.seen.clear()
        self.ask("Page.reload")
        self._browser.wait(lambda: "Page.loadEventFired" in self.seen)
        for heard in (self.requests, self.complaints, self.dialogs):
            heard.clear()

    def size(self, width: int, height: int) -> None:
        """Set the size of the window, pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives in the page."""
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in said:
            raise AssertionError(f"{expression}: {said['exceptionDetails']}")
        return said["result"].get("value")

    def click(self, selector: str) -> None:
        """Press the mouse on the middle of an element that can be seen there."""
        found = json.dumps(selector)
        x, y = self.value(
            f"(() => {{ const node = document.querySelector({found});"
            " node.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const box = node.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, code: int) -> None:
        """Press a key, by its name and its Windows code."""
        text = {"Enter": "\r"}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    def type(self, text: str) -> None:
        """Type text where the focus is."""
        self.ask("Input.insertText", text=text)

    def picture(self, path: Path, *, height: int | None = None) -> None:
        """Keep what is seen as PNG; the whole page, or its first pixels."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {
            "x": 0,
            "y": 0,
            "width": size["width"],
            "height": min(size["height"], height or size["height"]),
            "scale": 1,
        }
        said = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(said["data"]))

    def pdf(self) -> bytes:
        """Return the page as it prints."""
        said = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(said["data"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser, and end it with all that it started.

    Args:
        profile: Folder for its profile.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium")
    read_end, write = os.pipe()
    read, write_end = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _ON_PIPES, str(read_end), str(write_end)),
            *(program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"),
        ],
        pass_fds=(read_end, write_end),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(read_end)
    os.close(write_end)
    try:
        yield Browser(process, write, read)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(read)
        os.close(write)
