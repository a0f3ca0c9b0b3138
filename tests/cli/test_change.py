"""`add`, `remove`, `option`, `update` and `undo` as typed, without installing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.transaction.log import LOG, UNDO
from flaskgen.planning.project.names import BASE_PATH
from flaskgen.planning.project.record import pack_base, unpack_base
from flaskgen.planning.templates.tree import encode
from tests.cli.conftest import Invoke, Result
from tests.cli.terminal import CTRL_C, CTRL_D, DOWN, ENTER, SPACE, at_terminal
from tests.commands.projects import ENV, files_of, read_project, shipped, write_project
from tests.effects.tiny_packages import make_environment

Run = Callable[..., Result]
INSTALL = "  python -m pip install -r requirements-dev.txt  # into the project's environment\n"
MAIN = PurePosixPath("shop/main.py")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["production"]))


@pytest.fixture
def run(invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs flaskgen in a directory of the project."""
    monkeypatch.chdir(project / "tests")
    return lambda *arguments: invoke(*arguments, "--no-install")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_add_shows_each_file_and_what_to_type_next(run: Run, project: Path) -> None:
    result = run("add", "sqlalchemy")
    assert result.code == 0
    assert result.out == ""
    for line in ("  update  shop/config.py", "  create  shop/models.py", "  freeze  requirements.txt"):
        assert line in result.err
    assert "identical" not in result.err
    assert "\nAdded sqlalchemy; generated Note (" in result.err
    assert f"Next:\n{INSTALL}  flask init-db  # create the new tables: `note`\n" in result.err
    assert read_project(project) == files_of(["sqlalchemy"])


def test_twice_is_nothing_to_do(run: Run, project: Path) -> None:
    run("add", "mail")
    again = run("add", "mail")
    assert again.code == 0
    assert again.only("note") == "the project already has mail"
    assert "Nothing to do" in again.err
    run("remove", "mail")
    again = run("remove", "mail")
    assert (again.code, again.only("note")) == (0, "the project does not have mail")
    assert run("undo").code == 0, "what changed nothing is no change to undo"
    assert read_project(project) == files_of(["mail"])


def test_remove_all_takes_out_what_is_there(run: Run, project: Path) -> None:
    run("add", "mail,wtf")
    assert "\nRemoved production, wtf, mail (" in run("remove", "all").err
    assert read_project(project) == files_of([])


def test_undo_brings_back_what_was(run: Run, project: Path) -> None:
    (project / "shop" / "main.py").write_text("MINE = 1\n")
    before = read_project(project)
    run("add", "mail,sqlalchemy")
    listed = run("undo", "--dry-run")
    assert "  delete  shop/mailer.py\n" in listed.out
    assert "  update  shop/config.py\n" in listed.out
    told = json.loads(run("undo", "--json").out)
    assert (told["undone"], told["changed"]) == ("add mail,sqlalchemy", True)
    assert [f"note: {note}" for note in told["notes"]] == listed.err.splitlines()
    assert len(told["notes"]) == 1
    assert read_project(project) == before
    assert run("undo").only("error") == "nothing to undo"


def test_undo_loses_no_later_edit(run: Run, project: Path) -> None:
    run("add", "mail")
    config = project / "shop" / "config.py"
    config.write_text(config.read_text() + "# mine\n")
    result = run("undo")
    assert result.code == 1
    assert result.only("error") == "cannot undo `add mail`: `shop/config.py` changed since"
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
    assert (told["changed"], told["spec"]["extensions"]) == (True, ["production", "mail"])
    assert told["frozen"] == ["requirements.txt"]
    assert json.loads(run("add", "mail", "--json").out)["changed"] is False


def test_no_secret_is_shown(run: Run, project: Path) -> None:
    secret = (project / ENV).read_text().partition('"')[2].partition('"')[0]
    for options in (["--dry-run"], ["--json"]):
        result = run("add", "mail", *options)
        assert secret not in result.out + result.err


def test_a_conflict_is_shown_with_its_places(run: Run, project: Path) -> None:
    (project / "shop" / "models.py").write_text("mine\n")
    before = read_project(project)
    result = run("add", "sqlalchemy")
    assert result.code == 1
    assert result.only("error") == "your edits and the change conflict in 1 place"
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
    assert "Resolve the conflict markers in:\n  shop/models.py (1 place)\n" in result.err
    assert run("undo").code == 0
    assert (project / "shop" / "models.py").read_text() == "mine\n"


