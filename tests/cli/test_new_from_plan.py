"""`flaskgen new --from` creates what `new --dry-run --json` printed."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from flaskgen.effects.python import interpreters
from flaskgen.effects.system.session import Session
from flaskgen.errors import InterpreterNotFound
from flaskgen.planning.packages.sources import PackageSources
from tests.cli.conftest import Invoke
from tests.commands.projects import ENV, read_project
from tests.sampling import sampled

POST = {"name": "Post", "fields": ["title"]}
QUICK = ("--no-install", "--json")


def tree(project: Path) -> dict[Any, bytes]:
    files = read_project(project)
    del files[ENV]  # its key is random
    return files


def plan(invoke: Invoke, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Write plan.json, and return what it has."""
    printed = invoke("new", *arguments, "--dry-run", *QUICK)
    assert printed.code == 0, printed.out
    (tmp_path / "plan.json").write_text(printed.out)
    return dict(json.loads(printed.out))


@pytest.mark.parametrize(
    "arguments",
    sampled(
        [
            "shop",
            "shop --preset web -o sqlalchemy.database=mysql --hashes",
            "shop --name my-shop --with login,docker --no-dev --git -o docker.dev=yes",
            "shop --preset full --no-git",
            "shop --flask 2.2 --with sqlalchemy",
        ],
        ["shop --preset web -o sqlalchemy.database=mysql --hashes"],
    ),
)
def test_the_tree_is_that_of_the_plan_byte_for_byte(invoke: Invoke, tmp_path: Path, arguments: str) -> None:
    planned = plan(invoke, tmp_path, *arguments.split())
    assert not (tmp_path / "shop").exists()
    made = json.loads(invoke("new", "--from", "plan.json", "--json").out)
    for key in ("project", "spec", "python", "environment", "versions", "git", "files"):
        assert made[key] == planned[key], key
    (tmp_path / "shop").rename(tmp_path / "from-plan")
    assert invoke("new", *arguments.split(), *QUICK).code == 0
    assert tree(tmp_path / "from-plan") == tree(tmp_path / "shop")


def test_nothing_that_is_configured_changes_a_plan(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(invoke, tmp_path, "shop", "--with", "sqlalchemy")
    monkeypatch.setenv("FLASKGEN_PRESET", "full")
    monkeypatch.setenv("FLASKGEN_OPTION", "sqlalchemy.database=mysql")
    spec = json.loads(invoke("new", "--from", "plan.json", "--dry-run", "--json").out)["spec"]
    assert spec["extensions"] == ["production", "sqlalchemy"]
    assert spec["options"] == {"sqlalchemy": {"database": "sqlite"}}


def test_an_example_that_is_not_in_the_plan_is_not_in_the_project(invoke: Invoke, tmp_path: Path) -> None:
    planned = plan(invoke, tmp_path, "shop", "--with", "sqlalchemy")
    assert [one["name"] for one in planned["spec"].pop("resources")] == ["Note"]
    (tmp_path / "plan.json").write_text(json.dumps(planned | {"spec": planned["spec"] | {"resources": []}}))
    assert json.loads(invoke("new", "--from", "plan.json", "--json").out)["spec"]["resources"] == []
    assert not (tmp_path / "shop" / "shop" / "notes").exists()


def test_another_directory_gets_the_same_files(invoke: Invoke, tmp_path: Path) -> None:
    planned = plan(invoke, tmp_path, "shop", "--with", "wtf")
    made = json.loads(invoke("new", "elsewhere", "--from", "plan.json", "--json").out)
    assert made["project"] == str(tmp_path / "elsewhere")
    assert (made["spec"], made["files"]) == (planned["spec"], planned["files"])


WRONG: list[tuple[list[str], object, str]] = [
    (["spec"], 1, "plan.json: `spec` is not an object"),
    (["spec", "extensions"], "wtf", "plan.json: `spec.extensions` is not a list of strings"),
    (["spec", "extensions"], ["wtff"], "`wtff` is not an extension"),
    (["spec", "options", "sqlalchemy", "database"], 1, "`spec.options.sqlalchemy.database` is not text"),
    (["spec", "options", "sqlalchemy", "database"], "x", "`x` is not a valid value of sqlalchemy"),
    (["spec", "resources"], [{}], "plan.json: `spec.resources[0].name` is missing"),
    (
        ["spec", "resources"],
        [POST],
        "the plan has the resource Post, and a new project only has examples",
    ),
    (["spec", "generated"], [{}], "plan.json: `spec.generated` is not empty"),
    (["spec", "flask"], "9.9", "9.9"),
    (["spec", "name"], "0", "invalid project name `0`"),
    (["versions", "flask"], "3.0.0", "versions must be resolved"),
    (["git"], None, "plan.json: `git` is not true or false"),
    (["generator"], "9.0", "plan.json: `generator` is 9.0, and this is flaskgen"),
]


def test_a_plan_that_cannot_be_is_an_error_with_its_place(invoke: Invoke, tmp_path: Path) -> None:
    planned = plan(invoke, tmp_path, "shop", "--with", "sqlalchemy")
    for path, value, said in WRONG:
        inner = changed = deepcopy(planned)
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        (tmp_path / "plan.json").write_text(json.dumps(changed))
        result = invoke("new", "--from", "plan.json")
        assert result.code in (1, 2), path
        assert said in result.only("error")
        assert result.only("hint")
        assert not (tmp_path / "shop").exists()


def test_what_a_plan_says_is_not_said_again(invoke: Invoke, tmp_path: Path) -> None:
    plan(invoke, tmp_path, "shop")
    for option in ("--preset=web", "--flask=3.1", "--no-git", "--hashes", "--no-install"):
        result = invoke("new", "--from", "plan.json", option)
        assert result.code == 2, option
        assert "contradict each other" in result.only("error")


def test_the_python_of_a_plan_is_downloaded_if_asked(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = plan(invoke, tmp_path, "shop")["spec"]["python"]

    def download(version: str, sources: PackageSources, session: Session) -> None:
        raise InterpreterNotFound(f"asked for {version}")

    monkeypatch.setattr(interpreters, "_list_candidates", lambda session: [])
    monkeypatch.setattr(interpreters, "download_python", download)
    result = invoke("new", "--from", "plan.json", "--python-downloads")
    assert result.only("error") == f"asked for {python}"


@pytest.mark.e2e
def test_an_older_version_that_the_plan_has_is_installed(invoke: Invoke, tmp_path: Path) -> None:
    printed = invoke("new", "shop", "--dry-run", "--json", "--no-git")
    planned = json.loads(printed.out)
    planned["versions"]["click"] = "8.1.8"
    (tmp_path / "plan.json").write_text(json.dumps(planned))
    made = json.loads(invoke("new", "--from", "plan.json", "--json", "--no-verify").out)
    assert made["versions"] == planned["versions"]
    assert "click==8.1.8" in (tmp_path / "shop/requirements.txt").read_text()
    planned["versions"]["click"] = "0.0.1"
    (tmp_path / "plan.json").write_text(json.dumps(planned))
    refused = invoke("new", "other", "--from", "plan.json")
    assert refused.only("error").startswith("the plan cannot be carried out: it has click 0.0.1")
