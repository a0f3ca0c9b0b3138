from __future__ import annotations

import pytest

from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.lock import NotLocked, parse_lock, select_pins, split_resolution
from flaskgen.planning.packages.pins import Pin

LOCK = parse_lock("""
[[package]]
name = "blinker"
version = "1.9.0"
sha256 = 'b1 b2'

[[package]]
name = "click"
version = "8.1.8"
marker = "python_full_version < '3.10'"
requires = ["colorama; sys_platform == 'win32'"]
sha256 = 'c1'

[[package]]
name = "click"
version = "8.5.1"
marker = "python_full_version >= '3.10'"
sha256 = 'c2'

[[package]]
name = "colorama"
version = "0.4.6"
sha256 = 'd1'

[[package]]
name = "flask"
version = "3.1.3"
requires = ["blinker", "click; python_full_version < '3.10'", "click; python_full_version >= '3.10'"]
extras = { async = ["asgiref"], all = ["flask[async]"] }
sha256 = 'f1'

[[package]]
name = "asgiref"
version = "3.9.0"
sha256 = 'a1'

[[package]]
name = "flask-aio"
version = "1.0"
requires = ["flask[async]"]
sha256 = 'g1'

[[package]]
name = "egg"
version = "1.0"
requires = ["hen"]
sha256 = 'e1'

[[package]]
name = "hen"
version = "2.0rc1"
requires = ["blinker", "egg"]
sha256 = 'h1'

[[package]]
name = "pip"
version = "26.3"
sha256 = 'p1'

[[package]]
name = "pytest"
version = "9.2.0"
requires = ["blinker", "colorama"]
sha256 = 't1'
""")


def environment(
    python: str = "3.13.0", platform: str = "linux", implementation: str = "CPython"
) -> dict[str, str]:
    return {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "sys_platform": platform,
        "platform_python_implementation": implementation,
    }


def selected(*roots: str, python: str = "3.13.0", platform: str = "linux") -> dict[str, Pin]:
    return {pin.name: pin for pin in LOCK.select(roots, markers=environment(python, platform))}


def test_a_closure_is_what_the_roots_reach_sorted_by_name() -> None:
    pins = LOCK.select(["Flask==3.1.3"], markers=environment())
    assert [pin.line for pin in pins] == ["blinker==1.9.0", "click==8.5.1", "flask==3.1.3"]


def test_a_pin_carries_who_wants_it_and_every_hash() -> None:
    pins = LOCK.select(["Flask==3.1.3", "blinker"], markers=environment())
    assert pins[0] == Pin("blinker", "1.9.0", ("flask", "pyproject.toml"), ("sha256:b1", "sha256:b2"))
    assert pins[2].via == ("pyproject.toml",)


def test_the_version_and_the_edges_are_those_of_the_environment() -> None:
    assert selected("flask", python="3.9.18")["click"].version == "8.1.8"
    assert "colorama" not in selected("flask", python="3.9.18")
    assert selected("flask", python="3.9.18", platform="win32")["colorama"].via == ("click",)
    assert "colorama" not in selected("flask", python="3.10.0", platform="win32")


@pytest.mark.parametrize("root", ["Flask[async]", "flask[ALL]".lower(), "flask-aio"])
def test_an_extra_brings_its_own_requirements(root: str) -> None:
    assert selected(root)["asgiref"].via == ("flask",)
    assert "asgiref" not in selected("flask")


def test_packages_that_require_one_another_are_each_pinned_once() -> None:
    pins = selected("egg")
    assert pins.keys() == {"egg", "hen", "blinker"}
    assert pins["egg"].via == ("hen", "pyproject.toml")


def test_a_root_for_another_environment_is_left_out() -> None:
    assert selected("blinker", "colorama; sys_platform == 'win32'").keys() == {"blinker"}


def test_no_roots_select_nothing() -> None:
    assert selected() == {}


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("Flask==3.1.2", r"^Flask==3\.1\.2 is not the 3\.1\.3 of the lock$"),
        ("Flask>=3.2", "is not the 3.1.3 of the lock"),
        ("Flask-Babel", "flask-babel is not in the lock"),
        ("flask[dotenv]", r"flask\[dotenv\] is not in the lock"),
        ("flask @ https://example.org/flask.zip", "is not the 3.1.3 of the lock"),
    ],
)
def test_what_the_lock_does_not_hold_has_to_be_resolved(root: str, reason: str) -> None:
    with pytest.raises(NotLocked, match=reason):
        selected("blinker", root)


def test_a_locked_pre_release_satisfies_a_bound_without_one() -> None:
    assert selected("hen>=1")["hen"].version == "2.0rc1"


def test_a_version_for_no_such_environment_has_to_be_resolved() -> None:
    lock = parse_lock("[[package]]\nname='a'\nversion='1'\nmarker=\"sys_platform=='win32'\"\nsha256='1'")
    with pytest.raises(NotLocked, match="a is not in the lock for this environment"):
        lock.select(["a"], markers=environment())


def test_another_implementation_has_to_be_resolved_since_its_hashes_are_not_there() -> None:
    with pytest.raises(NotLocked, match="CPython"):
        LOCK.select(["flask"], markers=environment(implementation="PyPy"))


def test_pins_are_split_into_runtime_test_tools_and_environment() -> None:
    wanted = DirectRequirements(
        runtime=("Flask==3.1.3",), dev=("pytest",), environment=("pip",), constraints=()
    )
    pins = select_pins(LOCK, wanted, markers=environment())
    assert [pin.name for pin in pins.runtime] == ["blinker", "click", "flask"]
    assert [pin.name for pin in pins.dev] == ["colorama", "pytest"]
    assert [pin.name for pin in pins.environment] == ["pip"]
    assert pins.all == pins.runtime + pins.dev + pins.environment
    assert pins.dev[1].via == ("pyproject.toml (dev)",)
    assert pins.environment[0].via == ()


def test_runtime_pins_are_the_same_with_and_without_test_tools() -> None:
    dev = DirectRequirements(runtime=("Flask",), dev=("pytest", "blinker"), environment=(), constraints=())
    bare = DirectRequirements(runtime=("Flask",), dev=(), environment=(), constraints=())
    assert select_pins(LOCK, dev, markers=environment()).runtime == (
        select_pins(LOCK, bare, markers=environment()).runtime
    )


def test_preferences_are_every_version_for_the_environment_without_hashes() -> None:
    pins = LOCK.preferences(environment("3.9.18"))
    assert [pin.version for pin in pins if pin.name == "click"] == ["8.1.8"]
    assert {pin.name for pin in pins} == LOCK.packages.keys()
    assert not any(pin.hashes for pin in pins)


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
    assert by_name["flask"] == ("pyproject.toml",)
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
