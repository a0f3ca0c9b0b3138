from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flaskgen.effects.python import verification
from flaskgen.effects.python.verification import Answer, Application, run_tests
from flaskgen.effects.system.session import Session
from tests.effects.processes import is_alive, wait_until

_FACTORY = "from flask import Flask, abort, redirect\ndef create_app():\n    app = Flask(__name__)\n"
_HOME = "    app.add_url_rule('/', view_func=lambda: {page})\n"
_END = "    return app\n"
_APP = _FACTORY + _HOME.format(page="'hello'") + _END


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a project that flaskgen made; its packages serve every test."""
    directory = tmp_path_factory.mktemp("made")
    command = [sys.executable, "-m", "flaskgen", "new", "made", "--no-verify", "--no-dev", "--no-git", "-q"]
    subprocess.run(command, cwd=directory, check=True)
    return directory / "made" / ".venv" / "bin" / "python"


class Project:
    """A project whose package is `shop`."""

    def __init__(self, path: Path, python: Path) -> None:
        self.path, self.python = path, python

    def answer(self, source: str = _APP, **files: str) -> Answer:
        self.write("shop/__init__.py", source)
        for name, text in files.items():
            self.write(f"shop/{name}.py", text)
        return self.application.check()

    @property
    def application(self) -> Application:
        return Application(self.path, "shop", self.python, Session())

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.path)) for path in self.path.rglob("*")}


@pytest.fixture
def project(tmp_path: Path, python: Path) -> Project:
    return Project(tmp_path / "project", python)


def home(page: str) -> str:
    return _FACTORY + _HOME.format(page=page) + _END


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("page", "status"),
    [("'hello'", 200), ("redirect('/elsewhere')", 302), ("abort(401)", 401), ("abort(404)", 404)],
)
def test_what_the_home_page_gives_is_the_answer(project: Project, page: str, status: int) -> None:
    answer = project.answer(home(page))
    assert answer.status == status
    assert answer.status is not None
    assert answer.summary is None
    asked = [str(project.python), "-c", "import platform; print(platform.python_version(), end='')"]
    assert answer.python == subprocess.run(asked, capture_output=True, text=True).stdout


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("source", "summary", "place"),
    [
        ("raise RuntimeError('broken\\non purpose')\n", "RuntimeError: broken", "shop/__init__.py:1"),
        ("import nothing", "ModuleNotFoundError: No module named 'nothing'", "shop/__init__.py:1"),
        ("def create_app():\n    return 1\n", "TypeError: create_app() did not return a Flask", None),
        ("def create_app(:\n", "SyntaxError: ", "shop/__init__.py:1"),
        ("import sys\nsys.exit('enough')\n", "SystemExit: enough", "shop/__init__.py:2"),
        ("import os\nos._exit(3)\n", "the application failed with exit code 3", None),
        ("import os\nos.kill(os.getpid(), 11)\n", "the application was killed by SIGSEGV", None),
        ("from . import part", "ZeroDivisionError: division by zero", "shop/part.py:2"),
        ("import json\njson.loads('{')\n", "json.decoder.JSONDecodeError: ", "shop/__init__.py:2"),
        ("", "flask.cli.NoAppException: Failed to find Flask application", None),
    ],
)
def test_why_it_does_not_start_is_told_with_the_place(
    project: Project, source: str, summary: str, place: str | None
) -> None:
    answer = project.answer(source, part="\n1 / 0\n")
    assert answer.status is None
    assert answer.status is None
    assert answer.summary is not None
    assert answer.summary.startswith(summary)
    assert "\n" not in answer.problem
    assert answer.place == place


@pytest.mark.e2e
@pytest.mark.parametrize("debug", ["0", "1"])
def test_an_error_of_the_home_page_is_told_with_the_place(project: Project, debug: str) -> None:
    project.write(".flaskenv", f"FLASK_DEBUG={debug}\n")
    answer = project.answer(home("1 / 0"))
    assert answer.status == 500
    assert answer.problem == "ZeroDivisionError: division by zero (shop/__init__.py:4)"


@pytest.mark.e2e
def test_a_template_that_fails_is_the_place(project: Project) -> None:
    project.write("shop/templates/home.html", "<p>\n{{ nothing.there }}\n</p>\n")
    answer = project.answer("from flask import render_template\n" + home("render_template('home.html')"))
    assert answer.status == 500
    assert answer.place == "shop/templates/home.html:2"


@pytest.mark.e2e
def test_what_the_application_prints_is_not_taken_for_the_answer(project: Project) -> None:
    noise = """
