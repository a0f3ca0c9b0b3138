"""`add`, `remove`, `option`, `update` and `undo` as typed, without installing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.transaction.log import LOG, UNDO
from tests.cli.conftest import Invoke, Result
from tests.cli.terminal import CTRL_C, DOWN, ENTER, SPACE, at_terminal
from tests.commands.projects import ENV, files_of, read_project, write_project

Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of([]))


@pytest.fixture
def run(invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs flaskgen in a folder of the project."""
    monkeypatch.chdir(project / "tests")
    return lambda *arguments: invoke(*arguments, "--no-install")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_add_tells_each_file_and_what_to_type_next(run: Run, project: Path) -> None:
    result = run("add", "sqlalchemy")
    assert result.code == 0
    assert result.out == ""
    for line in ("  update  shop/config.py", "  create  shop/models.py", "  freeze  requirements.txt"):
        assert line in result.err
    assert "identical" not in result.err
    assert "\nAdded sqlalchemy (" in result.err
    assert "Next:\n  flask init-db  # create the tables\n" in result.err
    assert read_project(project) == files_of(["sqlalchemy"])


def test_twice_is_nothing_to_do(run: Run, project: Path) -> None:
    run("add", "mail")
    again = run("add", "mail")
    assert again.code == 0
    assert again.only("note") == "mail is there already"
    assert "Nothing to do" in again.err
    run("remove", "mail")
    again = run("remove", "mail")
    assert (again.code, again.only("note")) == (0, "mail is not there")
    assert run("undo").code == 0, "what changed nothing is no change to undo"
    assert read_project(project) == files_of(["mail"])


def test_remove_all_takes_out_what_is_there(run: Run, project: Path) -> None:
    run("add", "mail,wtf")
    assert "\nRemoved mail, wtf (" in run("remove", "all").err
    assert read_project(project) == files_of([])


def test_undo_brings_back_what_was(run: Run, project: Path) -> None:
    (project / "shop" / "main.py").write_text("MINE = 1\n")
    before = read_project(project)
    run("add", "login,mail")
    listed = run("undo", "--dry-run")
    assert "  delete  shop/mailer.py\n" in listed.out
    assert "  update  shop/config.py\n" in listed.out
    told = json.loads(run("undo", "--json").out)
    assert (told["undone"], told["changed"]) == ("add login,mail", True)
    assert read_project(project) == before
    assert run("undo").only("error") == "there is no change to undo"


def test_undo_loses_no_later_edit(run: Run, project: Path) -> None:
    run("add", "mail")
    config = project / "shop" / "config.py"
    config.write_text(config.read_text() + "# mine\n")
    result = run("undo")
    assert result.code == 1
    assert result.only("error") == "cannot undo `add mail`: since then `shop/config.py` changed"
    assert "# mine" in config.read_text()


def test_a_dry_run_shows_a_diff_that_applies_and_writes_nothing(run: Run, project: Path) -> None:
    before = read_project(project)
    result = run("add", "mail", "--dry-run")
    assert result.code == 0
    assert read_project(project) == before
    assert sorted(path.name for path in (project / ".flaskgen").iterdir()) == ["base.zip", "project.toml"]
    head, _, diff = result.out.partition("--- ")
    assert "  create  shop/mailer.py\n" in head
    (project / "change.diff").write_text(f"--- {diff}", newline="")
    subprocess.run(["git", "apply", "change.diff"], cwd=project, check=True)
    (project / "change.diff").unlink()
    after, expected = read_project(project), files_of(["mail"])
    record = {path for path in expected if path.parts[0] == ".flaskgen"}
    assert {path: after[path] for path in after if path not in record} == {
        path: content for path, content in expected.items() if path not in record
    }


