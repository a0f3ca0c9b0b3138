from __future__ import annotations

import pytest
from packaging.version import Version

from flaskgen.planning.foreign.repinning import repin, still_excluding
from flaskgen.planning.packages.pins import Pin

PYTHON = Version("3.11")


def pins(*lines: str) -> list[Pin]:
    return [Pin(name, version) for name, _, version in (line.partition("==") for line in lines)]


def test_the_pins_of_a_requirements_file_are_replaced_and_all_else_stays():
    text = (
        "# web\nFlask == 1.1  # the web\r\nCelery[redis]==4.0; python_version > '3'\n-r more.txt\n"
        "Jinja2>=2\nclick==7.0 \\\n  ; python_version > '3'\nsix==1.0\n"
    )
    assert repin(text, pins("flask==2.0.3", "celery==5.0", "jinja2==3.0", "click==8.0"), PYTHON) == (
        "# web\nFlask == 2.0.3  # the web\r\nCelery[redis]==5.0; python_version > '3'\n-r more.txt\n"
        "Jinja2>=2\nclick==8.0 \\\n  ; python_version > '3'\nsix==1.0\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flask<2", "flask<4"),
        ("flask<2.0", "flask<4"),
        ("flask<2.3.1", "flask<4"),
        ("flask<=2.0", "flask<=3.1.3"),
        ("flask>=1.0,<2", "flask>=1.0,<4"),
        ("flask >= 1.0, < 2  # not yet", "flask >= 1.0, < 4  # not yet"),
        ("Flask (<2)", "Flask (<4)"),
        ("flask~=2.0", "flask~=3.1"),
        ("flask~=2.0.1", "flask~=3.1.3"),
        ("flask==2.*", "flask==3.*"),
        ("flask==2.0.*", "flask==3.1.*"),
        ("flask===2.0.1", "flask===3.1.3"),
        ("flask>4", "flask>=3.1.3"),
        ("flask>=4", "flask>=3.1.3"),
        ("flask[async]<3,!=2.1", "flask[async]<4,!=2.1"),
        ("flask>=2.1,\\\n  <2.2 \\\n  # not yet", "flask>=2.1,\\\n  <4 \\\n  # not yet"),
        ("flask \\\r\n==2.1\r\n", "flask \\\r\n==3.1.3\r\n"),
        ("  flask==2.1\n", "  flask==3.1.3\n"),
        ("flask==2.1 # not ; python_version < '3'", "flask==3.1.3 # not ; python_version < '3'"),
        ("flask==2.1 --global-option='a==1'", "flask==3.1.3 --global-option='a==1'"),
    ],
)
def test_a_bound_that_excludes_the_version_is_moved_in_its_own_kind(before: str, after: str):
    assert repin(before, pins("flask==3.1.3"), PYTHON) == after
    assert [number for number, _ in still_excluding(before, pins("flask==3.1.3"), PYTHON)] == [1]
    assert list(still_excluding(after, pins("flask==3.1.3"), PYTHON)) == []


@pytest.mark.parametrize(
    "line",
    [
        "flask<4",
        "flask==3.*",
        "flask~=3.0",
        "flask==3.1.3.0",
        "flask",
        "-r flask<2.txt",
        "# flask<2",
        "other<2",
        "flask<2 ; python_version \\\n  < '3'",
        "https://host/flask<2",
    ],
)
def test_what_allows_the_version_stays(line: str):
    assert repin(line, pins("flask==3.1.3"), PYTHON) == line


def test_what_another_python_requires_stays():
    text = "flask<2 ; python_version < '3.8'\nflask<3 ; python_version >= '3.8'  # x\n"
    new = text.replace("<3 ;", "<4 ;")
    assert repin(text, pins("flask==3.1.3"), PYTHON) == new
    assert list(still_excluding(text, pins("flask==3.1.3"), PYTHON)) == [
        (2, "flask<3 ; python_version >= '3.8'")
    ]
    assert list(still_excluding(new, pins("flask==3.1.3"), PYTHON)) == []


def test_only_a_pin_can_name_a_build():
    versions = pins("torch==2.1+cu118")
    assert repin("torch==1.7.1+cu101\ntorch>9\n", versions, PYTHON) == "torch==2.1+cu118\ntorch>=2.1\n"


def test_a_version_that_a_line_says_does_not_work_is_told():
    line = "flask!=3.1.3"
    assert repin(line, pins("flask==3.1.3"), PYTHON) == line
    assert list(still_excluding(line, pins("flask==3.1.3"), PYTHON)) == [(1, line)]


@pytest.mark.parametrize("line", ["flask==1.\\\n0", "flask>=1,<2,!=3.1.*"])
def test_a_line_that_would_still_exclude_the_version_stays_and_is_told(line: str):
    assert repin(line, pins("flask==3.1.3"), PYTHON) == line
    assert [number for number, _ in still_excluding(line, pins("flask==3.1.3"), PYTHON)] == [1]


def test_lines_are_those_of_pip():
    """A comment is not continued, and a carriage return or a form feed ends a line as well."""
    text = "# why \\\nflask==2.1\rclick==7.0\x0csix==1.0\n"
    new = "# why \\\nflask==3.1.3\rclick==8.0\x0csix==1.0\n"
    versions = pins("flask==3.1.3", "click==8.0")
    assert [number for number, _ in still_excluding(text, versions, PYTHON)] == [2, 3]
    assert repin(text, versions, PYTHON) == new
