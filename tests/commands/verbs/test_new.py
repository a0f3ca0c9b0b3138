from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands import new
from flaskgen.commands.plan import Outcome
from flaskgen.commands.specifying import NewSettings
from flaskgen.commands.verbs.new import NewPlan, create, plan_new
from flaskgen.effects.system.session import Session
from flaskgen.errors import FlaskgenError, ProjectExists
from flaskgen.planning.merging.plan import Status
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.spec import Answers

FILES_ONLY = NewSettings(install=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def make(path: Path, settings: NewSettings = FILES_ONLY) -> Outcome[NewPlan]:
    return new(Answers(destination=str(path), preset="web", git=False), settings=settings)


def test_the_files_are_those_of_the_plan(shop: Path) -> None:
    outcome = make(shop)
    on_disk = {path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file()}
    # uv.lock is written if uv has all that it needs in its cache.
    assert {change.path.as_posix() for change in outcome.files.changes} == on_disk - {"uv.lock"}
    assert outcome.answer is None


def test_the_record_holds_the_pristine_files_but_no_secret(shop: Path) -> None:
    outcome = make(shop)
    with zipfile.ZipFile(shop / ".flaskgen" / "base.zip") as base:
        kept = {PurePosixPath(name): base.read(name) for name in base.namelist()}
    assert PurePosixPath(".env") not in kept
    assert kept[PurePosixPath("pyproject.toml")] == (shop / "pyproject.toml").read_bytes()
    made = {change.path for change in outcome.files.written}
    besides = {PurePosixPath(name) for name in ("requirements.txt", "requirements-dev.txt")}
    assert set(kept) == made - besides - outcome.plan.sources.once - {BASE_PATH, RECORD_PATH}


def test_a_file_of_the_users_stays_and_is_named(shop: Path) -> None:
    shop.mkdir()
    (shop / "README.md").write_text("mine")
    outcome = make(shop)
    assert (shop / "README.md").read_text() == "mine"
    kept = [str(change.path) for change in outcome.files.changes if change.status is Status.KEEP]
    assert kept == ["README.md"]


def test_an_installation_that_fails_leaves_nothing(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    with pytest.raises(FlaskgenError) as raised:
        make(shop, NewSettings(sources=PackageSources(offline=True)))
    assert not shop.exists()
    assert raised.value.__notes__ == ["what was created was removed: there is no `shop`"]


def test_a_destination_taken_after_the_planning_is_refused(shop: Path) -> None:
    with (session := Session()).background() as background:
        late = plan_new(Answers(destination=str(shop)), FILES_ONLY, session, background)
    make(shop)
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    with pytest.raises(FlaskgenError, match="already a flaskgen project"):
        create(late, FILES_ONLY, Session())
    assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before


def test_half_a_project_of_another_run_is_not_taken_for_the_users(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan_beside_another_run(*_: object) -> NewPlan:
        (shop / RECORD_PATH).parent.mkdir(parents=True)
        (shop / RECORD_PATH).write_text("schema = 2\n")
        raise FlaskgenError("`.venv` is not a virtual environment", hint="remove it")

    monkeypatch.setattr("flaskgen.commands.verbs.new.plan_new", plan_beside_another_run)
    with pytest.raises(ProjectExists, match="already"):
        new(Answers(destination=str(shop)))
