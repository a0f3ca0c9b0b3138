from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands.proposal import NewSettings, Proposal, propose
from flaskgen.errors import FlaskgenError, ResolutionFailed
from flaskgen.planning.spec import Answers
from flaskgen.reporting import SilentReporter

FILES_ONLY = NewSettings(install=False)


def proposed(
    path: Path, settings: NewSettings = FILES_ONLY, **answers: str | bool | tuple[str, ...] | None
) -> Proposal:
    complete = Answers(destination=str(path), **answers)  # type: ignore[arg-type]
    return propose(complete, settings, reporter=SilentReporter())


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
    assert proposal.notes == ()
    assert proposal.environment_path == shop / ".venv"


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
        propose(Answers(destination=""), FILES_ONLY, reporter=SilentReporter())
