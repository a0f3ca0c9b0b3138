from __future__ import annotations

import ast

import pytest

from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.flask.code_uses import UseFinder

FINDER = UseFinder(load_breaks().rows)


def found(source: str) -> list[tuple[str, int]]:
    return [(use.broken.id, use.line) for use in FINDER.find(source, ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "broken"),
    [
        ("from flask.ext.login import LoginManager", "flask-ext"),
        ("from flask.ext import login", "flask-ext"),
        ("import flask.ext.login", "flask-ext"),
        ("from flask import Flask, Markup as M", "flask-markup"),
        ("import flask\nflask.Markup('x')", "flask-markup"),
        ("import flask as f\ndef page():\n    return f.escape('x')", "flask-markup"),
        ("import werkzeug.urls as urls\nurls.url_quote('x')", "werkzeug-urls"),
        ("from werkzeug import urls\nurls.url_quote('x')", "werkzeug-urls"),
        ("from wtforms import validators\nvalidators.Required()", "wtforms-3"),
        ("import flask\nflask.send_file(path, attachment_filename='x')", "send-file-arguments"),
        ("send_file(path, 'text/plain', attachment_filename=name)", "send-file-arguments"),
        ("@app.before_first_request\ndef prepare(): pass", "before-first-request"),
        ("@jwt_required\ndef page(): pass", "jwt-required"),
        ("self.app.env", "app-env"),
        ("posts = Post.query.paginate(page, error_out=False)", "flask-sqlalchemy-paginate"),
        ("name = fields.Str(missing='')", "marshmallow-missing"),
        ("generate_password_hash(p, method='sha256')", "password-hash-method"),
        ("if not current_user.is_authenticated(): pass", "is-authenticated"),
        ("jwt.encode(payload, key).decode('utf-8')", "pyjwt-decode"),
        ("Environment(extensions=['jinja2.ext.autoescape'])", "jinja2-autoescape-extension"),
        ("URI = 'postgres://user@host/name'", "sqlalchemy-postgres-url"),
        ("assert r.headers['Location'] == 'http://localhost/login'", "location-header"),
        ("self.assertEqual(r.location, 'http://localhost/', 'message')", "location-header"),
        ("if __name__ == '__main__':\n    db.create_all()", "flask-sqlalchemy-context"),
        ("class Model(db.Model):\n    data = db.Column(db.Binary)", "sqlalchemy-binary"),
    ],
)
def test_a_use_is_found(source: str, broken: str) -> None:
    assert broken in [one for one, _ in found(source)]


def test_a_use_is_named_once_by_its_line() -> None:
    source = """
import flask, werkzeug.contrib.cache
from werkzeug.contrib.fixers import ProxyFix

cache = werkzeug.contrib.cache.SimpleCache(flask.Markup("x"), flask.Markup("y"))
"""
    assert found(source) == [("werkzeug-contrib", 2), ("werkzeug-contrib", 3), ("flask-markup", 5)]


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from flask import Markup\nexcept ImportError:\n    from markupsafe import Markup",
        "try:\n    from urllib.parse import quote\nexcept ImportError:\n    from urllib import quote",
        "try:\n    import urllib2\nexcept:\n    urllib2 = None",
        "if sys.version_info[0] < 3:\n    import urllib2",
        "if PYTHON == 3:\n    import urllib.parse\nelse:\n    import urlparse",
        "if six.PY2:\n    import urllib2",
        "if hasattr(babel, 'localeselector'):\n    babel.localeselector(get)\nelse:\n    babel.set(get)",
        "if int(version.split('.')[0]) < 2:\n    send_file(path, attachment_filename='x')",
        "import flask\nif hasattr(flask, 'Markup'):\n    flask.Markup('x')",
        "from .flask import Markup",
        "from markupsafe import Markup\nMarkup('x')",
        "flask.Markup('x')",
        "send_file(path, download_name='x')",
        "generate_password_hash(p, method='scrypt')",
        "current_user.is_authenticated",
        "@jwt_required()\ndef page(): pass",
        "def jwt_required(): pass\nprint(jwt_required)",
        "with app.app_context():\n    db.create_all()",
        "def create():\n    db.create_all()",
        "URI = 'postgresql://user@host/name'",
        "url.replace('postgres://', 'postgresql://', 1)",
        "'see app.env'",
        "db.paginate(db.select(Post), per_page=20)",
        "database.paginate(select(Post), page=page)",
    ],
)
def test_code_that_works_is_not_found(source: str) -> None:
    assert found(source) == []


def test_a_use_says_in_which_function_it_is() -> None:
    source = """
from flask import Markup
@app.before_first_request
def prepare():
    from flask.json import JSONEncoder
    def inner():
        return app.env
"""
    uses = FINDER.find(source, ast.parse(source))
    assert [use.function for use in uses] == [None, None, "prepare", "prepare"]
