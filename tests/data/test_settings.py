from dataclasses import dataclass, field
from typing import Literal

import pytest

from data.errors import ConfigError
from data.settings import build_settings, closest, read_toml, split_numbers


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: str
    sizes: tuple[int, ...] = ()
    kind: Literal["a", "b"] = "a"
    note: str | None = None
    flag: bool = False
    words: dict[str, str] = field(default_factory=dict)
    inner: Inner = field(default_factory=Inner)


def build(table):
    return build_settings(Outer, table, where="x.toml")


def test_tables_lists_and_whole_numbers_are_converted():
    built = build({"name": "n", "sizes": [1, 2], "inner": {"rate": 1}, "words": {"k": "v"}})
    assert built == Outer("n", (1, 2), words={"k": "v"}, inner=Inner(1.0))
    assert isinstance(built.inner.rate, float)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"name": "n", "nmae": 1}, 'x.toml: unknown key "nmae": did you mean "name"?'),
        ({"name": "n", "zzz": 1}, 'unknown key "zzz" (known: flag, inner,'),
        ({}, 'x.toml: the key "name" is missing'),
        ({"name": 3}, "x.toml name: expected str, got 3"),
        ({"name": "n", "sizes": ["1"]}, "x.toml sizes: expected int, got '1'"),
        ({"name": "n", "sizes": [True]}, "x.toml sizes: expected int, got True"),
        ({"name": "n", "kind": "c"}, "x.toml kind: expected one of a, b, got 'c'"),
        ({"name": "n", "flag": 1}, "x.toml flag: expected bool, got 1"),
        ({"name": "n", "inner": {"rat": 1}}, 'x.toml inner: unknown key "rat": did you mean'),
        ({"name": "n", "inner": {"rate": "x"}}, "x.toml inner rate: expected float, got 'x'"),
        ({"name": "n", "note": 1}, "x.toml note: expected str, got 1"),
        ({"name": "n", "words": {"k": 1}}, "x.toml words.k: expected str, got 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(table, message):
    with pytest.raises(ConfigError) as caught:
        build(table)
    assert message in str(caught.value)


def test_a_near_word_is_offered_and_else_all():
    assert closest("deths", ["events", "deaths"]) == ': did you mean "deaths"?'
    assert closest("zzz", ["b", "a"]) == " (known: a, b)"


def test_files_that_are_no_toml(tmp_path):
    bad = tmp_path / "bad.toml"
    with pytest.raises(ConfigError, match="no such file"):
        read_toml(bad)
    bad.write_text("a = ")
    with pytest.raises(ConfigError, match="expected TOML in UTF-8"):
        read_toml(bad)
    bad.write_bytes(b'a = "\xe9"')
    with pytest.raises(ConfigError, match="expected TOML in UTF-8"):
        read_toml(bad)


@pytest.mark.parametrize("text", ["1,x", "1.5", "-1", "²"])
def test_numbers_that_are_none_are_refused(text):
    with pytest.raises(ConfigError, match="expected whole numbers such as 1,3,6, got"):
        split_numbers(text)
