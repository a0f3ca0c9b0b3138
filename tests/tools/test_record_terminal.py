"""The recording draws what the terminal showed, for as long as it was there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tool(import_tool: Callable[[str], ModuleType]) -> ModuleType:
    return import_tool("record_terminal")


def test_a_line_is_drawn_for_the_time_that_it_stays_the_same(tool: ModuleType) -> None:
    outputs = [
        tool.Output(0.0, "$ "),
        tool.Output(1.0, "flaskgen <&>\r\n"),
        tool.Output(2.0, "working"),
        tool.Output(3.0, "\r\x1b[K\x1b[32m✓\x1b[0m \x1b[1mdone\x1b[0m"),
    ]
    spans = sorted(tool.spans(outputs), key=lambda span: span.begin)
    texts = [("".join(run[0] for run in span.runs), span.row, span.begin, span.end) for span in spans]
    end = 3.0 + tool.AT_THE_END
    assert texts == [
        ("$", 0, 0.0, 1.0),
        ("$ flaskgen <&>", 0, 1.0, end),
        ("working", 1, 2.0, 3.0),
        ("✓done", 1, 3.0, end),
    ]


def test_the_picture_is_xml_and_shows_the_end_without_animations(tool: ModuleType) -> None:
    outputs = [tool.Output(0.0, "old"), tool.Output(1.0, "\r\x1b[K\x1b[32m✓\x1b[0m a <b> & c")]
    picture = ElementTree.fromstring(tool.draw(list(tool.spans(outputs)), title="a & b"))
    assert picture.findtext(f"{SVG}title") == "a & b"
    visible = [text for text in picture.iter(f"{SVG}text") if text.get("visibility") != "hidden"]
    (line,) = visible
    parts = [(part.text, part.get("class")) for part in line]
    assert parts == [("✓", "green"), (" a <b> & c", "default")]
    assert "prefers-reduced-motion" in (picture.findtext(f"{SVG}style") or "")
