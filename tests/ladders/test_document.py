from __future__ import annotations

from tests.ladders.document import BEGIN, DOCUMENT, END, Measured, compose

STEP = {"flask": "2.0.3", "python": "3.8", "pins": [1, 2], "code": [], "judged": "3 tests pass"}
WHOLE = {"flask": {"before": "1.1.4", "after": "2.0.3"}, "steps": [STEP], "stopped": None}


def test_each_step_is_a_row_and_what_stopped_a_project_is_said():
    stopped = {"flask": "2.1.3", "reason": "it failed", "todo": [f"line {number}" for number in range(7)]}
    one = Measured("a", "x/a", "0", 3.2, WHOLE)
    text = compose([one, one._replace(id="b", printed={**WHOLE, "stopped": stopped})])
    assert "of 2 projects, 1 reached the newest series" in text
    assert "| 2.0.3 | 3.8 | 2 | 0 | 3 tests pass |" in text
    assert "[x/a](https://github.com/x/a/tree/0): Flask 1.1.4 to 2.0.3. 3 s." in text
    assert "[x/a](https://github.com/x/a/tree/0): Flask 1.1.4 to 2.0.3, and 2.1.3 was rejected. 3 s." in text
    assert "- line 4\n- and 2 more lines\n" in text


def test_the_document_has_the_place_of_the_tables():
    assert BEGIN in DOCUMENT.read_text()
    assert END in DOCUMENT.read_text()
