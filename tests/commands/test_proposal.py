from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands.proposal import NewSettings, Proposal, propose
from flaskgen.effects.system.session import Session
from flaskgen.errors import FlaskgenError, IncompatibleVersions, ResolutionFailed
from flaskgen.planning.project.spec import Answers

FILES_ONLY = NewSettings(install=False)


def proposed(
    path: Path, settings: NewSettings = FILES_ONLY, **answers: str | bool | tuple[str, ...] | None
) -> Proposal:
    complete = Answers(destination=str(path), **answers)  # type: ignore[arg-type]
    return propose(complete, settings, session=Session())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def test_nothing_is_written(shop: Path, tmp_path: Path) -> None:
    proposal = proposed(shop, preset="web")
    proposal.render(secret_key="x")
    proposal.requirements_files()
    assert list(tmp_path.iterdir()) == []


def test_defaults_are_the_newest_flask_alone(shop: Path) -> None:
    proposal = proposed(shop)
    assert proposal.spec.release.version == "3.1.3"
    assert proposal.spec.extensions == ()
    assert proposal.git
    assert proposal.selection.notes == proposal.warnings == ()
    assert proposal.environment_path == shop / ".venv"


def test_what_comes_along_is_said(shop: Path) -> None:
    proposal = proposed(shop, extensions=("migrate",))
    assert proposal.spec.extensions == ("sqlalchemy", "migrate")
    assert proposal.selection.notes == ("sqlalchemy comes along: migrate needs it",)


def test_a_preset_leaves_out_what_the_line_cannot_have_and_says_so(shop: Path) -> None:
    proposal = proposed(shop, preset="api", flask="1.1")
    assert proposal.spec.extensions == ("sqlalchemy", "migrate")
    (note,) = proposal.selection.notes
    assert note.startswith("smorest is left out: ")
    with pytest.raises(IncompatibleVersions, match="smorest does not work with Flask 1"):
        proposed(shop, extensions=("smorest",), flask="1.1")


def test_what_flask_replaces_is_made_of_templates_alone(shop: Path) -> None:
    proposal = proposed(shop, extensions=("script",))
    assert proposal.spec.extensions == ("script",)
    assert proposal.selection.notes == (
        "script: `flask` commands replace Flask-Script; commands.py shows how",
    )
    assert proposal.pins.runtime == proposed(shop).pins.runtime
    assert PurePosixPath("shop/commands.py") in proposal.render(secret_key="x")
    assert proposed(shop, extensions=("script",), flask="0.12").pins.runtime != proposal.pins.runtime
    assert "script" not in proposed(shop, extensions=("all",)).spec.extensions


@pytest.mark.parametrize(
    ("flask", "option", "driver"),
    [
        ("3.1", "postgresql", "psycopg"),
        ("3.1", "mysql", "pymysql"),
        ("1.1", "postgresql", "psycopg2-binary"),
        ("0.10", "mysql", "pymysql"),
    ],
)
def test_a_database_brings_its_driver(shop: Path, flask: str, option: str, driver: str) -> None:
    chosen = proposed(
        shop, flask=flask, extensions=("sqlalchemy",), options=(f"sqlalchemy.database={option}",)
    )
    sqlite = proposed(shop, flask=flask, extensions=("sqlalchemy",))
    assert driver in {pin.name for pin in chosen.pins.runtime} - {pin.name for pin in sqlite.pins.runtime}


def test_the_pins_are_those_of_the_lock(shop: Path) -> None:
    first, second = proposed(shop, preset="web"), proposed(shop, preset="web")
    assert first.pins == second.pins
    assert {pin.name for pin in first.pins.runtime} >= {"flask", "flask-login", "sqlalchemy"}
    assert "pytest" in {pin.name for pin in first.pins.dev}
    assert "pip" in {pin.name for pin in first.pins.all}
    assert all(pin.hashes for pin in first.pins.all)


def test_without_test_tools_there_is_no_file_for_them(shop: Path) -> None:
    proposal = proposed(shop, NewSettings(install=False, dev=False))
    assert set(proposal.requirements_files()) == {PurePosixPath("requirements.txt")}
    assert proposal.pins.dev == ()


def test_the_secrets_are_in_files_that_are_never_recorded(shop: Path) -> None:
    proposal = proposed(shop, preset="web")
    rendered = proposal.render(secret_key="correct-horse")
    holding = {path for path, content in rendered.items() if "correct-horse" in str(content)}
    assert holding == {PurePosixPath(".env")} <= proposal.secret_files


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
        proposed(shop, settings, **answers)
    assert raised.value.hint


def test_git_is_proposed_outside_a_repository_only(shop: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert not proposed(shop).git
    assert proposed(shop, git=True).git


def test_the_environment_can_be_virtualenvwrappers(shop: Path, home: Path) -> None:
    assert proposed(shop, NewSettings(workon=True)).environment_path == home / ".virtualenvs" / "shop"


@pytest.mark.parametrize("answers", [{"name": ""}, {"flask": ""}, {"python": ""}, {"preset": ""}])
def test_an_empty_answer_is_not_a_missing_one(shop: Path, answers: dict[str, str]) -> None:
    with pytest.raises(FlaskgenError):
        proposed(shop, **answers)


def test_an_empty_destination_is_not_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    with pytest.raises(FlaskgenError, match="the destination is empty"):
        propose(Answers(destination=""), FILES_ONLY, session=Session())
