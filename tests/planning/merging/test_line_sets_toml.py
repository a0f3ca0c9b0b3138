"""The lists of requirements in a pyproject.toml merge as sets of lines."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath

import pytest

from flaskgen.effects.git import file_merge
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.line_sets import find_lists, join_tables
from flaskgen.planning.merging.plan import ConflictPolicy, Merged

BASE = """\
[project]
name = "shop"
requires-python = ">=3.13"
dependencies = [
    "Flask==3.1.3",
    "python-dotenv>=1,<2",
]

[dependency-groups]
dev = [
    "pytest>=8",
]

[tool.ruff]
line-length = 100
"""
MAIL = '    "Flask-Mail>=0.10,<0.11",\n'
THEIRS = BASE.replace('    "python', f'{MAIL}    "python')


def merge(base: str, ours: str, theirs: str) -> Merged:
    path = PurePosixPath("pyproject.toml")
    sides = (text.encode() for text in (base, ours, theirs))
    base_, ours_, theirs_ = sides
    return file_merge(Session())(path, base=base_, ours=ours_, theirs=theirs_, policy=ConflictPolicy.STOP)


def merged(ours: str) -> str:
    """Return the user's file with mail added, and check that taking it away restores the file."""
    result = merge(BASE, ours, THEIRS)
    assert result.content is not None
    back = merge(THEIRS, result.content.decode(), BASE).content
    assert back is not None
    assert back.decode() == ours
    return result.content.decode()


def dependencies(text: str) -> list[str]:
    found: list[str] = tomllib.loads(text)["project"]["dependencies"]
    return found


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            ('    "python', '    "requests",  # for payments\n    "python'),
            ["Flask-Mail>=0.10,<0.11", "requests"],
        ),
        (('"Flask==3.1.3"', '"Flask>=3"'), ["Flask>=3", "Flask-Mail>=0.10,<0.11"]),
        (('"python-dotenv>=1,<2",', '"python-dotenv>=1,<2"'), ["python-dotenv>=1,<2"]),
        (('    "Flask==3.1.3",', '    # Ours.\n    "a", "b",'), ["a", "b", "Flask-Mail>=0.10,<0.11"]),
        (('"pytest>=8"', '"pytest>=8",\n    "ruff"'), ["Flask-Mail>=0.10,<0.11"]),
        (("[tool.ruff]\n", "[tool.ruff]\nfix = true\n"), ["Flask-Mail>=0.10,<0.11"]),
    ],
)
def test_a_requirement_is_added_to_an_edited_list(
    edit: tuple[str, str], expected: list[str], newline: str
) -> None:
    ours = BASE.replace(*edit).replace("\n", newline)
    result = merge(BASE, ours, THEIRS).content
    assert result is not None
    assert set(expected) <= set(dependencies(result.decode()))
    assert result.count(b"\r\n") == (result.count(b"\n") if newline == "\r\n" else 0)


def test_what_is_added_and_removed_leaves_no_trace() -> None:
    ours = BASE.replace('    "python', '    # Payments.\n    "requests",  # 2 or newer\n    "python')
    assert merged(ours) == ours.replace("    # Pay", f"{MAIL}    # Pay")


def test_a_list_on_one_line_stays_on_one_line() -> None:
    lines = '\n    "Flask==3.1.3",\n    "python-dotenv>=1,<2",\n'
    ours = BASE.replace(lines, '"Flask==3.1.3", "python-dotenv>=1,<2", "requests"')
    text = merged(ours)
    assert (
        'dependencies = ["Flask==3.1.3", "Flask-Mail>=0.10,<0.11", "python-dotenv>=1,<2", "requests"]' in text
    )


def test_bounds_of_the_users_stay_and_are_told() -> None:
    result = merge(BASE, BASE.replace('    "python', '    "flask-mail==0.10.0",\n    "python'), THEIRS)
    assert result.notes == ("keeps your `flask-mail==0.10.0`; the change asks for `Flask-Mail>=0.10,<0.11`",)


def test_a_list_that_is_none_of_texts_is_left_alone() -> None:
    text = (
        '[project]\ndependencies = ["""a""", 3]\n[dependency-groups]\ndev = [{include-group = "lint"}, "x"]\n'
    )
    assert [found.table for found in find_lists(text.splitlines())] == ["dependency-groups"]


def test_a_pyproject_of_uv_init_gets_the_tables_that_it_lacks() -> None:
    ours = '[project]\nname = "mine"\ndynamic = ["version"]\ndependencies = []\n\n[tool.ruff]\nfix = true\n'
    theirs = BASE.replace('name = "shop"\n', 'name = "shop"\nversion = "1"\n')
    result = merge("", ours, theirs).content
    assert result is not None
    assert b'dependencies = [\n    "Flask==3.1.3",\n' in result
    document = tomllib.loads(result.decode())
    assert document["project"] == {
        "name": "mine",
        "dynamic": ["version"],
        "requires-python": ">=3.13",
        "dependencies": ["Flask==3.1.3", "python-dotenv>=1,<2"],
    }
    assert document["tool"]["ruff"] == {"fix": True}
    assert document["dependency-groups"] == {"dev": ["pytest>=8"]}
    assert join_tables([], theirs.splitlines()) == theirs.splitlines()
