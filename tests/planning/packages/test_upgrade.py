"""Which packages an upgrade moves, and which stay as they are."""

from __future__ import annotations

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.installed import InstalledDistribution, Origin
from flaskgen.planning.packages.lock import NotLocked
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.upgrade import PackageUpgrade

MARKERS = {name: str(value) for name, value in default_environment().items()}
NEW_PYTHON = {**MARKERS, "python_version": "3.13", "python_full_version": "3.13.99"}
SERIES = load_series()[-1]
LOCK = load_lock(SERIES)
TESTED = {pin.name: pin.version for pin in LOCK.preferences(MARKERS)}
FLASK = f"Flask=={SERIES.tested}"
CORE = ("blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug")
OLD = {
    **{name: InstalledDistribution(name, "1.0") for name in CORE},
    "flask": InstalledDistribution(
        "Flask", "1.0", ("werkzeug", "jinja2", "click", "itsdangerous", "blinker")
    ),
    "jinja2": InstalledDistribution("Jinja2", "1.0", ("markupsafe",)),
}


def found(name: str, version: str, *requires: str, origin: Origin = Origin.INDEX) -> InstalledDistribution:
    return InstalledDistribution(name, version, requires, origin)


def upgrade(
    *own: InstalledDistribution,
    direct: tuple[str, ...] = (),
    dev: tuple[str, ...] = (),
    after: dict[str, str] = MARKERS,
) -> PackageUpgrade:
    """Return an upgrade of an old environment that has some more packages."""
    old, new = (
        ProjectRoots(tuple(map(Requirement, (flask, *direct))), tuple(map(Requirement, dev)), "shop")
        for flask in ("Flask==1.0", FLASK)
    )
    installed = {**OLD, **{one.key: one for one in own}}
    return PackageUpgrade(old, new, installed, MARKERS, after, LOCK, ("pip>=24",))


def chosen(one: PackageUpgrade) -> dict[str, str]:
    return {pin.name: pin.version for pin in one.choose_from_lock()}


def test_what_flask_needs_gets_the_tested_versions_with_hashes() -> None:
    pins = upgrade().choose_from_lock()
    assert {pin.name: pin.version for pin in pins} == {name: TESTED[name] for name in CORE}
    assert all(pin.hashes for pin in pins)


def test_the_users_packages_stay_where_they_are() -> None:
    requested = found("requests", "2.0", "urllib3")
    one = upgrade(requested, found("urllib3", "1.0"), found("rich", "1.0"), direct=("requests>=2",))
    assert chosen(one) == {name: TESTED[name] for name in CORE}
    assert one.needless(one.choose_from_lock()) == ()
    assert one.by_hand == {"rich"}


def test_pip_and_development_tools_move_if_they_are_there() -> None:
    one = upgrade(found("pip", "24.0"), found("pytest", "1.0"), dev=("pytest>=8", "mypy"))
    assert chosen(one)["pip"] == TESTED["pip"]
    assert chosen(one)["pytest"] == TESTED["pytest"]
    assert "mypy" not in chosen(one)
    assert "pip" not in chosen(upgrade(found("pip", "99.0")))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (upgrade(found("old", "1.0", "werkzeug<2")), "old 1.0 requires werkzeug<2"),
        (upgrade(found("werkzeug", "99.0")), f"werkzeug 99.0 is newer than the tested {TESTED['werkzeug']}"),
        (upgrade(direct=("requests>=2",)), "requests>=2 is required"),
        (upgrade(found("requests", "1.0"), direct=("requests>=2",)), "requests>=2 is required"),
        (upgrade(found("requests", "2.0"), direct=("requests",), after=NEW_PYTHON), "requests is required"),
        (upgrade(found("rich", "1.0"), after=NEW_PYTHON), "rich is installed"),
    ],
)
def test_what_does_not_fit_has_to_be_resolved(one: PackageUpgrade, reason: str) -> None:
    with pytest.raises(NotLocked) as caught:
        one.choose_from_lock()
    assert str(caught.value) == reason


def test_a_requirement_that_was_unmet_before_is_no_reason_to_resolve() -> None:
    assert chosen(upgrade(found("odd", "1.0", "werkzeug<0.5")))["werkzeug"] == TESTED["werkzeug"]


def test_a_resolution_heeds_everything_that_is_there_and_stays_near_to_it() -> None:
    local = found("mine", "1.0", "click<9", "old; extra == 'more'", origin=Origin.LOCAL)
    one = upgrade(found("requests", "2.0"), found("rich", "1.0"), local, direct=("requests>=2",))
    assert one.requirements() == [FLASK, "requests>=2", "rich", "click<9"]
    preferred = {pin.name: pin.version for pin in one.preferences(newest=False)}
    assert preferred["requests"] == "2.0"
    assert preferred["werkzeug"] == TESTED["werkzeug"]
    newest = {pin.name for pin in one.preferences(newest=True)}
    assert "requests" in newest
    assert "werkzeug" not in newest


def test_a_newer_version_than_the_tested_one_is_what_a_resolution_stays_near_to() -> None:
    (pin,) = (pin for pin in upgrade(found("click", "99.0")).preferences(newest=False) if pin.name == "click")
    assert pin == Pin("click", "99.0")


def test_what_only_an_old_version_needed_is_needless() -> None:
    flask = found("Flask", "1.0", "werkzeug", "pytz")
    one = upgrade(flask, found("pytz", "1.0"), found("rich", "1.0", "colours"), found("colours", "1.0"))
    assert [gone.key for gone in one.needless(one.choose_from_lock())] == ["pytz"]


def test_the_project_itself_may_be_installed_with_what_it_required_before() -> None:
    shop = found("shop", "0.1.0", "Flask==1.0", "pytz", origin=Origin.EDITABLE)
    one = upgrade(shop)
    assert chosen(one)["flask"] == TESTED["flask"]
    assert one.requirements() == [FLASK]
