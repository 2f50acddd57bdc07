"""Secrets from the environment, and keeping them out of everything that is written or shown."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from data.errors import ConfigError

__all__ = ["Secrets", "secret_of"]

_HIDDEN = "***"


class Secrets:
    """Texts that must never be shown; each in plain, URL-encoded and base64 form.

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
        """Hide one more text from now on."""
        if text:
            coded = base64.b64encode(text.encode()).decode()
            known = {text, quote(text, safe=""), quote_plus(text), coded, coded.rstrip("=")}
            self._forms |= known

    def hide(self, text: str) -> str:
        """Return a text with every secret in it struck out."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, _HIDDEN)
        return text


def secret_of(name: str, *, meaning: str) -> str:
    """Return a secret from the environment.

    Args:
        name: The variable.
        meaning: What it holds and where one gets it, for the error.

    Raises:
        ConfigError: It is not set, or holds what no header can carry; its text is never shown.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        raise ConfigError(f"the environment variable {name} is not set: {meaning}")
    if not text.isprintable():
        raise ConfigError(f"the environment variable {name} holds a character that cannot be sent")
    return text
