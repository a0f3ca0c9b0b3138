"""docs/security.md covers the standard, and names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import SHIPPED
from tests.project_templates.test_resources import PHOTO, render

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) [^|]+ \| (.+) \|$", DOCUMENT, re.MULTILINE)
REFERENCES = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", DOCUMENT)))

# ASVS 5.0.0: how many requirements of level 1 each section has.
LEVEL_1 = """
1.2.1-5 1.3.1-2 1.5.1 2.1.1 2.2.1-2 2.3.1 3.2.1-2 3.3.1 3.4.1-2 3.5.1-3 4.1.1 4.4.1 5.2.1-2 5.3.1-2
6.1.1 6.2.1-8 6.3.1-2 6.4.1-2 7.2.1-4 7.4.1-2 8.1.1 8.2.1-2 8.3.1 9.1.1-3 9.2.1 10.4.1-5 11.3.1-2 11.4.1
12.1.1 12.2.1-2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""


def level_1() -> set[str]:
    found = set()
    for section, first, last in re.findall(r"(\d+\.\d+)\.(\d)(?:-(\d))?", LEVEL_1):
        found |= {f"{section}.{number}" for number in range(int(first), int(last or first) + 1)}
    return found


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """The test modules of the full preset, also with codes, of login alone, and of uploaded files."""
    texts: dict[str, str] = {}
    full, codes = SHIPPED.presets["full"].extensions, ("login.totp=yes",)
    projects = [render_project(full), render_project(full, options=codes), render_project(("login",))]
    for files in (*projects, render(PHOTO)):
        for path, content in files.items():
            if path.parent.name == "tests":
                texts[path.name] = texts.get(path.name, "") + str(content)
    return texts


def test_each_requirement_of_level_1_has_its_row_once():
    assert len(level_1()) == 70
    assert sorted(number for number, _ in ROWS) == sorted(level_1())


@pytest.mark.parametrize(("number", "kept"), ROWS, ids=[number for number, _ in ROWS])
def test_each_row_names_a_test_or_a_duty_or_a_reason(number: str, kept: str):
    assert re.search(r"`[\w/]+\.py::\w+`|Deployer: \w|^Not applicable: \w", kept), number


@pytest.mark.parametrize(("module", "name"), REFERENCES, ids=[name for _, name in REFERENCES])
def test_each_test_that_is_named_is_there(module: str, name: str, generated: dict[str, str]):
    text = (ROOT / module).read_text(encoding="utf-8") if "/" in module else generated[module]
    assert f"\ndef {name}(" in text
