from __future__ import annotations

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.freeze import RUNTIME_FILE, Frozen, FrozenFile, compose_files, freeze
from flaskgen.planning.packages.installed import InstalledDistribution, Origin
from flaskgen.planning.packages.pins import format_requirements, parse_pins, read_own_lines


def installed(name: str, *requires: str, version: str = "1.0") -> InstalledDistribution:
    return InstalledDistribution(name, version, requires)


def frozen(
    *distributions: InstalledDistribution, direct: str = "", dev: str = "", python: str = "3.13.0"
) -> Frozen:
    from pathlib import Path

    host = {name: str(value) for name, value in default_environment().items()}
    roots = ProjectRoots(
        tuple(Requirement(line) for line in direct.split()), tuple(Requirement(line) for line in dev.split())
    )
    return freeze(distributions, roots=roots, markers=Interpreter(Path("python"), python).markers(host))


def via(result: Frozen) -> dict[str, tuple[str, ...]]:
    return {pin.name: pin.via for pin in (*result.runtime, *result.dev)}


def names(pins: object) -> list[str]:
    return [pin.name for pin in pins]  # type: ignore[attr-defined]


def test_the_runtime_and_the_test_tools_are_split_by_who_needs_them() -> None:
    result = frozen(
        installed("Flask", "click", "werkzeug"),
        installed("click"),
        installed("werkzeug"),
        installed("pytest", "pluggy"),
        installed("pluggy"),
        direct="flask",
        dev="pytest",
    )
    assert names(result.runtime) == ["click", "flask", "werkzeug"]
    assert names(result.dev) == ["pluggy", "pytest"]
    assert via(result) == {
        "click": ("flask",),
        "flask": ("pyproject.toml",),
        "werkzeug": ("flask",),
        "pluggy": ("pytest",),
        "pytest": ("pyproject.toml (dev)",),
    }


def test_what_both_need_is_in_the_runtime_alone_and_the_test_tools_are_no_reason_there() -> None:
    app = [installed("app", "packaging"), installed("packaging")]
    tools = [installed("pytest", "packaging", "app")]
    both = frozen(*app, *tools, direct="app", dev="pytest app")
    assert names(both.runtime) == ["app", "packaging"]
    assert names(both.dev) == ["pytest"]
    assert both.runtime == frozen(*app, direct="app").runtime


def test_what_was_installed_by_hand_is_runtime() -> None:
    result = frozen(installed("rich", "pygments"), installed("pygments"), installed("flask"), direct="flask")
    assert via(result) == {
        "flask": ("pyproject.toml",),
        "rich": ("pip install",),
        "pygments": ("rich",),
    }


def test_what_a_person_and_the_test_tools_brought_is_runtime() -> None:
    result = frozen(
        installed("rich", "pygments"), installed("pytest", "pygments"), installed("pygments"), dev="pytest"
    )
    assert names(result.runtime) == ["pygments", "rich"]


def test_a_cycle_that_nobody_asked_for_is_named_once() -> None:
    result = frozen(installed("a", "b"), installed("b", "c"), installed("c", "a"), installed("d", "d[x]"))
    assert via(result) == {"a": ("c", "pip install"), "b": ("a",), "c": ("b",), "d": ("pip install",)}


def test_a_cycle_below_something_installed_by_hand_is_not_by_hand() -> None:
    result = frozen(installed("a", "b"), installed("b", "a"), installed("z", "b"))
    assert via(result) == {"a": ("b",), "b": ("a", "z"), "z": ("pip install",)}


def test_a_cycle_of_test_tools_stays_with_them() -> None:
    result = frozen(installed("pytest", "plugin"), installed("plugin", "pytest"), dev="pytest")
    assert names(result.dev) == ["plugin", "pytest"]
    assert result.runtime == ()


def test_an_extra_counts_where_something_asks_for_it() -> None:
    flask = installed("flask", 'asgiref; extra == "async"')
    result = frozen(flask, installed("asgiref"), direct="flask[async]")
    assert via(result)["asgiref"] == ("flask",)
    result = frozen(flask, installed("asgiref"), installed("quart", "flask[async]"), direct="quart")
    assert via(result)["asgiref"] == ("flask",)
    assert via(frozen(flask, installed("asgiref"), direct="flask"))["asgiref"] == ("pip install",)


def test_an_extra_that_is_asked_for_must_be_there() -> None:
    with pytest.raises(EnvironmentBroken, match=r"flask 1\.0 requires asgiref>=3, which is not installed"):
        frozen(installed("flask", 'asgiref>=3; extra == "async"'), direct="flask[async]")


@pytest.mark.parametrize(("python", "complete"), [("3.9.18", False), ("3.10.1", True)])
def test_markers_are_those_of_the_environments_python(python: str, complete: bool) -> None:
    flask = installed("flask", 'importlib-metadata; python_version < "3.10"')
    if complete:
        assert names(frozen(flask, direct="flask", python=python).runtime) == ["flask"]
    else:
        with pytest.raises(EnvironmentBroken, match="importlib-metadata"):
            frozen(flask, direct="flask", python=python)


def test_a_missing_requirement_is_told_with_who_requires_it_and_how_many_more() -> None:
    with pytest.raises(EnvironmentBroken) as raised:
        frozen(installed("flask", "werkzeug>=3.1", "jinja2", version="3.1.3"), direct="flask click")
    assert raised.value.message == (
        "pyproject.toml requires click, which is not installed (and 2 more are missing)"
    )
    assert "`werkzeug>=3.1`" in (raised.value.hint or "")


def test_another_version_than_required_is_a_warning() -> None:
    result = frozen(
        installed("flask", "werkzeug>=3.1"), installed("werkzeug", version="2.0"), direct="flask>=3 werkzeug"
    )
    assert result.warnings == (
        "pyproject.toml requires flask>=3, but 1.0 is installed",
        "flask 1.0 requires werkzeug>=3.1, but 2.0 is installed",
    )