def test_json_is_one_object(run: Run) -> None:
    told = json.loads(run("add", "mail", "--dry-run", "--json").out)
    assert (told["command"], told["changed"], told["dry_run"]) == ("add mail", False, True)
    entries = {entry["path"]: entry for entry in told["files"]}
    assert entries["shop/mailer.py"]["status"] == "create"
    assert entries["shop/mailer.py"]["diff"].startswith("--- /dev/null\n+++ b/shop/mailer.py\n")
    assert entries["shop/main.py"]["status"] == "identical"
    told = json.loads(run("add", "mail", "--json").out)
    assert (told["changed"], told["spec"]["extensions"]) == (True, ["mail"])
    assert told["frozen"] == ["requirements.txt"]
    assert json.loads(run("add", "mail", "--json").out)["changed"] is False


def test_no_secret_is_shown(run: Run, project: Path) -> None:
    secret = (project / ENV).read_text().partition('"')[2].partition('"')[0]
    for options in (["--dry-run"], ["--json"]):
        result = run("add", "mail", *options)
        assert secret not in result.out + result.err


def test_a_conflict_is_told_with_its_places(run: Run, project: Path) -> None:
    (project / "shop" / "models.py").write_text("mine\n")
    before = read_project(project)
    result = run("add", "sqlalchemy")
    assert result.code == 1
    assert result.only("error") == "your edits and the change meet in 1 place; nothing was changed"
    assert result.only("note").startswith("shop/models.py:1: you have `mine`")
    assert read_project(project) == before
    dry = run("add", "sqlalchemy", "--dry-run")
    assert dry.code == 1
    assert "conflict  shop/models.py\n          line 1\n" in dry.out
    as_json = run("add", "sqlalchemy", "--dry-run", "--json")
    assert as_json.code == 1
    entry = next(one for one in json.loads(as_json.out)["files"] if one["status"] == "conflict")
    assert entry["hunks"][0]["ours"] == ["mine"]


def test_markers_are_listed(run: Run, project: Path) -> None:
    (project / "shop" / "models.py").write_text("mine\n")
    result = run("add", "sqlalchemy", "--conflict", "markers")
    assert result.code == 0
    assert "Conflict markers to settle are in:\n  shop/models.py (1 place)\n" in result.err
    assert run("undo").code == 0
    assert (project / "shop" / "models.py").read_text() == "mine\n"


def test_the_way_back_is_told(run: Run, project: Path) -> None:
    assert f"The files as they were are in {UNDO}" in run("add", "mail").err
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "Start")
    assert "`git diff` shows it; `flaskgen undo` takes it back." in run("add", "wtf").err
    assert "There were uncommitted changes before" in run("add", "login").err
    assert (
        ".flaskgen/undo"
        not in subprocess.run(
            ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True
        ).stdout
    )


def test_lines_that_a_renamed_file_goes_without_are_shown(run: Run, project: Path) -> None:
    (project / "shop" / "extensions.py").rename(project / "shop" / "ext.py")
    result = run("add", "mail")
    assert "    skip  shop/extensions.py  (stays away, because you removed or renamed it)\n" in result.err
    assert "          +     mail.init_app(app)\n" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["add", "mial"], 2, "`mial` is not an extension"),
        (["remove", "mial"], 2, "`mial` is not an extension"),
        (["add", "./mail"], 2, "`./mail` is not an extension"),
        (["add"], 2, "which extension shall be added?"),
        (["add", "mail", "-o", "mail.server"], 2, "`mail.server` is not EXT.KEY=VALUE"),
        (["option", "mail.server=x"], 2, "mail has no option `server`"),
        (["add", "mail", "-q", "-v"], 2, "--quiet and --verbose contradict each other"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, project: Path, arguments, code, message) -> None:
    before = read_project(project)
    result = run(*arguments)
    assert (result.code, result.only("error").rstrip(" .")) == (code, message)
    assert read_project(project) == before