import atexit, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
print('{"status": 404}', end="")
sys.stdout.write("no end of line")
atexit.register(print, '{"status": 500}')
"""
    assert project.answer(noise + _APP).status == 200


@pytest.mark.e2e
def test_an_application_that_closes_its_output_is_heard(project: Project) -> None:
    assert project.answer("import os, sys\nsys.stdout.close()\nsys.stderr.close()\n" + _APP).status == 200


@pytest.mark.e2e
def test_threads_and_programs_that_go_on_are_ended(project: Project, tmp_path: Path) -> None:
    endless = f"""
import subprocess, sys, threading, time
threading.Thread(target=time.sleep, args=[600]).start()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
"""
    started = time.monotonic()
    assert project.answer(endless + _APP).status == 200
    assert time.monotonic() - started < 60
    pid = int((tmp_path / "child").read_text())
    wait_until(lambda: not is_alive(pid))


@pytest.mark.e2e
@pytest.mark.parametrize("where", ["start", "page"])
def test_an_application_that_hangs_is_ended_and_told(
    project: Project, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_TIME_LIMIT", 3)
    endless = f"""
import os, time
open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
"""
    started = time.monotonic()
    source = endless + ("time.sleep(600)\n" if where == "start" else home("time.sleep(600)"))
    answer = project.answer(source)
    assert answer.problem == "no response within 3 seconds"
    assert answer.status is None
    assert time.monotonic() - started < 60
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_alive(pid))


@pytest.mark.e2e
def test_an_interpreter_that_cannot_be_run_is_told(project: Project, tmp_path: Path) -> None:
    project.python = tmp_path / "nowhere"
    assert "cannot run" in project.answer().problem


@pytest.mark.e2e
def test_nothing_is_written_into_the_project(project: Project) -> None:
    project.write("shop/part/__init__.py", "from . import more\n")
    project.write("shop/part/more.py", "")
    project.write("shop/__init__.py", "from . import part\n" + _APP)
    before = project.files()
    assert project.answer("from . import part\n" + _APP).status == 200
    assert project.files() == before


@pytest.fixture
def site_packages(project: Project) -> Path:
    """The packages of an environment that the project holds; it has those of another one, too."""
    uv = Path(sys.executable).with_name("uv")
    environment = project.path / ".venv"
    subprocess.run([uv, "venv", "-q", "--python", project.python, environment], check=True)
    [site_packages] = environment.glob("lib/*/site-packages")
    [flask] = project.python.parent.parent.glob("lib/*/site-packages")
    (site_packages / "all.pth").write_text(f"{flask}\n")
    project.python = environment / "bin" / "python"
    return site_packages


@pytest.mark.e2e
def test_a_project_that_holds_its_environment_gets_that_compiled(
    project: Project, site_packages: Path
) -> None:
    (site_packages / "installed.py").write_text("")
    assert project.answer("import installed\n" + _APP).status == 200
    assert list(site_packages.glob("__pycache__/installed.*.pyc"))


@pytest.mark.e2e
def test_an_interpreter_that_waits_starts_what_is_there_when_it_is_told(
    project: Project, site_packages: Path
) -> None:
    (site_packages / "library.py").write_text("open('imported', 'w').close()\n")
    project.write("shop/__init__.py", "import library\nraise RuntimeError('too early')\n")
    application = project.application
    with application.interpreter() as waiting:
        wait_until((project.path / "imported").exists)
        (site_packages / "later.py").write_text("")
        project.write("shop/__init__.py", "import later\n" + _APP)
        assert application.check(waiting=waiting) == Answer(python=application.check().python, status=200)


@pytest.mark.e2e
def test_an_application_that_hangs_is_not_started_again_for_what_was_imported_early(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_TIME_LIMIT", 3)
    project.write("shop/__init__.py", "open('starts', 'a').write('x')\nimport time\ntime.sleep(600)\n")
    with project.application.interpreter() as waiting:
        assert project.application.check(waiting=waiting).problem == "no response within 3 seconds"
    assert (project.path / "starts").read_text() == "x"


@pytest.mark.e2e
def test_an_interpreter_that_is_not_told_starts_nothing(project: Project, site_packages: Path) -> None:
    note = "import os\nwith open({!r}, 'w') as file:\n    file.write(str(os.getpid()))\n"
    (site_packages / "library.py").write_text(note.format("imported"))
    project.write("shop/__init__.py", "import library\n" + note.format("started"))
    imported = project.path / "imported"
    with project.application.interpreter():
        wait_until(lambda: imported.exists() and imported.read_text() != "")
    pid = int(imported.read_text())
    wait_until(lambda: not is_alive(pid))
    assert not (project.path / "started").exists()


@pytest.mark.e2e
def test_neither_a_library_nor_the_application_has_an_input(project: Project, site_packages: Path) -> None:
    (site_packages / "library.py").write_text("import sys\nTEXT = sys.stdin.read()\n")
    source = "import sys\nimport library\nassert library.TEXT + sys.stdin.read() == ''\n"
    assert project.answer(source + _APP).status == 200


@pytest.mark.e2e
def test_what_a_library_imports_is_the_projects_where_that_has_it(
    project: Project, site_packages: Path
) -> None:
    """As with `flask run`, which finds the project first."""
    (site_packages / "library.py").write_text("from helper import NAME\n")
    (site_packages / "helper.py").write_text("NAME = 'installed'\n")
    project.write("helper.py", "NAME = 'own'\n")
    assert project.answer("import library\nassert library.NAME == 'own'\n" + _APP).status == 200


_FLASK = """
import time

