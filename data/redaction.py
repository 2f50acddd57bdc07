"""Secrets, and hiding them in everything that is printed or kept.

Works on values that are known (a password of the environment, of an address, a token that was
given), in every form in which a server may send them back; never on what a text looks like.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

__all__ = ["Secrets", "hide", "keep_secret", "secrets_of_address"]

_HIDDEN = "***"
_ADDRESS = re.compile(r"^\w[\w+.-]*://(?P<rest>.*)$", re.DOTALL)
# Keys of a query that hold a secret, and variables of the environment that do.
_SECRET_KEY = re.compile(r"pass|pwd|token|secret|key|credential", re.IGNORECASE)
_VARIABLES = (
    "ACLED_PASSWORD",
    "UCDP_TOKEN",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "PGPASSWORD",
)
_LOG_INS = (("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"),)


class Secrets:
    """Texts that must never be shown, in every form in which they may come back.

    Example:
        >>> Secrets(["k/1"]).hide("token=k%2F1 or k/1")
        'token=*** or ***'
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for text in texts:
            self.add(text)

    def __repr__(self) -> str:
        return f"Secrets({len(self._forms)} forms)"

    def add(self, text: str) -> None:
        """Add a text to hide: as it is, encoded for addresses, HTML and JSON, and in base64."""
        if text:
            self._forms |= set(_forms(text))

    def hide(self, text: str) -> str:
        """Return a text with every secret replaced by ``***``."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, _HIDDEN)
        return text


_KNOWN = Secrets()


def keep_secret(text: str) -> None:
    """Let ``hide`` know a secret from now on."""
    _KNOWN.add(text)


def hide(text: str) -> str:
    """Return a text without the secrets of the environment and those that were made known."""
    for name in _VARIABLES:
        keep_secret(os.environ.get(name, "").strip())
    for user, password in _LOG_INS:
        if os.environ.get(password):
            keep_secret(f"{os.environ.get(user, '')}:{os.environ[password]}")
    for secret in secrets_of_address(os.environ.get("MLFLOW_TRACKING_URI", "")):
        keep_secret(secret)
    return _KNOWN.hide(text)


def secrets_of_address(address: str) -> list[str]:
    """Return user and password of an address, the password, and secrets of its query.

    A password may hold ``/``, ``?`` and ``@``: what stands before the last ``@`` is the log-in.

    Example:
        >>> secrets_of_address("http://ann:p/q@r@mlflow.example:5000")
        ['ann:p/q@r', 'p/q@r']
    """
    match = _ADDRESS.match(address)
    if match is None:
        return []
    login, at, _ = match["rest"].rpartition("@")
    found = []
    if at and ":" in login:
        password = login.partition(":")[2]
        found += [login, unquote(login), password, unquote(password), unquote_plus(password)]
    elif at and "/" not in login:
        found += [login, unquote(login)]
    query = address.rpartition("?")[2] if "?" in address else ""
    for key, value in parse_qsl(query):
        if _SECRET_KEY.search(key):
            found += [value, *(part for part in query.split("&") if part.startswith(f"{key}="))]
    return list(dict.fromkeys(text for text in found if text))


def _forms(text: str) -> Iterable[str]:
    """Yield the forms in which a text may come back."""
    plain = {text, unquote(text)}
    for one in plain:
        for coded in (quote(one, safe=""), quote(one), quote_plus(one)):
            yield coded
            yield re.sub("%..", lambda found: found[0].lower(), coded)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(one.encode()).decode()
            yield from (whole, whole.rstrip("="))
        yield from (one, html.escape(one), html.escape(one, quote=False), repr(one)[1:-1])
        for ascii_only in (True, False):
            word = json.dumps(one, ensure_ascii=ascii_only)[1:-1]
            yield from (word, word.replace("/", "\\/"))
