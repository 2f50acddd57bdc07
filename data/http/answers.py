"""One answer over HTTP and what it says: JSON with every number as text, or words of refusal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from data.errors import SourceError
from data.tabular.archives import kind_of

__all__ = ["Answer", "json_object", "page_kind", "server_words"]


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


def json_object(answer: Answer) -> dict[str, Any]:
    """Return an answer's JSON object.

    Args:
        answer: Of status 200.

    Raises:
        SourceError: It is a web page in place of data.
        ValueError: It is no JSON object: cut off, say.
    """
    if page_kind(answer.body) == "HTML or XML page":
        raise SourceError(
            f"{answer.url} answered with a web page where data was expected: the service may be"
            " down, or the account may lack access; nothing was taken from it"
        )
    try:
        found = json.loads(answer.body, parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("JSON, but no object")
    return found


def page_kind(body: bytes) -> str | None:
    """Return what the first bytes give away."""
    return kind_of(body[:4096])


def server_words(answer: Answer) -> str:
    """Return what an answer that is no success says, in plain text; empty for a web page.

    Example:
        >>> server_words(Answer("x", 403, b'{"message": ["Access denied"]}'))
        'Access denied'
    """
    if page_kind(answer.body) == "HTML or XML page":
        return ""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.body[:300].decode("utf-8", "replace")
    return "; ".join(dict.fromkeys(_texts(found)))


def _texts(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    if isinstance(found, list):
        return [text for item in found for text in _texts(item)]
    if isinstance(found, dict):
        named = ("error", "error_description", "message", "messages", "title", "detail")
        return [text for name in named for text in _texts(found.get(name))]
    return []


def _refuse(word: str) -> str:
    raise ValueError(f"{word} is no number")