time.sleep(0.5)
class Flask:
    status_code = 200
    def test_client(self):
        return self
    def get(self, path):
        return self
class got_request_exception:
    connect = staticmethod(print)
"""
_NOTE = "import os\nwith open({log!r}, 'a') as log:\n    log.write(f'{{os.getpid()}}\\n')\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
def test_what_the_first_start_compiles_is_imported_in_two_processes(tmp_path: Path) -> None:
    """The libraries only: modules of the project are imported once, whatever they do."""
    uv = Path(sys.executable).with_name("uv")
    options = ["-q", "--no-config", "--offline", "--python", sys.executable]
    subprocess.run([uv, "venv", *options, tmp_path / "env"], check=True)
    [site_packages] = (tmp_path / "env").glob("lib/*/site-packages")
    logs = {name: tmp_path / f"{name}.log" for name in ("library", "own")}
    (site_packages / "flask.py").write_text(_FLASK)
    (site_packages / "library.py").write_text(_NOTE.format(log=str(logs["library"])))
    project = Project(tmp_path / "project", tmp_path / "env" / "bin" / "python")
    project.write("own.py", _NOTE.format(log=str(logs["own"])))
    source = "import flask, own\nfrom library import os\ndef create_app():\n    return flask.Flask()\n"
    for times, in_library in ((1, 2), (2, 3)):
        assert project.answer(source).status == 200
        assert len(set(logs["own"].read_text().split())) == times
        assert len(set(logs["library"].read_text().split())) == in_library


@pytest.mark.e2e
def test_no_compiled_file_is_left_that_is_cut_off(project: Project, tmp_path: Path) -> None:
    """As they are on a full disk, and then fail the next start."""
    installed = tmp_path / "installed"
    installed.mkdir()
    for name, size in (("short", 10), ("long", 5000)):
        (installed / f"{name}.py").write_text(f"TEXT = {'x' * size!r}\n")
    limited = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
sys.path.insert(0, {str(installed)!r})
import long, short
"""
    assert project.answer(limited + _APP).status == 200
    assert [path.name.partition(".")[0] for path in installed.rglob("*.pyc")] == ["short"]
    assert (
        project.answer(f"import sys\nsys.path.insert(0, {str(installed)!r})\nimport long\n" + _APP).status
        == 200
    )