@pytest.mark.parametrize(
    "command", [["add", "mail"], ["remove", "mail"], ["option", "a.b=c"], ["update"], ["undo"]]
)
def test_outside_a_project_it_says_so(invoke: Invoke, command: list[str]) -> None:
    result = invoke(*command)
    assert result.code == 1
    assert result.only("error").startswith("there is no flaskgen project in ")


def test_what_a_killed_run_left_is_put_right_first(run: Run, project: Path) -> None:
    before = read_project(project)
    run("add", "mail")
    (project / UNDO).rename(project / LOG)  # as a kill before the last step leaves it
    dry = run("add", "wtf", "--dry-run")
    assert dry.only("error") == "`flaskgen add mail` was cut off here, and its files are half changed"
    result = run("add", "mail")
    assert result.only("warning") == "`flaskgen add mail` was cut off: its changes are taken back"
    assert read_project(project) == files_of(["mail"])
    assert run("undo").code == 0
    assert read_project(project) == before


def test_update_of_an_up_to_date_project_is_nothing_to_do(run: Run) -> None:
    assert "Nothing to do" in run("update").err


def test_without_an_environment_only_files_change(invoke: Invoke, project: Path, monkeypatch) -> None:
    monkeypatch.chdir(project)
    result = invoke("add", "mail")
    assert result.code == 0
    assert result.only("warning") == "there is no virtual environment, so nothing is installed"
    assert read_project(project) == files_of(["mail"])


def test_a_python_that_came_with_the_project_is_not_run(invoke: Invoke, project: Path, monkeypatch) -> None:
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\ntouch ran\n")
    python.chmod(0o755)
    (project / ".venv" / "pyvenv.cfg").write_text("version = 3.13.0\n")
    (project / ".venv" / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    monkeypatch.chdir(project)
    result = invoke("add", "mail")
    assert result.code == 1
    assert "is no link to an interpreter" in result.only("error")
    assert not (project / "ran").exists()
    assert read_project(project) == files_of([])


def test_a_database_is_changed_by_its_option(run: Run, project: Path) -> None:
    run("add", "sqlalchemy", "-o", "sqlalchemy.database=postgresql")
    assert read_project(project) == files_of(["sqlalchemy"], options=["sqlalchemy.database=postgresql"])
    assert "psycopg[binary]" in (project / "requirements.in").read_text()
    assert run("option", "sqlalchemy.database=mysql").code == 0
    assert read_project(project) == files_of(["sqlalchemy"], options=["sqlalchemy.database=mysql"])
    assert "psycopg" not in (project / "requirements.in").read_text()
    assert run("option", "sqlalchemy.database=sqlite").code == 0
    assert read_project(project) == files_of(["sqlalchemy"])


def test_what_another_needs_comes_along_and_cannot_be_taken_out_alone(run: Run, project: Path) -> None:
    assert run("add", "migrate").only("note") == "sqlalchemy comes along: migrate needs it"
    refused = run("remove", "sqlalchemy")
    assert (refused.code, refused.only("error")) == (2, "migrate needs sqlalchemy")
    assert refused.only("hint") == "take both out: flaskgen remove sqlalchemy,migrate"
    assert run("remove", "sqlalchemy,migrate").code == 0
    assert read_project(project) == files_of([])


def test_add_alone_asks_which(project: Path) -> None:
    with at_terminal("add", "--no-install", cwd=project) as person:
        person.expect("Add which?")
        person.expect("wtf")
        person.type(DOWN, DOWN, DOWN, SPACE, ENTER)
        assert person.finish() == 0
    assert read_project(project) == files_of(["mail"])


@pytest.mark.parametrize("keys", [(CTRL_C,), (ENTER,)])
def test_who_chooses_none_changes_nothing(project: Path, keys: tuple[str, ...]) -> None:
    before = read_project(project)
    with at_terminal("add", "--no-install", cwd=project) as person:
        person.expect("Add which?")
        person.type(*keys)
        assert person.finish() == 130
    assert read_project(project) == before
