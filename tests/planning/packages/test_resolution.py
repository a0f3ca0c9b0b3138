"""How a resolution is sorted into a project's files."""

from __future__ import annotations

from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.resolution import split_resolution

REQUIREMENTS = DirectRequirements(
    runtime=("Flask==3.1.3",), dev=("pytest>=8",), environment=("pip",), constraints=("Werkzeug<4",)
)
PINS = (
    Pin("flask", "3.1.3", via=("-",)),
    Pin("werkzeug", "3.1.9", via=("-", "flask")),
    Pin("markupsafe", "3.0.4", via=("werkzeug",)),
    Pin("pytest", "9.0", via=("-",)),
    Pin("pluggy", "1.7", via=("pytest",)),
    Pin("pip", "26.0", via=("-",)),
)


def test_each_pin_goes_to_the_file_of_those_who_want_it():
    sorted_pins = split_resolution(PINS, REQUIREMENTS)
    assert [pin.name for pin in sorted_pins.runtime] == ["flask", "markupsafe", "werkzeug"]
    assert [pin.name for pin in sorted_pins.dev] == ["pluggy", "pytest"]
    assert [pin.name for pin in sorted_pins.environment] == ["pip"]


def test_via_names_requirers_and_the_file_of_direct_ones():
    by_name = {pin.name: pin.via for pin in split_resolution(PINS, REQUIREMENTS).all}
    assert by_name["flask"] == ("-r requirements.in",)
    assert by_name["werkzeug"] == ("flask",)
    assert by_name["pytest"] == ("pyproject.toml (dev)",)


def test_a_package_of_both_is_runtime():
    shared = (*PINS, Pin("iniconfig", "2.0", via=("flask", "pytest")))
    sorted_pins = split_resolution(shared, REQUIREMENTS)
    assert "iniconfig" in [pin.name for pin in sorted_pins.runtime]
    assert "iniconfig" not in [pin.name for pin in sorted_pins.dev]


def test_packages_that_require_each_other_end():
    circle = (Pin("flask", "3.1.3", via=("-", "a")), Pin("a", "1", via=("flask",)))
    assert [pin.name for pin in split_resolution(circle, REQUIREMENTS).runtime] == ["a", "flask"]
