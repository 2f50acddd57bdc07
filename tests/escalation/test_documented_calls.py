"""Python that documents and docstrings show calls what there is, with parameters that there are."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import escalation
from escalation.issue_values import Issue
from escalation.model_values import Backtest
from tests.shared import ROOT

OBJECTS = {
    "ws": escalation.Workspace,
    "workspace": escalation.Workspace,
    "issue": Issue,
    "backtest": Backtest,
}
SOURCES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "escalation").glob("*.py")),
]


def blocks(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for found in re.findall(r"^ *```python\n(.*?)^ *```", text, re.M | re.S):
        yield textwrap.dedent(found)


def calls(code: str) -> Iterator[tuple[object, ast.Call]]:
    for node in ast.walk(ast.parse(code)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id in OBJECTS:
            yield getattr(OBJECTS[owner.id], node.func.attr), node
        elif isinstance(owner, ast.Name) and owner.id == "escalation":
            yield getattr(escalation, node.func.attr), node


def check(function: object, node: ast.Call) -> None:
    bound = inspect.isclass(function) or inspect.ismethod(function)
    is_method = inspect.isfunction(function) and "." in function.__qualname__ and not bound
    arguments = ([None] if is_method else []) + [ast.unparse(value) for value in node.args]
    keywords = {word.arg: ast.unparse(word.value) for word in node.keywords if word.arg}
    inspect.signature(function).bind(*arguments, **keywords)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_shown_calls_fit_the_functions(path):
    for code in blocks(path):
        for function, node in calls(code):
            check(function, node)


def test_there_is_something_to_check():
    found = [node for path in SOURCES for code in blocks(path) for _, node in calls(code)]
    assert len(found) > 40


def test_every_method_of_a_workspace_has_an_example_and_says_what_it_returns():
    for name, method in inspect.getmembers(escalation.Workspace, inspect.isroutine):
        if name.startswith("_"):
            continue
        text = inspect.getdoc(method)
        for heading in ("Returns:", "Example:"):
            assert heading in text, f"{name} has no {heading}"
        for parameter in inspect.signature(method).parameters.values():
            if parameter.name != "self":
                assert f"{parameter.name}: " in text, f"{name} does not explain {parameter.name}"
