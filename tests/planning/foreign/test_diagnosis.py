from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest
from packaging.version import Version

from flaskgen.effects.foreign.files import known_names
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.planning.foreign.diagnosis import Diagnosis, Finding, Level, diagnose
from flaskgen.planning.foreign.project import read_project

APP = "from flask import Flask\napp = Flask(__name__)\n"


def look_at(
    files: dict[str, str],
    *,
    python: str = "3.11",
    environment: Sequence[str] = (),
    templates: dict[str, str] | None = None,
) -> tuple[Diagnosis, list[Finding]]:
    texts = {PurePosixPath(name): text for name, text in files.items()}
    pages = {PurePosixPath(name): text for name, text in (templates or {}).items()}
    found = diagnose(
        read_project(texts, known_names()),
        load_breaks(),
        load_series(),
        python=Version(python),
        environment=environment,
        templates=pages,
    )
    return found, list(found.findings)


def broken(files: dict[str, str], level: Level = Level.STOPS, python: str = "3.11") -> set[str]:
    _, findings = look_at(files, python=python)
    return {finding.broken.id for finding in findings if finding.broken and finding.level is level}


def test_pins_that_work_together_are_no_finding() -> None:
    pins = (
        "Flask==1.1.4\nMarkupSafe==2.0.1\nFlask-Login==0.5.0\nFlask-SQLAlchemy==2.5.1\nSQLAlchemy==1.4.54\n"
    )
    assert look_at({"requirements.txt": pins, "app.py": APP})[1] == []


def test_what_pip_would_install_with_an_old_flask_is_found() -> None:
    files = {"requirements.txt": "Flask==1.1.2\n", "app.py": APP}
    together = {"flask-1-jinja2-3.1", "flask-1-itsdangerous-2.1", "flask-1-werkzeug-2.1"}
    assert broken(files) == together
    bounded = {
        **files,
        "constraints.txt": "Jinja2<3\n",
        "requirements.txt": "Flask==1.1.2\n-c constraints.txt\n",
    }
    assert broken(bounded) == together - {"flask-1-jinja2-3.1"} | {"jinja2-2-markupsafe-2.1"}


def test_a_release_that_bounds_its_dependencies_needs_one_pin() -> None:
    assert broken({"requirements.txt": "Flask==1.1.4\n", "app.py": APP}) == {"jinja2-2-markupsafe-2.1"}


def test_a_package_on_a_python_that_it_does_not_work_on_is_found() -> None:
    files = {
        "requirements.txt": "Flask==1.1.4\nMarkupSafe==2.0.1\nSQLAlchemy==1.2.7\n",
        "app.py": APP + "import sqlalchemy\n",
    }
    assert broken(files, python="3.10") == {"sqlalchemy-1.2-python-3.10"}
    assert broken(files, python="3.9") == set()
    assert broken({**files, ".python-version": "3.9.2\n"}, python="3.12") == set()
    assert broken({**files, "runtime.txt": "python-3.12.1\n"}, python="3.9")


@pytest.mark.parametrize(
    ("required", "level"),
    [("", Level.ADVICE), (">=2.5", Level.ADVICE), ("==3.1.1", None), ("~=3.0", None), ("==2.5.1", None)],
)
def test_what_only_moves_with_a_release_is_no_fault_of_code_that_requires_it(
    required: str, level: Level | None
) -> None:
    code = f"{APP}app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///app.db'\n"
    pins = f"Flask==2.2.5\nWerkzeug<3\nSQLAlchemy==1.4.54\nFlask-SQLAlchemy{required}\n"
    found = look_at({"requirements.txt": pins, "app.py": code})[1]
    assert [finding.level for finding in found] == ([] if level is None else [level])


