"""What an environment needs, and no longer needs."""

from __future__ import annotations

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.installed import InstalledDistribution, Origin
from flaskgen.planning.packages.lock import NotLocked
from flaskgen.planning.packages.package_change import (
    choose_from_lock,
    compare,
    find_missing,
    find_needless,
    wanted_lines,
    with_new_tools,
)
from flaskgen.planning.packages.pins import Pin

MARKERS = {name: str(value) for name, value in default_environment().items()}
LOCK = load_lock(load_series()[-1])


def env(*lines: str, **requires: list[str]) -> dict[str, InstalledDistribution]:
    found = [line.partition("==") for line in lines]
    return {
        name: InstalledDistribution(name, version, tuple(requires.get(name.replace("-", "_"), ())))
        for name, _, version in found
    }


def roots(*lines: str, dev: tuple[str, ...] = ()) -> ProjectRoots:
    return ProjectRoots(tuple(map(Requirement, lines)), tuple(map(Requirement, dev)))


def locked(name: str) -> str:
    (pin,) = (pin for pin in LOCK.preferences(MARKERS) if pin.name == name)
    return pin.line


def test_missing_is_what_is_not_there_or_at_another_version():
    wanted = [Requirement(text) for text in ("a>=1", "b>=2", "c", "d; python_version < '3'")]
    assert [root.name for root in find_missing(wanted, env("a==1.5", "b==1"), MARKERS)] == ["b", "c"]


def test_new_development_tools_are_for_an_environment_that_has_others():
    old, new = roots("flask", dev=("pytest",)), roots("flask", dev=("pre-commit", "pytest"))
    assert (
        with_new_tools(old, new, env("flask==3", "pytest==9")).direct == roots("flask", "pre-commit").direct
    )
    assert with_new_tools(old, new, env("flask==3")).direct == old.direct
    assert with_new_tools(new, new, env("flask==3", "pytest==9")).direct == old.direct


def test_what_is_new_comes_from_the_lock_with_hashes():
    installed = env(*(locked(name) for name in ("flask", "click", "werkzeug", "blinker", "jinja2")))
    pins = choose_from_lock(LOCK, [Requirement("Flask-Mail>=0.10,<0.11")], installed, MARKERS)
    change = compare(pins, installed)
    assert locked("flask-mail") in [pin.line for pin in change.install]
    assert "flask" not in [pin.name for pin in change.install]
    assert all(pin.hashes for pin in change.install)
    assert not change.replaced


@pytest.mark.parametrize("line", ["flask==3.1.0", "markupsafe==2.1.5"])
def test_the_lock_does_not_count_beside_other_versions(line):
    with pytest.raises(NotLocked, match=line.replace("==", " ")):
        choose_from_lock(LOCK, [Requirement("Flask-Mail")], env(line), MARKERS)


def test_what_is_replaced_is_told_and_what_came_from_elsewhere_stays():
    installed = env("a==1", "b==1.0", "c==1")
    installed["c"] = InstalledDistribution("c", "1", (), Origin.EDITABLE, "-e /src/c")
    change = compare([Pin("a", "2"), Pin("b", "1"), Pin("c", "2")], installed)
    assert [pin.line for pin in change.install] == ["a==2"]
    assert {name: pin.line for name, pin in change.replaced.items()} == {"a": "a==1"}


def test_a_resolution_heeds_the_test_tools_that_are_there_and_no_addresses():
    before = roots("flask", "x @ https://example.com/x.whl", dev=("pytest>=8", "ruff"))
    assert wanted_lines(before, env("pytest==9"), MARKERS) == ["flask", "pytest>=8"]


def test_an_extra_that_only_a_removed_package_asked_for_is_needless():
    installed = env(
        *("flask==3", "flask-rq==1", "asgiref==3"),
        flask=["asgiref; extra == 'async'"],
        flask_rq=["flask[async]"],
    )
    gone = find_needless(roots("flask", "flask-rq"), roots("flask"), installed, MARKERS)
    assert [found.key for found in gone] == ["asgiref", "flask-rq"]


def test_needless_is_what_nothing_else_needs():
    installed = env(
        *("flask==3", "flask-mail==1", "flask-wtf==1", "wtforms==1", "click==1", "rich==1", "pygments==1"),
        *("pytest==9", "pip==26", "blinker==1"),
        flask=["click"],
        flask_mail=["flask", "blinker"],
        flask_wtf=["flask", "wtforms"],
        wtforms=["pygments"],
        rich=["pygments"],
        pytest=["pygments"],
    )
    before, after = roots("flask", "flask-mail", "flask-wtf"), roots("flask", "flask-mail")
    assert [found.key for found in find_needless(before, after, installed, MARKERS)] == [
        "flask-wtf",
        "wtforms",
    ]
    tools = roots("flask", dev=("pytest",))
    everything = roots("flask", "flask-mail", "flask-wtf", dev=("pytest",))
    gone = find_needless(everything, tools, installed, MARKERS)
    assert [found.key for found in gone] == ["blinker", "flask-mail", "flask-wtf", "wtforms"]
