"""`flaskgen new` in a directory that has files already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands import new
from flaskgen.commands.plan import Outcome
from flaskgen.commands.specifying import NewSettings
from flaskgen.commands.verbs.new import NewPlan
from flaskgen.effects.git import check_git
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.effects.transaction.log import LOG, Log, LoggedFile, digest
from flaskgen.errors import (
    CannotWrite,
    EnvironmentBroken,
    FlaskgenError,
    IncompatibleVersions,
    MergeConflict,
    NameClash,
    ProjectExists,
    ResolutionFailed,
)
from flaskgen.planning.merging.plan import ConflictPolicy, Status
from flaskgen.planning.project.spec import Answers
from tests.commands.projects import Meanwhile
from tests.e2e.runs import listing

FILES_ONLY = NewSettings(install=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


MINE = '[project]\nname = "mine"\nversion = "1"\ndependencies = [\n    "Flask>=3",\n]\n'


def put(directory: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def created(
    shop: Path,
    settings: NewSettings = FILES_ONLY,
    session: Session | None = None,
    *,
    git: bool | None = False,
    python: str | None = None,
    flask: str | None = None,
    preset: str | None = None,
) -> Outcome[NewPlan]:
    answers = Answers(destination=str(shop), git=git, python=python, flask=flask, preset=preset)
    return new(answers, settings=settings, session=session)


def refused(shop: Path, kind: type[FlaskgenError], settings: NewSettings = FILES_ONLY, **options: str) -> str:
    """Return why no project is created, and nothing at all written."""
    before = listing(shop)
    with pytest.raises(kind) as caught:
        created(shop, settings, **options)  # type: ignore[arg-type]
    assert listing(shop) == before
    assert caught.value.hint
    return caught.value.message


def status(outcome: Outcome[NewPlan], path: str) -> Status:
    return {str(change.path): change.status for change in outcome.files.changes}[path]


def test_files_that_no_template_has_stay_as_they_are(shop: Path) -> None:
    mine = {
        "LICENSE": "mine",
        ".idea/workspace.xml": "<x/>",
        ".vscode/settings.json": "{}",
        ".DS_Store": "\0",
        "Thumbs.db": "",
        "notes/todo.txt": "buy milk",
        "vendor/library/.git/HEAD": "ref: refs/heads/main\n",
        "shop/data.csv": "1,2\n",
        "tests/data.json": "{}",
    }
    put(shop, mine)
    outcome = created(shop)
    assert {name: (shop / name).read_text() for name in mine} == mine
    assert {change.status for change in outcome.files.changes} == {Status.CREATE}
    assert (shop / ".flaskgen/project.toml").exists()


def test_sets_of_lines_are_merged(shop: Path) -> None:
    put(shop, {".gitignore": "x\n", ".env": "TOKEN=1\n", "pyproject.toml": MINE})
    outcome = created(shop)
    assert (shop / ".gitignore").read_text().startswith("x\n\n# Python\n__pycache__/\n")
    assert (shop / ".env").read_text().startswith("TOKEN=1\n\n# Settings of this machine.")
    assert "\nSECRET_KEY=" in (shop / ".env").read_text()
    assert '    "Flask>=3",\n    "python-dotenv>=1.0,<2",\n' in (shop / "pyproject.toml").read_text()
    assert status(outcome, ".gitignore") is status(outcome, ".env") is Status.MERGE


def test_a_requirement_for_another_platform_stays_and_is_named_until_it_is_pinned(shop: Path) -> None:
    line = 'waitress>=3; sys_platform == "nowhere"'
    put(shop, {"pyproject.toml": MINE.replace('"Flask>=3"', f"'{line}'")})
    outcome = created(shop)
    assert line in (shop / "pyproject.toml").read_text()
    assert outcome.plan.warnings == (
        f"`{line}` is for another platform or Python: `flaskgen freeze` pins it",
    )


def test_prose_and_settings_of_editors_stay_and_an_identical_file_is_nothing_new(
    shop: Path,
) -> None:
    created(shop, preset="web")
    rendered = (shop / "pyproject.toml").read_text()
    other = shop.parent / "other" / "shop"
    kept = ("README.md", "AGENTS.md", "docs/settings.md", ".editorconfig", ".gitattributes")
    put(other, {**dict.fromkeys(kept, "# Mine\n"), "pyproject.toml": rendered})
    outcome = created(other, preset="web")
    for name in kept:
        assert (other / name).read_text() == "# Mine\n"
        assert status(outcome, name) is Status.KEEP
    assert status(outcome, "pyproject.toml") is Status.IDENTICAL


CONFLICTS = {"tests/conftest.py": "mine = 1\n", "shop/__init__.py": "mine\n", ".flaskenv": "FLASK_APP=mine\n"}


@pytest.mark.parametrize("name", CONFLICTS)
def test_another_file_at_the_path_of_one_is_refused_by_name(shop: Path, name: str) -> None:
    put(shop, {name: CONFLICTS[name]})
    assert refused(shop, MergeConflict) == f"`shop` already has {name}, not as the project has it"


def test_a_file_that_has_just_appeared_is_not_replaced(shop: Path) -> None:
    session = Session(Meanwhile("Find a Python", lambda: put(shop, {"shop/__init__.py": "mine\n"})))
    with pytest.raises(MergeConflict, match=r"already has shop/__init__\.py"):
        created(shop, session=session)
    assert listing(shop) == {"shop": None, "shop/__init__.py": b"mine\n"}


@pytest.mark.parametrize("policy", [ConflictPolicy.OURS, ConflictPolicy.MARKERS, ConflictPolicy.THEIRS])
def test_a_conflict_is_settled_as_the_user_says(shop: Path, policy: ConflictPolicy) -> None:
    put(shop, CONFLICTS)
    outcome = created(shop, replace(FILES_ONLY, policy=policy))
    for name, mine in CONFLICTS.items():
        text = (shop / name).read_text()
        assert (mine in text) == (policy is not ConflictPolicy.THEIRS)
        assert (text == mine) == (policy is ConflictPolicy.OURS)
        assert ("<<<<<<< yours" in text) == (policy is ConflictPolicy.MARKERS)
    assert bool(outcome.files.conflicts) == (policy is ConflictPolicy.MARKERS)


def test_an_empty_file_is_filled(shop: Path) -> None:
    put(shop, {"pyproject.toml": "", "shop/__init__.py": "\n"})
    outcome = created(shop)
    assert status(outcome, "pyproject.toml") is status(outcome, "shop/__init__.py") is Status.MERGE
    assert "def create_app" in (shop / "shop/__init__.py").read_text()


@pytest.mark.parametrize(
    ("mine", "message"),
    [
        ({"flask.py": ""}, "`flask.py` shadows the package `flask`, which the project installs"),
        ({"pytest/__init__.py": ""}, "`pytest` shadows the package `pytest`, which the project installs"),
        ({"shop.py": ""}, "`shop` is already a module of yours (shop.py); the project adds one as well"),
        ({"shop/main/x.py": ""}, "`shop.main` is already a module of yours (shop/main)"),
    ],
)
def test_a_module_that_hides_one_of_the_project_is_named(
    shop: Path, mine: dict[str, str], message: str
) -> None:
    put(shop, mine)
    assert refused(shop, NameClash).startswith(message)
    created(shop, replace(FILES_ONLY, verify=False))


def test_code_of_the_users_that_the_project_does_not_run_is_no_clash(shop: Path) -> None:
    put(shop, {"app.py": "from flask import Flask\napp = Flask('x')\n@app.route('/')\ndef index(): ...\n"})
    created(shop)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda d: (d / "pyproject.toml").mkdir(), CannotWrite, "is not a file"),
        (lambda d: (d / "tests").write_text(""), CannotWrite, "`tests` is not a directory"),
        (lambda d: (d / "shop").symlink_to(d.parent), CannotWrite, "`shop` is a link out of `shop`"),
        (lambda d: (d / ".gitignore").symlink_to("nowhere"), CannotWrite, "is a broken link"),
        (lambda d: (d / "README.MD").write_text("x"), CannotWrite, "`README.MD` and the project's README.md"),
        (lambda d: (d / "Tests").mkdir(), CannotWrite, "`Tests` and the project's tests differ in case only"),
        (lambda d: put(d, {"pyproject.toml": MINE.replace(">=3", "==2.0")}), ResolutionFailed, "Flask==2.0"),
        (lambda d: put(d, {".flaskgen/base.zip": ""}), ProjectExists, "has a `.flaskgen`"),
    ],
)
def test_what_cannot_be_settled_is_refused_by_name(
    shop: Path, make: object, kind: type[FlaskgenError], message: str
) -> None:
    make(shop)  # type: ignore[operator]
    assert message in refused(shop, kind)


def test_a_read_only_file_that_would_be_merged_is_named(shop: Path) -> None:
    put(shop, {".gitignore": "x\n"})
    (shop / ".gitignore").chmod(0o444)
    assert refused(shop, CannotWrite).endswith(".gitignore`: it is read-only")


def test_a_repository_that_is_there_gets_no_commit(shop: Path) -> None:
    check_git()
    put(shop, {".git/HEAD": "ref: refs/heads/trunk\n"})
    reporter = Reporter()
    outcome = created(shop, session=Session(reporter), git=True)
    assert listing(shop / ".git") == {"HEAD": b"ref: refs/heads/trunk\n"}
    assert not outcome.plan.git
    assert "`shop` is a Git repository already: commit the files yourself" in reporter.notes


def killed(shop: Path) -> None:
    """Leave what a killed run does: a merged .gitignore, and a file of its own."""
    put(shop, {".gitignore": "x\n", "thesis.txt": "mine"})
    logged = (
        LoggedFile(".gitignore", digest(b"x\n"), digest(b"x\n\nmerged\n"), 0o644),
        LoggedFile("pyproject.toml", None, digest(b"[half]\n")),
    )
    log = Log(shop / LOG, "new shop", creates=True, files=logged, trees=(".venv",))
    log.save({PurePosixPath(".gitignore"): b"x\n"})
    put(shop, {".gitignore": "x\n\nmerged\n", "pyproject.toml": "[half]\n", ".venv/bin/python": ""})


def test_what_a_killed_run_left_does_not_count_as_the_users(shop: Path) -> None:
    killed(shop)
    why = refused(shop, CannotWrite, replace(FILES_ONLY, dry_run=True))
    assert why.startswith("`flaskgen new shop` was interrupted here")
    outcome = created(shop)
    assert [str(one.path) for one in outcome.files.changes if one.status is not Status.CREATE] == [
        ".gitignore"
    ]
    assert (shop / "thesis.txt").read_text() == "mine"
    assert "merged" not in (shop / ".gitignore").read_text()
    assert not (shop / ".venv").exists()


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_an_environment_that_cannot_be_used_is_named_and_kept_if_nothing_is_installed(
    shop: Path, make: object
) -> None:
    make(shop / ".venv")  # type: ignore[operator]
    assert str(shop / ".venv") in refused(shop, EnvironmentBroken, NewSettings())
    created(shop)


def fake_environment(shop: Path, version: str) -> None:
    minor = version.rpartition(".")[0]
    put(shop, {".venv/pyvenv.cfg": f"version = {version}\n"})
    (shop / f".venv/lib/python{minor}/site-packages").mkdir(parents=True)
    (shop / ".venv/bin").mkdir()
    (shop / ".venv/bin/python").symlink_to("/bin/sh")


@pytest.mark.parametrize(
    ("version", "asked", "says"),
    [
        ("3.8.1", None, "Flask 3.1.3 does not work on Python 3.8"),
        ("3.12.1", "3.13", "has Python 3.12.1, not 3.13"),
    ],
)
def test_an_environment_whose_python_does_not_fit_is_named(
    shop: Path, version: str, asked: str, says: str
) -> None:
    fake_environment(shop, version)
    message = refused(shop, IncompatibleVersions, NewSettings(), python=asked)
    assert str(shop / ".venv") in message
    assert says in message
