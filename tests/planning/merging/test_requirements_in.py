"""Projects whose requirements are still in a requirements.in."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath

import pytest

from flaskgen.planning.merging.requirements_in import REQUIREMENTS_IN, move_requirements
from flaskgen.planning.packages.direct_requirements import PYPROJECT

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
        ("y @ git+https://x.org/y.git@main\n", ["y @ git+https://x.org/y.git@main"], True),
        ("Flask\ngit+https://x.org/y.git@main#egg=y\n", ["Flask"], False),
        ("Flask \\\n  >=3\n", ["Flask    >=3"], True),
        ("Flask\n-c bounds.txt\n", ["Flask"], False),
        ("Flask\n-e ./lib\n", ["Flask"], False),
    ],
)
def test_requirements_move_to_pyproject_toml(mine: str, expected: list[str], complete: bool) -> None:
    assert moved(mine) == (expected, complete)
    assert moved(mine.replace("\n", "\r\n").replace("\\\r\n", "\\\n"))[0] == expected


def test_a_project_table_that_is_there_stays_beside_the_requirements_in() -> None:
    disk = {REQUIREMENTS_IN: b"b\n", PYPROJECT: b'[project]\nname = "x"\n'}
    assert move_requirements(BASE, disk) == (BASE, disk)


def test_comments_of_the_users_move_and_those_of_the_template_do_not() -> None:
    mine = f"{OLD.splitlines()[0]}\n# mine\nb\na  # why\n".encode()
    _, ours = move_requirements(BASE, {REQUIREMENTS_IN: mine, PYPROJECT: TOOLS.encode()})
    assert b'[\n    "a",  # why\n    # mine\n    "b",\n]' in ours[PYPROJECT]


def test_a_project_without_one_stays_as_it_is() -> None:
    tree, ours = {PYPROJECT: TOOLS}, {REQUIREMENTS_IN: b"mine", PurePosixPath("x"): b""}
    assert move_requirements(tree, ours) == (tree, ours)
