from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from flaskgen.commands.specifying import NewSettings
from flaskgen.commands.verbs.new import NewPlan, plan_new
from flaskgen.effects.system.session import Session
from flaskgen.errors import FlaskgenError, IncompatibleVersions, ResolutionFailed
from flaskgen.planning.project.names import BASE_PATH
from flaskgen.planning.project.record import unpack_base
from flaskgen.planning.project.spec import Answers
from tests.commands.projects import ENV
from tests.sampling import sampled

FILES_ONLY = NewSettings(install=False)


def plan_of(answers: Answers, settings: NewSettings) -> NewPlan:
    with (session := Session()).background() as background:
        return plan_new(answers, settings, session, background)


def planned(
    path: Path, settings: NewSettings = FILES_ONLY, **answers: str | bool | tuple[str, ...] | None
) -> NewPlan:
    complete = Answers(destination=str(path), **answers)  # type: ignore[arg-type]
    return plan_of(complete, settings)


def written(plan: NewPlan) -> dict[PurePosixPath, bytes]:
    return {change.path: change.content for change in plan.files.written if change.content is not None}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def test_nothing_is_written(shop: Path, tmp_path: Path) -> None:
    plan = planned(shop, preset="web")
    assert written(plan)
    assert list(tmp_path.iterdir()) == []


def test_defaults_are_the_newest_flask_alone(shop: Path) -> None:
    plan = planned(shop)
    assert plan.spec.release.version == "3.1.3"
    assert plan.spec.extensions == ()
    assert plan.git
    assert plan.notes == plan.warnings == ()
    assert plan.place == shop / ".venv"


def test_what_an_extension_requires_is_added_and_named(shop: Path) -> None:
    plan = planned(shop, extensions=("migrate",))
    assert plan.spec.extensions == ("production", "sqlalchemy", "migrate")
    assert plan.notes == (
        "adding sqlalchemy (required by migrate)",
        "adding production (required by sqlalchemy)",
    )


def test_a_preset_leaves_out_what_the_series_cannot_have_and_says_so(shop: Path) -> None:
    plan = planned(shop, preset="api", flask="1.1")
    assert plan.spec.extensions == ("production", "sqlalchemy", "migrate")
    (note,) = plan.notes
    assert note.startswith("skipping smorest: ")
    with pytest.raises(IncompatibleVersions, match="smorest does not work with Flask 1"):
        planned(shop, extensions=("smorest",), flask="1.1")


def test_what_flask_replaces_is_made_of_templates_alone(shop: Path) -> None:
    plan = planned(shop, extensions=("production", "script"))
    assert plan.spec.extensions == ("production", "script")
    assert plan.notes == ("script: `flask` commands replace Flask-Script; commands.py shows how",)
    assert plan.pins.runtime == planned(shop).pins.runtime
    assert PurePosixPath("shop/commands.py") in written(plan)
    assert planned(shop, extensions=("script",), flask="0.12").pins.runtime != plan.pins.runtime
    assert "script" not in planned(shop, extensions=("all",)).spec.extensions


@pytest.mark.parametrize(
    ("flask", "option", "driver"),
    sampled(
        [
            ("3.1", "postgresql", "psycopg"),
            ("3.1", "mysql", "pymysql"),
            ("1.1", "postgresql", "psycopg2-binary"),
            ("0.10", "mysql", "pymysql"),
        ],
        [("1.1", "postgresql", "psycopg2-binary")],
    ),
)
def test_a_database_brings_its_driver(shop: Path, flask: str, option: str, driver: str) -> None:
    chosen = planned(
        shop, flask=flask, extensions=("sqlalchemy",), options=(f"sqlalchemy.database={option}",)
    )
    sqlite = planned(shop, flask=flask, extensions=("sqlalchemy",))
    assert driver in {pin.name for pin in chosen.pins.runtime} - {pin.name for pin in sqlite.pins.runtime}


def test_the_pins_are_those_of_the_lock(shop: Path) -> None:
    first, second = planned(shop, preset="web"), planned(shop, preset="web")
    assert first.pins == second.pins
    assert {pin.name for pin in first.pins.runtime} >= {"flask", "flask-login", "sqlalchemy"}
    assert "pytest" in {pin.name for pin in first.pins.dev}
    assert "pip" in {pin.name for pin in first.pins.all}
    assert all(pin.hashes for pin in first.pins.all)


def test_without_test_tools_there_is_no_file_for_them(shop: Path) -> None:
    plan = planned(shop, FILES_ONLY, dev=False)
    requirements = {path.name for path in written(plan) if path.suffix == ".txt"}
    assert requirements == {"requirements.txt"}
    assert plan.pins.dev == ()


def test_the_secrets_are_in_files_that_are_never_recorded(shop: Path) -> None:
    plan = planned(shop, preset="web")
    files = written(plan)
    [key] = re.findall(rb'^SECRET_KEY="?([^"\s]+)', files[ENV], re.MULTILINE)
    assert {path for path, content in files.items() if key in content} == {ENV} <= plan.sources.once
    assert ENV not in unpack_base(files[BASE_PATH])


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        (NewSettings(install=False, newest=True), {}),
        (FILES_ONLY, {"flask": "3.1.0"}),
    ],
)
def test_what_needs_the_index_is_refused_where_it_may_not_be_asked(
    shop: Path, settings: NewSettings, answers: dict[str, str]
) -> None:
    with pytest.raises(ResolutionFailed) as raised:
        planned(shop, settings, **answers)
    assert raised.value.hint


def test_git_is_proposed_outside_a_repository_only(shop: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert not planned(shop).git
    assert planned(shop, git=True).git


def test_the_environment_can_be_virtualenvwrappers(shop: Path, home: Path) -> None:
    assert planned(shop, NewSettings(workon=True)).place == home / ".virtualenvs" / "shop"


@pytest.mark.parametrize("answers", [{"name": ""}, {"flask": ""}, {"python": ""}, {"preset": ""}])
def test_an_empty_answer_is_not_a_missing_one(shop: Path, answers: dict[str, Any]) -> None:
    with pytest.raises(FlaskgenError):
        planned(shop, **answers)


def test_an_empty_destination_is_not_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    with pytest.raises(FlaskgenError, match="the destination is empty"):
        plan_of(Answers(destination=""), FILES_ONLY)