def test_a_use_in_the_code_has_its_lines_the_version_and_what_to_do() -> None:
    code = APP + "from flask import Markup\n"
    target, (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": code})
    assert finding.level is Level.STOPS
    assert finding.what == "Flask 3.0 removed `flask.Markup` and `flask.escape`"
    assert finding.places == ("app.py:3",)
    assert finding.fixes == ("pin Flask<3", "change the code: `from markupsafe import Markup, escape`")
    assert (target.flask, target.written_for) == (None, "Flask<3")
    assert look_at({"requirements.txt": "Flask<3\n", "app.py": code})[1] == []


@pytest.mark.parametrize(
    ("path", "code", "level"),
    [
        ("app.py", "from flask import Markup", Level.STOPS),
        ("tests/test_app.py", "from flask import Markup", Level.FAILS),
        ("never_imported.py", "from flask import Markup", Level.FAILS),
        ("app.py", "def view():\n    from flask import Markup", Level.FAILS),
    ],
)
def test_only_what_certainly_runs_stops_the_start(path: str, code: str, level: Level) -> None:
    files = {"requirements.txt": "Flask\n", "app.py": APP}
    files[path] = files.get(path, "") + code + "\n"
    assert [finding.level for finding in look_at(files)[1]] == [level]


def test_a_package_that_nothing_imports_does_not_stop_the_start() -> None:
    files = {"requirements.txt": "Flask\neventlet==0.31.0\nFlask-SocketIO\n", "app.py": APP}
    assert broken(files, Level.FAILS) == {"eventlet-python-3.10"}
    files["app.py"] += "import flask_socketio\n"
    assert broken(files) == {"eventlet-python-3.10"}  # python-engineio imports it, if it is there
    assert broken({"requirements.txt": "Flask\nlxml==4.8\n", "app.py": APP}) == {"lxml-python-3.11"}


def test_a_file_that_no_python_takes_stops_the_start_if_it_is_imported() -> None:
    files = {"requirements.txt": "Flask\n", "app.py": APP, "skeleton/model.py": "class {{ name }}:\n"}
    assert [finding.level for finding in look_at(files)[1]] == [Level.ADVICE]
    files["app.py"] += "def page():\n    import skeleton.model\n"
    assert [finding.level for finding in look_at(files)[1]] == [Level.STOPS]


def test_the_series_of_a_bound_is_the_newest_below_it() -> None:
    target, _ = look_at({"requirements.txt": "Flask>=1.0,<2\n", "app.py": APP})
    assert (target.series and target.series.name, target.flask) == ("1.1", None)


def test_what_a_factory_runs_stops_the_start() -> None:
    code = "from flask import Flask\ndef create_app():\n    from flask import escape\n    return Flask('x')\n"
    assert broken({"requirements.txt": "Flask\n", "shop/__init__.py": code}) == {"flask-markup"}


def test_templates_are_read_as_well() -> None:
    files = {"requirements.txt": "Flask\nFlask-Login\n", "app.py": APP}
    pages = {"templates/base.html": "<p>\n{% if current_user.is_authenticated() %}"}
    (finding,) = look_at(files, templates=pages)[1]
    assert finding.places == ("templates/base.html:2",)
    assert finding.level is Level.FAILS


def test_email_needs_its_package() -> None:
    files = {"app.py": APP + "from wtforms.validators import Email\n"}
    assert broken({**files, "requirements.txt": "Flask\nFlask-WTF\n"}) == {"wtforms-email-validator"}
    for also in ("email-validator", "WTForms[email]"):
        assert broken({**files, "requirements.txt": f"Flask\nFlask-WTF\n{also}\n"}) == set()


def test_a_module_of_the_project_is_no_module_of_python_2() -> None:
    files = {"requirements.txt": "Flask\n", "app.py": APP + "import imp\nimport commands\n"}
    assert broken(files, python="3.12") == {"imp"}
    assert broken({**files, "imp.py": ""}, python="3.12") == set()


@pytest.mark.parametrize(
    ("requires", "python", "why"),
    [
        ("", "3.11", "this one; the project names none"),
        (">=3.11", "3.11", "this one; pyproject.toml asks for >=3.11"),
        ("<3.10", "3.9", "pyproject.toml asks for <3.10"),
    ],
)
def test_the_python_is_that_of_the_project_with_the_reason(requires: str, python: str, why: str) -> None:
    text = f'[project]\nrequires-python = "{requires}"\ndependencies = ["flask"]\n'
    target, _ = look_at({"pyproject.toml": text, "app.py": APP})
    assert (str(target.python), target.python_from) == (python, why)


@pytest.mark.parametrize(
    ("files", "python", "why"),
    [
        ({"setup.py": "setup(python_requires='<3.9')"}, "3.8", "setup.py asks for <3.9"),
        ({"tox.ini": "[tox]\nenvlist = py27,py36\n"}, "3.6", "the newest that tox.ini names"),
        (
            {"tox.ini": "envlist = py36", "setup.py": "setup(python_requires='<3.9')"},
            "3.8",
            "setup.py asks for <3.9",
        ),
        (
            {"runtime.txt": "python-3.7.3", "setup.py": "setup(python_requires='<3.9')"},
            "3.7.3",
            "runtime.txt asks for it",
        ),
    ],
)
def test_a_python_is_read_from_files_beside_the_requirements(
    files: dict[str, str], python: str, why: str
) -> None:
    target, _ = look_at({"requirements.txt": "flask==1.0\n", "app.py": APP, **files})
    assert (str(target.python), target.python_from) == (python, why)


def test_code_for_python_2_is_one_finding() -> None:
    code = APP + "import urllib2\nprint 'x'\n{}.iteritems()\n"
    (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": code})[1]
    assert finding.level is Level.STOPS
    assert finding.what.startswith("It is code for Python 2: ")
    assert finding.places[0] == "app.py:4"


def test_code_for_python_2_that_the_application_does_not_import_is_advice() -> None:
    (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": APP, "old.py": "print 'x'\n"})[1]
    assert (finding.level, finding.places) == (Level.ADVICE, ("old.py:1",))


def test_code_that_does_not_parse_is_named_by_its_line() -> None:
    (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": APP + "def (:\n"})[1]
    assert (finding.level, finding.places) == (Level.STOPS, ("app.py:3",))


def test_a_conflict_is_named_as_one_which_no_rescue_resolves() -> None:
    code = f"{APP}<<<<<<< ours\na = 1\n=======\na = 2\n>>>>>>> theirs\n"
    target, (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": code})
    assert (finding.level, finding.places) == (Level.STOPS, ("app.py:3",))
    assert finding.what == "It has a conflict of Git that nobody resolved"
    assert not target.needs_rescue


@pytest.mark.parametrize(
    ("requirements", "code", "needed"),
    [
        ("Flask==1.1.2\n", APP, True),
        ("flask=1.1\n", APP, True),
        ("Flask==2.3.3\n", APP, False),
        ("Flask==1.1.2\n", f"{APP}def (:\n", False),
        ("Flask==1.1.2\n", f"{APP}print 'x'\n", False),
    ],
)
def test_a_rescue_is_proposed_if_nothing_but_code_would_stop_it(
    requirements: str, code: str, needed: bool
) -> None:
    assert look_at({"requirements.txt": requirements, "app.py": code})[0].needs_rescue is needed


def test_a_version_of_no_form_is_looked_up_like_any_other() -> None:
    assert look_at({"requirements.txt": "Flask\npytz===2013b.x\n", "app.py": APP})[1] == []


def test_a_line_that_cannot_be_read_is_named_with_the_reason() -> None:
    (finding,) = look_at({"requirements.txt": "Flask\n===broken\n", "app.py": APP})[1]
    assert (finding.level, finding.places) == (Level.STOPS, ("requirements.txt:2",))
    assert finding.what.startswith("cannot read `===broken`: ")


def test_a_line_that_cannot_be_read_is_named_without_its_token() -> None:
    line = "git+https://ghp_token@example.com/a;b"
    (finding,) = look_at({"requirements.txt": f"Flask\n{line}\n", "app.py": APP})[1]
    assert finding.what.startswith("cannot read `git+https://****@example.com/a;b`: ")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("poetry.lock", '[[package]]\nversion = "1.0"\n'),
        ("uv.lock", '[[package]]\nname = "flask"\nversion = 3\n'),
        ("pdm.lock", "package = 3\n"),
        ("pylock.toml", 'packages = ["flask"]\n'),
        ("Pipfile.lock", '{"default": null}'),
        ("Pipfile", "packages = []\n"),
        ("pyproject.toml", "project = 1\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\nflask = {extras = 1}\n"),
        ("setup.py", "x = 1\0\n"),
        ("setup.cfg", "install_requires = flask\n"),
    ],
)
def test_a_file_with_a_wrong_structure_is_named_and_the_rest_is_looked_at(name: str, text: str) -> None:
    found = look_at({name: text, "app.py": APP})[1]
    whats = [one.what for one in found if one.places and one.places[0].startswith(name)]
    assert any(what.startswith(f"cannot read `{name}`: ") for what in whats)


def test_an_unmaintained_package_has_a_successor() -> None:
    (finding,) = look_at({"requirements.txt": "Flask\nflask_bootstrap==3.3.7.1\n", "app.py": APP})[1]
    assert finding.what == "Flask-Bootstrap is unmaintained: its last release is 3.3.7.1 of 2017"
    assert finding.places == ("requirements.txt:2",)


def test_a_broken_release_and_a_python_that_is_too_new_are_found() -> None:
    assert "0.12.3" in look_at({"requirements.txt": "Flask==0.12.3\nWerkzeug<1\n", "app.py": APP})[1][0].what
    files = {"requirements.txt": "Flask==2.2.5\nWerkzeug<3\n", "app.py": APP}
    assert look_at(files, python="3.13")[1] == []
    (finding,) = look_at(files, python="3.14")[1]
    assert finding.what.startswith("Flask 2.2.5 does not work on Python 3.14 (")


def test_variables_that_must_be_set_are_named_unless_they_are() -> None:
    files = {"requirements.txt": "Flask\n", "app.py": APP + "import os\nkey = os.environ['API_KEY']\n"}
    (finding,) = look_at(files)[1]
    assert finding.what == "It needs the environment variable API_KEY"
    assert look_at(files, environment=["API_KEY"])[1] == []
    assert look_at({**files, ".env": "export API_KEY=x\n"})[1] == []


AWS = "AKIA" + "ABCDEFGHIJKLMNOP"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("SECRET_KEY = 'b7Qz91LmXc0Rk2'", "a secret key"),
        ("app.config['SECRET_KEY'] = 'b7Qz91LmXc0Rk2'", "a secret key"),
        ("key = '''-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        (f"key = '{AWS}'", "a key of AWS"),
        ("URI = 'postgresql://shop:b7Qz91Lm@10.0.0.5/shop'", "a password in a URL"),
    ],
)
def test_a_secret_is_found_and_not_shown(line: str, what: str) -> None:
    quote = "'''" if "'''" in line else ""
    (finding,) = look_at({"requirements.txt": "Flask\n", "app.py": f"{APP}{line}{quote}\n"})[1]
    assert finding.what == f"There is {what} in the project"
    assert finding.places == ("app.py:3",)
    assert "b7Qz91" not in repr(finding)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app.py", "SECRET_KEY = 'change-me-please'"),
        ("app.py", "SECRET_KEY = os.environ.get('SECRET_KEY')"),
        ("app.py", "URI = 'postgresql://shop:b7Qz91Lm@localhost/shop'"),
        ("tests/test_app.py", "SECRET_KEY = 'b7Qz91LmXc0Rk2'"),
        (".env", "SECRET_KEY='b7Qz91LmXc0Rk2'"),
    ],
)
def test_what_is_no_secret_or_ignored_by_git_is_not_found(path: str, line: str) -> None:
    files = {"requirements.txt": "Flask\n", "app.py": APP, ".gitignore": ".env\n"}
    files[path] = files.get(path, "") + f"import os\n{line}\n"
    assert look_at(files)[1] == []


@pytest.mark.parametrize("line", ["from tasks import async", "async = True", "run(await=1)", "self.async(1)"])
def test_a_name_that_became_a_keyword_is_told_with_the_python_that_takes_it(line: str) -> None:
    files = {"requirements.txt": "flask==3.1.3\n", "app.py": f"{APP}{line}\n"}
    (finding,) = look_at(files)[1]
    assert finding.what.endswith("` is a keyword since Python 3.7")
    assert finding.fixes == ("run it on Python before 3.7", "rename it")
    assert look_at({**files, "runtime.txt": "python-3.6.1"}, python="3.6")[1] == []


@pytest.mark.parametrize("line", ["async def f(: pass", "x = await f(", "x = 'async' + )"])
def test_an_error_beside_such_a_keyword_is_one_of_its_own(line: str) -> None:
    (finding,) = look_at({"requirements.txt": "flask==3.1.3\n", "app.py": f"{APP}{line}\n"})[1]
    assert finding.what.startswith("It is no valid Python")


def test_a_secret_key_of_one_letter_is_no_secret() -> None:
    files = {"requirements.txt": "flask==3.1.3\n", "app.py": f"{APP}SECRET_KEY = '{'A' * 20}'\n"}
    assert look_at(files)[1] == []
