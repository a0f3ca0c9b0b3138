"""A project of one file: what can be done with it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.commands.projects import read_project


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> Path:
    assert invoke("new", "shop", "--preset", "single", "--no-install", "--no-git").code == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "mail"],
        ["generate", "resource", "Post", "title"],
        ["generate", "form", "Post"],
        ["generate", "field", "Post", "title"],
        ["generate", "blueprint", "blog"],
        ["new", "../more", "--preset", "single", "--with", "mail"],
    ],
    ids=" ".join,
)
def test_it_has_no_extensions_and_no_resources(shop: Path, invoke: Invoke, arguments: list[str]) -> None:
    before = read_project(shop)
    result = invoke(*arguments, "--no-install")
    assert result.code != 0
    assert "a project of one file has no extensions and no resources" in result.only("error")
    assert "--preset minimal" in result.only("hint")
    assert read_project(shop) == before


def test_its_package_is_not_asked_for_and_its_module_is(shop: Path, invoke: Invoke) -> None:
    result = invoke("update", "--no-install")
    assert (result.code, "up to date" in result.err) == (0, True)
    (shop / "app.py").unlink()
    assert "has no module `app`" in invoke("update", "--no-install").only("error")


def test_its_plan_creates_it(tmp_path: Path, shop: Path, invoke: Invoke) -> None:
    plan = tmp_path / "plan.json"
    options = ("--preset", "single", "--no-install", "--no-git", "--dry-run", "--json")
    plan.write_text(invoke("new", str(tmp_path / "planned"), "--name", "shop", *options).out)
    assert json.loads(plan.read_text())["spec"]["single"] is True
    assert invoke("new", "--from", str(plan)).code == 0
    assert read_project(tmp_path / "planned") == read_project(shop)
