"""What worked before a change works after it, or the change is rolled back with the reason."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flaskgen.planning.project.names import BASE_PATH
from flaskgen.planning.project.record import pack_base, unpack_base
from tests.e2e.runs import listing

pytestmark = pytest.mark.e2e

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Project = Callable[..., Path]


@pytest.fixture
def make(flaskgen: Run, tmp_path: Path) -> Project:
    def make(*extensions: str) -> Path:
        made = flaskgen(
            *("new", "shop", "--with", ",".join(extensions) or "none", "-y", "-q", "--no-git", "--no-verify")
        )
        assert made.returncode == 0, made.stderr
        return tmp_path / "shop"

    return make


def state_of(project: Path) -> Mapping[str, bytes | None]:
    """Return all files of a project and its environment.

    But for what Python compiled, and for headers of C, which uv installs and does not uninstall.
    """
    found = listing(project).items()
    return {path: content for path, content in found if not {"__pycache__", "include"} & {*path.split("/")}}


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def refuse_extension(project: Path, name: str, reason: str) -> None:
    """Let the application fail to start as soon as it has a blueprint or an extension."""
    factory = project / "shop" / "__init__.py"
    text = factory.read_text()
    assert "    return app\n" in text
    check = (
        f"    if {name!r} in [*app.blueprints, *app.extensions]:\n        raise RuntimeError({reason!r})\n"
    )
    factory.write_text(text.replace("    return app\n", f"{check}    return app\n"))


def check_rolled_back(
    done: subprocess.CompletedProcess[str], project: Path, before: Mapping[str, bytes | None], reason: str
) -> None:
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == [f"error: the application does not work after the change: {reason}"]
    assert "--no-verify" in done.stderr.partition("hint: ")[2].splitlines()[0]
    after = state_of(project)
    assert {path for path in {*before, *after} if before.get(path, "") != after.get(path, "")} == set()


def test_a_library_that_looks_for_what_is_added_finds_it(flaskgen: Run, make: Project) -> None:
    """Although an interpreter that saves time imports it before that is installed."""
    project = make()
    [site_packages] = (project / ".venv").glob("lib/*/site-packages")
    (site_packages / "library.py").write_text(
        "import importlib.util\nFOUND = importlib.util.find_spec('flask_moment') is not None\n"
    )
    (site_packages / "library.pth").write_text("import library\n")  # as soon as Python starts
    factory = project / "shop" / "__init__.py"
    check = "    import library\n    assert library.FOUND or 'moment' not in app.extensions\n"
    factory.write_text(factory.read_text().replace("    return app\n", f"{check}    return app\n"))
    added = flaskgen("add", "moment", cwd=project)
    assert (added.returncode, "warning" in added.stderr) == (0, False), added.stderr


def test_an_extension_with_which_the_application_does_not_start_is_not_added(
    flaskgen: Run, make: Project
) -> None:
    project = make()
    refuse_extension(project, "auth", "nobody logs in here")
    before = state_of(project)
    done = flaskgen("add", "login,sqlalchemy", cwd=project)
    check_rolled_back(done, project, before, "RuntimeError: nobody logs in here (shop/__init__.py:64)")
    assert flaskgen("undo", cwd=project).returncode == 1, "what was rolled back is no change to undo"
    assert flaskgen("add", "mail", cwd=project).returncode == 0


def test_an_extension_that_the_users_code_imports_is_not_removed(flaskgen: Run, make: Project) -> None:
    project = make("mail", "wtf")
    append(project / "shop" / "main.py", "\n\nfrom .mailer import send_mail  # noqa\n")
    before = state_of(project)
    done = flaskgen("remove", "mail", cwd=project)
    check_rolled_back(
        done, project, before, "ModuleNotFoundError: No module named 'shop.mailer' (shop/main.py:14)"
    )


def test_a_package_that_the_users_code_imports_is_not_uninstalled(flaskgen: Run, make: Project) -> None:
    project = make("moment")
    append(project / "shop" / "main.py", "\n\nimport flask_moment  # noqa\n")
    before = state_of(project)
    done = flaskgen("remove", "moment", cwd=project)
    check_rolled_back(
        done, project, before, "ModuleNotFoundError: No module named 'flask_moment' (shop/main.py:14)"
    )


def test_an_option_with_which_the_application_does_not_start_is_not_changed(
    flaskgen: Run, make: Project
) -> None:
    project = make("sqlalchemy")
    factory = project / "shop" / "__init__.py"
    check = '    assert "sqlite" in app.config["SQLALCHEMY_DATABASE_URI"], "only SQLite here"\n'
    factory.write_text(factory.read_text().replace("    return app\n", f"{check}    return app\n"))
    before = state_of(project)
    done = flaskgen("option", "sqlalchemy.database=mysql", cwd=project)
    check_rolled_back(done, project, before, "AssertionError: only SQLite here (shop/__init__.py:41)")


def test_an_update_with_which_the_application_does_not_start_is_not_made(
    flaskgen: Run, make: Project
) -> None:
    project = make("production")
    helper = "\n\ndef helper():\n    pass\n"
    pristine = dict(unpack_base((project / BASE_PATH).read_bytes()))
    for path, content in pristine.items():
        if path.name == "security.py":
            pristine[path] = (content if isinstance(content, bytes) else content.encode()) + helper.encode()
            append(project / path, helper)
    (project / BASE_PATH).write_bytes(pack_base(pristine))
    append(project / "shop" / "main.py", "\n\nfrom .security import helper  # noqa\n")
    before = state_of(project)
    for command in (["update"], ["add", "mail", "--update"]):
        done = flaskgen(*command, cwd=project)
        reason = f"ImportError: cannot import name 'helper' from 'shop.security' ({project}/shop/security.py)"
        reason += " (shop/main.py:14)"
        check_rolled_back(done, project, before, reason)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (
            '    return "x" if "mail" not in current_app.extensions else 1 / 0\n',
            "ZeroDivisionError: division by zero (shop/main.py:8)",
        ),
        ('    return ("x", 404 if "mail" in current_app.extensions else 200)\n', "it returns status 404"),
    ],
)
def test_a_home_page_that_fails_afterwards_is_as_bad(
    flaskgen: Run, make: Project, page: str, reason: str
) -> None:
    project = make()
    (project / "shop" / "main.py").write_text(
        "from flask import Blueprint, current_app\n\n"
        'bp = Blueprint("main", __name__)\n\n\n@bp.route("/")\ndef index():\n' + page
    )
    before = state_of(project)
    done = flaskgen("add", "mail", cwd=project)
    check_rolled_back(done, project, before, reason)


def test_without_verification_the_change_is_made(flaskgen: Run, make: Project) -> None:
    project = make()
    refuse_extension(project, "mail", "no mail here")
    done = flaskgen("add", "mail", "--no-verify", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Verified" not in done.stderr
    assert (project / "shop" / "mailer.py").is_file()
    assert flaskgen("undo", cwd=project).returncode == 0


def test_an_application_that_did_not_work_before_is_changed_with_a_warning(
    flaskgen: Run, make: Project
) -> None:
    project = make()
    append(project / "shop" / "main.py", "\n\nraise RuntimeError('under construction')\n")
    told = json.loads(flaskgen("add", "mail", "--json", cwd=project).stdout)
    assert told["changed"]
    assert told["warnings"] == [
        "the application did not work before the change: RuntimeError: under construction (shop/main.py:14)"
    ]
    assert told["verified"] == {
        "works": False,
        "status": None,
        "tests": None,
        "problem": "RuntimeError: under construction (shop/main.py:14)",
    }
    assert (project / "shop" / "mailer.py").is_file()
    done = flaskgen("add", "wtf", cwd=project)
    assert (done.returncode, done.stderr.count("warning: ")) == (0, 1)
    assert "Verified" not in done.stderr


def test_an_application_without_a_home_page_is_changed(flaskgen: Run, make: Project) -> None:
    project = make()
    views = project / "shop" / "main.py"
    assert '"/"' in views.read_text()
    views.write_text(views.read_text().replace('"/"', '"/shop"'))
    told = json.loads(flaskgen("add", "mail", "--json", cwd=project).stdout)
    assert told["verified"] == {"works": True, "status": 404, "tests": None, "problem": None}
    assert told["warnings"] == []
    assert flaskgen("undo", cwd=project).returncode == 0
    assert not (project / "shop" / "mailer.py").exists()


def test_a_change_says_that_it_is_verified(flaskgen: Run, make: Project) -> None:
    project = make()
    told = json.loads(flaskgen("add", "mail", "--json", cwd=project).stdout)
    assert told["verified"] == {"works": True, "status": 200, "tests": None, "problem": None}
    done = flaskgen("remove", "mail", cwd=project)
    assert "\nVerified: the application starts and `GET /` returns 200.\n" in done.stderr


def test_settings_that_the_application_takes_from_the_environment_are_there(
    flaskgen: Run, make: Project
) -> None:
    project = make()
    append(project / "shop" / "main.py", "\n\nimport os  # noqa\n\nSHOP_KEY = os.environ['SHOP_KEY']\n")
    done = flaskgen("add", "mail", cwd=project, SHOP_KEY="x", PYTHONSTARTUP="nowhere")
    assert done.returncode == 0, done.stderr
    assert "warning: " not in done.stderr
    assert "Verified: " in done.stderr


def test_an_application_with_conflict_markers_is_not_started(flaskgen: Run, make: Project) -> None:
    project = make()
    (project / "shop" / "models.py").write_text("mine\n")
    done = flaskgen("add", "sqlalchemy", "--conflict", "markers", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Verified" not in done.stderr


def test_a_second_table_of_users_changes_nothing(flaskgen: Run, make: Project) -> None:
    project = make("sqlalchemy")
    append(
        project / "shop" / "models.py",
        "\n\nclass User(db.Model):\n    id: Mapped[int] = mapped_column(primary_key=True)\n",
    )
    before = state_of(project)
    done = flaskgen("add", "login", cwd=project)
    assert done.returncode == 1
    assert "user" in done.stderr.partition("error: ")[2].lower()
    assert state_of(project) == before


def test_an_environment_without_the_packages_is_installed_and_not_held_against_the_change(
    flaskgen: Run, make: Project, tmp_path: Path
) -> None:
    project = make()
    (tmp_path / "shop" / ".venv").rename(tmp_path / "gone")
    python = (tmp_path / "gone" / "bin" / "python").resolve()
    command = ["uv", "venv", "-q", "--python", str(python), str(project / ".venv")]
    subprocess.run(command, check=True, env=dict(os.environ))
    done = flaskgen("add", "mail", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "did not work" not in done.stderr
    assert "\nVerified: " in done.stderr