@pytest.mark.e2e
def test_a_module_of_the_project_with_a_name_of_the_library_is_the_projects(project: Project) -> None:
    """As with `flask run`, in which Flask has loaded most of the library's before."""
    project.write("json.py", "raise SystemExit('misled')\n")
    project.write("colorsys.py", "NAME = 'own'\n")
    assert project.answer("import colorsys\ncolorsys.NAME\n" + _APP).status == 200


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("flask_app", "name", "text"),
    [
        (
            "wsgi",
            "wsgi.py",
            "from flask import Flask\napp = Flask(__name__)\napp.add_url_rule('/', view_func=str)\n",
        ),
        ("shop.factory:make('x')", "shop/factory.py", _APP.replace("create_app()", "make(name)")),
        ("web.py", "web.py", _APP),
        ("shop.nested", "shop/nested.py", _APP),
    ],
)
def test_the_application_is_the_one_that_flask_run_serves(
    project: Project, flask_app: str, name: str, text: str
) -> None:
    project.write(".flaskenv", f"FLASK_APP={flask_app}\n")
    project.write(name, text)
    assert project.answer("").status == 200


@pytest.mark.e2e
def test_a_server_that_is_started_at_import_is_not_waited_for(project: Project) -> None:
    assert project.answer(_APP + "app = create_app()\napp.run()\n").status == 200


@pytest.mark.e2e
def test_settings_of_the_project_count_and_those_of_the_shell_do_not(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(".env", "WORD=written\n")
    monkeypatch.setenv("WORD", "exported")
    monkeypatch.setenv("FLASK_APP", "nowhere")
    check = "import os\nassert os.environ['WORD'] == 'written'\nassert 'FLASK_APP' not in os.environ\n"
    assert project.answer(check + _APP).status == 200


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Answer(status=200), Answer(summary="ImportError")),
        (Answer(status=500), Answer(summary="ImportError")),
        (Answer(status=404), Answer(status=500)),
        (Answer(status=302), Answer(status=500)),
        (Answer(status=200), Answer(status=404)),
        (Answer(status=200), Answer(status=400)),
    ],
)
def test_what_worked_before_and_fails_after_is_worse(before: Answer, after: Answer) -> None:
    assert after.is_worse_than(before)
    assert not before.is_worse_than(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Answer(status=200), Answer(status=302)),
        (Answer(status=200), Answer(status=401)),
        (Answer(summary="ImportError: one"), Answer(summary="ImportError: another")),
        (Answer(status=500, summary="one"), Answer(status=500, summary="another")),
        (Answer(status=404), Answer(status=405)),
    ],
)
def test_what_is_as_good_as_before_is_not(before: Answer, after: Answer) -> None:
    assert not after.is_worse_than(before)
    assert not before.is_worse_than(after)


def test_without_an_error_the_status_is_the_problem() -> None:
    assert Answer(status=404).problem == "it returns status 404"


def test_tests_that_pass_give_their_closing_line_and_leave_no_cache(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    tests = run_tests(tmp_path, python=Path(sys.executable), session=Session())
    assert tests
    assert tests.passed
    assert tests.closing.startswith("1 passed")
    assert not (tmp_path / ".pytest_cache").exists()


def test_tests_that_fail_are_told(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 1 == 2\n\ndef test_that():\n    pass\n")
    tests = run_tests(tmp_path, python=Path(sys.executable), session=Session())
    assert tests
    assert not tests.passed
    assert tests.closing.startswith("1 failed, 1 passed")
    assert tests.failures == {"test_it.py::test_it": "assert 1 == 2"}


def test_tests_that_are_killed_are_told(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    tests = run_tests(tmp_path, python=Path(sys.executable), session=Session())
    assert tests
    assert not tests.passed
    assert tests.closing == "pytest was killed by SIGKILL"


def test_a_project_without_tests_has_no_result(tmp_path: Path) -> None:
    assert run_tests(tmp_path, python=Path(sys.executable), session=Session()) is None
