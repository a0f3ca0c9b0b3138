"""Projects of a few lines climb through releases of a few lines, from an index on loopback."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.commands import upgrade_foreign
from flaskgen.commands.foreign import beginning, climbing
from flaskgen.commands.verbs.upgrade_foreign import LOCK_AGAIN
from flaskgen.effects.python import interpreters
from flaskgen.effects.system.session import Session
from flaskgen.errors import (
    CannotWrite,
    FlaskgenError,
    IncompatibleVersions,
    InterpreterNotFound,
    RescueFailed,
)
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_wheel, serve
from tests.sampling import sampled

HERE = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
FLASK = """
class Rule:
    def __init__(self, rule):
        self.rule, self.methods, self.arguments, self.endpoint = rule, {'GET'}, (), rule
class Response:
    status_code, mimetype, headers = 200, 'text/html', {}
    def __init__(self, text):
        self.text = text
    def get_data(self):
        return self.text.encode()
class Flask:
    pages = {'/': lambda: 'home'}
    def __init__(self, name):
        self.config, self.url_map = {}, self
    def iter_rules(self):
        return [Rule(path) for path in self.pages]
    def test_client(self):
        return self
    def get(self, path):
        return Response(self.pages[path]())
"""
MARKUP = "\nMarkup = escape = str\n"
APP = "from flask import Flask\napp = Flask(__name__)\n"
TEST = """import unittest
from app import app
class Test(unittest.TestCase):
    def test_home(self):
        self.assertEqual(app.get('/').text, 'home')
