"""The pages of slots that flaskgen ships: what a reader takes from them is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.planning.templates.catalogue import Catalogue

PAGES = sorted((Path(__file__).parents[2] / "project_templates").rglob("slots.jinja"))
HEADING_OR_FILL = re.compile(r'^(?:\{# (\S+) #\}|\{% fill "([^"]+)".*)$', re.MULTILINE)


def headed_fills(page: Path) -> Iterator[tuple[str, str]]:
    heading = ""
    for match in HEADING_OR_FILL.finditer(page.read_text(encoding="utf-8")):
        heading = match.group(1) or heading
        if match.group(2):
            yield heading, match.group(2)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_fills_stand_below_the_name_of_the_file_where_they_land(page: Path, catalogue: Catalogue) -> None:
    fills = list(headed_fills(page))
    assert fills
    for heading, slot in fills:
        assert heading == catalogue.slots[slot].file, slot


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_file_has_one_place_on_a_page(page: Path) -> None:
    headings = re.findall(r"^\{# (\S+) #\}$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(set(headings))


def test_every_slot_says_what_belongs_there(catalogue: Catalogue) -> None:
    for slot in catalogue.slots.values():
        assert slot.note, slot.name
        assert not slot.note.endswith("."), slot.name
        assert "|" not in slot.note, slot.name