def test_the_way_back_is_shown(run: Run, project: Path) -> None:
    assert f"the original files are in {UNDO}" in run("add", "mail").err
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "Start")
    assert "`git diff` shows the change; `flaskgen undo` undoes it." in run("add", "wtf").err
    assert "You had uncommitted changes before" in run("add", "login").err
    assert (
        ".flaskgen/undo"
        not in subprocess.run(
            ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True
        ).stdout
    )


def test_a_renamed_file_is_followed(run: Run, project: Path) -> None:
    (project / "shop" / "config.py").rename(project / "shop" / "settings.py")
    result = run("add", "mail")
    assert "  update  shop/settings.py  (renamed from shop/config.py)\n" in result.err
    assert '"MAIL_SERVER": "",' in (project / "shop" / "settings.py").read_text()
    assert not (project / "shop" / "config.py").exists()


def test_lines_that_a_removed_file_lacks_are_shown(run: Run, project: Path) -> None:
    (project / "shop" / "extensions.py").unlink()
    result = run("add", "mail")
    assert "    skip  shop/extensions.py  (not written, because you removed it)\n" in result.err
    assert "          + mail = Mail()\n" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["add", "mial"], 2, "`mial` is not an extension"),
        (["remove", "mial"], 2, "`mial` is not an extension"),
        (["add", "web"], 2, "`web` is a preset, not an extension"),
        (["add", "./mail"], 2, "`./mail` is not an extension"),
        (["add"], 2, "missing argument EXT"),
        (["add", "mail", "-o", "mail.server"], 2, "`mail.server` is not EXT.KEY=VALUE"),
        (["option", "mail.server=x"], 2, "mail has no option `server`"),
        (["add", "mail", "-q", "-v"], 2, "--quiet and --verbose contradict each other"),
        (["upgrade", "--python-downloads"], 2, "--python-downloads needs --python here"),
        (
            ["upgrade", "--python", "3.99", "--python-downloads", "--dry-run"],
            2,
            "--dry-run and --python-downloads contradict each other",
        ),
        (
            ["upgrade", "--python", "3.99", "--python-downloads", "--offline"],
            2,
            "--offline and --python-downloads contradict each other",
        ),
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


def test_what_a_killed_run_left_is_rolled_back_first(run: Run, project: Path) -> None:
    before = read_project(project)
    run("add", "mail")
    (project / UNDO / "000001").rename(project / LOG)  # as a kill before the last step leaves it
    dry = run("add", "wtf", "--dry-run")
    told = "was interrupted here or is still running: some files may be changed"
    assert dry.only("error") == f"`flaskgen add mail` {told}"
    result = run("add", "mail")
    assert result.only("warning") == "`flaskgen add mail` was interrupted: its changes were rolled back"
    assert read_project(project) == files_of(["mail"])
    assert run("undo").code == 0
    assert read_project(project) == before


def test_update_of_an_up_to_date_project_is_nothing_to_do(run: Run) -> None:
    assert "Nothing to do" in run("update").err


def test_without_an_environment_only_files_change(invoke: Invoke, project: Path, monkeypatch) -> None:
    monkeypatch.chdir(project)
    result = invoke("add", "mail")
    assert result.code == 0
    assert result.only("warning") == "the project has no virtual environment; nothing will be installed"
    assert read_project(project) == files_of(["mail"])


@pytest.mark.parametrize(
    ("place", "is_whole", "why"),
    [
        ("elsewhere", True, "is not in the project"),
        ("shop/env", True, "has no Flask"),
        ("shop/env", False, "is broken"),
    ],
)
def test_an_active_environment_that_is_not_used_is_named(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, place: str, is_whole: bool, why: str
) -> None:
    active = make_environment(project.parent / place)
    if not is_whole:
        (active / "pyvenv.cfg").unlink()
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    monkeypatch.chdir(project)
    expected = f"the project has no virtual environment: the active one, `{active}`, {why}; nothing will be"
    assert invoke("add", "mail").only("warning") == f"{expected} installed"