def test_a_pre_release_meets_a_requirement() -> None:
    assert frozen(installed("flask", version="4.0b1"), direct="flask>=3").warnings == ()


def test_a_test_tool_that_is_not_installed_is_a_warning() -> None:
    [warning] = frozen(installed("flask"), direct="flask", dev="pytest").warnings
    assert "`pytest`" in warning


@pytest.mark.parametrize(("python", "listed"), [("3.11.7", []), ("3.12.1", ["setuptools", "wheel"])])
def test_the_build_tools_are_left_out_where_pip_freeze_leaves_them_out(
    python: str, listed: list[str]
) -> None:
    tools = [installed("pip"), installed("setuptools"), installed("wheel", "packaging")]
    result = frozen(*tools, installed("packaging"), python=python)
    assert names(result.runtime) == ["packaging", *listed]


def test_a_version_that_no_standard_knows_is_pinned_by_three_equal_signs() -> None:
    [pin] = frozen(installed("Old_Thing", version="2004-final-really")).runtime
    assert pin.line == "old-thing===2004-final-really"


def test_a_version_is_written_as_the_standard_spells_it() -> None:
    [pin] = frozen(installed("thing", version="1.0.0-beta")).runtime
    assert pin.line == "thing==1.0.0b0"


def test_a_requirement_with_a_specifier_that_is_no_longer_valid_counts_by_its_name() -> None:
    result = frozen(installed("babel", "pytz (>dev)"), installed("pytz"), direct="babel")
    assert via(result)["pytz"] == ("babel",)


def test_an_install_from_elsewhere_is_written_as_it_is_with_a_warning() -> None:
    source = InstalledDistribution("shop", "1.0", (), Origin.LOCAL, "shop @ file:///srv/shop")
    result = frozen(source)
    assert [pin.line for pin in result.runtime] == ["shop @ file:///srv/shop"]
    assert len(result.warnings) == 1
    assert "file:///srv/shop" in result.warnings[0]


def written(before: str, *distributions: InstalledDistribution, direct: str = "flask") -> FrozenFile:
    result = frozen(*distributions, direct=direct)
    (file,) = compose_files(result, {RUNTIME_FILE: before.encode()}, hashes=False, generated=False)
    return file


FROZEN = (
    "# Frozen by `flaskgen freeze`: what is installed, at the versions that work together.\n"
    "flask==3.1.3\n    # via pyproject.toml\n"
)


@pytest.mark.parametrize(
    "top",
    [
        "--index-url https://pypi.example.com/simple\n",
        "# Ask Ada before changing this.\n\n--only-binary :all:\n",
        "-c constraints.txt\n",
        "\n",
    ],
)
def test_what_stands_at_the_top_stays(top: str) -> None:
    flask = installed("flask", version="3.1.3")
    assert written(top + FROZEN.replace("3.1.3", "3.1.2"), flask).after.decode() == top + FROZEN
    assert not written(top + FROZEN, flask).changed


def test_options_and_comments_between_requirements_stay() -> None:
    packages = (installed("click", version="8.4"), installed("flask", "click", version="3.1.3"))
    before = (
        "click==8.4  # for the prompts\n    # via flask\n\n--prefer-binary\n# Ask Ada.\n"
        "flask==3.1.2\n    # via pyproject.toml\n\n# The end.\n"
    )
    after = written(before, *packages).after.decode()
    header = FROZEN.splitlines()[0]
    assert after == (
        f"{header}\n--prefer-binary\n# for the prompts\nclick==8.4\n    # via flask\n# Ask Ada.\n"
        "flask==3.1.3\n    # via pyproject.toml\n\n# The end.\n"
    )
    assert not written(after, *packages).changed


def test_a_comment_is_written_once_for_all_pins_of_a_package() -> None:
    text = "# Ask Ada.\nnumpy==1.26 ; python_version < '3.12'\nnumpy==2.4 ; python_version >= '3.12'\n"
    own = read_own_lines(f"click==8.4\n{text}")
    assert format_requirements(parse_pins(text), hashes=False, own=own).count("# Ask Ada.") == 1


def test_what_is_left_of_a_requirement_that_was_deleted_goes_with_it() -> None:
    before = FROZEN.replace("flask==3.1.3\n", "")
    assert written(before, installed("flask", version="3.1.3")).after.decode() == FROZEN


def test_comments_of_an_editable_install_are_not_taken_for_the_users() -> None:
    notes = ("# Editable install with no version control (app==1)",)
    app = InstalledDistribution("app", "1", (), Origin.EDITABLE, "-e /src/app", notes)
    once = written("", app, direct="app").after.decode()
    assert written(once, app, direct="app").after.decode() == once


@pytest.mark.parametrize("before", [FROZEN.replace("\n", "\r\n"), FROZEN.replace("\n", "\r\n", 2)])
def test_line_ends_are_no_drift(before: str) -> None:
    assert not written(before, installed("flask", version="3.1.3")).changed


def test_a_file_keeps_its_line_ends() -> None:
    after = written(FROZEN.replace("\n", "\r\n"), installed("flask", version="3.1.4")).after.decode()
    assert after == FROZEN.replace("3.1.3", "3.1.4").replace("\n", "\r\n")


@pytest.mark.parametrize("name", ["pkg_resources", "UNKNOWN"])
def test_what_a_tool_left_is_not_frozen(name: str) -> None:
    result = frozen(installed("flask"), installed(name, version="0.0.0"), direct="flask")
    assert names(result.runtime) == ["flask"]
    assert "not on any index" in result.warnings[0]
