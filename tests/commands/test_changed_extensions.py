"""Projects whose extensions have changed since: they need others, and do not offer some options any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.project.opening import open_project
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import BrokenRecord, ProjectOutdated
from tests.commands.projects import files_of, read_project, record_of, write_project

SUPPORT = '[flask."0.10 to 3.1"]\nrequirements = []\n'


def option(name: str, *choices: str) -> str:
    return f'[options.{name}]\nhelp = "h"\nchoices = {list(choices)}\ndefault = "{choices[-1]}"\n'


FIRST = f'version = "1"\n{SUPPORT}{option("scale", "stars", "points")}{option("limit", "one", "many")}'
SECOND = f'version = "2"\nneeds = ["mail"]\n{SUPPORT}{option("scale", "percent", "points")}'
SAME_VERSION = SECOND.replace('"2"', '"1"')


def release(directory: Path, manifest: str) -> Path:
    """Write an extension, which says in a file what its options are."""
    (directory / "files").mkdir(parents=True, exist_ok=True)
    (directory / "manifest.toml").write_text(f'title = "Poll"\nsummary = "s"\norder = 200\n{manifest}')
    values = "{{ options.poll.scale }} {{ options.poll.limit | default('none') }}\n"
    (directory / "files" / "poll.txt.jinja").write_text(values)
    return directory


@pytest.fixture
def poll(tmp_path: Path) -> Path:
    return release(tmp_path / "poll", FIRST)


@pytest.fixture
def shop(tmp_path: Path, poll: Path) -> Path:
    catalogue = load_catalogue([poll], ["poll"])
    options = ["poll.scale=stars", "poll.limit=one"]
    return write_project(tmp_path / "shop", files_of(["poll"], options=options, catalogue=catalogue))


@pytest.fixture
def settings(poll: Path) -> ChangeSettings:
    return ChangeSettings(install=False, extensions=(poll,))


def test_an_update_adds_what_they_need_and_says_what_no_longer_applies(
    shop: Path, poll: Path, settings: ChangeSettings
) -> None:
    before = read_project(shop)
    record = shop / ".flaskgen" / "project.toml"
    record.write_text(record_of(shop).replace("[options.poll]", "# Asked for by the board.\n[options.poll]"))
    release(poll, SECOND)
    updated = commands.update(shop, settings=settings)
    assert {
        "adding mail (required by poll)",
        "poll.scale=stars no longer applies",
        "poll.limit=one no longer applies",
    } <= {*updated.plan.notes}
    assert (shop / "poll.txt").read_text() == "points none\n"
    assert (shop / "shop" / "mailer.py").exists()
    assert '# Asked for by the board.\n[options.poll]\nscale = "points"\n' in record_of(shop)
    assert open_project(shop, directories=[poll]).spec.extensions == ("production", "mail", "poll")
    release(poll, FIRST)
    commands.undo(shop)
    assert read_project(shop).keys() == before.keys()


def test_other_changes_ask_for_an_update_first(shop: Path, poll: Path, settings: ChangeSettings) -> None:
    release(poll, SECOND)
    with pytest.raises(ProjectOutdated):
        commands.add(shop, ["wtf"], settings=settings)


def test_a_record_that_the_same_version_did_not_write_is_refused(
    shop: Path, poll: Path, settings: ChangeSettings
) -> None:
    release(poll, SAME_VERSION)
    with pytest.raises(BrokenRecord):
        commands.update(shop, settings=settings)
