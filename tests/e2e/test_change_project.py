"""A project that grows and shrinks for real: edits, environment and generated tests hold at every step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.planning.project.names import RECORD_PATH
from tests.commands.projects import ENV, read_project
from tests.e2e.installed import call, installed_in
from tests.e2e.runs import start
from tests.project_templates.served import Site

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]
EXTENSIONS = tuple(name for name in load_catalogue().extensions if name != "production")


def ok(completed: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert completed.returncode == 0, completed.stderr + completed.stdout
    return completed


@pytest.fixture
def project(flaskgen: Run, tmp_path: Path) -> Path:
    ok(flaskgen("new", "shop", "--with", "production", "-y", "-q", "--no-git", "--no-verify"))
    return tmp_path / "shop"


def edit_by_hand(project: Path) -> None:
    """Edit a file of every kind, beside the places where extensions add their lines."""

    def replace(path: str, old: str, new: str) -> None:
        text = (project / path).read_text()
        assert old in text
        (project / path).write_text(text.replace(old, new, 1))

    replace("shop/main.py", "", "# The first page, and what is ours.\n")
    with (project / "shop/main.py").open("a") as main:
        main.write('\n\n@bp.route("/about")\ndef about():\n    """Tell about us."""\n    return "about us"\n')
    replace("shop/__init__.py", "from flask import Flask\n", "from flask import Flask, g\n")
    remember = "    @app.before_request\n    def remember():\n        g.shop = True\n\n"
    replace("shop/__init__.py", "    return app\n", f"{remember}    return app\n")
    replace("shop/config.py", '"TRUSTED_HOSTS": [],\n', '"TRUSTED_HOSTS": [],\n        "SHOP_OPEN": True,\n')
    replace("shop/templates/base.html", '"Home"', '"Start"')
    replace("tests/conftest.py", '"TESTING": True,\n', '"TESTING": True,\n            "SHOP_OPEN": False,\n')
    replace("README.md", "## Commands\n", "## Ours\n\nSee the wiki.\n\n## Commands\n")
    (project / "tests/test_ours.py").write_text(
        "def test_about(client, app):\n"
        '    assert client.get("/about").text == "about us"\n'
        '    assert app.config["SHOP_OPEN"] is False\n'
        '    assert "Start" in client.get("/").text\n'
    )


@pytest.mark.slow
def test_extensions_come_one_by_one_and_go_and_the_edits_stay(flaskgen: Run, project: Path) -> None:
    edit_by_hand(project)
    start, packages = read_project(project), installed_in(project)
    for name in EXTENSIONS:
        ok(flaskgen("add", name, cwd=project))
        ok(flaskgen("freeze", "--check", cwd=project))
        Site(project / ".venv/bin/python", project).run_tests()
    call(project / ".venv/bin/python", "-I", "-m", "pip", "check", cwd=project)
    ok(flaskgen("remove", ",".join(EXTENSIONS), cwd=project))
    ok(flaskgen("freeze", "--check", cwd=project))
    after = read_project(project)
    revisions = {path for path in after if str(path).startswith("migrations/versions/")}
    assert revisions, "they stay, as what the database has gone through"
    assert {path: text for path, text in after.items() if path not in revisions} == start
    assert installed_in(project) == packages
    Site(project / ".venv/bin/python", project).run_tests()


def test_what_is_added_is_installed_as_if_chosen_at_the_start(
    flaskgen: Run, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "chosen").mkdir()
    options = ("--with", "sqlalchemy,login", "-y", "-q", "--no-git", "--no-verify")
    ok(flaskgen("new", "shop", *options, cwd=tmp_path / "chosen"))
    ok(flaskgen("add", "sqlalchemy,login", cwd=project))
    chosen = read_project(tmp_path / "chosen" / "shop")
    assert {path: text for path, text in read_project(project).items() if path != ENV} == {
        path: text for path, text in chosen.items() if path != ENV
    }
    assert installed_in(project) == installed_in(tmp_path / "chosen" / "shop")


def test_what_was_installed_by_hand_stays(flaskgen: Run, project: Path) -> None:
    pip = (project / ".venv/bin/python", "-I", "-m", "pip", "install", "-q")
    call(*pip, "click==8.2.1", "dnspython==2.7.0", "six", cwd=project)
    told = json.loads(ok(flaskgen("add", "wtf", "--json", cwd=project)).stdout)
    assert "wtforms" in installed_in(project)
    assert installed_in(project)["click"] == "8.2.1"
    assert installed_in(project)["dnspython"] == "2.7.0"
    assert told["packages"]["replaced"] == {}
    ok(flaskgen("freeze", "--check", cwd=project))
    ok(flaskgen("remove", "wtf", cwd=project))
    packages = installed_in(project)
    assert "wtforms" not in packages
    assert (packages["six"], packages["click"]) == ("1.17.0", "8.2.1")


@pytest.mark.slow
def test_a_version_that_does_not_fit_is_replaced_and_told_and_undo_brings_it_back(
    flaskgen: Run, project: Path
) -> None:
    pip = (project / ".venv/bin/python", "-I", "-m", "pip", "install", "-q", "--no-deps")
    call(*pip, "Flask-Mail==0.9.1", cwd=project)
    told = json.loads(ok(flaskgen("add", "mail", "--json", cwd=project)).stdout)
    assert told["packages"]["replaced"] == {"flask-mail": "0.9.1"}
    assert installed_in(project)["flask-mail"].startswith("0.10.")
    ok(flaskgen("undo", cwd=project))
    assert installed_in(project)["flask-mail"] == "0.9.1"


def test_an_installation_that_fails_changes_nothing(flaskgen: Run, project: Path, tmp_path: Path) -> None:
    before, packages = read_project(project), installed_in(project)
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path / "empty"), "UV_CACHE_DIR": str(tmp_path / "empty-uv")}
    failed = flaskgen(
        "add", "sqlalchemy", "--index-url", "http://127.0.0.1:9/simple", cwd=project, **elsewhere
    )
    assert failed.returncode == 1
    assert "error: " in failed.stderr
    assert read_project(project) == before
    assert installed_in(project) == packages
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"base.zip", "project.toml"}


@pytest.mark.parametrize("command", [["undo"], ["undo", "--offline"]])
def test_an_undo_that_cannot_restore_a_package_changes_nothing(
    flaskgen: Run, project: Path, tmp_path: Path, command: list[str]
) -> None:
    """That package is in no cache, and the index does not answer."""
    ok(flaskgen("add", "mail", cwd=project))
    with_mail, packages_with_mail = read_project(project), installed_in(project)
    ok(flaskgen("remove", "mail", cwd=project))
    without, packages = read_project(project), installed_in(project)
    empty = {"UV_CACHE_DIR": str(tmp_path / "empty")}
    index = [] if "--offline" in command else ["--index-url", "http://127.0.0.1:9/simple"]
    failed = flaskgen(*command, *index, cwd=project, PIP_NO_INDEX="", **empty)
    assert failed.returncode == 1, failed.stderr
    assert failed.stderr.count("error: ") == 1
    assert (read_project(project), installed_in(project)) == (without, packages)
    ok(flaskgen("undo", cwd=project))
    assert (read_project(project), installed_in(project)) == (with_mail, packages_with_mail)


def test_a_package_that_cannot_be_uninstalled_keeps_the_project_as_it_was(
    flaskgen: Run, project: Path
) -> None:
    ok(flaskgen("add", "mail,wtf", cwd=project))
    before, packages = read_project(project), installed_in(project)
    (info,) = (project / ".venv").glob("lib/*/site-packages/flask_mail-*.dist-info")
    record = (info / "RECORD").read_bytes()
    (info / "RECORD").unlink()  # without it, uv does not know which files to remove
    failed = flaskgen("remove", "mail,wtf", cwd=project)
    assert failed.returncode == 1, failed.stderr
    assert "RECORD" in failed.stderr
    assert (read_project(project), installed_in(project)) == (before, packages)
    assert not (project / ".flaskgen" / "transaction").exists()
    (info / "RECORD").write_bytes(record)
    ok(flaskgen("remove", "mail,wtf", cwd=project))
    assert "flask-mail" not in installed_in(project)


def test_undo_brings_packages_back_too(flaskgen: Run, project: Path) -> None:
    before, packages = read_project(project), installed_in(project)
    ok(flaskgen("add", "mail,wtf", cwd=project))
    added, with_them = read_project(project), installed_in(project)
    ok(flaskgen("undo", cwd=project))
    assert (read_project(project), installed_in(project)) == (before, packages)
    ok(flaskgen("add", "mail,wtf", cwd=project))
    ok(flaskgen("remove", "wtf,mail", cwd=project))
    ok(flaskgen("undo", cwd=project))
    assert (read_project(project), installed_in(project)) == (added, with_them)


@pytest.mark.slow
def test_hashes_are_kept(flaskgen: Run, tmp_path: Path) -> None:
    ok(flaskgen("new", "shop", "--hashes", "--with", "none", "-y", "-q", "--no-git", "--no-verify"))
    project = tmp_path / "shop"
    ok(flaskgen("add", "mail", cwd=project))
    text = (project / "requirements.txt").read_text()
    assert "\nflask-mail==0.10.0 \\\n    --hash=sha256:" in text
    ok(flaskgen("freeze", "--check", cwd=project))


def test_two_at_once_both_come(flaskgen: Run, project: Path) -> None:
    runs = [start("add", name, cwd=project) for name in ("mail", "wtf")]
    for run in runs:
        _, told = run.communicate(timeout=120)
        assert run.returncode == 0, told
    record = (project / ".flaskgen" / "project.toml").read_text()
    assert 'extensions = ["production", "wtf", "mail"]' in record
    ok(flaskgen("freeze", "--check", cwd=project))
    assert not (project / ".flaskgen" / "lock").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_all_or_nothing(flaskgen: Run, project: Path, number: int) -> None:
    """It is stopped later and later, until a run is done before its signal comes."""
    before, packages = read_project(project), installed_in(project)
    outcomes = set()
    for attempt in range(1, 40):
        run = start("add", "sqlalchemy,login", cwd=project)
        time.sleep(0.12 * attempt)
        os.kill(run.pid, number)
        _, told = run.communicate(timeout=60)
        if number == signal.SIGKILL:  # what it left is rolled back by the next run
            ok(flaskgen("freeze", "-q", cwd=project))
        if run.returncode == 0 or (project / RECORD_PATH).read_bytes() != before[RECORD_PATH]:
            break
        outcomes.add(run.returncode)
        early = "KeyboardInterrupt" in told  # before flaskgen itself has begun
        assert run.returncode in (128 + number, -number) or early, told
        assert read_project(project) == before
        assert installed_in(project) == packages
    assert outcomes
    ok(flaskgen("add", "sqlalchemy,login", cwd=project))
    record = (project / ".flaskgen" / "project.toml").read_text()
    assert 'extensions = ["production", "sqlalchemy", "wtf", "login"]' in record
    ok(flaskgen("freeze", "--check", cwd=project))
    Site(project / ".venv/bin/python", project).run_tests()
