"""docs/reliability.md names tests that exist, one for each entry."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT)))


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_each_test_that_is_named_exists(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert {name for named, name in NAMED if named == path} <= there


def test_every_entry_has_its_test() -> None:
    rows = [line for line in DOCUMENT.partition("## Every entry")[2].splitlines() if line.startswith("| ")]
    entries = [row for row in rows if not row.startswith("| entry ")]
    assert len(entries) > 100
    for row in entries:
        assert re.search(r"\| (`tests/[\w/]+\.py::test_\w+`|the runs above|refused by the bound)", row), row


def test_the_runs_have_their_place() -> None:
    marks = ["<!-- runs: made by `python -m tests.reliability --write` -->", "<!-- runs: end -->"]
    assert [DOCUMENT.count(mark) for mark in marks] == [1, 1]
