from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.commands.projects import files_of, write_project

TRACEBACK = """Traceback (most recent call last):
  File "/home/ada/shop/app.py", line 1, in <module>
    from flask import Flask
  File "/home/ada/shop/.venv/lib/python3.8/site-packages/flask/__init__.py", line 14, in <module>
    from jinja2 import escape
ImportError: cannot import name 'escape' from 'jinja2' (/home/ada/jinja2/__init__.py)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop"
    (path / "templates").mkdir(parents=True)
    (path / "requirements.txt").write_text(
        "Flask==0.12.5\nFlask-Login==0.5.0\nMarkupSafe==2.0.1\nJinja2<3.1\n"
    )
    (path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (path / "templates" / "base.html").write_text("{{ current_user.is_authenticated() }}\n")
    return path


def test_what_is_found_is_shown_by_how_bad_it_is(shop: Path, invoke: Invoke) -> None:
    result = invoke("doctor", "shop")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (1, "")
    assert lines[0] == "Flask 0.12.5, of a series of 2016, unsupported (requirements.txt:1: Flask==0.12.5)"
    assert lines[2] == "The application is app:app"
    stops = lines.index("It will not start:")
    fails = lines.index("It fails in use:")
    assert lines[stops + 1] == "- Flask up to 1.1 imports `json` from itsdangerous, which 2.1 removed"
    assert "  -> pin itsdangerous<2.1" in lines[stops:fails]
    assert "  templates/base.html:1" in lines[fails:]


@pytest.mark.parametrize("there", [True, False])
def test_an_environment_that_does_not_work_is_no_failure_of_the_application(
    tmp_path: Path, invoke: Invoke, there: bool
) -> None:
    project = write_project(tmp_path / "own", files_of([]))
    python = project / ".venv" / "bin" / "python"
    if there:
        python.parent.mkdir(parents=True)
        python.symlink_to("/gone/python3.13")
        (project / ".venv" / "pyvenv.cfg").write_text("version = 3.13.0\n")
    lines = invoke("doctor", "own").out.splitlines()
    place = lines.index("It has no working environment:")
    assert ("is missing: its link leads to /gone" if there else "There is no virtual") in lines[place + 1]
    assert not any(line.startswith(("It fails", "Starts")) for line in lines)
    [finding] = json.loads(invoke("doctor", "own", "--json").out)["findings"]
    assert finding["level"] == "environment"


def test_it_exits_with_0_if_nothing_stops_the_start(shop: Path, invoke: Invoke) -> None:
    with (shop / "requirements.txt").open("a") as file:
        file.write("itsdangerous==2.0.1\n")
    assert invoke("doctor", "shop").code == 0


def test_json_has_everything(shop: Path, invoke: Invoke) -> None:
    result = invoke("doctor", "shop", "--json")
    found = json.loads(result.out)
    assert (result.code, found["starts"], found["entry_point"]) == (1, False, "app:app")
    assert found["flask"]["released"] == "2016-12"
    assert found["findings"][0]["id"] == "flask-1-itsdangerous-2.1"


def test_it_says_in_which_directory_the_application_is(tmp_path: Path, invoke: Invoke) -> None:
    application = "from flask import Flask\n\napp = Flask(__name__)\n"
    for part in ("backend", "worker"):
        (tmp_path / "parts" / part).mkdir(parents=True)
        (tmp_path / "parts" / part / "app.py").write_text(application)
    (tmp_path / "parts" / "requirements.txt").write_text("flask==3.1.2\n")
    assert "The application is app:app in backend" in invoke("doctor", "parts").out.splitlines()
    found = json.loads(invoke("doctor", "parts", "--json").out)
    assert (found["entry_point"], found["directory"]) == ("app:app", "backend")


def test_an_error_is_explained(invoke: Invoke) -> None:
    result = invoke("doctor", "--error", "No module named 'flask.ext'")
    assert result.code == 0
    assert result.out.startswith("Flask 1.0.1 removed the package `flask.ext`\n  happens with Flask>=1.0.1\n")
    assert "  -> pin Flask<1\n" in result.out


def test_a_traceback_on_stdin_says_whose_import_failed(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explained(text: str) -> list[str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return [row["id"] for row in json.loads(invoke("doctor", "--error", "-", "--json").out)]

    assert explained(TRACEBACK) == ["flask-1-jinja2-3.1"]
    own = TRACEBACK.replace(".venv/lib/python3.8/site-packages/flask/__init__.py", "views.py")
    assert explained(own) == ["jinja2-markup"]
    assert explained(TRACEBACK.splitlines()[-1]) == ["flask-1-jinja2-3.1", "jinja2-markup"]


def test_an_unknown_error_and_none_are_errors(invoke: Invoke) -> None:
    unknown = invoke("doctor", "--error", "ZeroDivisionError")
    assert (unknown.code, unknown.only("error")) == (
        1,
        "no known break of Flask or its extensions has this message",
    )
    assert invoke("doctor", "--error", " ").code == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "`{}/nothing` is not a directory"),
        ("empty", "there is no Python file in `{}/empty`"),
        ("other", "`{}/other` does not use Flask"),
    ],
)
def test_what_is_no_flask_project_is_refused(tmp_path: Path, invoke: Invoke, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").write_text("import django\n")
    result = invoke("doctor", name)
    assert (result.code, result.only("error")) == (1, message.format(tmp_path))
