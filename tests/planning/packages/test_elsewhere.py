"""Pins of what is required on other platforms and Pythons only."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from flaskgen.planning.packages.elsewhere import (
    PinsElsewhere,
    is_of_a_python,
    join,
    keep_pins,
    take_pins,
)
from flaskgen.planning.packages.freeze import Frozen
from flaskgen.planning.packages.pins import Pin

LABEL = "pyproject.toml"
LINUX = {
    "python_version": "3.13",
    "python_full_version": "3.13.1",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_system": "Linux",
    "os_name": "posix",
}
WINDOWS = 'sys_platform == "win32"'
WAITRESS = Requirement(f"waitress>=3; {WINDOWS}")


def pin(name: str, version: str, marker: str = WINDOWS, *via: str) -> Pin:
    return Pin(name, version, via or (LABEL,), marker=marker)


@pytest.mark.parametrize(
    ("marker", "elsewhere"),
    [
        (WINDOWS, True),
        ('sys_platform == "linux"', False),
        ('python_version < "3.9"', True),
        ('python_version >= "3.9"', False),
        ('platform_machine == "arm64"', True),
        ('implementation_name == "pypy"', True),
        ('platform_system == "Windows" or os_name == "posix"', False),
    ],
)
def test_a_requirement_is_elsewhere_if_its_marker_is_false_here(marker: str, elsewhere: bool) -> None:
    found = keep_pins(LABEL, (Requirement(f"a; {marker}"), Requirement("b")), LINUX, ())
    assert [root.name for root in found.roots] == ["a"] * elsewhere


@pytest.mark.parametrize(
    ("marker", "asks"),
    [
        ('python_version < "3.9"', True),
        ('python_full_version < "3.9"', True),
        ('platform_python_implementation == "PyPy"', False),
        (WINDOWS, False),
    ],
)
def test_a_marker_that_asks_for_versions_of_python_is_known(marker: str, asks: bool) -> None:
    assert is_of_a_python(Requirement(f"a; {marker}")) is asks


def test_what_a_file_pins_stays_with_what_it_requires() -> None:
    frozen = [
        pin("waitress", "3.0.2"),
        pin("helper", "1", WINDOWS, "waitress"),
        pin("deeper", "2", WINDOWS, "helper"),
        pin("gone", "1"),
        pin("below-gone", "1", WINDOWS, "gone"),
        pin("flask", "3", ""),
    ]
    kept = keep_pins(LABEL, [WAITRESS], LINUX, frozen)
    assert [one.name for one in kept.pins] == ["waitress", "helper", "deeper"]
    assert kept.missing == ()


@pytest.mark.parametrize(
    "there",
    [
        [],
        [pin("waitress", "2.0")],
        [pin("waitress", "3.0.2", 'sys_platform == "darwin"')],
        [pin("waitress", "3.0.2", 'sys_platform != "win32" and python_full_version < "3.9"')],
        [pin("waitress", "3.0.2", WINDOWS, "pyproject.toml (dev)")],
        [pin("other", "3.0.2")],
    ],
)
def test_a_requirement_that_was_changed_is_missing(there: list[Pin]) -> None:
    kept = keep_pins(LABEL, [WAITRESS], LINUX, there)
    assert kept.missing == (WAITRESS,)
    assert kept.pins == ()


def test_a_resolution_is_taken_under_the_markers_that_a_person_wrote() -> None:
    root = Requirement('waitress>=3; platform_system == "Windows"')
    resolved = [
        pin("waitress", "3.0.2", WINDOWS, LABEL, "-c constraints.txt"),
        pin("helper", "1", WINDOWS, "waitress"),
    ]
    taken = take_pins(LABEL, [root], resolved)
    assert [(one.line, one.via) for one in taken.pins] == [
        ('waitress==3.0.2 ; platform_system == "Windows"', (LABEL,)),
        (f"helper==1 ; {WINDOWS}", ("waitress",)),
    ]
    assert keep_pins(LABEL, [root], LINUX, taken.pins) == taken


def test_several_versions_of_one_package_keep_the_markers_that_part_them() -> None:
    old, new = f'python_full_version < "3.9" and {WINDOWS}', f'python_full_version >= "3.9" and {WINDOWS}'
    resolved = [pin("waitress", "3.0.0", old), pin("waitress", "3.0.2", new)]
    taken = take_pins(LABEL, [WAITRESS], resolved)
    assert [one.marker for one in taken.pins] == [old, new]
    assert keep_pins(LABEL, [WAITRESS], LINUX, taken.pins) == taken


def test_what_is_installed_holds_elsewhere_as_well_unless_it_is_marked() -> None:
    frozen = Frozen((Pin("a", "1"), pin("b", "2", 'python_version >= "3.9"')), ())
    mine = PinsElsewhere(LABEL, (), (pin("a", "1"), pin("b", "1", 'python_version < "3.9"')))
    joined = join(frozen, mine, PinsElsewhere("dev", (), (pin("b", "1"), pin("c", "1"))))
    assert [(one.name, one.version) for one in joined.runtime] == [("a", "1"), ("b", "2"), ("b", "1")]
    assert [one.name for one in joined.dev] == ["c"]


def test_what_could_not_be_pinned_is_named() -> None:
    joined = join(Frozen((), ()), PinsElsewhere(LABEL, (WAITRESS,), ()), PinsElsewhere("dev", (), ()))
    (warning,) = joined.warnings
    assert warning.startswith(f"`{WAITRESS}` is not pinned")
