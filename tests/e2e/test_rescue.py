"""Old projects that no longer start are rescued with the packages of the real index."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import version_numbers

pytestmark = pytest.mark.e2e
Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]
OLD_PYTHONS = [
    one for one in find_interpreters(Session()) if one.usual and version_numbers(one.minor) < (3, 10)
]

# As of 2017: with a new Python and new build tools, MarkupSafe cannot be built, and psycopg2 never can here.
PINS = """\
Flask==0.12.2
Flask-Login==0.4.0
Flask-SQLAlchemy==2.2
itsdangerous==0.24
Jinja2==2.9.6
MarkupSafe==1.0
SQLAlchemy==1.1.11
Werkzeug==0.12.2
"""
APPLICATION = """\
import os

from flask import Flask
from flask.ext.login import LoginManager
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config['SECRET_KEY'] = os.environ['SHOP_SECRET']
app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'
db = SQLAlchemy(app)
login_manager = LoginManager(app)


@app.route('/')
def index():
    return 'hello'
"""


@pytest.mark.skipif(not OLD_PYTHONS, reason="there is no Python before 3.10, on which these pins work")
def test_a_project_of_2017_starts_with_its_own_pins(flaskgen: Flaskgen, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(PINS)
    (tmp_path / "shop.py").write_text(APPLICATION)
    run = flaskgen("rescue", "--json")
    assert run.returncode == 0, run.stdout
    rescued = json.loads(run.stdout)
    assert (rescued["flask"], rescued["status"], rescued["dated"][:4]) == ("0.12.2", 200, "2017")
    assert rescued["variables"] == {"SHOP_SECRET": "placeholder"}
    assert {row["name"] for row in rescued["requirements"] if row["kind"]} <= {"markupsafe"}
    assert (tmp_path / "shop.py").read_text() == APPLICATION

    python = tmp_path / ".venv" / "bin" / "python"
    code = "import shop; print(shop.app.test_client().get('/').data.decode())"
    asked = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env={"SHOP_SECRET": "x"}, capture_output=True, text=True
    )
    assert asked.stdout == "hello\n", asked.stderr


def test_pins_of_today_that_do_not_fit_the_code_are_bounded(flaskgen: Flaskgen, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Flask==2.2.2\nWerkzeug==3.0.1\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    run = flaskgen("rescue", "--json")
    assert run.returncode == 0, run.stdout
    rescued = json.loads(run.stdout)
    (changed,) = [row for row in rescued["requirements"] if row["kind"]]
    assert (changed["name"], changed["installed"].split(".")[0]) == ("werkzeug", "2")
    assert "Werkzeug" in changed["reason"]
    assert f"# Werkzeug==3.0.1 {changed['kind']}: " in (tmp_path / "requirements.rescued.txt").read_text()
