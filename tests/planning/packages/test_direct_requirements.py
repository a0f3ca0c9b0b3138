from __future__ import annotations

from dataclasses import replace

import pytest

from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.errors import BrokenRecord, IncompatibleVersions
from flaskgen.planning.flask.compatibility import CoreBound, ExtensionSupport
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import read_dev, read_direct, requirements_for

RELEASE = FlaskRelease(
    "3.1.2",
    replace(
        load_lines()[-1],
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
            "script": ExtensionSupport(unsupported="Flask-Script needs Flask below 2"),
        },
    ),
)


def test_flask_comes_first_then_the_base_then_the_extensions_in_their_order() -> None:
    requirements = requirements_for(RELEASE, ["wtf", "login"])
    assert requirements.runtime == (
        "Flask==3.1.2",
        "python-dotenv>=1.0,<2",
        "Flask-WTF>=1.2,<1.4",
        "email-validator>=2.2,<3",
        "Flask-Login>=0.6.3,<0.7",
    )
    assert requirements.dev == ("pytest>=8.3,<10",)
    assert requirements.environment == ("pip>=24.2,<27",)
    assert requirements.constraints == ("Werkzeug>=3.1,<3.2", "click<9")


def test_test_tools_can_be_left_out() -> None:
    assert requirements_for(RELEASE, [], dev=False).dev == ()


def test_a_chosen_option_brings_its_requirements() -> None:
    assert requirements_for(RELEASE, ["sqlalchemy"]).runtime[2:] == ("SQLAlchemy>=2,<3",)
    runtime = requirements_for(RELEASE, ["sqlalchemy"], traits={"database-mysql"}).runtime
    assert runtime[2:] == ("SQLAlchemy>=2,<3", "PyMySQL>=1.1,<2")


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
    return replace(RELEASE, line=replace(RELEASE.line, extensions={**RELEASE.line.extensions, **more}))


def test_two_requirements_of_one_distribution_become_one() -> None:
    release = requiring(a=("Email_Validator[x]<2.4",), b=("email-validator>=2.2,<3",))
    runtime = requirements_for(release, ["wtf", "a", "b", "wtf"]).runtime
    assert runtime[2:] == ("Flask-WTF>=1.2,<1.4", "email-validator[x]<2.4,<3,>=2.2")


def test_requirements_for_different_environments_stay_apart() -> None:
    texts = ("tzdata; sys_platform == 'win32'", "tzdata>=2; sys_platform == 'darwin'")
    assert requirements_for(requiring(a=texts), ["a"]).runtime[2:] == texts


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Flask==3.1.3  # the framework", ["Flask"]),
        ("flask[async] >= 3 ; python_version > '3.8'", ["flask"]),
        ("shop @ https://example.org/shop.zip#sha256=12", ["shop"]),
        ("git+https://example.org/shop.git@main#egg=shop", ["shop"]),
        ("-e git+https://example.org/shop.git#subdirectory=x&egg=shop", ["shop"]),
        ("flask \\\n  >=3", ["flask"]),
        ("flask==3 --hash=sha256:12", ["flask"]),
        ("\ufeffflask\r\n\r\nclick\r\n", ["flask", "click"]),
        ("-r other.in\n--index-url https://example.org\n-c x\n./local\n/abs\n# comment\n\n???", []),
        ("https://example.org/shop.zip", []),
    ],
)
def test_requirements_in_is_read_for_the_packages_it_names(line: str, names: list[str]) -> None:
    assert [requirement.name for requirement in read_direct(line)] == names


def test_the_dev_group_is_read_with_the_groups_it_includes() -> None:
    text = """
    [dependency-groups]
    dev = ["pytest>=8", {include-group = "lint"}, {include-group = "missing"}, 7]
    lint = ["ruff", {include-group = "dev"}]
    docs = ["sphinx"]
    """
    assert [str(requirement) for requirement in read_dev(text)] == ["pytest>=8", "ruff"]


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "dependency-groups = 3"])
def test_a_pyproject_without_the_group_has_no_test_tools(text: str) -> None:
    assert read_dev(text) == ()


def test_a_pyproject_that_is_not_toml_is_an_error() -> None:
    with pytest.raises(BrokenRecord, match=r"pyproject\.toml is not valid TOML.*line 1"):
        read_dev("[dependency-groups\n")


def test_a_pyproject_that_is_nested_too_deeply_is_an_error() -> None:
    with pytest.raises(BrokenRecord, match="not valid TOML"):
        read_dev("a = " + "[" * 100_000)
