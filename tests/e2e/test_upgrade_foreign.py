"""A project of Flask 1.1 that flaskgen did not make climbs to Flask 3.1, with real packages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.schemas import require_printed_valid

pytestmark = pytest.mark.e2e
Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]

PINS = """\
Flask==1.1.4
Flask-Login==0.5.0
itsdangerous==1.1.0
Jinja2==2.11.3
MarkupSafe==1.1.1
Werkzeug==1.0.1
pytest==6.2.5  # for tests
"""
APPLICATION = """\
import datetime

from flask import Flask, Markup, jsonify, redirect, send_file, url_for  # the web
from flask.json import JSONEncoder
from flask_login import LoginManager
from jinja2 import contextfilter
from werkzeug.security import safe_str_cmp


class Encoder(JSONEncoder):
    def default(self, value):
        return sorted(value) if isinstance(value, set) else JSONEncoder.default(self, value)


app = Flask(__name__)
app.json_encoder = Encoder
app.config['SECRET_KEY'] = 'x'
LoginManager(app).user_loader(lambda key: None)
started = []


@app.before_first_request
def prepare():
    started.append(1)


@app.template_filter('shout')
@contextfilter
def shout(context, text):
    return Markup(text.upper())


@app.route('/')
def index():
    return redirect(url_for('secret'))


@app.route('/secret')
def secret():
    return 'yes' if safe_str_cmp('a', 'a') and len(started) == 1 else 'no'


@app.route('/prices')
def prices():
    return jsonify(prices={2, 1}, since=datetime.date(2020, 1, 2))


@app.route('/file')
def file():
    return send_file('shop.py', attachment_filename='shop.txt', as_attachment=True)
"""
TESTS = """\
import pytest
from shop import app


@pytest.fixture
def client():
    return app.test_client()


def test_home(client):
    assert client.get('/').headers['Location'] == 'http://localhost/secret'


def test_secret(client):
    assert client.get('/secret').data == client.get('/secret').data == b'yes'


def test_prices(client):
    assert client.get('/prices').get_json() == {'prices': [1, 2], 'since': 'Thu, 02 Jan 2020 00:00:00 GMT'}


def test_file(client):
    assert 'shop.txt' in client.get('/file').headers['Content-Disposition']
"""


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout


def test_a_project_of_flask_1_climbs_to_3(flaskgen: Flaskgen, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(PINS)
    (tmp_path / "shop.py").write_text(APPLICATION)
    (tmp_path / "test_shop.py").write_text(TESTS)
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.com")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-qm", "Start")
    run = flaskgen("upgrade", "--flask", "3.1", "--json")
    require_printed_valid(["upgrade", "--json"], run.stdout)
    printed = json.loads(run.stdout)
    assert run.returncode == 0, printed
    steps = [step["flask"] for step in printed["steps"]]
    assert steps == ["1.1.4", "2.0.3", "2.1.3", "2.2.5", "2.3.3", "3.0.3", "3.1.3"]
    assert {step["judged"] for step in printed["steps"]} == {"4 tests pass"}
    code = git(tmp_path, "show", "upgrade-flask-3.1:shop.py")
    for line in (
        "from flask import Flask, jsonify, redirect, send_file, url_for  # the web",
        "from flask.json.provider import DefaultJSONProvider",
        "class Encoder(DefaultJSONProvider):",
        "        return sorted(value) if isinstance(value, set) else DefaultJSONProvider.default(value)",
        "app.json = Encoder(app)",
        "from markupsafe import Markup",
        "from jinja2 import pass_context",
        "from hmac import compare_digest",
        "@functools.lru_cache(maxsize=None)",
        "    return send_file('shop.py', download_name='shop.txt', as_attachment=True)",
    ):
        assert line in code.splitlines()
    assert "Flask==3.1.3\n" in git(tmp_path, "show", "upgrade-flask-3.1:requirements.txt")
    assert git(tmp_path, "status", "--porcelain") == ""
    assert (tmp_path / "shop.py").read_text() == APPLICATION
