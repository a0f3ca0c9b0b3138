from __future__ import annotations

from tests.package_tools.document import BEGIN, END, Result, compose
from tests.subsets.document import DOCUMENT


def test_the_section_says_what_was_not_run() -> None:
    text = " ".join(compose(Result(779, 493, 200, [("mail", "production")])).split())
    assert "201 of them, chosen at random, were tried" in text
    assert "200 passed, 1 failed, 292 not run yet. - mail+production" in text


def test_the_section_of_a_whole_run_says_so() -> None:
    text = " ".join(compose(Result(779, 493, 493, [])).split())
    assert "All of them were tried" in text
    assert "493 passed, 0 failed. `python" in text


def test_the_document_has_the_place_of_the_section() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].count(END) == 1
