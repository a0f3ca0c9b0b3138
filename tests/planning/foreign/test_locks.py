from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.foreign.locks import contradicts
from flaskgen.planning.packages.pins import Pin

PINS = (Pin("flask", "2.0.3"), Pin("celery", "5.2"), Pin("click", "8.1"), Pin("local", "", reference="local"))


@pytest.mark.parametrize(
    ("locked", "expected"),
    [("flask = 2.0.3", False), ("flask = 1.1.4", True), ("other = 1.0", False), ("local = 1.0", False)],
)
def test_a_lock_contradicts_that_has_another_version_of_a_pin(locked: str, expected: bool):
    name, version = locked.split(" = ")
    text = f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
    assert contradicts(PurePosixPath("poetry.lock"), text, PINS) is expected


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock"])
@pytest.mark.parametrize(("version", "expected"), [("2.0.3", False), ("3.1.3", False), ("2.1.3", True)])
def test_a_lock_may_have_a_pin_beside_the_version_for_another_python(name: str, version: str, expected: bool):
    text = "".join(f'[[package]]\nname = "flask"\nversion = "{one}"\n' for one in ("3.1.3", "2.0.3"))
    assert contradicts(PurePosixPath(name), text, [Pin("flask", version)]) is expected
