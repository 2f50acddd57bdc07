"""What the first bytes of a text file say: its encoding, or that it is no text at all.

Nothing is guessed: an encoding other than UTF-8 must be named. Records and cells belong to
``delimited``, archives to ``archives``.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NoReturn

from data.errors import ConfigError, SourceError
from data.tabular.archives import kind_of, open_plain

__all__ = ["check_head", "codec_of", "refuse_encoding"]

_WIDE = ("utf-16", "utf-32")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r")) + b"\x7f"
_MOST_CONTROLS = 0.05
_LOOKED_AT = 64


def codec_of(encoding: str) -> str:
    """Return the codec of a named encoding; UTF-8 skips a byte order mark.

    Raises:
        ConfigError: There is no such text encoding.

    Example:
        >>> codec_of("UTF8"), codec_of("Latin-1")
        ('utf-8-sig', 'iso8859-1')
    """
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise ConfigError(
            f'there is no text encoding "{encoding}": try utf-8, latin-1 or utf-16'
        ) from None
    if not getattr(info, "_is_text_encoding", True):
        raise ConfigError(f'"{encoding}" is no text encoding: try utf-8, latin-1 or utf-16')
    return "utf-8-sig" if info.name == "utf-8" else info.name


def check_head(head: bytes, path: Path, codec: str) -> None:
    """Refuse what is no delimited text of this encoding.

    Args:
        head: The first bytes, some thousand of them.
        path: The file, for the report.
        codec: From ``codec_of``.

    Raises:
        SourceError: The kind of file that it is instead is named.
    """
    kind = kind_of(head)
    if kind is not None:
        raise SourceError(f"this is a {kind}: expected delimited text (CSV)", file=path, line=1)
    if codec.startswith(_WIDE):
        return
    if _is_wide(head):
        raise SourceError(
            "the text is UTF-16, seen at byte offset 0:"
            " save it as UTF-8 or read it with --encoding utf-16",
            file=path,
            line=1,
        )
    if _is_binary(head):
        raise SourceError(
            "this is a binary file, no text: expected delimited text (CSV)", file=path, line=1
        )


def refuse_encoding(path: Path, codec: str) -> NoReturn:
    """Refuse a file that is not written in an encoding, naming the byte and its line.

    Raises:
        SourceError: Always.
    """
    with open_plain(path) as stream:
        content = stream.read()
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        offset, found = error.start, content[error.start : error.start + 1].hex()
        raise SourceError(
            f"the text is not {codec.removesuffix('-sig').upper()}: byte 0x{found} at byte offset"
            f" {offset}; save it as UTF-8 or name its encoding, such as --encoding latin-1",
            file=path,
            line=content.count(b"\n", 0, offset) + 1,
        ) from None
    raise SourceError(f"the text does not fit the encoding {codec}", file=path, line=1)


def _is_wide(head: bytes) -> bool:
    """Say whether every other byte is NUL, as in UTF-16 of Latin letters, or a mark stands first.

    A mark alone is not enough: bytes that have no second one half as wide are no such text.
    """
    if head.startswith(_WIDE_MARKS):
        return not _is_binary(head[2:].replace(b"\0", b"")) or len(head) < _LOOKED_AT
    even, odd = head[:_LOOKED_AT:2], head[1:_LOOKED_AT:2]
    return bool(odd) and (
        (not any(even) and not _is_binary(odd)) or (not any(odd) and not _is_binary(even))
    )


def _is_binary(head: bytes) -> bool:
    """Say whether more than one byte in twenty is a control character; one NUL is only a fault."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls > max(1, _MOST_CONTROLS * len(head))
