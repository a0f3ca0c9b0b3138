"""What a uv.lock says, and what uv is given to start from."""

from __future__ import annotations

import tomllib

from flaskgen.planning.packages.lock import (
    agrees,
    format_preferences,
    installed_versions,
    is_uv_project,
    read_versions,
)
from flaskgen.planning.packages.pins import Pin

LOCK = b"""
version = 1
requires-python = ">=3.13"
[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
"""


def test_versions_are_those_of_packages_from_an_index() -> None:
    assert read_versions(LOCK) == {"numpy": {"1.0", "2.0"}}
    assert read_versions(None) == read_versions(b"[") == {}


def test_a_lock_with_the_same_content_is_not_parsed_again() -> None:
    assert read_versions(bytes(bytearray(LOCK))) is read_versions(LOCK)


def test_a_lock_agrees_with_what_is_installed_of_it() -> None:
    one = LOCK.replace(b"2.0", b"1.0")
    assert agrees(read_versions(one), {"numpy": "1.0", "other": "3"})
    assert agrees(read_versions(one), {})
    assert not agrees(read_versions(one), {"numpy": "2.0"})
    assert agrees(read_versions(LOCK), {"numpy": "1.0"})


def test_later_versions_overrule_earlier_ones() -> None:
    pyproject = b'[project]\nname = "shop"\nrequires-python = ">=3.12"\n'
    pins = [
        Pin("b", "2"),
        Pin("c", "3", reference="c @ file:///c"),
        Pin("d", "4", marker="sys_platform == 'x'"),
    ]
    lock = tomllib.loads(format_preferences(pyproject, {"a": "1", "b": "1"}, installed_versions(pins)))
    assert lock["requires-python"] == ">=3.12"
    assert [(package["name"], package["version"]) for package in lock["package"]] == [("a", "1"), ("b", "2")]
    assert is_uv_project(pyproject)
    assert not is_uv_project(b"[project]\n")
