"""flaskgen called from Python, without the command line."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.commands.plan import ChangeSettings
from flaskgen.commands.specifying import NewSettings
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.errors import FlaskgenError, NotAProject, UnknownExtension
from flaskgen.planning.project.spec import Answers
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project
from tests.effects.tiny_packages import build_wheel, make_environment, pyproject

Named = Callable[[Path], Path | str]
WAYS: dict[str, Named] = {
    "path": lambda path: path,
    "text": str,
    "relative path": lambda path: Path(os.path.relpath(path)),
    "relative text": os.path.relpath,
}


@pytest.fixture(params=WAYS)
def named(request: pytest.FixtureRequest) -> Named:
    """How a caller names a directory."""
    return WAYS[request.param]


@pytest.fixture(autouse=True)
def _elsewhere_and_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Work in a directory that has nothing to do with the project; nothing may be printed."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert capfd.readouterr() == ("", "")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == signals
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["production"]))


def test_every_verb_changes_the_project_that_is_named(project: Path, named: Named) -> None:
    before = read_project(project)
    added = commands.add(named(project), ["sqlalchemy"], settings=FILES_ONLY)
    assert (added.made, added.plan.title, added.plan.project) == (True, "add sqlalchemy", project)
    assert read_project(project) == files_of(["sqlalchemy"])
    commands.option(named(project / "tests"), ["sqlalchemy.database=mysql"], settings=FILES_ONLY)
    assert read_project(project) == files_of(["sqlalchemy"], options=["sqlalchemy.database=mysql"])
    commands.remove(named(project / "shop"), ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(project) == before
    assert not commands.update(named(project), settings=FILES_ONLY).made
    undone = [commands.undo(named(project), settings=FILES_ONLY).title for _ in range(3)]
    assert undone == ["remove sqlalchemy", "option sqlalchemy.database=mysql", "add sqlalchemy"]
    assert read_project(project) == before


def test_a_project_is_created_where_it_is_named(tmp_path: Path, named: Named) -> None:
    outcome = commands.new(
        Answers(named(tmp_path / "store"), extensions=("mail",), git=False),
        settings=NewSettings(install=False),
    )
    assert (outcome.made, outcome.plan.project) == (True, tmp_path / "store")
    assert (tmp_path / "store" / "store" / "mailer.py").is_file()


def test_requirements_are_frozen_from_the_projects_environment_or_the_one_that_is_named(
    project: Path, named: Named, tmp_path: Path
) -> None:
    (project / "pyproject.toml").write_text(pyproject("Flask"))
    for path in (project / ".venv", tmp_path / "other"):
        make_environment(path, build_wheel(tmp_path, "Flask", "3.1.3"))
    outcome = commands.freeze(named(project / "tests"))
    assert (outcome.directory, outcome.environment.path) == (project, project / ".venv")
    assert "flask==3.1.3" in (project / "requirements.txt").read_text()
    assert commands.freeze(named(project), check=True).changed == ()
    outcome = commands.freeze(named(tmp_path / "other"), named(tmp_path / "other"))
    assert (outcome.directory, outcome.environment.path) == (tmp_path / "other", tmp_path / "other")
    assert (tmp_path / "other" / "requirements.txt").is_file()


def test_a_single_text_or_an_iterator_stands_for_a_list(project: Path) -> None:
    before = read_project(project)
    assert commands.add(project, "sqlalchemy", settings=FILES_ONLY).plan.title == "add sqlalchemy"
    commands.option(project, "sqlalchemy.database=mysql", settings=FILES_ONLY)
    generated = commands.generate(project, "Tag", "title:str", settings=FILES_ONLY)
    assert [field.name for field in generated.plan.spec.resources[-1].fields] == ["title"]
    commands.generate_fields(project, "Tag", "body:text?", settings=FILES_ONLY)
    commands.generate_fields(project, "Tag", remove="body", settings=FILES_ONLY)
    commands.remove(project, "Tag", settings=FILES_ONLY)
    commands.remove(project, iter(["sqlalchemy", "wtf"]), settings=FILES_ONLY)  # type: ignore[arg-type]
    assert read_project(project) == before


def test_a_dry_run_returns_the_plan_and_writes_nothing(project: Path, tmp_path: Path) -> None:
    before = read_project(project)
    outcome = commands.add(project, ["mail"], settings=ChangeSettings(install=False, dry_run=True))
    assert not outcome.made
    assert "shop/mailer.py" in [str(change.path) for change in outcome.files.written]
    assert read_project(project) == before
    planned = commands.new(Answers(tmp_path / "store"), settings=NewSettings(install=False, dry_run=True))
    assert planned.files.written
    assert not (tmp_path / "store").exists()


def test_what_there_is_to_say_goes_to_the_callers_reporter(project: Path) -> None:
    reporter = Reporter()
    commands.add(project, ["migrate"], session=Session(reporter))
    assert reporter.notes == ["adding sqlalchemy (required by migrate)"]
    assert reporter.warnings == ["the project has no virtual environment; nothing will be installed"]


def test_a_failure_is_an_error_that_says_what_to_do(project: Path, tmp_path: Path) -> None:
    calls: list[tuple[Callable[[], object], type[FlaskgenError]]] = [
        (lambda: commands.add(project, ["mial"]), UnknownExtension),
        (lambda: commands.remove(tmp_path / "missing", ["mail"]), NotAProject),
        (lambda: commands.freeze(tmp_path), NotAProject),
        (lambda: commands.undo(project), FlaskgenError),
        (lambda: commands.undo(f"{project}\0"), NotAProject),
    ]
    for call, error in calls:
        with pytest.raises(error) as raised:
            call()
        assert raised.value.hint


def test_any_thread_can_call(project: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(commands.add, project, ["mail"], settings=FILES_ONLY).result()
    assert read_project(project) == files_of(["mail"])


def test_several_threads_change_one_project_after_each_other(project: Path) -> None:
    names = ["mail", "wtf", "moment", "redis"]
    with ThreadPoolExecutor(len(names)) as pool:
        for call in [pool.submit(commands.add, project, [name], settings=FILES_ONLY) for name in names]:
            call.result()
    assert read_project(project) == files_of(names)


@pytest.mark.e2e
def test_a_project_is_installed_verified_and_changed_from_where_pip_takes_packages(tmp_path: Path) -> None:
    created = commands.new(Answers(tmp_path / "shop", git=False))
    assert created.answer is not None
    assert created.answer.status == 200
    added = commands.add(tmp_path / "shop", ["mail"])
    assert added.answer is not None
    assert added.answer.status == 200
    assert [pin.name for pin in added.plan.packages.install] == ["flask-mail"]
    assert commands.freeze(tmp_path / "shop", check=True).changed == ()


def test_the_verbs_are_all_there_is() -> None:
    assert all(callable(getattr(commands, name)) for name in commands.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'destroy'"):
        commands.destroy  # noqa: B018
