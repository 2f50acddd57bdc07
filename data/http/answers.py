"""An answer over HTTP and its content: JSON with every number as text, or an error in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from data.errors import SourceError
from data.tabular.archives import kind_of

__all__ = ["Answer", "cell_text", "json_object", "json_rows", "page_kind", "server_words"]

# Bytes of an error answer that are read; what is shown is cut once secrets are hidden.
_READ = 20_000


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
        ValueError: It is not a JSON object, or is truncated.
    """
    if page_kind(answer.body) == "HTML or XML page":
        raise SourceError(
            f"expected data from {answer.url}, got a web page: the service may be down, or the"
            " account may lack access; nothing was stored"
        )
    try:
        content = json.loads(answer.body, parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("JSON, but not an object")
    return content


def json_rows(content: dict[str, Any], key: str, answer: Answer) -> list[dict[str, Any]]:
    """Remove the list of events from an answer's JSON object and return it.

    Raises:
        SourceError: There is no such list.
    """
    rows = content.pop(key, None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError(
            f"expected a list of events under {key} from {answer.url}, got none: the API has"
            " changed; nothing was stored"
        )
    return rows


def page_kind(body: bytes) -> str | None:
    """Return the kind of file that the first bytes show, or None for plain text."""
    return kind_of(body[:4096])


def server_words(answer: Answer) -> str:
    """Return the text of an error answer; empty for a web page.

    Example:
        >>> server_words(Answer("x", 403, b'{"message": ["Access denied"]}'))
        'Access denied'
    """
    if page_kind(answer.body) == "HTML or XML page":
        return ""
    try:
        return "; ".join(dict.fromkeys(_texts(json.loads(answer.body))))
    except (ValueError, RecursionError):
        return answer.body[:_READ].decode("utf-8", "replace")


def cell_text(value: object) -> str:
    """Return a JSON value as a cell of a CSV; empty for null or a missing value."""
    return "" if value is None else str(value)


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [text for item in content for text in _texts(item)]
    if isinstance(content, dict):
        named = ("error", "error_description", "message", "messages", "title", "detail")
        return [text for name in named for text in _texts(content.get(name))]
    return []


def _refuse(word: str) -> str:
    raise ValueError(f"{word} is not a number")
