"""Pieces of a proposed map as lines of TOML: texts, and what the words of a column mean.

Which columns there are belongs to ``map_guess``, the words that are known to ``map_words``.
"""

from __future__ import annotations

from collections.abc import Collection

from data.sources.own.map_words import CODE_WORDS, NUMBERED_CODES, plain_word
from data.sources.own.mapping import CODES

__all__ = ["code_lines", "one_line", "quoted"]

_MOST_WORDS = 40


def code_lines(name: str, column: str, seen: Collection[str]) -> list[str]:
    """Return the translation of a column's words; those that are not known are comments.

    Args:
        name: A key of ``CODES``.
        column: The column's name in the file.
        seen: Words that stand in it and are no codes.
    """
    if len(seen) > _MOST_WORDS:
        return [f"# {len(seen)} different words stand in the column: is it the right one?"]
    lines = []
    for word in sorted({*seen, *_numbers(column, seen)}):
        code = _code(name, column, word)
        unknown = f'# {quoted(word)} = "..."  # one of {", ".join(CODES[name])}'
        lines.append(f"{quoted(word)} = {quoted(code)}" if code else unknown)
    return lines


def quoted(text: str) -> str:
    r"""Return a text as a TOML string.

    Example:
        >>> quoted('a "b"\t')
        '"a \\"b\\"\\U00000009"'
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in plain) + '"'


def one_line(text: str) -> str:
    """Return text for a comment, which must not break the line."""
    return "".join(c if c.isprintable() else " " for c in text)[:500]


def _numbers(column: str, seen: Collection[str]) -> set[str]:
    """Return every number of a codebook's column in the form that was seen, rare ones too."""
    form = "{}.0" if "1.0" in seen or "2.0" in seen else "{}"
    count = len(NUMBERED_CODES.get(plain_word(column), ())) if any(map(_is_number, seen)) else 0
    return {form.format(number) for number in range(1, count + 1)}


def _is_number(word: str) -> bool:
    return word.removesuffix(".0").isdecimal()


def _code(name: str, column: str, word: str) -> str | None:
    """Return what a word of a column means, by the codebooks and the words that are known."""
    numbered = NUMBERED_CODES.get(plain_word(column), ())
    if _is_number(word) and 1 <= int(float(word)) <= len(numbered):
        return numbered[int(float(word)) - 1]
    return CODE_WORDS[name].get(plain_word(word))
