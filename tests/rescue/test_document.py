from __future__ import annotations

from tests.rescue.document import BEGIN, DOCUMENT, END, Measured, compose


def test_the_table_counts_what_starts():
    one = Measured("a", "x/a", "0", False, True, "Flask 1.0.\nmore", 1, 3.2, True)
    text = compose([one, one._replace(id="b", starts=False, with_pip=True, attempts=3, tests=False)])
    assert "of 2 projects, 1 start, and 1 with `pip install -r` on" in text
    assert "| [a](https://github.com/x/a/tree/0) | - | yes | 1 | 3 s | yes | Flask 1.0. |" in text


def test_the_document_has_the_place_of_the_table():
    assert BEGIN in DOCUMENT.read_text()
    assert END in DOCUMENT.read_text()
