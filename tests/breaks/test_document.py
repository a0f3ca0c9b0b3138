from __future__ import annotations

import re

from flaskgen.effects.shipped.compatibility_data import load_breaks
from tests.breaks.document import DOCUMENT, compose, digest, read_tried

PAGE = DOCUMENT.read_text(encoding="utf-8")


def test_every_row_was_tried_as_it_is_now() -> None:
    tried = read_tried(PAGE)
    changed = [
        row.id for row in load_breaks().rows if row.id not in tried or tried[row.id].digest != digest(row)
    ]
    assert changed == [], "run `python -m tests.breaks --write`"


def test_the_page_is_what_the_data_says() -> None:
    assert compose(load_breaks(), read_tried(PAGE)) == PAGE, "run `python -m tests.breaks --write`"


def test_every_message_has_a_heading() -> None:
    headings = re.findall(r"^## `(.+)`$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted({error for row in load_breaks().rows for error in row.errors})
