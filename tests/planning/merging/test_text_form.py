"""The form of a user's file: line ends, byte order mark, tabs, last newline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaskgen.planning.merging.text_form import form_of, is_text


@pytest.mark.parametrize(
    ("content", "bom", "newline", "final_newline", "tabs"),
    [
        (b"", False, "\n", True, False),
        (b"a\n", False, "\n", True, False),
        (b"a\r\nb\r\nc\n", False, "\r\n", True, False),
        (b"a\r\nb\nc\n", False, "\n", True, False),
        (b"\xef\xbb\xbfa\nb", True, "\n", False, False),
        (b"a:\n\tb\n\tc\n    d\n", False, "\n", True, True),
        (b"a:\n\tb\n    c\n    d\n", False, "\n", True, False),
    ],
)
def test_the_form_is_what_most_lines_are(content, bom, newline, final_newline, tabs):
    form = form_of(content)
    assert (form.bom, form.newline, form.final_newline, form.tabs) == (bom, newline, final_newline, tabs)


def test_lines_of_a_template_take_on_the_form_of_the_file():
    form = form_of(b"\xef\xbb\xbfdef f():\r\n\tg(\r\n\t\t1)\r\n\tx")
    lines = form.adopt(b"def h():\n    i(\n        2\n    )\n\n    j\n")
    assert lines == ["def h():\r", "\ti(\r", "\t\t2\r", "\t)\r", "\r", "\tj\r"]
    assert form.write(lines, keep_end=True) == b"\xef\xbb\xbfdef h():\r\n\ti(\r\n\t\t2\r\n\t)\r\n\r\n\tj"


@given(st.binary())
def test_what_is_read_is_written_as_it_was(content):
    form = form_of(content)
    assert form.write(form.read(content), keep_end=True) == content


def test_files_with_a_nul_are_not_text():
    assert is_text("ü".encode())
    assert is_text("ü".encode("latin-1"))
    assert not is_text(b"\x89PNG\0")
