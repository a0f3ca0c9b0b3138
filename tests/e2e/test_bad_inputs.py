"""Whatever cannot be: one line that names it, one hint, the right exit code, and nothing made or changed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.transaction.log import UNDO
from tests.cli.conftest import Invoke, Result
from tests.cli.refusals import check_refused
from tests.commands.projects import files_of, write_project
from tests.e2e.bad_inputs import ANYWHERE, DESTINATIONS, FAILURE, NAMES, NEW, USAGE
from tests.e2e.bad_projects import FILES, FROZEN, IN_A_PROJECT, LOGS, RECORDS, SETTINGS, Damage, written
from tests.e2e.runs import listing
from tests.sampling import sampled

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with all kinds of things in the way."""
    (tmp_path / "file").write_text("")
    for name in ("full/a", "full/tests/conftest.py", "half/.flaskgen/base.zip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    (tmp_path / "project" / ".flaskgen").mkdir(parents=True)
    (tmp_path / "project" / ".flaskgen" / "project.toml").write_text("")
    for name, target in (("linked", "full"), ("dangling", "nowhere"), ("loop", "loop")):
        (tmp_path / name).symlink_to(target)
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(tmp_path / "socket"))
    return tmp_path


def refuse(invoke: Invoke, place: Path, arguments: list[str], code: int, names: str) -> None:
    before = listing(place)
    check_refused(invoke(*arguments), code, names)
    assert listing(place) == before, arguments


def test_a_bad_name_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    for name, names in NAMES:
        refuse(invoke, tmp_path, ["new", "--", name], USAGE, names)
        if "/" not in name and name not in {"..", "a\0b"}:
            refuse(invoke, tmp_path, ["new", "shop", f"--name={name}"], USAGE, "name")


@pytest.mark.parametrize(("destination", "names"), DESTINATIONS)
def test_a_bad_destination_is_refused(invoke: Invoke, place: Path, destination: str, names: str) -> None:
    refuse(invoke, place, ["new", destination], FAILURE, names)


@pytest.mark.parametrize(("options", "code", "names"), NEW)
def test_a_bad_option_is_refused(
    invoke: Invoke,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    code: int,
    names: str,
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("empty-cache")))
    refuse(invoke, tmp_path, ["new", "shop", *options], code, names)


@pytest.mark.parametrize(("arguments", "code", "names"), ANYWHERE)
def test_a_bad_command_is_refused(
    invoke: Invoke, place: Path, arguments: list[str], code: int, names: str
) -> None:
    refuse(invoke, place, arguments, code, names)


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["new", "my shop"], USAGE, "invalid-project-name"),
        (["new", "file/shop"], FAILURE, "invalid-destination"),
        (["new", "full"], FAILURE, "merge-conflict"),
        (["new", "project"], FAILURE, "project-exists"),
        (["new", "a\0b"], USAGE, "usage-error"),
        (["new", "shop", "--flask", "x"], USAGE, "invalid-version"),
        (["new", "shop", "--flask", "99", "--no-install"], FAILURE, "unknown-version"),
        (["new", "shop", "--python", "2.7"], FAILURE, "incompatible-versions"),
        (["new", "shop", "--python", "3.99"], FAILURE, "interpreter-not-found"),
        (["new", "shop", "--with", "nope"], USAGE, "unknown-extension"),
        (["new", "shop", "--option", "x"], USAGE, "invalid-option"),
        (["new", "shop", "--newest", "--no-install"], FAILURE, "resolution-failed"),
        (["new", "shop", "--bogus"], USAGE, "usage-error"),
        (["add", "wtf"], FAILURE, "not-a-project"),
        (["freeze", "--venv", "full"], FAILURE, "environment-broken"),
        (["freeze", "--venv", ""], USAGE, "usage-error"),
    ],
)
def test_with_json_the_error_is_an_object_with_a_stable_kind(
    invoke: Invoke, place: Path, arguments: list[str], code: int, kind: str
) -> None:
    before = listing(place)
    result = invoke(*arguments, "--json")
    assert result.code == code
    error = json.loads(result.out)["error"]
    assert error["kind"] == kind
    assert error["message"]
    assert error["hint"]
    assert result.err == ""
    assert listing(place) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    sampled(
        [
            (["new", "--", "sh\nop"], FAILURE),
            (["new", os.fsdecode(b"sh\xffop")], FAILURE),
            (["new", "shop", "--with", "log\u0456n"], USAGE),
            (["new", "shop", "--python", "x" * 5000], FAILURE),
            (["freeze", "--venv", "x" * 300], FAILURE),
            (["add", "--bogus"], USAGE),
        ],
        [(["new", os.fsdecode(b"sh\xffop")], FAILURE), (["add", "--bogus"], USAGE)],
    ),
)
def test_a_process_of_its_own_refuses_it_in_the_same_way(
    flaskgen: Run, place: Path, arguments: list[str], code: int
) -> None:
    before = listing(place)
    done = flaskgen(*arguments, LC_ALL="C")
    check_refused(Result(done.returncode, done.stdout, done.stderr), code, "")
    assert listing(place) == before


@pytest.fixture
def shop(tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = write_project(tmp_path / "shop", project_files())
    monkeypatch.chdir(project)
    return project


@cache
def project_files() -> dict[PurePosixPath, bytes]:
    return files_of(["login"])


@pytest.mark.parametrize(("arguments", "code", "names"), IN_A_PROJECT)
def test_a_bad_command_in_a_project_is_refused(
    shop: Path, invoke: Invoke, arguments: list[str], code: int, names: str
) -> None:
    refuse(invoke, shop, arguments, code, names)


@pytest.mark.parametrize(("damage", "names"), [*RECORDS, *FILES])
def test_a_damaged_project_is_refused(shop: Path, invoke: Invoke, damage: Damage, names: str) -> None:
    damage(shop)
    refuse(invoke, shop, ["add", "mail"], FAILURE, names)


@pytest.mark.parametrize("damage", FROZEN)
def test_a_damaged_project_is_not_frozen(shop: Path, invoke: Invoke, damage: Damage) -> None:
    damage(shop)
    refuse(invoke, shop, ["freeze"], FAILURE, "")


@pytest.mark.parametrize("text", LOGS)
def test_a_damaged_log_is_not_undone(shop: Path, invoke: Invoke, text: bytes) -> None:
    written(f"{UNDO}/000001/log.json", text)(shop)
    refuse(invoke, shop, ["undo"], FAILURE, "is not as flaskgen wrote it")


@pytest.mark.parametrize(("name", "content", "names"), SETTINGS)
@pytest.mark.parametrize("arguments", [["new", "../other"], ["add", "mail"]])
def test_broken_settings_are_named(
    shop: Path, invoke: Invoke, home: Path, name: str, content: bytes, names: str, arguments: list[str]
) -> None:
    written(name, content)(home)
    refuse(invoke, shop.parent, arguments, FAILURE, names)
