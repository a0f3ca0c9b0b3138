from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.effects.foreign.files import known_names
from flaskgen.planning.foreign.project import (
    read_project,
    value_for,
    variables_to_set,
    without_servers,
)


def _project(files):
    return read_project({PurePosixPath(name): text for name, text in files.items()}, known_names())


def _entries(files):
    return [(str(entry.root), str(entry)) for entry in _project(files).entry_points]


APP = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"
GIVEN = FACTORY.replace("=None", "")


@pytest.mark.parametrize(
    ("files", "first"),
    [
        ({"app.py": APP}, (".", "app:app")),
        ({"shop/__init__.py": FACTORY}, (".", "shop:create_app()")),
        ({".flaskenv": "FLASK_APP=shop:create_app('x')\n", "shop.py": GIVEN}, (".", "shop:create_app('x')")),
        (
            {"Dockerfile": 'CMD ["gunicorn", "shop:create_app(\\"x\\")"]\n', "shop.py": FACTORY},
            (".", "shop:create_app('x')"),
        ),
        ({"core.py": "from flask import Flask as F\nweb = F(__name__)\n"}, (".", "core:web")),
        ({"core.py": "from apiflask import APIFlask\nweb = APIFlask('x')\n"}, (".", "core:web")),
        ({"core.py": "import flask\nweb: flask.Flask = flask.Flask('x')\n"}, (".", "core:web")),
        ({"core.py": "class Web(flask.Flask):\n    pass\nweb = Web('x')\n"}, (".", "core:web")),
        ({"core.py": "import dash\nserver = dash.Dash('x').server\n"}, (".", "core:server")),
        (
            {"wsgi.py": "from shop import create_app\napp = create_app()\n", "shop/__init__.py": FACTORY},
            (".", "wsgi:app"),
        ),
        (
            {".flaskenv": "FLASK_APP=shop\n", "app.py": APP, "shop/__init__.py": FACTORY},
            (".", "shop:create_app()"),
        ),
        (
            {
                "Procfile": "web: gunicorn -w 4 serve:application\n",
                "serve.py": "application = create_app()\n",
                "app.py": APP,
            },
            (".", "serve:application"),
        ),
        (
            {"README.md": "FLASK_APP=/home/me/autoapp.py\n", "autoapp.py": APP, "app.py": APP},
            (".", "autoapp:app"),
        ),
        (
            {
                "src/setup.py": "",
                "src/shop/__init__.py": "",
                "src/shop/web.py": "from shop import db\n" + APP,
                "src/shop/db.py": "",
            },
            ("src", "shop.web:app"),
        ),
        (
            {
                "project/app.py": "from project import models\n" + APP,
                "project/models.py": "",
                "tests/app.py": APP,
            },
            (".", "project.app:app"),
        ),
        (
            {
                "orders/app/__init__.py": FACTORY.replace("=None", ""),
                "orders/run.py": "if __name__ == '__main__':\n    create_app(getenv('C', 'development'))\n",
            },
            ("orders", "app:create_app('development')"),
        ),
    ],
)
def test_the_entry_point_is_found(files, first):
    assert _entries(files)[0] == first


def test_tests_and_migrations_are_no_entry_points():
    assert _entries({"tests/conftest.py": APP, "migrations/env.py": APP, "test_app.py": APP}) == []


def test_imports_are_told_by_their_distributions_and_own_modules_are_not():
    project = _project(
        {
            "app.py": "import yaml, os, models, nobody_knows\nfrom flask.ext.login import x\n",
            "models.py": "from PIL import Image\n",
        }
    )
    assert list(project.imported) == ["pyyaml", "flask-login", "pillow"]


def test_services_are_named_with_what_names_them():
    project = _project(
        {"requirements.txt": "psycopg2==2.7\n", "config.py": "\nURL = 'redis://localhost:6379'\n"}
    )
    assert [tuple(one) for one in project.services] == [
        ("PostgreSQL", "requirements.txt: psycopg2"),
        ("Redis", "config.py:2: redis://"),
    ]


def test_python_2_is_told_by_imports_of_modules_that_the_project_does_not_have():
    project = _project(
        {
            "shop/__init__.py": "import urllib2\nimport commands\n",
            "shop/views.py": "try:\n    import ConfigParser\nexcept ImportError:\n    pass\n",
            "commands.py": "",
        }
    )
    assert [(sign.line, "urllib2" in sign.what) for sign in project.python2] == [(1, True)]


def test_examples_of_variables_are_read_from_documentation():
    project = _project(
        {
            "README.md": "    $ export APP_SETTINGS=project.config.Dev\n",
            ".env.example": "KEY='x'\n",
            "app.py": "",
        }
    )
    assert project.examples == {"APP_SETTINGS": "project.config.Dev", "KEY": "x"}


def test_a_variable_is_not_required_if_a_condition_asks_for_it():
    text = (
        "import os\nif 'A' in os.environ and x:\n    a = os.environ['A'] + os.environ['B']\n"
        "c = os.environ['C'] if os.environ.get('C') else os.environ['D']\n"
    )
    assert {one.name for one in _project({"app.py": text}).variables if one.required} == {"B", "D"}


@pytest.mark.parametrize(
    ("error", "names"),
    [
        ('EnvError: Environment variable "DATABASE_URL" not set', {"DATABASE_URL"}),
        (
            "UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.",
            {"SECRET_KEY"},
        ),
        ("RuntimeError: The environment variable 'SHOP' is not set ... point to a configuration file", set()),
        (
            "RuntimeError: The environment variable 'KNOWN' is not set ... point to a configuration file",
            {"KNOWN"},
        ),
        ("KeyError: 'SHOP'", set()),
        ("KeyError: 'KNOWN'", {"KNOWN"}),
    ],
)
def test_a_variable_that_an_error_names_is_set(error, names):
    project = _project({"app.py": "", "README.md": "    export KNOWN=known.cfg\n"})
    assert variables_to_set(error, project) == names


