"""Edits carried over line by line."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flaskgen.planning.merging.line_merge import carry_over, find_edits

IMPORTS = ["from flask import Flask", "", "", "def init_app(app):", "    # More."]
WITH_MAIL = [IMPORTS[0], "from flask_mail import Mail", *IMPORTS[1:4], "    mail.init_app(app)", IMPORTS[4]]


def merge(base, ours, theirs):
    carried = carry_over(base, ours, theirs)
    assert carried.left == ()
    return carried.lines


def test_lines_go_before_those_that_the_user_added_at_the_same_place():
    ours = [IMPORTS[0], "from flask_cors import CORS", *IMPORTS[1:4], "    cors.init_app(app)", IMPORTS[4]]
    assert merge(IMPORTS, ours, WITH_MAIL) == [
        "from flask import Flask",
        "from flask_mail import Mail",
        "from flask_cors import CORS",
        "",
        "",
        "def init_app(app):",
        "    mail.init_app(app)",
        "    cors.init_app(app)",
        "    # More.",
    ]


def test_and_go_again_without_them():
    ours = [IMPORTS[0], "from flask_cors import CORS", *IMPORTS[1:4], "    cors.init_app(app)", IMPORTS[4]]
    assert merge(WITH_MAIL, merge(IMPORTS, ours, WITH_MAIL), IMPORTS) == ours


@pytest.mark.parametrize(
    "ours",
    [
        ["from flask import (", "    Flask,", "    g,", ")", *IMPORTS[1:]],
        [IMPORTS[0], *IMPORTS[3:]],
        ["import os", *IMPORTS],
        ["from flask import Flask, g", "", "def init_app(app, more):", "    pass"],
    ],
    ids=["wrapped", "blank lines deleted", "line before", "both sides changed"],
)
def test_lines_find_their_place_beside_changed_ones(ours):
    merged = merge(IMPORTS, ours, WITH_MAIL)
    assert [line for line in merged if "mail" not in line] == ours
    compiled = "\n".join(merged)
    assert compiled.index("import Mail") < compiled.index("def init_app") < compiled.index("mail.init_app")
    compile(compiled.replace("# More.", "pass"), "merged", "exec")


def test_lines_follow_a_line_that_was_moved():
    base = ["{", "'HOSTS': 1,", "'SIZE': 2,", "'SAFE': 3,", "}"]
    theirs = ["{", "'HOSTS': 1,", "'MAIL': '',", "'SIZE': 2,", "'SAFE': 3,", "}"]
    ours = ["{", "'SAFE': 3,", "'SIZE': 2,", "'HOSTS': 1,", "}"]
    assert merge(base, ours, theirs)[1:-1] == ["'SAFE': 3,", "'SIZE': 2,", "'HOSTS': 1,", "'MAIL': '',"]


def test_lines_do_not_part_a_block_from_what_the_user_added_to_it():
    base = dedent("with a:\n    b()\nend()\n").splitlines()
    theirs = dedent("with a:\n    b()\nwith c:\n    d()\nend()\n").splitlines()
    ours = dedent("with a:\n    b()\n\n    mine()\nend()\n").splitlines()
    assert (
        merge(base, ours, theirs)
        == dedent("with a:\n    b()\n\n    mine()\nwith c:\n    d()\nend()\n").splitlines()
    )


def test_a_line_goes_where_only_its_form_was_changed():
    base, theirs = ["a", '    "MAIL": "",', "b"], ["a", "b"]
    assert merge(base, ["a", "\t'MAIL':''", "b"], theirs) == ["a", "b"]


@pytest.mark.parametrize("ours", [["a", "x = 2  # two", "b"], ["a", "y = 7", "b"]])
def test_a_changed_line_does_not_go(ours):
    carried = carry_over(["a", "x = 1", "b"], ours, ["a", "b"])
    assert carried.lines == ours
    assert [(edit.start, edit.stop) for edit in carried.left] == [(1, 2)]


def test_a_line_that_the_user_deleted_too_is_no_conflict():
    base, ours = ["one", "two = 1", "three"], ["one", "three", "four"]
    assert merge(base, ours, ["one", "three"]) == ours


def test_lines_without_a_place_are_left_and_the_rest_is_carried_over():
    base = ["# Shop", "", "Long ago.", "", "## Files", "", "| app |", "| blueprints |"]
    theirs = [*base[:3], "More.", *base[3:], "| config |"]
    ours = ["# Other", "Written anew.", "## Files", "| app |", "| blueprints |"]
    carried = carry_over(base, ours, theirs)
    assert carried.lines[-1] == "| config |"
    assert [edit.lines for edit in carried.left] == [("More.",)]
    assert carried.advanced == [*base, "| config |"]


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        (["a = 1", "b = 2"], ["a = 1", "c = 3", "mine = 4", "b = 2"], ["a = 1", "c = 3", "b = 2"]),
        (["a = 1", "b = 2"], ["a = 1", "mine = 4", "c = 3", "b = 2"], ["a = 1", "c = 3", "b = 2"]),
        (["a = 1", "b = 2"], ["c = 3", "mine = 4", "b = 2"], ["c = 3", "b = 2"]),
        (
            ["a = f(", "    1,", ")"],
            ["a = f(", "    1,", ")", "b = f(", "    2,", ")", "mine = 4"],
            ["a = f(", "    1,", ")", "b = f(", "    2,", ")"],
        ),
    ],
    ids=["before an edit", "after an edit", "a changed line", "a block that ends as the one above"],
)
def test_what_the_user_has_already_as_after_a_merge_by_git_is_not_added_again(base, ours, theirs):
    assert merge(base, ours, theirs) == ours


def test_a_line_of_a_common_form_is_no_sign_that_the_user_has_it_already():
    base = ["<p>a</p>", "</div>", "<p>b</p>"]
    ours = ["<p>a</p>", "</div>", "<p>b</p>", "<div>", "</div>"]
    theirs = ["<p>a</p>", "</div>", "<p>b</p>", "</div>"]
    assert Counter(merge(base, ours, theirs))["</div>"] == 3


def test_a_blank_line_is_no_landmark():
    base = ["one thing", "", "another thing"]
    carried = carry_over(base, ["all", "", "is", "", "new here"], ["one thing", "added", "", "another thing"])
    assert carried.left
    assert "added" not in carried.lines


def test_an_added_block_begins_where_the_template_has_it():
    base = ["def a():", "    pass", "", "", "def b():", "    pass"]
    theirs = [*base[:2], "", "", "def c():", "    pass", *base[2:]]
    assert [(edit.start, edit.lines[:3]) for edit in find_edits(base, theirs)] == [(2, ("", "", "def c():"))]


words = st.sampled_from(["alpha", "beta = 1", "    gamma()", "", "}", "delta,", "# eps", "alpha"])
texts = st.lists(words, max_size=12)


@given(texts, texts, texts)
def test_no_line_of_the_users_is_lost_whatever_is_merged(base, ours, theirs):
    """Lines can go only as often as the change takes a line away that says the same."""
    carried = carry_over(base, ours, theirs)

    def count(lines):
        return Counter(line.replace(" ", "").rstrip(",") for line in lines)

    taken = Counter[str]()
    for edit in find_edits(base, theirs):
        taken += count(base[edit.start : edit.stop])
    lost = count(ours) - count(carried.lines)
    assert not {line for line in lost - taken if line}


@given(texts, texts)
@example(["alpha", ""], ["alpha", "", "delta,", ""])
def test_an_untouched_file_becomes_theirs(base, theirs):
    carried = carry_over(base, base, theirs)
    assert not carried.left
    assert carried.lines == theirs == carried.advanced


@given(texts, texts)
def test_without_a_change_the_file_stays(base, ours):
    assert carry_over(base, ours, base).lines == ours