"""
RELEASES = {
    "1.1.4": FLASK + MARKUP,
    "2.0.3": FLASK + MARKUP,
    "2.1.3": FLASK + MARKUP,
    "2.2.5": FLASK + MARKUP,
    "2.3.3": FLASK + MARKUP,
    "3.0.3": FLASK,
    "3.1.3": FLASK.replace("'home'", "'Home'"),
}


@pytest.fixture(scope="module")
def index() -> Iterator[LoopbackIndex]:
    others = [
        ("markupsafe", "2.1", "Markup = escape = str\n"),
        ("pip", "24.0", ""),
        ("setuptools", "70.0", ""),
        ("old-ext", "1.0", "from flask import Markup\n"),
        ("old-ext", "1.1", "from flask import Markup\n"),
        ("old-ext", "2.0", ""),
        ("last-ext", "1.0", "from flask import Markup\n"),
        ("late-ext", "1.0", "from flask import Markup\ndef late(): pass\n"),
        ("late-ext", "1.1", "def late():\n    raise ValueError('late')\n"),
        ("late-ext", "2.0", "import missing\n"),
    ]
    with serve(LoopbackIndex()) as served:
        served.add(*(make_wheel("flask", version, text=text) for version, text in RELEASES.items()))
        served.add(*(make_wheel(name, version, text=text) for name, version, text in others))
        served.add(make_wheel("the-fork", "1.0", text="from flask import Markup\n", module="forked"))
        served.add(make_wheel("the-fork", "1.1", module="forked"))
        yield served


@pytest.fixture(autouse=True)
def _surroundings(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    for module in (beginning, climbing):
        monkeypatch.setattr(module, "find_interpreters", lambda session: (HERE,))


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("committed") / "shop"
    return make_repository(directory, "flask==1.1.4  # the web\nmarkupsafe\n")


@pytest.fixture
def project(committed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(committed, tmp_path / "shop"))


@pytest.fixture
def recent(project: Path) -> Path:
    """A project that is one series away from a release that changes something."""
    (project / "requirements.txt").write_text("flask==2.3.3\nmarkupsafe\n")
    commit(project)
    return project


def make_repository(directory: Path, requirements: str) -> Path:
    directory.mkdir()
    (directory / "app.py").write_text(APP)
    (directory / "requirements.txt").write_text(requirements)
    git(directory, "init", "-q", "-b", "main")
    git(directory, "config", "user.name", "Ada")
    git(directory, "config", "user.email", "ada@example.com")
    commit(directory)
    return directory


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def git_bytes(directory: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True).stdout


def commit(directory: Path) -> None:
    git(directory, "add", "--all")
    git(directory, "commit", "-qm", "Change")


def subjects(directory: Path, branch: str) -> list[str]:
    return git(directory, "log", "--format=%s", "--reverse", f"main..{branch}").splitlines()


@pytest.mark.e2e
def test_the_bounds_of_constraints_move_as_well(project: Path) -> None:
    (project / "requirements.txt").write_text("flask>=1,<2\nmarkupsafe\n--constraint=limits.txt\n")
    (project / "limits.txt").write_text("Flask==1.1.4  # the web\nmarkupsafe<3\nother<1\n")
    commit(project)
    outcome = upgrade_foreign(project, "2.1")
    assert [step.flask for step in outcome.steps] == ["1.1.4", "2.0.3", "2.1.3"]
    show = f"{outcome.branch}:"
    assert git(project, "show", f"{show}requirements.txt").splitlines()[0] == "flask>=1,<3"
    assert git(project, "show", f"{show}limits.txt") == "Flask==2.1.3  # the web\nmarkupsafe<3\nother<1"
    assert outcome.notes == ()


@pytest.mark.e2e
def test_a_file_that_a_variable_names_moves_as_well(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_STAGE", "base")
    (project / "requirements.txt").write_text("-r ${SHOP_STAGE}.in\n")
    (project / "base.in").write_text("flask==1.1.4\nmarkupsafe\n")
    commit(project)
    outcome = upgrade_foreign(project, "2.0")
    assert git(project, "show", f"{outcome.branch}:base.in") == "flask==2.0.3\nmarkupsafe"


@pytest.mark.e2e
def test_constraints_that_no_file_includes_move_as_well(project: Path) -> None:
    (project / "constraints-prod.txt").write_text("flask<2\n")
    (project / "constraints.txt").write_text("markupsafe==2.0 --hash=sha256:aa\n")
    commit(project)
    outcome = upgrade_foreign(project, "2.0")
    assert git(project, "show", f"{outcome.branch}:constraints-prod.txt") == "flask<3"
    note = "constraints.txt was not changed: require the versions of requirements.rescued.txt there"
    assert outcome.notes == (note,)


@pytest.mark.parametrize(
    ("name", "text"),
    sampled(
        [
            ("poetry.lock", '[[package]]\nname = "flask"\nversion = "1.1.4"\n'),
            ("Pipfile.lock", '{"default": {"flask": {"version": "==1.1.4"}}}'),
            ("uv.lock", '[[package]]\nname = "flask"\nversion = "1.1.4"\n'),
        ],
        [("uv.lock", '[[package]]\nname = "flask"\nversion = "1.1.4"\n')],
    ),
)
def test_a_lock_that_would_contradict_is_removed_with_a_hint(project: Path, name: str, text: str) -> None:
    (project / "requirements.txt").unlink()
    (project / name).write_text(text)
    commit(project)
    outcome = upgrade_foreign(project, "2.0")
    assert (project / name).read_text() == text
    assert [step.flask for step in outcome.steps] == ["1.1.4", "2.0.3"]
    (note,) = outcome.notes
    assert note.startswith(f"{name} has other versions, and was removed on the branch: to lock again, ")
    assert note.endswith(LOCK_AGAIN[name])
    assert name in git(project, "ls-tree", "--name-only", f"{outcome.branch}~1")
    assert name not in git(project, "ls-tree", "--name-only", outcome.branch)


@pytest.mark.e2e
def test_a_file_that_is_not_rewritten_is_named(project: Path) -> None:
    (project / "requirements.txt").unlink()
    (project / "Pipfile").write_text('[packages]\nflask = "==1.1.4"\nmarkupsafe = "*"\n')
    commit(project)
    note = "Pipfile was not changed: require the versions of requirements.rescued.txt there"
    outcome = upgrade_foreign(project, "2.0")
    assert outcome.notes == (note,)
    git(project, "switch", "-q", outcome.branch)
    assert upgrade_foreign(project, "2.1").notes == (note,)


@pytest.mark.e2e
def test_requirements_with_hashes_stay_and_are_named(project: Path) -> None:
    text = f"flask==1.1.4 \\\n    --hash=sha256:{'0' * 64}\nmarkupsafe==2.1 --hash=sha256:{'0' * 64}\n"
    (project / "requirements.txt").write_text("-r web.txt\n")
    (project / "web.txt").write_text(text)
    commit(project)
    outcome = upgrade_foreign(project, "2.0")
    assert outcome.steps[-1].flask == "2.0.3"
    assert outcome.notes == (
        "web.txt was not changed: require the versions of requirements.rescued.txt there",
    )
    assert git(project, "show", f"{outcome.branch}:web.txt") == text.strip()


@pytest.mark.e2e
def test_requirements_with_a_name_of_their_own_are_pinned_after_a_rescue(project: Path) -> None:
    (project / "requirements").mkdir()
    (project / "requirements.txt").rename(project / "requirements" / "web.txt")
    commit(project)
    for series, release in (("2.0", "2.0.3"), ("2.1", "2.1.3")):
        outcome = upgrade_foreign(project, series)
        git(project, "switch", "-q", outcome.branch)
        assert (project / "requirements" / "web.txt").read_text().startswith(f"flask=={release}  # the web")


def test_the_python_of_a_rescue_is_downloaded_only_if_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(version: str, sources: PackageSources, session: Session) -> None:
        asked.append(version)
        raise InterpreterNotFound("uv could not: no such Python")

    monkeypatch.setattr(interpreters, "download_python", download)
    unusual = Interpreter(Path("/none"), "3.99.0", free_threaded=True)
    monkeypatch.setattr(climbing, "find_interpreters", lambda session: (unusual, HERE))
    (project / "requirements.rescued.txt").write_text("# python: 3.99\nflask==1.1.4\n")
    commit(project)
    with pytest.raises(InterpreterNotFound) as caught:
        upgrade_foreign(project)
    assert (asked, "or pass --python-downloads" in str(caught.value.hint)) == ([], True)
    with pytest.raises(InterpreterNotFound, match="uv could not: no such Python"):
        upgrade_foreign(project, python_downloads=True)
    assert asked == ["3.99"]


def test_a_series_whose_python_cannot_be_downloaded_is_rejected_with_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(version: str, sources: PackageSources, session: Session) -> None:
        raise InterpreterNotFound(f"uv could not download Python {version}")

    monkeypatch.setattr(interpreters, "download_python", download)
    monkeypatch.setattr(climbing, "pythons_for", lambda *_: [])
    session = Session()
    (project / "requirements.rescued.txt").write_text(f"# python: {HERE.minor}\nflask==1.1.4\n")
    commit(project)
    outcome = upgrade_foreign(project, "2.0", python_downloads=True, session=session)
    assert outcome.stopped is not None
    found = re.fullmatch(
        r"no Python is installed that Flask 2\.0\.3 works on: install Python (\S+) \(uv python install \1\)",
        outcome.stopped.reason,
    )
    assert found, outcome.stopped.reason
    assert session.reporter.warnings == [f"uv could not download Python {found[1]}"]


def test_each_series_is_a_commit_and_the_working_tree_stays(project: Path) -> None:
    before = {
        path: path.read_bytes() for path in project.rglob("*") if ".git" not in path.parts and path.is_file()
    }
    outcome = upgrade_foreign(project, "2.1")
    assert outcome.stopped is None
    assert [step.flask for step in outcome.steps] == ["1.1.4", "2.0.3", "2.1.3"]
    assert subjects(project, "upgrade-flask-2.1") == [
        "Pin the versions that Flask 1.1.4 works with",
        "Upgrade Flask from 1.1.4 to 2.0.3",
        "Upgrade Flask from 2.0.3 to 2.1.3",
    ]
    assert git(project, "show", "upgrade-flask-2.1:requirements.txt") == "flask==2.1.3  # the web\nmarkupsafe"
    assert "\nflask==2.0.3\n" in git(project, "show", "upgrade-flask-2.1~1:requirements.rescued.txt")
    assert before == {
        path: path.read_bytes() for path in project.rglob("*") if ".git" not in path.parts and path.is_file()
    }
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "branch", "--show-current") == "main"


@pytest.mark.e2e
def test_the_code_changes_in_the_step_that_needs_it(project: Path) -> None:
    (project / "requirements.txt").write_text("flask==2.2.5\nmarkupsafe\n")
    (project / "app.py").write_text(
        "from flask import Flask, Markup  # both\napp = Flask(__name__)\nMarkup('')\n"
    )
    commit(project)
    outcome = upgrade_foreign(project, "3.0")
    assert outcome.stopped is None
    assert [bool(step.code) for step in outcome.steps] == [False, False, True]
    assert outcome.steps[-1].code[0].place == "app.py:1"
    assert git(project, "show", "--name-only", "--format=", "upgrade-flask-3.0").splitlines() == [
        "app.py",
        "requirements.rescued.txt",
        "requirements.txt",
    ]
    assert git(project, "show", "upgrade-flask-3.0:app.py").splitlines()[:2] == [
        "from flask import Flask  # both",
        "from markupsafe import Markup",
    ]


@pytest.mark.e2e
def test_only_the_call_changes_in_a_page_that_is_not_utf_8(project: Path, index: LoopbackIndex) -> None:
    index.add(make_wheel("flask-login", "0.2.11", requires=("flask<3",)), make_wheel("flask-login", "0.6.3"))
    (project / "requirements.txt").write_text("flask==2.3.3\nflask-login==0.2.11\nmarkupsafe\n")
    (project / "app.py").write_text(APP + "import flask_login\n")
    page = b"<p>caf\xe9</p>\r\n{% if current_user.is_authenticated() %}\r\n"
    (project / "page.html").write_bytes(page)
    commit(project)
    outcome = upgrade_foreign(project, "3.0")
    assert "page.html:2" in [change.place for step in outcome.steps for change in step.code]
    changed = git_bytes(project, "show", f"{outcome.branch}:page.html")
    assert changed == page.replace(b"authenticated()", b"authenticated")


@pytest.mark.e2e
def test_a_module_that_python_cannot_decode_stays_as_it_is(recent: Path) -> None:
    (recent / "old.py").write_bytes(b"# caf\xe9\r\nfrom flask import Markup\r\n")
    commit(recent)
    outcome = upgrade_foreign(recent, "3.0")
    assert outcome.stopped is None
    changed = git_bytes(recent, "show", f"{outcome.branch}:old.py")
    assert changed == b"# caf\xe9\r\nfrom markupsafe import Markup\r\n"


@pytest.mark.e2e
def test_requirements_are_pinned_in_their_own_encoding(project: Path) -> None:
    text = "flask==1.1.4  # caf\xe9\r\nmarkupsafe\r\n"
    encodings = ("utf-8", "utf-8-sig", "utf-16", "latin-1")
    for encoding in encodings:
        (project / f"{encoding}.txt").write_bytes(text.encode(encoding))
    (project / "requirements.txt").write_text("".join(f"-r {encoding}.txt\n" for encoding in encodings))
    commit(project)
    outcome = upgrade_foreign(project, "2.0")
    for encoding in encodings:
        changed = git_bytes(project, "show", f"{outcome.branch}:{encoding}.txt")
        assert changed == text.replace("1.1.4", "2.0.3").encode(encoding), encoding


@pytest.mark.e2e
def test_files_that_are_not_in_git_and_links_stay_as_they_are(recent: Path) -> None:
    (recent / "requirements.txt").rename(recent / "pins.txt")
    (recent / "requirements.txt").symlink_to("pins.txt")
    (recent / "real.py").write_text("from flask import Markup\n")
    (recent / "link.py").symlink_to("real.py")
    (recent / "local.py").write_text("from flask import Markup\n")
    (recent / ".gitignore").write_text("local.py\n")
    commit(recent)
    outcome = upgrade_foreign(recent, "3.0")
    assert outcome.notes == (
        "requirements.txt was not changed: require the versions of requirements.rescued.txt there",
        "local.py is not in Git, and was not rewritten: it needs the same changes",
    )
    changed = git(recent, "diff", "--name-status", "main", outcome.branch).split()
    assert changed == ["A", ".python-version", "M", "real.py", "A", "requirements.rescued.txt"]


def test_the_answers_of_routes_decide_without_tests(recent: Path) -> None:
    outcome = upgrade_foreign(recent)
    assert outcome.steps[-1].judged == "its route answers as before"
    assert outcome.stopped is not None
    assert outcome.stopped.flask == "3.1.3"
    assert outcome.stopped.reason == "/ says something else than before"
    assert subjects(recent, "upgrade-flask-3.1")[-1] == "Upgrade Flask from 2.3.3 to 3.0.3"


@pytest.mark.parametrize(
    ("package", "module", "version"),
    [("old-ext", "old_ext", "2.0"), ("the-fork", "forked", "1.1")],
    ids=["found by its name", "found by the module that it installed"],
)
def test_an_extension_that_breaks_moves_as_far_as_it_has_to(
    recent: Path, package: str, module: str, version: str
) -> None:
    (recent / "requirements.txt").write_text(f"flask==2.3.3\n{package}==1.0\n")
    (recent / "app.py").write_text(f"import {module}\n{APP}")
    commit(recent)
    outcome = upgrade_foreign(recent, "3.0")
    assert outcome.stopped is None
    assert [pin.after for pin in outcome.steps[-1].pins if pin.name == package] == [version]


def test_of_the_versions_that_were_tried_the_nearest_say_what_stopped_a_step(recent: Path) -> None:
    (recent / "requirements.txt").write_text("flask==2.3.3\nlate-ext==1.0\n")
    (recent / "app.py").write_text(f"import late_ext\n{APP}")
    (recent / "test_app.py").write_text(TEST.replace("app import app", "app import app, late_ext"))
    with (recent / "test_app.py").open("a") as file:
        file.write("    def test_late(self):\n        late_ext.late()\n")
    commit(recent)
    outcome = upgrade_foreign(recent, "3.0")
    assert outcome.stopped is not None
    assert outcome.stopped.reason == "its tests fail: Ran 2 tests, errors=1"
    assert "ValueError: late" in outcome.stopped.todo


@pytest.mark.e2e
def test_an_extension_that_no_release_mends_is_named_and_not_the_code(recent: Path) -> None:
    (recent / "requirements.txt").write_text("flask==2.3.3\nlast-ext==1.0\n")
    (recent / "app.py").write_text(f"import last_ext\n{APP}")
    commit(recent)
    outcome = upgrade_foreign(recent, "3.0")
    assert outcome.stopped is not None
    assert outcome.stopped.todo == (
        "last-ext 1.0 took part in the error: find what works with Flask 3.0.3 instead of it",
    )


@pytest.mark.e2e
def test_the_tests_decide_if_there_are_some(recent: Path) -> None:
    (recent / "test_app.py").write_text(TEST)
    commit(recent)
    outcome = upgrade_foreign(recent)
    assert outcome.steps[-1].judged == "its test passes"
    assert outcome.stopped is not None
    assert outcome.stopped.reason == "its tests fail: Ran 1 test, failures=1"
    assert "FAIL: test_home (test_app.Test.test_home)" in outcome.stopped.todo
    assert "AssertionError: 'Home' != 'home'" in outcome.stopped.todo


def test_what_a_person_changed_on_the_branch_goes_on_there(recent: Path) -> None:
    (recent / "test_app.py").write_text(TEST)
    commit(recent)
    upgrade_foreign(recent)
    git(recent, "switch", "-q", "upgrade-flask-3.1")
    (recent / "test_app.py").write_text(TEST.replace("text, 'home'", "text.lower(), 'home'"))
    commit(recent)
    outcome = upgrade_foreign(recent)
    assert outcome.stopped is None
    assert [step.flask for step in outcome.steps] == ["3.1.3"]
    assert git(recent, "status", "--porcelain") == ""
    assert "\nflask==3.1.3\n" in (recent / "requirements.rescued.txt").read_text()


@pytest.mark.e2e
def test_a_dry_run_shows_the_differences_and_writes_nothing(project: Path) -> None:
    objects = git(project, "count-objects")
    outcome = upgrade_foreign(project, "2.0", dry_run=True)
    assert outcome.steps[-1].commit is None
    assert "-flask==1.1.4  # the web\n+flask==2.0.3  # the web\n" in outcome.steps[-1].diff
    assert git(project, "branch", "--format=%(refname:short)") == "main"
    assert git(project, "count-objects") == objects


@pytest.mark.e2e
def test_a_project_in_a_directory_of_a_repository_is_upgraded_there(project: Path) -> None:
    (project / "web").mkdir()
    for name in ("app.py", "requirements.txt"):
        (project / name).rename(project / "web" / name)
    commit(project)
    upgrade_foreign(project / "web", "2.0")
    assert "flask==2.0.3" in git(project, "show", "upgrade-flask-2.0:web/requirements.txt")


@pytest.mark.parametrize(
    ("older", "release"), sampled([("1.0", "1.0.4"), ("1.1.2", "1.1.2")], [("1.0", "1.0.4")])
)
def test_an_older_flask_is_refused_and_nothing_is_written(project: Path, older: str, release: str) -> None:
    with pytest.raises(IncompatibleVersions, match=f"Flask {release} is older than the 1.1.4 of the project"):
        upgrade_foreign(project, older)
    assert git(project, "branch", "--format=%(refname:short)") == "main"


@pytest.mark.parametrize(
    ("asked", "present"),
    sampled([("1.1", "1.1.4"), ("1.1", "1.1.9"), ("1", "1.2.0"), ("latest", "9.0")], [("1.1", "1.1.9")]),
)
def test_nothing_is_written_if_the_project_is_there_already(
    project: Path, index: LoopbackIndex, asked: str, present: str
) -> None:
    index.add(make_wheel("flask", present, text=FLASK + MARKUP))
    (project / "requirements.txt").unlink()
    (project / "Pipfile").write_text(f'[packages]\nflask = "=={present}"\n')
    commit(project)
    outcome = upgrade_foreign(project, asked)
    assert (outcome.flask, outcome.steps, outcome.stopped, outcome.notes) == (present, (), None, ())
    assert git(project, "branch", "--format=%(refname:short)") == "main"


@pytest.mark.e2e
def test_setup_py_is_not_run(project: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (project / "setup.py").write_text(f"open({str(mark)!r}, 'w')\n")
    commit(project)
    upgrade_foreign(project, "2.0")
    assert not mark.exists()


def _no_repository(project: Path) -> None:
    (project / ".git").rename(project.parent / "elsewhere")


def _no_commits(project: Path) -> None:
    _no_repository(project)
    git(project, "init", "-q")


def _changed(project: Path) -> None:
    (project / "app.py").write_text(APP + "\n")


def _untracked(project: Path) -> None:
    (project / "new.py").touch()


def _branch_exists(project: Path) -> None:
    git(project, "branch", "upgrade-flask-2.0")


@pytest.mark.parametrize(
    ("prepare", "message", "hint"),
    [
        (_no_repository, "is not in a Git repository", "git init"),
        (_no_commits, "has no commits", "git add"),
        (_changed, "has changes that are not committed: app.py", "git stash"),
        (_untracked, "has changes that are not committed: new.py", "commit them"),
        (_branch_exists, "the branch `upgrade-flask-2.0` already exists", "git switch upgrade-flask-2.0"),
    ],
)
def test_what_stands_in_the_way_is_refused_before_anything_runs(
    project: Path, prepare, message, hint
) -> None:
    prepare(project)
    with pytest.raises(CannotWrite, match=message) as error:
        upgrade_foreign(project, "2.0")
    assert hint in str(error.value.hint)


@pytest.mark.e2e
def test_a_detached_head_is_fine(project: Path) -> None:
    git(project, "checkout", "-q", "--detach")
    assert upgrade_foreign(project, "2.0").stopped is None


def test_a_project_that_does_not_start_is_not_upgraded(project: Path) -> None:
    (project / "app.py").write_text(APP + "raise RuntimeError('no')\n")
    commit(project)
    with pytest.raises(RescueFailed, match=r"does not start: RuntimeError: no \(app.py:3\)"):
        upgrade_foreign(project)


def test_an_unknown_version_is_refused(project: Path) -> None:
    with pytest.raises(FlaskgenError, match=r"Flask 9\.9"):
        upgrade_foreign(project, "9.9")