@pytest.mark.parametrize("no_install", [["--no-install"], []], ids=["no install", "no environment"])
def test_what_was_not_installed_is_the_first_step(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, no_install: list[str]
) -> None:
    monkeypatch.chdir(project)

    def ends_with_it(*typed: str) -> bool:
        result = invoke(*typed, *no_install)
        assert result.code == 0
        return f"\nNext:\n{INSTALL}" in result.err

    assert ends_with_it("add", "sqlalchemy")
    assert ends_with_it("option", "sqlalchemy.database=postgresql")
    assert not ends_with_it("remove", "sqlalchemy")
    assert ends_with_it("undo")
    assert not ends_with_it("generate", "page", "about")


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
    assert "is not a link to an interpreter" in result.only("error")
    assert not (project / "ran").exists()
    assert read_project(project) == files_of(["production"])


def test_a_database_is_changed_by_its_option(run: Run, project: Path) -> None:
    run("add", "sqlalchemy", "-o", "sqlalchemy.database=postgresql")
    assert read_project(project) == files_of(["sqlalchemy"], options=["sqlalchemy.database=postgresql"])
    assert "psycopg[binary]" in (project / "pyproject.toml").read_text()
    assert run("option", "sqlalchemy.database=mysql").code == 0
    assert read_project(project) == files_of(["sqlalchemy"], options=["sqlalchemy.database=mysql"])
    assert "psycopg" not in (project / "pyproject.toml").read_text()
    assert run("option", "sqlalchemy.database=sqlite").code == 0
    assert read_project(project) == files_of(["sqlalchemy"])


@pytest.mark.e2e
def test_codes_at_login_are_an_option_that_needs_a_database(run: Run, project: Path) -> None:
    run("add", "login")
    refused = run("option", "login.totp=yes")
    assert refused.only("error") == "`login.totp=yes`: sqlalchemy is not among the extensions"
    assert refused.only("hint") == "first add what it needs: flaskgen add sqlalchemy"
    run("add", "sqlalchemy")
    assert run("option", "login.totp=yes").code == 0
    assert read_project(project) == files_of(["login", "sqlalchemy"], options=["login.totp=yes"])
    assert "pyotp" in (project / "pyproject.toml").read_text()
    run("add", "mail")
    assert read_project(project) == files_of(["login", "sqlalchemy", "mail"], options=["login.totp=yes"])
    assert "note: login.totp=yes no longer applies\n" in run("remove", "sqlalchemy,mail").err
    assert read_project(project) == files_of(["login"])


def test_what_another_requires_is_added_and_cannot_be_removed_alone(run: Run, project: Path) -> None:
    assert run("add", "migrate").only("note") == "adding sqlalchemy (required by migrate)"
    refused = run("remove", "sqlalchemy")
    assert (refused.code, refused.only("error")) == (2, "migrate requires sqlalchemy")
    assert refused.only("hint") == "remove both: flaskgen remove sqlalchemy,migrate"
    all_of_them = "remove all: flaskgen remove production,sqlalchemy,migrate,note"
    assert run("remove", "production").only("hint") == all_of_them
    assert run("remove", "sqlalchemy,migrate").code == 0
    assert read_project(project) == files_of(["production"])


def test_add_alone_prompts_for_extensions(project: Path) -> None:
    with at_terminal("add", "--no-install", cwd=project) as person:
        person.expect("Extensions to add:")
        person.expect("wtf")
        person.type(DOWN, DOWN, DOWN, DOWN, SPACE, ENTER)
        assert person.finish() == 0
    assert read_project(project) == files_of(["mail"])


@pytest.mark.e2e
def test_remove_alone_prompts_for_what_to_remove(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["production", "mail"]))
    with at_terminal("remove", "--no-install", cwd=project) as person:
        person.expect("What to remove:")
        person.expect("mail")
        person.type(DOWN, SPACE, ENTER)
        assert person.finish() == 0
    assert read_project(project) == files_of(["production"])


def test_option_alone_prompts_for_an_option_and_its_new_value(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["production", "sqlalchemy"]))
    with at_terminal("option", "--no-install", cwd=project) as person:
        person.expect("sqlalchemy.database  sqlite")
        person.type(ENTER)
        person.expect("sqlalchemy.database:")
        person.type(DOWN, ENTER)
        assert person.finish() == 0, person.text
    assert 'database = "mysql"' in (project / ".flaskgen" / "project.toml").read_text()


