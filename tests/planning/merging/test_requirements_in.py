"""Projects whose requirements are still in a requirements.in."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath

import pytest

from flaskgen.planning.merging.requirements_in import (
    PYPROJECT,
    REQUIREMENTS_IN,
    move_requirements,
    read_requirements,
)

OLD = "# What the application needs itself.\nFlask==3.1.3\npython-dotenv>=1.0,<2\n"
TOOLS = '[dependency-groups]\ndev = [\n    "pytest>=8",\n]\n'
BASE = {REQUIREMENTS_IN: OLD, PYPROJECT: TOOLS}


def moved(mine: str, pyproject: str = TOOLS) -> tuple[list[str], bool]:
    """Return what the user's pyproject.toml requires, and whether the requirements.in is no longer theirs."""
    base, ours = move_requirements(BASE, {REQUIREMENTS_IN: mine.encode(), PYPROJECT: pyproject.encode()})
    assert tomllib.loads(str(base[PYPROJECT], "utf-8"))["project"]["dependencies"]  # type: ignore[arg-type]
    document = tomllib.loads(ours[PYPROJECT].decode())
    return document["project"]["dependencies"], ours[REQUIREMENTS_IN] == OLD.encode()


@pytest.mark.parametrize(
    ("mine", "expected", "complete"),
    [
        (OLD, ["Flask==3.1.3", "python-dotenv>=1.0,<2"], True),
        (OLD + "a  # mine\n# ours\n", ["a", "Flask==3.1.3", "python-dotenv>=1.0,<2"], True),
        ('tzdata; sys_platform == "win32"\n', ["tzdata; sys_platform == 'win32'"], True),
        ("git+https://x.org/y.git@main#egg=y\n", ["y @ git+https://x.org/y.git@main"], True),
        ("Flask \\\n  >=3\n", ["Flask    >=3"], True),
        ("Flask\n-c bounds.txt\n", ["Flask"], False),
        ("Flask\n-e ./lib\n", ["Flask"], False),
    ],
)
def test_requirements_move_to_pyproject_toml(mine: str, expected: list[str], complete: bool) -> None:
    assert moved(mine) == (expected, complete)
    assert moved(mine.replace("\n", "\r\n").replace("\\\r\n", "\\\n"))[0] == expected


def test_they_join_a_list_that_is_there() -> None:
    assert moved("b\n", '[project]\nname = "x"\ndependencies = ["a"]\n')[0] == ["a", "b"]
    assert moved("b\n", '[project]\nname = "x"\n')[0] == ["b"]


def test_comments_of_the_users_move_and_those_of_the_template_do_not() -> None:
    lines, _ = read_requirements("# old\n# mine\nb\na  # why\n", without={"# old"})
    assert lines == ['    "a",  # why', "    # mine", '    "b",']


def test_a_project_without_one_stays_as_it_is() -> None:
    tree, ours = {PYPROJECT: TOOLS}, {REQUIREMENTS_IN: b"mine", PurePosixPath("x"): b""}
    assert move_requirements(tree, ours) == (tree, ours)
