from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Invoke


def test_the_table_has_a_line_for_each_extension(invoke: Invoke) -> None:
    result = invoke("extensions")
    assert (result.code, result.err) == (0, "")
    header, *rows = result.out.splitlines()
    assert header.split("  ")[0] == "NAME"
    for title in ("WHAT IT GIVES", "DISTRIBUTION", "STATE", "NEEDS"):
        assert title in header
    login = next(row for row in rows if row.startswith("login "))
    assert "Flask-Login 0.6.3" in login
    assert "dormant" in login
    assert "log-in" in login


def test_the_columns_stand_below_their_titles(invoke: Invoke) -> None:
    header, *rows = invoke("extensions").out.splitlines()
    column = header.index("DISTRIBUTION")
    assert all(row[column - 2 : column] == "  " and row[column : column + 5] == "Flask" for row in rows)


def test_json_holds_what_the_table_shows(invoke: Invoke) -> None:
    facts = json.loads(invoke("extensions", "--json").out)
    assert {"sqlalchemy", "login", "mail", "wtf"} <= {fact["name"] for fact in facts}
    for fact in facts:
        assert fact["version"] != "untested"
        assert fact["upkeep"] in {"maintained", "dormant"}
        assert fact["summary"]


@pytest.mark.parametrize("name", ["sqlalchemy", "login", "mail", "wtf"])
def test_one_extension_is_shown_whole(invoke: Invoke, name: str) -> None:
    fact = json.loads(invoke("extensions", name, "--json").out)
    shown = invoke("extensions", name).out
    assert shown.startswith(f"{name}: {fact['summary']}\n")
    for told in (*fact["files"], *fact["changes"], *fact["configuration"], *fact["requirements"]):
        assert f"  {told}" in shown
    assert fact["files"]
    assert fact["configuration"]


def test_an_unknown_extension_is_refused(invoke: Invoke) -> None:
    result = invoke("extensions", "logn")
    assert result.code == 2
    assert result.only("error") == "`logn` is not an extension"
    assert result.only("hint") == "did you mean `login`?"