@pytest.mark.e2e
def test_an_option_that_the_project_cannot_have_is_not_offered(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["login"]))
    with at_terminal("option", "--no-install", cwd=project) as person:
        assert person.finish() == 0
    assert person.text == "Nothing to do: the project's extensions have no option that can be changed.\n"


@pytest.mark.parametrize(
    ("typed", "fix"),
    [
        (
            ("add", "login", "-o", "login.totp=yes"),
            "flaskgen add login -o login.totp=yes --json --no-install sqlalchemy",
        ),
        (
            ("option", "sqlalchemy.database=mysql"),
            "flaskgen add sqlalchemy && flaskgen option sqlalchemy.database=mysql --json --no-install",
        ),
    ],
)
def test_an_option_without_what_it_needs_has_a_fix(run: Run, typed: tuple[str, ...], fix: str) -> None:
    refused = run(*typed, "--json")
    assert json.loads(refused.out)["error"]["fix"] == fix


@pytest.mark.parametrize(("verb", "what"), [("remove", "NAME"), ("option", "EXT.KEY=VALUE")])
def test_without_a_terminal_what_to_change_is_a_missing_argument(run: Run, verb: str, what: str) -> None:
    done = run(verb)
    assert (done.code, done.only("error")) == (2, f"missing argument {what}")


@pytest.mark.e2e
def test_who_chooses_none_changes_nothing_and_that_is_no_error(project: Path) -> None:
    before = read_project(project)
    with at_terminal("add", "--no-install", cwd=project) as person:
        person.expect("Extensions to add:")
        person.type(ENTER)
        assert person.finish() == 1
    assert person.text.endswith("Nothing was changed.\n")
    assert "error" not in person.text
    assert read_project(project) == before


@pytest.mark.e2e
def test_ctrl_c_at_a_prompt_changes_nothing(project: Path) -> None:
    before = read_project(project)
    with at_terminal("add", "--no-install", cwd=project) as person:
        person.expect("Extensions to add:")
        person.type(CTRL_C)
        assert person.finish() == 130
    assert read_project(project) == before


@pytest.mark.e2e
def test_a_project_with_every_extension_has_nothing_to_add(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(tuple(shipped().extensions)))
    with at_terminal("add", "--no-install", cwd=project) as person:
        assert person.finish() == 0
    assert "Nothing to do: the project has every extension for Flask 3.1." in person.text


@pytest.mark.e2e
def test_what_flask_cannot_have_is_nothing_to_add(run: Run, project: Path) -> None:
    assert "note: skipping" in run("add", "all").err
    with at_terminal("add", "--no-install", cwd=project) as person:
        assert person.finish() == 0, person.text
    assert "Nothing to do" in person.text


# Names that the user's own code has

INIT_DB = """\
import click


@click.command("init-db")
def init_db_command():
    \"\"\"Drop the tables, and create them again.\"\"\"
"""
USER = "\n\nclass User(db.Model):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
CONTACT = 'from flask import Blueprint\n\nbp = Blueprint("contact", __name__)\n'


@pytest.mark.parametrize(
    ("there", "path", "text", "added", "place"),
    [
        ([], "shop/auth.py", "MINE = 1\n", "login", "shop/auth.py"),
        (["sqlalchemy"], "shop/models.py", USER, "login", "shop/models.py:34"),
        ([], "shop/mailer/__init__.py", "MINE = 1\n", "mail", "shop/mailer"),
        ([], "shop/pages.py", CONTACT, "wtf", "shop/pages.py:3"),
        ([], "shop/db.py", INIT_DB, "sqlalchemy", "shop/db.py:5"),
    ],
)
def test_a_name_that_the_users_code_has_stops_the_change(
    run: Run, tmp_path: Path, there: list[str], path: str, text: str, added: str, place: str
) -> None:
    project = write_project(tmp_path / "shop", files_of(there))
    (project / path).parent.mkdir(exist_ok=True)
    with (project / path).open("a") as file:
        file.write(text)
    before = read_project(project)
    for options in ((), ("--dry-run",)):
        result = run("add", added, *options)
        assert result.code == 1
        assert place in result.only("error")
        assert result.only("hint").startswith("rename yours, or make the change anyway")
    result = run("add", added, "--dry-run", "--json")
    assert result.code == 1
    (clash,) = json.loads(result.out)["clashes"]
    assert f"{clash['path']}:{clash['line']}" in (place, f"{place}:None")
    assert read_project(project) == before
    assert not (project / UNDO).exists()


