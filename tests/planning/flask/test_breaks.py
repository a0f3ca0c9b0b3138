from __future__ import annotations

import ast

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.flask.breaks import Breaks, newest_allowed, parse_breaks
from tests.breaks.trials import load_trials

ROW = """
[[breaks]]
id = "flask-2.2"
title = "Flask up to 2.2.4 does not work with Werkzeug 3"
errors = ["cannot import name 'url_quote' from ... (unknown"]
stops = "start"
when = ["Flask<2.2.5", "Werkzeug>=3"]
python = ">=3.8"
pins = ["Werkzeug<3"]
source = "measured"
works = { python = "3.11", pins = ["Werkzeug<3"] }
fails = { python = "3.11", pins = ["Werkzeug>=3"], build = ["setuptools<58"] }
script = "import flask"

[unmaintained]
[brought]
[together]
"""


def parse(text: str = ROW) -> Breaks:
    return parse_breaks(text)


def test_a_row_is_read() -> None:
    (row,) = parse().rows
    assert row.id == "flask-2.2"
    assert [str(one) for one in row.when] == ["Flask<2.2.5", "Werkzeug>=3"]
    assert not row.in_code


@pytest.mark.parametrize(
    ("versions", "python", "affected"),
    [
        ({"flask": "2.2.2", "werkzeug": "3.0.1"}, "3.11", True),
        ({"flask": "2.2.2", "werkzeug": "3.0.1"}, None, True),
        ({"flask": "2.2.2", "werkzeug": "3.0.1"}, "3.7", False),
        ({"flask": "2.2.2", "werkzeug": "2.3.8"}, "3.11", False),
        ({"flask": "2.2.5", "werkzeug": "3.0.1"}, "3.11", False),
        ({"flask": "2.2.2"}, "3.11", False),
    ],
)
def test_it_happens_if_all_versions_and_the_python_are_affected(
    versions: dict[str, str], python: str | None, affected: bool
) -> None:
    (row,) = parse().rows
    found = {name: Version(version) for name, version in versions.items()}
    assert row.affects(found, Version(python) if python else None) is affected


def test_python_3_6_does_not_say_from_where_a_name_could_not_be_imported() -> None:
    (row,) = parse().rows
    assert row.explains("  File 'x', line 1\nImportError: cannot import name 'url_quote'\n\nhint: none")
    assert not row.explains("ImportError: cannot import name 'url_quote' from 'shop.urls' (shop/urls.py)")


@pytest.mark.parametrize(
    "text",
    [
        "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (unknown location)",
        'ImportError: cannot import name "url_quote"\n   from werkzeug.urls (unknown location)',
    ],
)
def test_an_error_is_found_whatever_its_quotes_and_line_breaks_are(text: str) -> None:
    assert parse().rows[0].explains(text)
    assert not parse().rows[0].explains(text.replace("url_quote", "url_parse"))


@pytest.mark.parametrize(
    ("specifier", "inside", "outside"),
    [
        ("", ">=9000", "<9000"),
        (">=1.0", ">=9000", "<9000"),
        ("==0.15.4", "==0.15.4", "!=0.15.4"),
        ("<=0.15.4", "==0.15.4", "!=0.15.4"),
        (">=1.0,<2", ">=1.99,<2", ">=2"),
        ("<2.1,<3", ">=2.0,<2.1", ">=2.1"),
        ("<3.0.0", ">=2,<3", ">=3"),
        ("==1.*", ">=1.99,<2", ">=2"),
        ("~=1.4.2", ">=1.4.2,<1.5", ">=1.5"),
        ("~=1.4", ">=1.9,<2", ">=2"),
    ],
)
def test_the_newest_that_a_specifier_allows(specifier: str, inside: str, outside: str) -> None:
    newest = newest_allowed(SpecifierSet(specifier))
    assert newest in SpecifierSet(inside)
    assert newest not in SpecifierSet(outside)


@pytest.mark.parametrize(
    ("wanted", "python", "installed"),
    [
        ("Flask", "3.11", {"flask": ">3", "werkzeug": ">3"}),
        ("Flask", "3.7", {"flask": "==2.2.5", "werkzeug": "==2.2.3"}),
        ("Flask", "3.6.5", {"flask": "==2.0.3", "jinja2": "==3.0.3", "markupsafe": "==2.0.1"}),
        ("Flask", "2.7", {"flask": "==1.1.4", "jinja2": "==2.11.3"}),
        ("Flask==3.0.3", "3.6", {"flask": "==3.0.3"}),  # which pip refuses
        ("Flask Werkzeug==0.15.5", "3.11", {"flask": ">1.1.3,<2", "jinja2": ">2.11,<3"}),
        ("Flask==1.1.4 Jinja2>=2.10", "3.11", {"jinja2": ">2.11,<3"}),
        ("Flask-SQLAlchemy SQLAlchemy==1.3.24", "3.11", {"flask-sqlalchemy": ">2.5,<3"}),
    ],
)
def test_what_pip_installs_is_known_without_a_list_of_releases(
    wanted: str, python: str, installed: dict[str, str]
) -> None:
    required = map(Requirement, wanted.split())
    found = load_breaks().install(
        {one.name.lower(): one.specifier for one in required}, python=Version(python)
    )
    assert {name: found[name] in SpecifierSet(text) for name, text in installed.items()} == dict.fromkeys(
        installed, True
    )


def test_the_shipped_breaks_are_whole() -> None:
    rows = load_breaks().rows
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        assert row.errors or row.in_code or row.when, row.id
        assert row.when or row.python, row.id
        assert row.pins or row.build or row.newer or row.change, row.id
        for trial in load_trials()[row.id][:2]:
            list(map(Requirement, (*row.pins, *row.build, *row.newer, *trial.pins, *trial.build)))
        for text in row.code:
            ast.parse(text.removeprefix("@"), mode="eval")
    assert load_breaks().unmaintained["flask-script"].instead
