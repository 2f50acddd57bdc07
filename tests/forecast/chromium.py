"""Opening a page in a real browser that has no network, and asking it what it holds."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["open_page"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--log-level=0",
    "--timeout=20000",
    "--dump-dom",
)


def open_page(page: Path, folder: Path, *, width: int, question: str) -> tuple[str, list[str]]:
    """Open a page in a frame of a width and ask it a question in JavaScript.

    Args:
        page: The page.
        folder: An empty folder for the frame and the browser's profile.
        width: Width of the frame, pixels.
        question: Expression over ``page`` (the framed document) whose text is the answer.

    Returns:
        The answer, and what the browser complained about on its console.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("needs Chromium")
    frame = folder / "frame.html"
    frame.write_text(
        f'<iframe id="f" src="{page.as_uri()}" style="width:{width}px;height:800px;border:0">'
        '</iframe><pre id="answer"></pre><script>document.getElementById("f").onload = () => {'
        'const page = document.getElementById("f").contentDocument;'
        f'document.getElementById("answer").textContent = "<<" + ({question}) + ">>";}};</script>',
        encoding="utf-8",
    )
    command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", frame.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    answer = re.search(r"&lt;&lt;(.*?)&gt;&gt;", done.stdout, re.DOTALL)
    assert answer is not None, done.stderr[-2000:]
    return answer[1], [line for line in done.stderr.splitlines() if "CONSOLE" in line]
