from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands.new import new
from flaskgen.commands.outcome import Outcome
from flaskgen.commands.proposal import NewSettings, propose
from flaskgen.effects.system.session import Session
from flaskgen.errors import FlaskgenError
from flaskgen.planning.merging.plan import Status
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.spec import Answers
from flaskgen.reporting import SilentReporter

FILES_ONLY = NewSettings(install=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def make(path: Path, settings: NewSettings = FILES_ONLY, *, git: bool = False) -> Outcome:
    answers = Answers(destination=str(path), preset="web", git=git)
    reporter = SilentReporter()
    return new(propose(answers, settings, session=Session(reporter)), settings, session=Session(reporter))


def test_the_files_are_those_of_the_plan(shop: Path) -> None:
    outcome = make(shop)
    on_disk = {path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file()}
    assert {change.path.as_posix() for change in outcome.plan.changes} == on_disk
    assert outcome.verification is None


def test_the_record_holds_the_pristine_files_but_no_secret(shop: Path) -> None:
    outcome = make(shop)
    with zipfile.ZipFile(shop / ".flaskgen" / "base.zip") as base:
        kept = {PurePosixPath(name): base.read(name) for name in base.namelist()}
    assert PurePosixPath(".env") not in kept
    assert kept[PurePosixPath("wsgi.py")] == (shop / "wsgi.py").read_bytes()
    rendered = set(outcome.proposal.render(secret_key=""))
    assert set(kept) == rendered - outcome.proposal.secret_files


def test_a_file_of_the_users_stays_and_is_told(shop: Path) -> None:
    shop.mkdir()
    (shop / "README.md").write_text("mine")
    outcome = make(shop)
    assert (shop / "README.md").read_text() == "mine"
    kept = [str(change.path) for change in outcome.plan.changes if change.status is Status.KEEP]
    assert kept == ["README.md"]


def test_an_installation_that_fails_leaves_nothing(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    with pytest.raises(FlaskgenError) as raised:
        make(shop, NewSettings(sources=PackageSources(offline=True)))
    assert not shop.exists()
    assert raised.value.__notes__ == ["what was made is removed: there is no `shop`"]


def test_a_destination_taken_after_the_proposal_is_refused(shop: Path) -> None:
    reporter = SilentReporter()
    late = propose(Answers(destination=str(shop)), FILES_ONLY, session=Session(reporter))
    make(shop)
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    with pytest.raises(FlaskgenError, match="a flaskgen project already"):
        new(late, FILES_ONLY, session=Session(reporter))
    assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before
