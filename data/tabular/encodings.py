"""What the first bytes of a text file show: its encoding, or that it is not text at all.

Nothing is guessed: an encoding other than UTF-8 must be named. Records and cells belong to
``delimited``, archives to ``archives``.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NoReturn

from data.errors import ConfigError, SourceError
from data.tabular.archives import kind_of, open_plain

__all__ = ["CP1252", "check_head", "codec_of", "refuse_encoding"]

# Which commands can read a file of Excel's usual encoding as it is.
CP1252 = "is read by `ingest csv`, `ingest acled` and `map-guess` with --encoding cp1252"

_WIDE = ("utf-16", "utf-32")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r")) + b"\x7f"
_MOST_CONTROLS = 0.05
_LOOKED_AT = 64
_BLOCK = 1 << 20


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
        raise _no_encoding(encoding) from None
    if not getattr(info, "_is_text_encoding", True):
        raise _no_encoding(encoding)
    return "utf-8-sig" if info.name == "utf-8" else info.name


def check_head(head: bytes, path: Path, codec: str) -> None:
    """Refuse what is not delimited text in this encoding.

    Args:
        head: The first few thousand bytes.
        path: The file, for messages.
        codec: From ``codec_of``.

    Raises:
        SourceError: It is another kind of file, which is named.
    """
    kind = kind_of(head)
    if kind is not None:
        raise SourceError(f"expected delimited text (CSV), got a {kind}", file=path, line=1)
    if codec.startswith(_WIDE):
        return
    if _is_wide(head):
        raise SourceError(
            "expected UTF-8 text, got UTF-16 at byte offset 0: save the file as UTF-8 or read it"
            " with --encoding utf-16",
            file=path,
            line=1,
        )
    if _is_binary(head):
        raise SourceError("expected delimited text (CSV), got a binary file", file=path, line=1)


def refuse_encoding(path: Path, codec: str) -> NoReturn:
    """Refuse a file that is not in an encoding, naming the byte and its line.

    Raises:
        SourceError: Always.
    """
    found = _first_foreign(path, codec)
    if found is not None:
        byte, offset, line = found
        raise SourceError(
            f"expected {codec.removesuffix('-sig').upper()} text, got byte 0x{byte} at byte offset"
            f" {offset}: save it as UTF-8; a file in Windows-1252, as Excel writes it, {CP1252}",
            file=path,
            line=line,
        )
    raise SourceError(
        f"expected text in the encoding {codec}, got bytes that do not fit it", file=path, line=1
    )


def _first_foreign(path: Path, codec: str) -> tuple[str, int, int] | None:
    """Return the first byte that does not fit an encoding, its offset and line; None: all fit.

    The file is read in blocks, however long it is.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line = 0, 1
    with open_plain(path) as stream:
        while True:
            block = stream.read(_BLOCK)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                # What the decoder held back comes before the block; it holds no line break.
                before = error.start - held
                byte = error.object[error.start : error.start + 1].hex()
                return byte, offset + before, line + block.count(b"\n", 0, max(before, 0))
            if not block:
                return None
            offset, line = offset + len(block), line + block.count(b"\n")


def _no_encoding(encoding: str) -> ConfigError:
    return ConfigError(f'there is no text encoding "{encoding}": try utf-8, cp1252 or utf-16')


def _is_wide(head: bytes) -> bool:
    """Say whether every other byte is NUL, as in UTF-16 of Latin letters, or a mark comes first.

    A mark alone is not enough: binary data may begin with the same bytes.
    """
    if head.startswith(_WIDE_MARKS):
        return not _is_binary(head[2:].replace(b"\0", b"")) or len(head) < _LOOKED_AT
    even, odd = head[:_LOOKED_AT:2], head[1:_LOOKED_AT:2]
    return bool(odd) and (
        (not any(even) and not _is_binary(odd)) or (not any(odd) and not _is_binary(even))
    )


def _is_binary(head: bytes) -> bool:
    """Say whether more than one byte in twenty is a control character; one NUL is just a fault."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls > max(1, _MOST_CONTROLS * len(head))
