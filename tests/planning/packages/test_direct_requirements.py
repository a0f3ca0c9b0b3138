from __future__ import annotations

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.errors import BrokenRecord, IncompatibleVersions
from flaskgen.planning.flask.compatibility import CoreBound, ExtensionSupport
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import read_roots, requirements_for

RELEASE = FlaskRelease(
    "3.1.2",
    load_series()[-1]._replace(
        base=("python-dotenv>=1.0,<2",),
        dev=("pytest>=8.3,<10",),
        environment=("pip>=24.2,<27",),
        core=(CoreBound("Werkzeug", ">=3.1,<3.2", "reason"), CoreBound("click", "<9", "reason")),
        extensions={
            "login": ExtensionSupport(("Flask-Login>=0.6.3,<0.7",)),
            "sqlalchemy": ExtensionSupport(
                ("SQLAlchemy>=2,<3",), {frozenset({"database-mysql"}): ("PyMySQL>=1.1,<2",)}
            ),
            "wtf": ExtensionSupport(("Flask-WTF>=1.2,<1.4", "email-validator>=2.2,<3")),
            "docker": ExtensionSupport(),
            "ci": ExtensionSupport(dev=("pre-commit>=3.5,<5",)),
            "script": ExtensionSupport(unsupported="Flask-Script needs Flask below 2"),
        },
    ),
)


def test_requirements_are_sorted_by_distribution() -> None:
    requirements = requirements_for(RELEASE, ["wtf", "login"])
    assert requirements.runtime == (
        "email-validator>=2.2,<3",
        "Flask==3.1.2",
        "Flask-Login>=0.6.3,<0.7",
        "Flask-WTF>=1.2,<1.4",
        "python-dotenv>=1.0,<2",
    )
    assert requirements.dev == ("pytest>=8.3,<10",)
    assert requirements.environment == ("pip>=24.2,<27",)
    assert requirements.constraints == ("Werkzeug>=3.1,<3.2", "click<9")


def test_test_tools_can_be_left_out() -> None:
    assert requirements_for(RELEASE, [], dev=False).dev == ()


def test_an_extension_brings_development_tools() -> None:
    requirements = requirements_for(RELEASE, ["ci"])
    assert requirements.dev == ("pre-commit>=3.5,<5", "pytest>=8.3,<10")
    assert requirements.runtime == requirements_for(RELEASE, []).runtime
    assert requirements_for(RELEASE, ["ci"], dev=False).dev == ()


def test_a_chosen_option_brings_its_requirements() -> None:
    assert requirements_for(RELEASE, ["sqlalchemy"]).runtime[2:] == ("SQLAlchemy>=2,<3",)
    runtime = requirements_for(RELEASE, ["sqlalchemy"], traits={"database-mysql"}).runtime
    assert runtime[1:] == ("PyMySQL>=1.1,<2", "python-dotenv>=1.0,<2", "SQLAlchemy>=2,<3")


def test_an_extension_without_distributions_requires_nothing() -> None:
    assert requirements_for(RELEASE, ["docker"]).runtime == ("Flask==3.1.2", "python-dotenv>=1.0,<2")


def test_an_extension_that_cannot_work_is_refused_for_the_recorded_reason() -> None:
    with pytest.raises(IncompatibleVersions) as caught:
        requirements_for(RELEASE, ["login", "script"])
    assert caught.value.message == (
        "extension script does not work with Flask 3.1.2 (Flask-Script needs Flask below 2)"
    )
    assert caught.value.hint == "remove script, or choose another Flask"


def requiring(**requirements: tuple[str, ...]) -> FlaskRelease:
    more = {name: ExtensionSupport(texts) for name, texts in requirements.items()}
    return RELEASE._replace(series=RELEASE.series._replace(extensions={**RELEASE.series.extensions, **more}))


def test_two_requirements_of_one_distribution_become_one() -> None:
    release = requiring(a=("Email_Validator[x]<2.4",), b=("email-validator>=2.2,<3",))
    runtime = requirements_for(release, ["wtf", "a", "b", "wtf"]).runtime
    assert "email-validator[x]<2.4,<3,>=2.2" in runtime
    assert len(runtime) == 4


def test_requirements_for_different_environments_stay_apart() -> None:
    texts = ("tzdata>=2; sys_platform == 'darwin'", "tzdata; sys_platform == 'win32'")
    assert requirements_for(requiring(a=texts), ["a"]).runtime[2:] == texts


def test_a_pyproject_is_read_for_the_packages_it_names() -> None:
    text = """
    [project]
    name = "My_Shop"
    dependencies = ["flask[async] >= 3 ; python_version > '3.8'", "shop @ https://x.org/shop.zip", "???", 3]
    [tool.uv]
    constraint-dependencies = ["waitress<3"]
    """
    roots = read_roots(text)
    assert [requirement.name for requirement in roots.direct] == ["flask", "shop"]
    assert (roots.project, roots.constraints) == ("my-shop", ("waitress<3",))


def test_bounds_beyond_which_flask_fails_are_direct_requirements() -> None:
    bounds = (CoreBound("Werkzeug", "<2", "", fails_beyond=True), CoreBound("click", "<9", ""))
    release = RELEASE._replace(series=RELEASE.series._replace(core=bounds))
    assert "Werkzeug<2" in requirements_for(release, []).runtime
    assert not any("click" in one for one in requirements_for(release, []).runtime)


def test_the_dev_group_is_read_with_the_groups_it_includes() -> None:
    text = """
    [dependency-groups]
    dev = ["pytest>=8", {include-group = "lint"}, {include-group = "missing"}, 7]
    lint = ["ruff", {include-group = "dev"}]
    docs = ["sphinx"]
    """
    assert [str(requirement) for requirement in read_roots(text).dev] == ["pytest>=8", "ruff"]


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "dependency-groups = 3"])
def test_a_pyproject_without_the_group_has_no_test_tools(text: str) -> None:
    assert read_roots(text).dev == ()


def test_a_pyproject_that_is_not_toml_is_an_error() -> None:
    with pytest.raises(BrokenRecord, match=r"pyproject\.toml is not valid TOML.*line 1"):
        read_roots("[dependency-groups\n")


def test_a_pyproject_that_is_nested_too_deeply_is_an_error() -> None:
    with pytest.raises(BrokenRecord, match="nested too deeply"):
        read_roots("a = " + "[" * 100_000)


@pytest.mark.parametrize(
    ("bounds", "version", "allowed"),
    [
        (">=3.12", "3.12.0", True),
        (">=3.12", "3.11.9", False),
        (">=3.12,<3.14", "3.14.0", False),
        (">= three", "3.11.9", True),
    ],
)
def test_a_project_says_which_pythons_it_is_for(bounds: str, version: str, allowed: bool) -> None:
    roots = read_roots(f'[project]\nrequires-python = "{bounds}"\n')
    assert roots.allow_python(version) is allowed
