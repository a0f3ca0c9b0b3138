from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.commands.versions import constraints, describe_series, describe_version
from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import IncompatibleVersions, InvalidVersion, UnknownExtension, UnknownVersion
from flaskgen.planning.packages.pins import normalized


def test_every_series_is_described_the_newest_first() -> None:
    assert [facts.series.name for facts in describe_series()] == [
        series.name for series in reversed(load_series())
    ]


def test_only_interpreters_that_the_series_works_on_are_named_newest_first() -> None:
    for facts in describe_series():
        minors = [tuple(map(int, found.version.split("."))) for found in facts.installed]
        assert minors == sorted(minors, reverse=True)
        pythons = facts.series.pythons
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
    assert describe_version("2.1").ceilings == ("Werkzeug<2.3",)
    assert {found.minor for found in describe_version("1.0.2").installed} <= {"3.8", "3.9"}


def test_extensions_without_a_folder_are_not_told_of() -> None:
    assert {"sqlalchemy", "login", "mail", "wtf"} <= describe_version("3.1").extensions.keys()
    assert "unknown" not in describe_version("3.1").extensions


@pytest.mark.parametrize(("text", "error"), [("9.9", UnknownVersion), ("0.12.3", IncompatibleVersions)])
def test_what_is_not_there_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        describe_version(text)


def text_of(*arguments: Any, **named: Any) -> str:
    """Return a constraints file."""
    return str(constraints(*arguments, **named))


def bounds(text: str) -> dict[str, str]:
    requirements = (Requirement(line) for line in text.splitlines() if not line.startswith("#"))
    return {requirement.name: str(requirement.specifier) for requirement in requirements}


def known(*arguments: Any, python: str = "3.11", **named: Any) -> dict[str, set[str]]:
    """Return the bounds that count on a Python."""
    found: dict[str, set[str]] = {}
    for line in text_of(*arguments, **named).splitlines():
        if not line.startswith("#"):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
                found.setdefault(requirement.name, set()).add(str(requirement.specifier))
    return found


def test_what_is_known_to_break_is_bound_and_nothing_else() -> None:
    assert known("3.1.3") == {"Flask": {"==3.1.3"}}
    assert known("2.2.2") == {"Flask": {"==2.2.2"}, "Werkzeug": {"<3"}}
    assert known("1.1.2", python="3.8") == {
        "Flask": {"==1.1.2"},
        "Jinja2": {"<3.1"},
        "Werkzeug": {"<2.1"},
        "itsdangerous": {"<2.1"},
    }


def test_what_the_release_itself_excludes_decides_what_else_breaks() -> None:
    assert known("1.1.4", python="3.8") == {"Flask": {"==1.1.4"}, "MarkupSafe": {"<2.1"}}


def test_floors_depend_on_the_python() -> None:
    assert known("1.1.2", python="3.10")["Werkzeug"] == {"<2.1", ">=0.15"}
    assert known("1.1.2", extensions=["sqlalchemy"], python="3.10")["SQLAlchemy"] == {"<2", ">=1.3"}
    assert known("1.1.2", extensions=["sqlalchemy"], python="3.9")["SQLAlchemy"] == {"<2"}


def test_on_a_python_that_a_release_fails_on_the_next_one_is_taken() -> None:
    assert known("1.0.2", python="3.9")["Flask"] == {"==1.0.2"}
    assert known("1.0.2", python="3.10")["Flask"] == {"<1.1,>=1.0.3"}
    assert known("1.0.2", python="3.9")["Werkzeug"] == {"<3"}


def test_extensions_have_ceilings_on_old_series_and_floors_on_new_ones() -> None:
    assert known("2.0.3", extensions=["sqlalchemy"])["Flask-SQLAlchemy"] == {"<3"}
    assert known("2.0.3", extensions=["login"]).keys() == {"Flask", "Werkzeug"}
    assert known("3.0.3", extensions=["login,wtf"])["Flask-WTF"] == {">=1.1.2"}
    assert known("3.0.3", extensions=["login,wtf"])["Flask-Login"] == {">=0.6.3"}
    assert "Flask-SQLAlchemy" in known("3.0.3", extensions=["sqlalchemy"])


def test_no_bound_excludes_what_was_tested() -> None:
    for series in load_series():
        names = [name for name in load_catalogue().extensions if series.lacks(name) is None]
        tested = {normalized(name): versions for name, versions in load_lock(series).packages.items()}
        for python in ("3.8", "3.10", "3.13"):
            for name, found in known(series.tested, extensions=names, python=python).items():
                if name != "Flask" and (versions := tested.get(normalized(name))):
                    newest = max(Version(one.version) for one in versions)
                    assert all(newest in SpecifierSet(text) for text in found), (series.name, name, found)


