"""`flaskgen schema`; `invoke` checks everything that a command prints with --json against it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator, ValidationError

from flaskgen.cli.main import cli
from flaskgen.effects.shipped.json_schema import load_schema
from flaskgen.planning.resources.types import FIELD_TYPES
from tests.cli.conftest import Invoke
from tests.commands.projects import files_of, write_project
from tests.schemas import name_of, require_valid

QUICK = "--no-install"


def test_the_schema_is_one_of_the_draft_that_it_names(invoke: Invoke) -> None:
    printed = json.loads(invoke("schema").out)
    assert printed == load_schema()
    Draft202012Validator.check_schema(printed)
    for name in printed["$defs"]:
        alone = json.loads(invoke("schema", name).out)
        assert alone["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert {*re.findall(r"#/\$defs/(\w+)", json.dumps(alone))} == {*alone.get("$defs", ())}
        Draft202012Validator.check_schema(alone)


def test_a_schema_that_is_not_there_is_refused_with_the_nearest(invoke: Invoke) -> None:
    result = invoke("schema", "resorce")
    assert result.code == 2
    assert result.only("error") == "there is no schema `resorce`"
    assert result.only("hint") == "did you mean `resource`?"


def commands_with_json(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if any("--json" in option.opts for option in command.params):
            yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands_with_json(command, (*path, name))


def test_every_command_that_prints_json_has_a_schema() -> None:
    names = {name_of(path, {}) for path in commands_with_json()}
    assert names >= {"new", "change", "undo", "freeze", "config"}
    assert names <= load_schema()["$defs"].keys()


@pytest.mark.parametrize(
    "arguments",
    [
        "new other --dry-run --json",
        f"new other {QUICK} --json",
        f"add mail {QUICK} --json",
        f"add mail {QUICK} --dry-run --json",
        f"add wtf {QUICK} --json",
        f"generate resource Post title body:text? {QUICK} --json",
        f"generate resource Post title body:text? {QUICK} --dry-run --json",
        f"undo {QUICK} --json",
        "extensions --json",
        "extensions login --json",
        "extensions login --lines --json",
        "versions --json",
        "versions 1.1 --json",
        "config --json",
        "constraints 3.1 --json",
        "extension new pulse --json",
        "extension check pulse --json",
        "new 0 --json",
        "freeze --json",
        f"remove nothing {QUICK} --json",
    ],
)
def test_what_is_printed_is_as_the_schema_says(
    tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    monkeypatch.chdir(write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"])))
    if arguments.startswith("undo"):
        invoke("add", "login", QUICK)
    assert json.loads(invoke(*arguments.split()).out)


def test_the_record_is_as_the_schema_says(
    tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"])))
    invoke("generate", "resource", "Diary", "day:date", "--owner", QUICK)
    record = tomllib.loads((tmp_path / "shop/.flaskgen/project.toml").read_text())
    require_valid("record", record)
    assert record["resources"][0]["owner"]


@pytest.mark.parametrize(
    "field",
    [
        *(f"a:{name}" for name in FIELD_TYPES),
        *("a", "a?", "a^?", "a_1:User", "a:Tag*", "a:Tag:many", "a:str(9)?^", "a:int=0", "a:str:9:unique=x"),
    ],
)
def test_the_schema_takes_fields_as_they_are_typed(field: str) -> None:
    require_valid("resource", {"name": "Post", "fields": [field]})


@pytest.mark.parametrize(
    "resource",
    [
        *({"name": "Post", "fields": [field]} for field in ("", "A", "a:strin", "a b", "a:", 1)),
        {"name": "Post", "fields": []},
        {"name": "post", "fields": ["a"]},
        {"name": "Post", "fields": ["a"], "pagse": True},
        {"fields": ["a"]},
    ],
)
def test_the_schema_refuses_what_is_not_a_resource(resource: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        require_valid("resource", resource)
