"""Projects whose extensions have changed since: they need others, and do not offer some options any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.commands.plan import ChangeSettings
from flaskgen.commands.verbs.upgrade import Target
from flaskgen.effects.project.opening import open_project
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import BrokenRecord, IncompatibleVersions, ProjectOutdated
from tests.commands.projects import UPDATED_TOO, files_of, read_project, record_of, write_project

SUPPORT = '[flask."0.10 to 3.1"]\nrequirements = []\n'


def option(name: str, *choices: str) -> str:
    return f'[options.{name}]\nhelp = "h"\nchoices = {list(choices)}\ndefault = "{choices[-1]}"\n'


FIRST = f'version = "1"\n{SUPPORT}{option("scale", "stars", "points")}{option("limit", "one", "many")}'
SECOND = f'version = "2"\nneeds = ["mail"]\n{SUPPORT}{option("scale", "percent", "points")}'
OF_NEWER_FLASK = FIRST.replace('"1"', '"2"').replace("0.10 to 3.1", "3.1")
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


def test_one_that_does_not_work_with_the_flask_of_the_project_any_more_can_be_removed(
    tmp_path: Path, poll: Path
) -> None:
    files = files_of(["poll"], catalogue=load_catalogue([poll], ["poll"]), flask="2.2")
    shop = write_project(tmp_path / "older", files)
    release(poll, OF_NEWER_FLASK)
    settings = replace(UPDATED_TOO, extensions=(poll,))
    with pytest.raises(IncompatibleVersions, match=r"poll does not work with Flask 2\.2"):
        commands.update(shop, settings=settings)
    with pytest.raises(ProjectOutdated) as raised:
        commands.remove(shop, ["poll"], settings=replace(settings, update=False))
    assert raised.value.hint == "update it in the same change with --update"
    commands.remove(shop, ["poll"], settings=settings)
    assert read_project(shop) == files_of([], flask="2.2")
    commands.undo(shop)
    commands.upgrade(shop, Target(flask="3.1"), settings=settings)
    assert open_project(shop, directories=[poll]).spec.release.series.name == "3.1"