def test_what_only_tests_need_is_told_in_a_comment() -> None:
    text = text_of("2.1.3")
    assert "\nWerkzeug<3\n" in text
    assert "# Its tests may need Werkzeug<2.3: with Werkzeug 2.3 the test client" in text


def test_the_tested_versions_of_a_release_are_bound_each_with_its_reason() -> None:
    text = text_of("1.1.4", tested=True)
    found = bounds(text)
    assert found["Flask"] == "==1.1.4"
    assert found["MarkupSafe"] == "<2.1,>=2.0"
    assert found.keys() == {"Flask", "Werkzeug", "Jinja2", "MarkupSafe", "itsdangerous", "click"}
    lines = text.splitlines()
    at = lines.index("MarkupSafe>=2.0,<2.1")
    assert lines[at - 1] == "# Jinja2 2 imports `soft_unicode`, which MarkupSafe 2.1 dropped"
    assert "# It does not work on newer versions: its Werkzeug uses `ast.Str`, removed in 3.14." in lines
    assert text.endswith("\n")


def test_a_release_has_the_bounds_of_its_own() -> None:
    assert bounds(text_of("2.0.1", tested=True))["Werkzeug"] == "<2.1,>=2.0"
    assert bounds(text_of("2.1", tested=True))["Werkzeug"] == "<2.3,>=2.0"
    assert (
        bounds(text_of("2.2.0", extensions=["sqlalchemy"], tested=True))["Flask-SQLAlchemy"]
        == "<3.0.5,>=3.0.3"
    )


def test_older_pythons_keep_the_older_versions_that_only_they_can_import() -> None:
    text = text_of("0.12.5", tested=True)
    for python, works, fails in (("3.9", "0.14.1", "0.16.1"), ("3.10", "0.16.1", "0.14.1")):
        (bound,) = (
            requirement
            for requirement in (Requirement(row) for row in text.splitlines() if row.startswith("Werkzeug"))
            if requirement.marker and requirement.marker.evaluate({"python_version": python})
        )
        assert works in bound.specifier
        assert fails not in bound.specifier


def test_extensions_are_bound_when_they_are_named() -> None:
    found = bounds(text_of("0.12", extensions=["login,mail"], tested=True))
    assert found["Flask-Login"] == "<0.6,>=0.5"
    assert "Flask-Mail" in found
    assert "Flask-SQLAlchemy" not in found
    assert "python-dotenv" not in found


def test_drivers_are_bound_without_the_extras_that_pip_refuses_in_constraints() -> None:
    text = text_of("3.1", extensions=["sqlalchemy"], tested=True)
    assert {"psycopg", "PyMySQL"} <= bounds(text).keys()
    assert "[" not in "".join(line for line in text.splitlines() if not line.startswith("#"))


def test_all_leaves_out_what_the_release_cannot_have() -> None:
    assert "flask-smorest" in bounds(text_of("3.1", extensions=["all"], tested=True))
    assert "flask-smorest" not in bounds(text_of("1.1", extensions=["all"], tested=True))
    with pytest.raises(IncompatibleVersions, match="smorest does not work with Flask 1"):
        text_of("1.1", extensions=["smorest"], tested=True)


def test_no_two_lines_bind_the_same_package() -> None:
    text = text_of("latest", extensions=["all"], tested=True)
    assert len(bounds(text)) == sum(not line.startswith("#") for line in text.splitlines())


def test_the_extension_of_a_directory_is_bound(tmp_path: Path) -> None:
    (tmp_path / "pulse").mkdir()
    (tmp_path / "pulse" / "manifest.toml").write_text(
        'title = "Pulse"\nsummary = "s"\norder = 200\nversion = "1.0"\n'
        '[flask."3.1"]\nrequirements = ["pulse-meter>=1,<2"]\n'
    )
    text = text_of("3.1", extensions=["pulse"], directories=[tmp_path], tested=True)
    assert bounds(text)["pulse-meter"] == "<2,>=1"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"version": "2.0; rm"}, InvalidVersion),
        ({"version": "9.9"}, UnknownVersion),
        ({"version": "0.12.3"}, IncompatibleVersions),
        ({"version": "1.1", "extensions": ["nothing"]}, UnknownExtension),
        ({"version": "0.10", "python": "3.13"}, IncompatibleVersions),
        ({"version": "0.10", "python": "new"}, InvalidVersion),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        text_of(**arguments)


@pytest.mark.e2e
def test_pip_installs_an_old_flask_that_works_with_the_constraints(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text(text_of("1.1.4"))
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=120)
    python = tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, "-c", "constraints.txt", "flask==1.1.4"], cwd=tmp_path, check=True, timeout=300)
    code = "from flask import Flask, jsonify; a = Flask('a'); a.route('/')(lambda: jsonify(a=1)); "
    code += "print(a.test_client().get('/').get_json())"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "{'a': 1}\n", done.stderr
