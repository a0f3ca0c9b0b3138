from __future__ import annotations

import pytest

from flaskgen.commands.versions import describe_lines, describe_version
from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.errors import IncompatibleVersions, UnknownVersion


def test_every_line_is_described_the_newest_first() -> None:
    assert [facts.line.name for facts in describe_lines()] == [line.name for line in reversed(load_lines())]


def test_only_interpreters_that_the_line_works_on_are_named_newest_first() -> None:
    for facts in describe_lines():
        minors = [tuple(map(int, found.version.split("."))) for found in facts.installed]
        assert minors == sorted(minors, reverse=True)
        pythons = facts.line.pythons
        lowest = tuple(map(int, pythons.minimum.version.split(".")))
        highest = tuple(map(int, pythons.maximum.version.split(".")))
        assert all(lowest <= minor[:2] for minor in minors)
        assert pythons.newer_tried or all(minor[:2] <= highest for minor in minors)


def test_the_bounds_that_matter_are_those_beyond_which_it_fails() -> None:
    assert describe_version("3.1").ceilings == ()
    assert describe_version("1.1").ceilings == (
        "Werkzeug<2",
        "Jinja2<3.1",
        "MarkupSafe<2.1",
        "itsdangerous<2.1",
    )


def test_a_release_is_described_with_what_is_its_own() -> None:
    assert describe_version("2.0.1").ceilings == ("Werkzeug<2.1",)
    assert describe_version("2.0").ceilings == ("Werkzeug<2.3",)
    assert {found.minor for found in describe_version("1.0.2").installed} <= {"3.8", "3.9"}


def test_extensions_without_a_folder_are_not_told_of() -> None:
    assert {"sqlalchemy", "login", "mail", "wtf"} <= describe_version("3.1").extensions.keys()
    assert "unknown" not in describe_version("3.1").extensions


@pytest.mark.parametrize(("text", "error"), [("9.9", UnknownVersion), ("0.12.3", IncompatibleVersions)])
def test_what_is_not_there_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        describe_version(text)
