"""The pages of slots that flaskgen ships: what a reader takes from them is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_checks import find_slots

PAGES = sorted((Path(__file__).parents[2] / "project_templates").rglob("slots.jinja"))
HEADING_OR_FILL = re.compile(r'^(?:\{# (\S+) #\}|\{% fill "([^"]+)".*)$', re.MULTILINE)
SECTION = re.compile(r'^\{% with "(\S+)" %\}\n', re.MULTILINE)


def sections_of(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the traits and the text of each section; first that of what always applies."""
    texts = ["", *SECTION.split(page.read_text(encoding="utf-8"))]
    yield from zip(texts[::2], texts[1::2], strict=True)


def headed_fills(page: Path) -> Iterator[tuple[str, str]]:
    for _, text in sections_of(page):
        heading = ""
        for match in HEADING_OR_FILL.finditer(text):
            heading = match.group(1) or heading
            if match.group(2):
                yield heading, match.group(2)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_fills_stand_below_the_name_of_the_file_where_they_land(page: Path, catalogue: Catalogue) -> None:
    fills, slots = list(headed_fills(page)), find_slots(catalogue)
    assert fills
    for heading, slot in fills:
        assert heading == slots[slot].file, slot


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_file_has_one_place_in_a_section(page: Path) -> None:
    for traits, text in sections_of(page):
        headings = re.findall(r"^\{# (\S+) #\}$", text, re.MULTILINE)
        assert sorted(headings) == sorted(set(headings)), traits


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_sections_stand_below_what_always_applies_in_the_order_in_which_they_apply(page: Path) -> None:
    sections = list(sections_of(page))
    names = [traits for traits, _ in sections]
    assert names == sorted(names, key=lambda traits: (traits.count("+"), traits))
    for traits, text in sections[1:]:
        assert text.partition("{% endwith %}\n")[2].strip() == "", traits


def test_every_slot_says_what_belongs_there(catalogue: Catalogue) -> None:
    for slot in find_slots(catalogue).values():
        assert slot.note, slot.name
        assert not slot.note.endswith("."), slot.name
        assert "|" not in slot.note, slot.name
