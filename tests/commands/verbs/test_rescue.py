"""Projects of a few lines are rescued with packages of a few lines, from an index on loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.commands import rescue
from flaskgen.commands.foreign import beginning
from flaskgen.commands.foreign.beginning import RescueOptions, find_beginning
from flaskgen.effects.foreign import starting
from flaskgen.effects.foreign.files import read_foreign
from flaskgen.effects.python import interpreters
from flaskgen.effects.system.session import Session
from flaskgen.errors import CannotWrite, FlaskgenError, InterpreterNotFound, NotAProject, RescueFailed
from flaskgen.planning.flask.interpreter import Interpreter
from tests.effects.index_server import LoopbackIndex, make_sdist, make_wheel, serve
from tests.sampling import sampled

HERE = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
FLASK = """
class Flask:
    def __init__(self, name):
        self.config = {}
    def test_client(self):
        return self
    def get(self, path):
        if getattr(self, 'page', None):
            self.page()
        self.status_code = 200
        return self
def read(path):
    open(path)
"""
APP = "from flask import Flask\napp = Flask(__name__)\n"
BROKEN = "\nfrom os import nothing\n"


@pytest.fixture(scope="module")
def index() -> Iterator[LoopbackIndex]:
    wheels = [
        make_wheel("flask", "1.0", text=FLASK),
        make_wheel("flask", "1.1", text=BROKEN),
        make_wheel("flask", "1.2", text=FLASK),
        make_wheel("helper", "1.0", text=BROKEN),
        make_wheel("helper", "1.5"),
        make_wheel("helper", "2.0", text=BROKEN),
        make_wheel("psycopg2-binary", "2.9"),
        make_sdist("psycopg2", "2.7", builds=False),
        make_sdist("fancy", "1.0", builds=False),
        make_wheel("flask-login", "0.6"),
        make_wheel("patched", "1.0", python=">=3.6.2"),
        make_wheel("pip", "24.0"),
        make_wheel("pytest", "1.0", text="raise SystemExit('error: no such option: --cov\\n  rootdir: /')\n"),
        make_wheel("setuptools", "70.0"),
        make_wheel("setuptools", "83.0"),
        make_wheel("shop-plugin", "1.0", requires=("Flask-Shop>=2",)),
    ]
    with serve(LoopbackIndex()) as served:
        served.add(*wheels)
        yield served


@pytest.fixture(autouse=True)
def _sources(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(beginning, "find_interpreters", lambda session: (HERE,))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "shop"
    directory.mkdir()
    (directory / "app.py").write_text(APP)
    (directory / "requirements.txt").write_text("flask==1.0\n")
    return directory


def _files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and ".venv" not in path.parts
    }


def _changes(outcome):
    return {row.name: (str(row.kind), row.installed) for row in outcome.requirements if row.kind}


def test_a_project_that_starts_keeps_its_pins(project):
    before = _files(project)
    outcome = rescue(project)
    assert (outcome.attempts, _changes(outcome)) == (1, {})
    assert outcome.result.started
    assert outcome.result.started.status == 200
    after = _files(project)
    assert before.items() <= after.items()
    assert sorted(after.keys() - before.keys()) == [
        ".python-version",
        "RESCUE.md",
        "requirements.rescued.txt",
    ]
    assert "\nflask==1.0\n" in after["requirements.rescued.txt"].decode()
    assert after[".python-version"].decode() == f"{HERE.minor}\n"
    assert (project / ".venv" / "bin" / "python").exists()


def test_a_pin_whose_code_fails_is_loosened_with_the_reason(project):
    (project / "requirements.txt").write_text("flask==1.1\n")
    outcome = rescue(project)
    assert (outcome.attempts, _changes(outcome)) == (2, {"flask": ("loosened", "1.2")})
    text = (project / "requirements.rescued.txt").read_text()
    assert "# flask==1.1 loosened: ImportError: cannot import name 'nothing'" in text
    assert "\nflask==1.2\n" in text


@pytest.mark.e2e
def test_a_pin_is_not_loosened_over_its_major_version(project):
    (project / "requirements.txt").write_text("flask==1.0\nhelper==1.0\n")
    (project / "app.py").write_text("import helper\n" + APP)
    assert _changes(rescue(project)) == {"helper": ("loosened", "1.5")}


@pytest.mark.e2e
def test_a_pin_that_the_index_lacks_is_loosened(project):
    (project / "requirements.txt").write_text("flask==1.0\nhelper==1.2\n")
    assert _changes(rescue(project)) == {"helper": ("loosened", "1.5")}


def test_the_index_is_asked_for_a_patch_release_of_python_if_a_pin_needs_one(project):
    (project / "requirements.txt").write_text("flask==1.0\npatched==1.0\n")
    begun = find_beginning(project, read_foreign(project)[0], RescueOptions(), session=Session())
    assert "Werkzeug<2" in begun.knowledge.bounds, "what the index says of Flask is known"


def test_what_cannot_be_built_is_replaced_or_dropped(project):
    (project / "requirements.txt").write_text("flask==1.0\npsycopg2==2.7\nfancy==1.0\n")
    outcome = rescue(project)
    assert _changes(outcome) == {"psycopg2": ("replaced", "psycopg2-binary==2.9"), "fancy": ("dropped", None)}
    text = (project / "requirements.rescued.txt").read_text()
    assert "# psycopg2==2.7 replaced: psycopg2 2.7 has no wheel" in text
    assert "psycopg2-binary==2.9\n" in text
    assert "# fancy==1.0 dropped: fancy 1.0 has no wheel" in text


@pytest.mark.e2e
def test_a_header_that_a_build_lacks_is_named(project):
    (project / "requirements.txt").write_text("flask==1.0\nfancy==1.0\n")
    (project / "app.py").write_text("import fancy\n" + APP)
    error = _refused(project)
    assert "fancy==1.0 has no wheel for this Python, and building it failed" in error.message
    assert str(error.hint).startswith("install the library that has `fancy.h`, with its development files")
    assert error.__notes__[0].startswith("nearest of 2 attempts")


def test_without_requirements_those_that_are_imported_are_taken(project):
    (project / "requirements.txt").unlink()
    (project / "app.py").write_text("import flask_login\n" + APP)
    assert _changes(rescue(project)) == {"flask-login": ("added", "0.6"), "flask": ("added", "1.2")}


def test_an_import_that_nothing_requires_is_added(project):
    (project / "app.py").write_text("import flask_login\n" + APP)
    assert _changes(rescue(project)) == {"flask-login": ("added", "0.6")}


def test_variables_that_it_cannot_start_without_are_set_and_told(project):
    (project / "app.py").write_text("import os\nkey = os.environ['SECRET_KEY']\n" + APP)
    assert rescue(project).result.variables == {"SECRET_KEY": "placeholder"}
    report = (project / "RESCUE.md").read_text()
    assert 'export SECRET_KEY=placeholder\nFLASK_APP="app:app" flask run\n' in report


@pytest.mark.e2e
def test_variables_without_a_default_are_set_if_it_does_not_start_without(project):
    (project / "app.py").write_text("import os\nassert os.getenv('CLIENT_ID')\n" + APP)
    assert rescue(project).result.variables == {"CLIENT_ID": "placeholder"}


@pytest.mark.e2e
def test_a_page_that_fails_by_itself_is_told_and_no_reason_to_try_more(project):
    (project / "app.py").write_text(
        APP + "def page():\n    raise LookupError('no such table')\napp.page = page\n"
    )
    outcome = rescue(project)
    assert outcome.attempts == 1
    assert "its home page fails with an error of its own: LookupError: no such table" in outcome.notes


def test_a_page_that_misses_something_in_a_module_of_the_project_fails_by_itself(project):
    (project / "shop_models.py").write_text("")
    code = "def page():\n    import shop_models\n    shop_models.sessions\napp.page = page\n"
    (project / "app.py").write_text(APP + code)
    outcome = rescue(project)
    assert outcome.attempts == 1
    assert "error of its own: AttributeError: module 'shop_models' has no" in outcome.notes[0]


def test_a_page_that_asks_another_machine_is_told_as_such(project):
    (project / "app.py").write_text(
        APP + "def page():\n    raise OSError('Temporary failure in name resolution')\napp.page = page\n"
    )
    (note,) = rescue(project).notes
    assert (
        note == "its home page could not connect to a service: OSError: Temporary failure in name resolution"
    )


def test_a_directory_that_is_not_in_the_project_is_made_for_the_start_and_told(project):
    (project / "app.py").write_text("open('logs/today/app.log', 'w').close()\n" + APP)
    outcome = rescue(project)
    assert outcome.attempts == 1
    assert "it needs the directory logs/today, which the project does not have" in outcome.notes
    assert "activate\nmkdir -p logs/today\nFLASK_APP" in (project / "RESCUE.md").read_text()
    assert not (project / "logs").exists()


@pytest.mark.e2e
def test_modules_of_the_project_that_are_not_on_the_path_are_found(project):
    for path in ("libs/books", "libs/paper/paper"):
        (project / path).mkdir(parents=True)
    (project / "libs" / "books" / "books.py").write_text("import paper\n")
    (project / "libs" / "paper" / "paper" / "__init__.py").write_text("")
    (project / "requirements.txt").write_text("flask==1.0\n-e ./libs/books\n./libs/paper\n")
    (project / "app.py").write_text("import books\n" + APP)
    (project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        import books\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert (outcome.attempts, outcome.result.tests) == (1, (True, "Ran 1 test"))
    assert "it imports modules from libs/books: set PYTHONPATH" in outcome.notes
    report = (project / "RESCUE.md").read_text()
    assert 'export PYTHONPATH="$PWD/libs/books:$PWD/libs/paper"\nFLASK_APP' in report


@pytest.mark.parametrize(
    "lacking",
    sampled(
        [
            "open('secret.cfg')",
            "import flask; flask.read('secret.cfg')",
            "import shop_of.settings",
            "raise ImportError(\"import_string() failed for 'shop_settings.Local'\")",
        ],
        ["open('secret.cfg')"],
    ),
)
def test_no_more_is_tried_if_a_file_of_its_own_is_missing(project, lacking):
    (project / "shop_of").mkdir()
    (project / "shop_of" / "__init__.py").write_text("")
    (project / "app.py").write_text(f"{lacking}\n{APP}")
    error = _refused(project)
    assert error.__notes__[0].startswith("the only attempt")
    assert error.hint == "create it: it is not in the project"


@pytest.mark.e2e
def test_a_variable_that_names_a_configuration_file_is_named_with_the_file(project):
    unset = "The environment variable 'SHOP' is not set. Make it point to a configuration file"
    (project / "app.py").write_text(
        "import os\nread = getattr(os, 'get' + 'env')  # as Flask's from_envvar does, out of sight\n"
        f"if not read('SHOP'):\n    raise RuntimeError({unset!r})\nopen(read('SHOP'))\n{APP}"
    )
    assert "set SHOP to the path of a configuration file, and start" in str(_refused(project).hint)
    (project / "README.md").write_text("    export SHOP=shop.cfg\n")
    error = _refused(project)
    assert "'shop.cfg' (app.py:5)" in error.message
    assert error.hint == "create it, or set SHOP to another: it is not in the project"
    (project / "shop.cfg").write_text("")
    assert rescue(project).result.variables == {"SHOP": "shop.cfg"}


@pytest.mark.e2e
def test_what_an_application_prints_before_it_exits_is_the_reason(project):
    code = (
        "import sys, os\nif not os.environ.get('SHOP_MODE'):\n    print('set SHOP_MODE', file=sys.stderr)\n"
    )
    (project / "app.py").write_text(f"{code}    sys.exit(1)\n{APP}")
    assert rescue(project).result.variables == {"SHOP_MODE": "placeholder"}
    (project / ".venv").rename(project.parent / "venv")
    (project / "app.py").write_text("import sys\nprint('no license', file=sys.stderr)\nsys.exit(1)\n" + APP)
    assert "does not start: SystemExit: 1: no license (app.py:3)" in str(_refused(project))


@pytest.mark.parametrize(
    ("code", "reason"),
    sampled(
        [
            ("class E(Exception):\n    def __str__(self):\n        raise self\nraise E()", "E (app.py:4)"),
            ("import sys, os\nprint('full', file=sys.stderr, flush=True)\nos._exit(3)", "exit code 3: full"),
            ("import json\njson.dumps = None\ninput()", "EOFError: EOF when reading a line (app.py:3)"),
            ("import nothing_known", "No module named 'nothing_known' (app.py:1)"),
        ],
        [("import sys, os\nprint('full', file=sys.stderr, flush=True)\nos._exit(3)", "exit code 3: full")],
    ),
)
def test_an_error_of_its_own_that_other_versions_do_not_change_ends_the_attempts(project, code, reason):
    (project / "requirements.txt").write_text("flask==1.0\nhelper==1.5\npsycopg2-binary==2.9\n")
    (project / "app.py").write_text(f"{code}\n{APP}")
    error = _refused(project)
    assert error.message.endswith(reason)
    assert error.__notes__[0].startswith("nearest of 2 attempts")


def test_what_no_index_has_is_dropped_at_once(project):
    (project / "requirements.txt").write_text("flask==1.0\npkg-resources==0.0.0\n")
    outcome = rescue(project)
    assert (outcome.attempts, _changes(outcome)) == (1, {"pkg-resources": ("dropped", None)})


@pytest.mark.e2e
def test_what_was_dropped_is_not_counted_as_kept(project):
    (project / "requirements.txt").write_text("flask==1.0\nfancy\n")
    assert _changes(rescue(project)) == {"fancy": ("dropped", None)}


@pytest.mark.e2e
def test_a_python_that_the_project_does_not_allow_is_told(project):
    (project / "setup.py").write_text("from setuptools import setup\nsetup(python_requires='>=3.6,<3.6')\n")
    notes = rescue(project).notes
    assert notes == (f"setup.py allows Python <3.6,>=3.6: it was rescued with {HERE.minor}",)
    assert "setup.py asks" not in (project / "RESCUE.md").read_text()


@pytest.mark.e2e
def test_variables_that_every_process_has_are_not_set(project):
    (project / "app.py").write_text("import os\nos.environ['PATH']\n" + APP)
    assert rescue(project).result.variables == {}
    assert "PATH`" not in (project / "RESCUE.md").read_text()


@pytest.mark.e2e
def test_what_is_no_application_is_not_started(project):
    (project / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\napp = 'none'\n")
    assert "TypeError: 'none' is no application" in str(_refused(project))


def _refused(project, options=None) -> FlaskgenError:
    before = _files(project)
    with pytest.raises(FlaskgenError) as refused:
        rescue(project, options)
    assert _files(project) == before
    assert not (project / ".venv").exists()
    return refused.value


def test_what_does_not_start_leaves_everything_as_it_was(project):
    (project / "app.py").write_text(APP + "raise RuntimeError('no')\n")
    error = _refused(project)
    assert isinstance(error, RescueFailed)
    assert error.message == "`shop` does not start: RuntimeError: no (app.py:3)"
    assert error.__notes__ == [f"nearest of 2 attempts: Python {HERE.minor}; 1 pin kept"]


def test_a_service_that_it_connects_to_is_named_at_once(project):
    (project / "app.py").write_text(
        APP + "raise ConnectionRefusedError('localhost:5432 Connection refused')\n"
    )
    assert "connects to PostgreSQL when it is imported" in _refused(project).message


@pytest.mark.e2e
def test_a_server_of_an_example_that_does_not_answer_is_not_needed_if_another_url_works(project):
    (project / "app.py").write_text(
        "import os\nif os.environ['DATABASE_URL'].startswith('mysql'):\n"
        '    raise OSError("Can\'t connect to MySQL server")\n' + APP
    )
    (project / ".env.example").write_text("DATABASE_URL=mysql://db.example.com/shop\n")
    assert rescue(project).result.variables == {"DATABASE_URL": "sqlite://"}


def test_a_project_that_hangs_is_stopped_and_not_tried_again(project, monkeypatch):
    monkeypatch.setattr(starting, "_TIME_LIMIT", 1)
    (project / "requirements.txt").write_text("flask==1.0\nhelper==1.0\n")
    (project / "app.py").write_text("import time\ntime.sleep(60)\n" + APP)
    error = _refused(project)
    assert "it did not start within 1 seconds" in error.message
    assert error.__notes__[0].startswith("the only attempt")


@pytest.mark.e2e
def test_the_network_is_off_while_it_runs(project, index):
    address = ("127.0.0.1", index.port)
    (project / "app.py").write_text(f"import socket\nsocket.create_connection({address}, 1)\n" + APP)
    if starting.no_network(Session()):
        assert "connects to a service" in _refused(project).message


@pytest.mark.e2e
def test_a_reason_of_several_lines_is_one_comment(project):
    (project / "requirements.txt").write_text("flask==1.0\nhelper==1.0\n")
    (project / "app.py").write_text(
        "try:\n    import helper\nexcept ImportError as error:\n"
        "    raise TypeError('one\\ntwo\\nthree') from error\n" + APP
    )
    outcome = rescue(project)
    text = (project / "requirements.rescued.txt").read_text()
    assert outcome.attempts > 1
    assert all(line.startswith("#") or "==" in line for line in text.splitlines())


def test_what_it_writes_when_it_starts_is_told_and_does_not_stay(project):
    (project / "app.py").write_text("open('shop.db', 'w').close()\n" + APP)
    outcome = rescue(project)
    assert "it writes files when it starts: shop.db" in outcome.notes
    assert not (project / "shop.db").exists()


@pytest.mark.e2e
def test_many_files_that_it_writes_are_told_by_their_directories(project):
    (project / "app.py").write_text(
        "import os\nos.makedirs('cache/a')\n"
        "for name in (*(f'cache/a/{n}' for n in range(9)), *'123456'):\n    open(name, 'w').close()\n" + APP
    )
    assert "it writes files when it starts: 1, 2, 3, 4, 5 and 2 more" in rescue(project).notes


def test_the_report_names_what_installs_requirements(project):
    (project / ".github" / "workflows").mkdir(parents=True)
    (project / ".github" / "workflows" / "ci.yml").write_text("run: pip install -r requirements.txt\n")
    (project / ".github" / "FUNDING.yml").write_text("github: ada\n")
    (project / "docker-compose.yml").write_text("services: {db: {image: postgres}}\n")
    (project / "Dockerfile").write_text("FROM python:3\n")
    rescue(project)
    last = (project / "RESCUE.md").read_text().splitlines()[-1]
    assert last.partition("`.python-version`: ")[2] == "`Dockerfile`, `.github/workflows/ci.yml`."


@pytest.mark.e2e
def test_a_plugin_can_require_the_project_itself_which_no_index_has(project):
    (project / "requirements.txt").write_text("flask==1.0\nshop-plugin==1.0\n")
    (project / "pyproject.toml").write_text("[project]\nname = 'flask.shop'\n")
    outcome = rescue(project)
    assert (outcome.attempts, outcome.result.failure) == (1, None)
    assert "flask-shop" not in (project / "requirements.rescued.txt").read_text()


@pytest.mark.e2e
def test_the_setuptools_that_a_project_pins_are_kept(project):
    (project / "requirements.txt").write_text("flask==1.0\nsetuptools==83.0\n")
    assert rescue(project).attempts == 1
    assert "setuptools==83.0\n" in (project / "requirements.rescued.txt").read_text()


@pytest.mark.e2e
def test_setup_py_is_never_run(project, tmp_path):
    (project / "requirements.txt").unlink()
    setup = f"open({str(tmp_path / 'ran')!r}, 'w')\nsetup(install_requires=['flask==1.0'])\n"
    (project / "setup.py").write_text(setup)
    rescue(project)
    assert not (tmp_path / "ran").exists()


def test_a_project_for_python_2_is_told_before_anything_is_installed(project):
    (project / "app.py").write_text("import urllib2\n" + APP)
    assert _refused(project).message == (
        "`shop` is for Python 2: app.py:1: imports `urllib2`, which Python 3 does not have"
    )


def test_a_syntax_error_of_its_own_is_told_before_anything_is_installed(project):
    (project / "app.py").write_text(APP + "x = 'no end\n")
    assert _refused(project).message.startswith("`shop` has a syntax error of its own: app.py:3: ")


def test_an_environment_that_is_there_is_not_replaced(project):
    (project / ".venv").mkdir()
    with pytest.raises(CannotWrite, match="already exists"):
        rescue(project)


def test_a_directory_without_flask_is_no_project(project):
    (project / "requirements.txt").unlink()
    (project / "app.py").write_text("print('hello')\n")
    with pytest.raises(NotAProject, match="does not use Flask"):
        rescue(project)


def test_a_project_that_needs_a_newer_python_than_there_is_says_so(project):
    (project / "requirements.txt").unlink()
    (project / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.99"\ndependencies = ["flask"]\n'
    )
    assert _refused(project).message == "the project requires Python >=3.99, which is not installed"


@pytest.mark.parametrize("asks", ["--python", "pyproject.toml"])
def test_a_missing_python_is_downloaded_only_if_asked(project, monkeypatch, asks):
    asked = []

    def download(version, sources, session):
        asked.append(version)
        raise InterpreterNotFound("uv could not: no such Python", hint="choose another")

    monkeypatch.setattr(interpreters, "download_python", download)
    options = RescueOptions(python="3.99")
    if asks == "pyproject.toml":
        (project / "requirements.txt").unlink()
        (project / asks).write_text('[project]\nrequires-python = ">=3.99.1"\ndependencies = ["flask"]\n')
        options = RescueOptions()
    with pytest.raises(InterpreterNotFound) as caught:
        rescue(project, options)
    assert caught.value.hint == "install Python 3.99 (uv python install 3.99), or pass --python-downloads"
    assert asked == []
    session = Session()
    with pytest.raises(InterpreterNotFound) as caught:
        rescue(project, options._replace(python_downloads=True), session=session)
    assert asked == ["3.99"]
    if options.python:
        assert caught.value.message == "uv could not: no such Python"
    else:
        assert session.reporter.warnings == ["uv could not: no such Python"]
        assert caught.value.hint == "install Python 3.99 (uv python install 3.99)"


def test_a_rescue_goes_on_without_a_python_of_its_time_that_cannot_be_downloaded(project, monkeypatch):
    def download(version, sources, session):
        raise InterpreterNotFound(f"uv could not download Python {version}: no network")

    monkeypatch.setattr(interpreters, "download_python", download)
    monkeypatch.setattr(beginning, "of_its_time", lambda until: "3.99")
    session = Session()
    rescue(project, RescueOptions(python_downloads=True), session=session)
    assert session.reporter.warnings == ["uv could not download Python 3.99: no network"]


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nrequires-python = ">=3"\ndependencies = ["flask==1.0"]\n',
        '[tool.poetry.dependencies]\npython = "3.*"\nflask = "1.0"\n',
        '[project]\nrequires-python = ">=2.7"\ndependencies = ["flask==1.0"]\n',
    ],
    ids=["requires-python", "poetry", "Python 2 as well"],
)
def test_what_any_python_3_is_allowed_for_needs_no_download(project, monkeypatch, text):
    asked = []
    monkeypatch.setattr(interpreters, "download_python", lambda version, *_: asked.append(version))
    (project / "requirements.txt").unlink()
    (project / "pyproject.toml").write_text(text)
    assert rescue(project, RescueOptions(run=False, python_downloads=True)).flask == "1.0"
    assert asked == []


def test_a_free_threaded_python_is_not_one_that_a_project_is_rescued_with(project, monkeypatch):
    unusual = Interpreter(Path("/none"), "3.99.0", free_threaded=True)
    monkeypatch.setattr(beginning, "find_interpreters", lambda session: (HERE, unusual))
    (project / "requirements.txt").unlink()
    (project / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.99"\ndependencies = ["flask"]\n'
    )
    assert _refused(project).message == "the project requires Python >=3.99, which is not installed"


@pytest.mark.parametrize(
    ("requires", "options", "tried"),
    [
        (f">={HERE.minor}", RescueOptions(), {HERE.minor}),
        (">=3.6", RescueOptions(), {HERE.minor, "3.6"}),
        (f">={HERE.minor}", RescueOptions(python="3.6"), {"3.6"}),
    ],
)
def test_a_python_before_those_that_the_project_allows_is_not_tried(
    project, monkeypatch, requires, options, tried
):
    older = Interpreter(Path("/none/python3.6"), "3.6.1")
    monkeypatch.setattr(beginning, "find_interpreters", lambda session: (HERE, older))
    (project / "setup.py").write_text(f"setup(python_requires='{requires}')\n")
    begun = find_beginning(project, read_foreign(project)[0], options, session=Session())
    assert {one.minor for one in begun.knowledge.pythons} == tried


@pytest.mark.e2e
def test_a_python_is_only_called_of_the_time_if_it_is(project):
    (project / "requirements.txt").unlink()
    (project / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.8"\ndependencies = ["flask==1.0"]\n'
    )
    (project / "app.py").write_text(APP + BROKEN)
    assert _refused(project).hint == (
        "install Python 3.8 (uv python install 3.8), or pass --python-downloads:"
        " it is the oldest that the project allows"
    )
    with pytest.raises(RescueFailed) as caught:
        rescue(project, RescueOptions(python=HERE.version))
    assert "install Python" not in str(caught.value.hint)


def test_without_running_the_pins_alone_are_written(project):
    (project / "app.py").write_text("raise SystemExit('it ran')\n" + APP)
    rescue(project, RescueOptions(run=False))
    assert "\nflask==1.0\n" in (project / "requirements.rescued.txt").read_text()
    assert not (project / ".venv").exists()


@pytest.mark.e2e
def test_its_tests_are_run_on_request(project):
    (project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        import app\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert outcome.result.tests == (True, "Ran 1 test")


@pytest.mark.e2e
def test_tests_that_discovery_does_not_find_are_run(project):
    test = "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        import app\n"
    (project / "tests").mkdir()
    (project / "tests" / "test_app.py").write_text(test)
    assert rescue(project, RescueOptions(test=True)).result.tests == (True, "Ran 1 test")


@pytest.mark.e2e
def test_tests_beside_the_directory_of_the_application_are_run(project):
    (project / "src").mkdir()
    (project / "app.py").rename(project / "src" / "app.py")
    test = "import unittest, app\nclass T(unittest.TestCase):\n    def test(self):\n        pass\n"
    (project / "test_app.py").write_text(test)
    assert rescue(project, RescueOptions(test=True)).result.tests == (True, "Ran 1 test")


@pytest.mark.e2e
def test_if_other_versions_do_not_help_its_tests_those_before_are_kept(project):
    (project / "test_app.py").write_text(
        "import unittest, flask\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        assert flask.version == '1.2', 'old'\n"
        "        raise ConnectionRefusedError('localhost:5432 Connection refused')\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert (outcome.attempts, _changes(outcome)) == (2, {"flask": ("loosened", "1.2")})


def test_tests_that_cannot_be_run_fail(project):
    (project / "requirements.txt").write_text("flask==1.0\npytest==1.0\n")
    outcome = rescue(project, RescueOptions(test=True))
    assert outcome.result.tests == (False, "pytest cannot run them: error: no such option: --cov")
    assert outcome.attempts == 2


@pytest.mark.e2e
def test_tests_are_run_with_the_variables_that_only_they_need(project):
    (project / "settings.py").write_text("import os\nurl = os.environ.get('TEST_DATABASE_URL')\n")
    (project / "test_app.py").write_text(
        "import unittest, settings\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        self.assertIsNotNone(settings.url)\n"
    )
    result = rescue(project, RescueOptions(test=True)).result
    assert (result.tests, result.variables) == ((True, "Ran 1 test"), {"TEST_DATABASE_URL": "sqlite://"})


@pytest.mark.e2e
def test_a_project_without_tests_is_rescued_all_the_same(project):
    assert rescue(project, RescueOptions(test=True)).result.tests is None


def test_if_its_tests_fail_more_is_tried_and_else_the_first_that_starts_is_kept(project):
    (project / "test_app.py").write_text(
        "import unittest, app, flask\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        assert flask.version == '1.2', 'old'\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert (outcome.result.tests, _changes(outcome)) == ((True, "Ran 1 test"), {"flask": ("loosened", "1.2")})

    for made in (".venv", ".python-version"):
        (project / made).rename(project.parent / made)
    (project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        1/0\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert (outcome.result.tests, _changes(outcome)) == ((False, "Ran 1 test, errors=1"), {})
    assert outcome.attempts == 2


@pytest.mark.e2e
def test_no_more_is_tried_if_other_versions_do_not_change_the_errors_of_its_tests(project):
    (project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        raise ValueError('No module named flask_login')\n"
    )
    assert rescue(project, RescueOptions(test=True)).attempts == 2


@pytest.mark.e2e
def test_tests_that_need_a_service_are_no_reason_to_try_more(project):
    (project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        raise ConnectionRefusedError('localhost:5432 Connection refused')\n"
    )
    outcome = rescue(project, RescueOptions(test=True))
    assert (outcome.attempts, outcome.result.tests) == (1, (False, "Ran 1 test, errors=1"))


def test_the_versions_of_an_environment_whose_python_is_gone_are_taken(project, tmp_path):
    packages = tmp_path / "old" / "lib" / "python3.6" / "site-packages"
    for name in ("flask-1.2.dist-info", "helper-1.5-py3.6.egg-info", "pip-9.0.dist-info"):
        (packages / name).mkdir(parents=True)
    outcome = rescue(project, RescueOptions(venv=tmp_path / "old"))
    assert [row.declared for row in outcome.requirements] == ["flask==1.2", "helper==1.5"]


@pytest.mark.e2e
def test_a_line_that_pip_refuses_is_told(project):
    (project / "requirements.txt").write_text("flask==1.0\nthis is nothing\n")
    assert any("requirements.txt:2: `this is nothing` was not read" in note for note in rescue(project).notes)


@pytest.mark.e2e
def test_what_was_a_file_of_another_machine_is_required_by_its_name(project):
    (project / "requirements.txt").write_text(
        "flask @ file:///home/conda/flask_1611932660458/work\nhelper[x] @ file:///C:/ci/helper/work\n"
    )
    outcome = rescue(project)
    assert _changes(outcome) == {}
    assert any("flask_1611932660458/work` is not for pip" in note for note in outcome.notes)
    assert "\nflask==1.2\n" in (project / "requirements.rescued.txt").read_text()


@pytest.mark.e2e
def test_a_password_in_a_line_that_is_not_read_is_not_written(project):
    (project / "requirements.txt").write_text("flask==1.0\n-r https://me:hidden@host/more.txt\n")
    outcome = rescue(project)
    assert any("`-r https://****@host/more.txt` was not read" in note for note in outcome.notes)
    assert "hidden" not in (project / "RESCUE.md").read_text()


@pytest.mark.e2e
def test_an_index_that_does_not_answer_is_told_at_once(project, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    error = _refused(project)
    assert error.message == "`shop` cannot be installed: cannot reach 127.0.0.1:9: connection refused"
    assert error.hint == "check the network, or pass --offline if uv's cache has the packages"
    assert error.__notes__[0].startswith("the only attempt: Python")


@pytest.mark.e2e
def test_an_index_of_the_project_that_does_not_answer_is_told(project):
    (project / "requirements.txt").write_text("--extra-index-url http://127.0.0.1:9/simple\nflask==1.0\n")
    assert any("127.0.0.1:9" in note for note in rescue(project).notes)