def test_without_verification_a_name_of_the_users_does_not_stop_the_change(run: Run, project: Path) -> None:
    (project / "shop" / "pages.py").write_text(CONTACT)
    assert run("add", "wtf", "--no-verify").code == 0
    assert (project / "shop" / "contact.py").is_file()


# A project of older templates


@pytest.fixture
def outdated(project: Path) -> Path:
    """The project as an older flaskgen made it, whose main.py had one more line."""
    older = files_of(["production"], generator="0.0.1")
    pristine = dict(unpack_base(older[BASE_PATH]))
    for files in (older, pristine):
        files[MAIN] = encode(files[MAIN]) + b"\n\nOLDER = 1\n"
    older[BASE_PATH] = pack_base(pristine)
    return write_project(project, older)


@pytest.mark.parametrize("options", [(), ("--json",), ("--quiet",), ("--dry-run",)])
def test_an_outdated_project_is_not_changed(run: Run, outdated: Path, options: tuple[str, ...]) -> None:
    before = read_project(outdated)
    result = run("add", "mail", *options)
    assert result.code == 1
    if "--json" in options:
        told = json.loads(result.out)["error"]
        assert (told["kind"], "--update" in told["hint"]) == ("project-outdated", True)
    else:
        assert result.only("error").startswith("`shop` was created from templates other than those of")
        assert result.only("hint") == (
            "update it first with `flaskgen update`, or in the same change with --update"
        )
    assert read_project(outdated) == before


def test_an_outdated_project_is_updated_in_the_same_change_with_update(run: Run, outdated: Path) -> None:
    before = read_project(outdated)
    listed = run("add", "mail", "--update", "--dry-run").out
    assert "  update  shop/main.py\n" in listed
    assert "-OLDER = 1\n" in listed
    assert run("add", "mail", "--update").code == 0
    assert read_project(outdated) == files_of(["mail"])
    assert run("undo").code == 0
    assert read_project(outdated) == before
    assert run("update").code == 0
    assert read_project(outdated) == files_of(["production"])


@pytest.mark.e2e
def test_at_a_terminal_the_user_decides_whether_an_outdated_project_is_updated(outdated: Path) -> None:
    before = read_project(outdated)
    for answer, code in (("n", 1), (CTRL_C, 130), (CTRL_D, 1)):
        with at_terminal("add", "mail", "--no-install", cwd=outdated) as person:
            person.expect("`shop` was created from templates other than those of")
            person.expect("Update it in the same change?")
            person.type(answer)
            assert person.finish() == code
        assert ("error" in person.text) is (answer == CTRL_C)
        assert read_project(outdated) == before
    with at_terminal("add", "mail", "--no-install", cwd=outdated) as person:
        person.expect("Update it in the same change?")
        person.type(ENTER)
        assert person.finish() == 0
    assert read_project(outdated) == files_of(["mail"])


def test_undo_says_how_far_it_can_go_back(run: Run, project: Path) -> None:
    names = ["mail", "wtf", "moment"]
    states = [read_project(project)]
    for name in names:
        run("add", name)
        states.append(read_project(project))
    ends = [
        "2 earlier changes can be undone; the next is `add wtf`.",
        "1 earlier change can be undone; the next is `add mail`.",
        "There is no earlier change to undo.",
    ]
    for name, state, end in zip(reversed(names), states[-2::-1], ends, strict=True):
        assert json.loads(run("undo", "--dry-run", "--json").out)["undone"] == f"add {name}"
        result = run("undo")
        assert re.search(
            rf"^Undid `flaskgen add {name}`: restored \d+ files\. {re.escape(end)}$", result.err, re.M
        )
        assert read_project(project) == state
    assert run("undo").code == 1


@pytest.mark.e2e
def test_undo_goes_back_ten_changes(run: Run, project: Path) -> None:
    for number in range(6):
        assert run("add", "mail").code == 0, number
        assert run("remove", "mail").code == 0, number
    undone = [json.loads(run("undo", "--json").out) for _ in range(10)]
    assert [one["undone"] for one in undone] == ["remove mail", "add mail"] * 5
    assert [len(one["further"]) for one in undone] == [*range(9, -1, -1)]
    assert run("undo").only("error") == "nothing to undo"
