from __future__ import annotations

import pytest

from flaskgen.errors import BrokenRecord
from flaskgen.planning.packages.requirement_roots import read_dev, read_direct


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
