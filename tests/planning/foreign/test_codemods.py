"""What is certain is rewritten, and nothing else: the layout and the comments stay."""

from __future__ import annotations

import pytest

from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.foreign.codemods import rewrite
from tests.sampling import sampled


def rewritten(text: str, *rows: str) -> str:
    known = {row.id: row for row in load_breaks().rows}
    return rewrite(text, [known[name] for name in rows])


@pytest.mark.parametrize(
    ("row", "before", "after"),
    [
        pytest.param(
            "flask-ext",
            "from flask.ext.login import LoginManager, current_user  # users\n",
            "from flask_login import LoginManager, current_user  # users\n",
            id="a module of flask.ext",
        ),
        pytest.param(
            "flask-ext",
            "from flask.ext import login, wtf as forms\nlogin.LoginManager()\n",
            "import flask_login as login\nimport flask_wtf as forms\nlogin.LoginManager()\n",
            id="modules from flask.ext",
        ),
        pytest.param(
            "werkzeug-top-level",
            "import os\n\n# files\nfrom werkzeug import secure_filename, serving\n",
            "import os\n\n# files\nfrom werkzeug import serving\n"
            "from werkzeug.utils import secure_filename\n",
            id="one of two names",
        ),
        pytest.param(
            "werkzeug-top-level",
            "def f():\n    from werkzeug import generate_password_hash, check_password_hash\n    return 1\n",
            "def f():\n    from werkzeug.security import generate_password_hash, check_password_hash\n"
            "    return 1\n",
            id="an import in a function",
        ),
        pytest.param(
            "flask-markup",
            "from flask import (\n    Flask,\n    Markup,\n    escape as e,\n    g,  # state\n)\n",
            "from flask import (\n    Flask,\n    g,  # state\n)\n"
            "from markupsafe import Markup, escape as e\n",
            id="names in brackets",
        ),
        pytest.param(
            "flask-markup",
            "from flask import (\n    Flask,\n    Markup\n)\n",
            "from flask import (\n    Flask\n)\nfrom markupsafe import Markup\n",
            id="the last name in brackets",
        ),
        pytest.param(
            "flask-markup",
            "import flask\nx = flask.Markup('<b>')  # bold\ny = flask.g\n",
            "import flask\nimport markupsafe\n\nx = markupsafe.Markup('<b>')  # bold\ny = flask.g\n",
            id="an attribute of the module",
        ),
        pytest.param(
            "wtforms-3",
            "from wtforms import TextField, SubmitField\n\n\nclass Form:\n    name = TextField('Name')\n",
            "from wtforms import SubmitField\nfrom wtforms import StringField\n\n\nclass Form:\n"
            "    name = StringField('Name')\n",
            id="a new name",
        ),
        pytest.param(
            "wtforms-3",
            "from wtforms import StringField, TextField\nx = TextField()\n",
            "from wtforms import StringField\nx = StringField()\n",
            id="a new name that is imported already",
        ),
        pytest.param(
            "wtforms-3",
            "from wtforms import TextField\nStringField = 1\nx = TextField()\n",
            "from wtforms import StringField as TextField\nStringField = 1\nx = TextField()\n",
            id="a new name that means something else here",
        ),
        pytest.param(
            "wtforms-3",
            "from wtforms import validators\nx = [validators.Required()]\n",
            "from wtforms import validators\nx = [validators.DataRequired()]\n",
            id="a new attribute",
        ),
        pytest.param(
            "wtforms-3",
            "from wtforms.fields.html5 import EmailField\n",
            "from wtforms.fields import EmailField\n",
            id="everything of a module",
        ),
        pytest.param(
            "safe-str-cmp",
            "from werkzeug.security import safe_str_cmp\nsafe_str_cmp(a, b)\n",
            "from hmac import compare_digest\ncompare_digest(a, b)\n",
            id="a function of the standard library",
        ),
        pytest.param(
            "jinja2-markup",
            "from jinja2 import contextfilter, Environment\n\n@contextfilter\ndef f(context): pass\n",
            "from jinja2 import Environment\nfrom jinja2 import pass_context\n\n@pass_context\n"
            "def f(context): pass\n",
            id="a decorator",
        ),
        pytest.param(
            "send-file-arguments",
            "from flask import send_file as send\nsend(f, attachment_filename='a', cache_timeout = 0)\n",
            "from flask import send_file as send\nsend(f, download_name='a', max_age = 0)\n",
            id="arguments of a function with an alias",
        ),
        pytest.param(
            "is-authenticated",
            "if current_user.is_authenticated() and not g.user.is_anonymous():\n    pass\n",
            "if current_user.is_authenticated and not g.user.is_anonymous:\n    pass\n",
            id="properties of users",
        ),
        pytest.param(
            "is-authenticated",
            "class User:\n    def is_active(self):\n        return self.active\n",
            "class User:\n    @property\n    def is_active(self):\n        return self.active\n",
            id="a class of users",
        ),
        pytest.param(
            "before-first-request",
            "from shop import app\n\n@app.before_first_request\ndef prepare():\n    db.create_all()\n",
            "from shop import app\nimport functools\n\n@app.before_request\n"
            "@functools.lru_cache(maxsize=None)\ndef prepare():\n"
            "    db.create_all()\n",
            id="a function before the first request",
        ),
        pytest.param(
            "location-header",
            "assert response.headers['Location'] == 'http://localhost/login'\n"
            'self.assertEqual(response.location, "http://localhost/")  # home\n',
            "assert response.headers['Location'] == '/login'\n"
            'self.assertEqual(response.location, "/")  # home\n',
            id="the location of a redirect",
        ),
        pytest.param(
            "flask-script",
            "from flask_script import Manager, Shell\n"
            "from flask_migrate import Migrate, MigrateCommand\n"
            "from shop import app, db\n\n"
            "manager = Manager(app)\n"
            "migrate = Migrate(app, db)\n\n"
            "def context():\n    return {}\n\n"
            "manager.add_command('shell', Shell(make_context=context))\n"
            "manager.add_command('db', MigrateCommand)\n\n\n"
            "@manager.command\ndef create_db(name, size='big', force=False):\n"
            "    'Make it.'\n\n\n"
            "if __name__ == '__main__':\n    manager.run()  # all\n",
            "from flask_migrate import Migrate\n"
            "from shop import app, db\nimport click\nfrom flask.cli import FlaskGroup\n\n"
            "migrate = Migrate(app, db)\n\n"
            "def context():\n    return {}\n\n"
            "app.shell_context_processor(context)\n\n\n"
            '@app.cli.command("create_db")\n'
            '@click.argument("name")\n'
            '@click.option("-s", "--size", type=str, default=\'big\')\n'
            '@click.option("-f", "--force", is_flag=True)\n'
            "def create_db(name, size='big', force=False):\n    'Make it.'\n\n\n"
            "if __name__ == '__main__':\n    FlaskGroup(create_app=lambda: app)()  # all\n",
            id="commands of Flask-Script",
        ),
        pytest.param(
            "flask-context-stacks",
            "from flask import Flask, _app_ctx_stack\n\ndef get_db():\n    top = _app_ctx_stack.top\n"
            "    if not hasattr(top, 'db'):\n        top.db = connect()\n    return _app_ctx_stack.top.db\n",
            "from flask import g, Flask\n\ndef get_db():\n    top = g\n"
            "    if not hasattr(top, 'db'):\n        top.db = connect()\n    return g.db\n",
            id="values on the stack of contexts",
        ),
        pytest.param(
            "flask-sqlalchemy-context",
            "app = Flask(__name__)\n\nif __name__ == '__main__':\n    # the tables\n    db.create_all()\n"
            "    user = User('a')\n    db.session.add(user)  # me\n    app.run()\n",
            "app = Flask(__name__)\n\nif __name__ == '__main__':\n    # the tables\n"
            "    with app.app_context():\n        db.create_all()\n        user = User('a')\n"
            "        db.session.add(user)  # me\n    app.run()\n",
            id="the database when a module is run",
        ),
        pytest.param(
            "flask-sqlalchemy-paginate",
            "posts = Post.query.paginate(page, per_page=20)\nposts = own.paginate(\n    1, 2, False)\n",
            "posts = Post.query.paginate(page=page, per_page=20)\n"
            "posts = own.paginate(\n    page=1, per_page=2, error_out=False)\n",
            id="arguments without names",
        ),
        pytest.param(
            "flask-sqlalchemy-relative-path",
            "import os\n\napp.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///app.db'  # the tables\n",
            "import os\n\napp.config['SQLALCHEMY_DATABASE_URI'] = "
            "'sqlite:///' + os.path.join(app.root_path, 'app.db')  # the tables\n",
            id="a relative path of SQLite",
        ),
        pytest.param(
            "flask-sqlalchemy-context",
            "from shop import db, app\n\ndb.drop_all()\ndb.create_all()\n",
            "from shop import db, app\n\nwith app.app_context():\n    db.drop_all()\n    db.create_all()\n",
            id="the database in a script",
        ),
    ],
)
def test_what_is_certain_is_rewritten(row: str, before: str, after: str) -> None:
    assert rewritten(before, row) == after


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("flask-markup", "def f(Markup):\n    return Markup('')\n"),
        ("flask-markup", "from .flask import Markup\n"),
        ("flask-markup", "from flask import *\nMarkup('')\n"),
        (
            "flask-markup",
            "try:\n    from markupsafe import escape\nexcept ImportError:\n    from flask import escape\n",
        ),
        ("flask-markup", "flask = object()\nflask.Markup\n"),
        ("wtforms-3", "from mine import TextField\nx = TextField()\n"),
        ("wtforms-3", "import other\nother.validators.Required()\n"),
        ("send-file-arguments", "from mine import send_file\nsend_file(f, attachment_filename='a')\n"),
        ("send-file-arguments", "from flask import send_file\nsend_file(f, **options)\n"),
        ("is-authenticated", "request.is_authenticated()\ncurrent_user.is_authenticated(1)\n"),
        ("before-first-request", "@app.before_first_request\ndef f():\n    return 1\n"),
        (
            "before-first-request",
            "@app.before_first_request\ndef f(): pass\n\n@app.before_request\ndef g(): pass\n",
        ),
        ("location-header", "assert response.location == 'http://other.example/login'\n"),
        ("location-header", "assert url == 'http://localhost/login'\n"),
        ("location-header", "response.location = 'http://localhost/login'\n"),
        ("location-header", "assert r.location == url_for('login', next='http://localhost/a')\n"),
        ("location-header", "assert client.get('/', base_url='http://localhost/app').location == '/app/'\n"),
        ("location-header", "self.assertEqual(r.location.replace('http://localhost/', ''), 'login')\n"),
        ("location-header", "self.assertEqual(r.location, url, 'http://localhost/login')\n"),
        (
            "flask-script",
            "from flask_script import Manager\nmanager = Manager(create_app())\nmanager.run()\n",
        ),
        (
            "flask-script",
            "from flask_script import Manager\nmanager = Manager(app)\n"
            "@manager.option('-n', dest='n')\ndef f(n): pass\nmanager.run()\n",
        ),
        (
            "flask-script",
            "from flask_script import Manager, Command\nmanager = Manager(app)\nmanager.run()\n",
        ),
        *(
            (
                "flask-script",
                f"from flask_script import Manager\nmanager = Manager(app)\n{command}manager.run()\n",
            )
            for command in (
                "@manager.command\n@login\ndef f(): pass\n",
                "@manager.command\ndef f(*names): pass\n",
                "@manager.command\ndef f(verbose=True): pass\n",
                "@manager.command\ndef f(size=1, shape=2): pass\n",
            )
        ),
        *(
            ("flask-context-stacks", f"from flask import _app_ctx_stack\n\ndef f():\n    {lines}\n")
            for lines in (
                "top = _app_ctx_stack.top\n    if top is not None:\n        top.a = 1",
                "top = _app_ctx_stack.top\n    return top.app",
                "top = _app_ctx_stack.top\n    return getattr(top, 'app')",
                "top = _app_ctx_stack.top\n    top.a = g.a",
                "top = _app_ctx_stack.top\n    g = top.a",
                "top = _app_ctx_stack.top\n    use(top, top.a)",
                "_app_ctx_stack.push(_app_ctx_stack.top.a)",
            )
        ),
        (
            "flask-context-stacks",
            "try:\n    from flask import _app_ctx_stack\nexcept ImportError:\n    pass\n"
            "_app_ctx_stack.top.a = 1\n",
        ),
        ("flask-sqlalchemy-paginate", "db.paginate(query)\nPost.query.paginate(*pages)\n"),
        ("flask-sqlalchemy-paginate", "database.paginate(query, page=2)\n"),
        ("flask-sqlalchemy-paginate", "def paginate(one): pass\nown.paginate(1)\n"),
        ("flask-sqlalchemy-relative-path", "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:////app.db'\n"),
        (
            "flask-sqlalchemy-relative-path",
            "class Config:\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db'\n",
        ),
        ("flask-sqlalchemy-context", "db.create_all()\napp = Flask(__name__)\n"),
        ("flask-sqlalchemy-context", "from shop import app\n\ndb.create_all()\n"),
        ("flask-sqlalchemy-context", "app = create_app()\ndef f():\n    db.create_all()\n"),
        ("flask-sqlalchemy-context", "app = Flask(__name__)\nwith app.app_context():\n    db.create_all()\n"),
        (
            "flask-sqlalchemy-context",
            "app = Flask(__name__)\ndb.create_all()\ndef f(): pass\ndb.session.commit()\n",
        ),
        ("flask-ext", "print 'Python 2'\nfrom flask.ext import login\n"),
    ],
)
def test_what_is_not_certain_stays(row: str, text: str) -> None:
    assert rewritten(text, row) == text


def test_several_rows_are_applied_at_once() -> None:
    text = (
        "from flask.ext.login import current_user\nfrom werkzeug import redirect\ncurrent_user.is_active()\n"
    )
    assert rewritten(text, "flask-ext", "werkzeug-top-level", "is-authenticated") == (
        "from flask_login import current_user\nfrom werkzeug.utils import redirect\ncurrent_user.is_active\n"
    )


def test_old_escapes_in_a_file_print_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    rewritten('from flask import Markup\nx = "\\d"\n', "flask-markup")
    assert not list(recwarn)


def test_line_endings_stay() -> None:
    assert rewritten("from flask import g, Markup\r\n", "flask-markup") == (
        "from flask import g\r\nfrom markupsafe import Markup\r\n"
    )


@pytest.mark.parametrize("calls", sampled([150, 180, 210, 1000], [210]))
def test_a_long_chain_of_calls_is_no_error(calls: int) -> None:
    chain = f"query = table{'.filter()' * calls}\n"
    assert rewritten(f"from flask import Markup\n{chain}", "flask-markup").endswith(
        f" import Markup\n{chain}"
    )