def test_if_an_error_names_no_variable_all_without_a_default_are_set():
    text = (
        "import os\na = os.environ['A']\nb = os.getenv('B')\nc = os.getenv('C', 'c')\nd = os.environ['D']\n"
    )
    project = _project({"app.py": text})
    assert variables_to_set("KeyError: 'A'", project) == {"A", "D"}
    assert variables_to_set("KeyError: 'A'", project, ["A", "D"]) == {"A", "B", "D"}
    assert variables_to_set("ValueError: no URL", project) == {"A", "B", "D"}


def test_values_are_those_that_the_clients_of_services_take():
    example = "API_KEY=abc\nDATABASE_URL=Ex.(postgresql://host)\n"
    project = _project({"app.py": "", ".env.example": example})
    assert {
        name: value_for(name, project) for name in ("API_KEY", "MONGO_DEV_URI", "DATABASE_URL", "NAME")
    } == {
        "API_KEY": "abc",
        "MONGO_DEV_URI": "mongodb://localhost:27017/app",
        "DATABASE_URL": "sqlite://",
        "NAME": "placeholder",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLASK_CONFIG", "development"),
        ("APP_SETTINGS", "config.DevelopmentConfig"),
        ("SHOP_SETTINGS", "../shop.cfg"),
    ],
)
def test_a_configuration_is_named_by_its_key_or_its_path(name, value):
    code = "class DevelopmentConfig:\n    pass\nconfig = {\n    'production': None,\n"
    code += "    'development': DevelopmentConfig,\n}\n"
    project = _project({"config.py": code, "README.md": "export SHOP_SETTINGS=../shop.cfg\n"})
    assert value_for(name, project) == value


def test_urls_of_servers_have_placeholders_that_need_none():
    given = {"DATABASE_URI": "mysql://db.example.com/shop", "REDIS_URL": "redis://redis", "KEY": "x://y"}
    local = {"DATABASE_URI": "sqlite://", "REDIS_URL": "redis://localhost:6379/0", "KEY": "x://y"}
    assert without_servers(given) == local


def test_the_files_that_a_start_runs_are_followed():
    project = _project(
        {
            "wsgi.py": "from shop import app\n",
            "shop/__init__.py": "from .views import x\napp = Flask(__name__)\ndef f():\n    import shop.c\n",
            "shop/views.py": "",
            "shop/c.py": "",
            "other.py": "",
        }
    )
    assert {str(path) for path in project.started()} == {
        "wsgi.py",
        "shop/__init__.py",
        "shop/views.py",
    }


@pytest.mark.parametrize(
    ("requirement", "uses"), [("Eve>=0.8", True), ("Flask-Login", True), ("Django", False)]
)
def test_what_is_made_with_flask_uses_it(requirement, uses):
    assert _project({"run.py": "", "requirements.txt": requirement}).uses_flask is uses


def test_a_project_that_names_a_python_3_is_not_taken_for_python_2():
    files = {"app.py": "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n"}
    assert _project(files).python2
    assert not _project({**files, ".python-version": "3.14\n"}).python2
    assert not _project({**files, "setup.py": "setup(python_requires='>=3.6')"}).python2
    assert _project({**files, "setup.py": "setup(python_requires='>=2.7')"}).python2


def test_a_factory_that_takes_settings_is_called_with_those_for_development():
    files = {
        "shop/__init__.py": FACTORY.replace("=None", ""),
        "shop/settings.py": "class ProdConfig:\n    pass\nclass DevConfig:\n    pass\n",
    }
    assert _entries(files)[0][1] == "shop:create_app('shop.settings.DevConfig')"


def test_settings_for_development_go_before_those_of_tests():
    files = {
        "shop/__init__.py": FACTORY.replace("=None", ""),
        "shop/settings.py": "class TestConfig:\n    pass\nclass DevConfig:\n    pass\n",
        "tests/test_shop.py": "from shop import create_app\ncreate_app('shop.settings.TestConfig')\n",
    }
    assert _entries(files)[0][1] == "shop:create_app('shop.settings.DevConfig')"
    started = {
        **files,
        "wsgi.py": "from shop import create_app\napp = create_app('shop.settings.ProdConfig')\n",
    }
    assert ("shop", "create_app('shop.settings.ProdConfig')") in [
        tuple(str(entry).split(":")) for entry in _project(started).entry_points
    ]


def test_what_code_of_python_2_imports_is_known_though_nothing_requires_it():
    project = _project(
        {"app.py": "from flask import Flask\nfrom .more import x\n  import redis\nprint 'x'\n"}
    )
    assert project.uses_flask
    assert set(project.imported) == {"flask", "redis"}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements/web.txt", "Pipfile"])
def test_of_several_applications_the_requirements_are_of_that_which_is_started(name):
    required = '[packages]\nVERSION = "*"\n' if name == "Pipfile" else "VERSION\n"
    project = _project(
        {
            "admin/core.py": "from flask import Flask\nweb = Flask(__name__)\n",
            f"admin/{name}": required.replace("VERSION", "flask-admin"),
            "shop/app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "admin/uv.lock": '[[package]]\nname = "flask-admin"\nversion = "1.0"\n',
            f"shop/{name}": required.replace("VERSION", "flask-shop"),
        }
    )
    assert [one.name for one in project.requirements.declared] == ["flask-shop"]
