"""Where edits exclude each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaskgen.planning.merging.line_merge import (
    Edit,
    ThreeWayMerge,
    apply_edits,
    merge_three_ways,
    merge_two_ways,
)

BASE = [f"line {letter}" for letter in "abcdefgh"]


def replaced(lines, **new):
    """Return lines with others in place of those that end in the letters."""
    texts = [new[line[-1]].split() if line[-1] in new else [line] for line in lines]
    return [line for text in texts for line in text]


def test_edits_apart_are_clean_and_edits_of_one_line_are_a_conflict():
    merged = merge_three_ways(BASE, replaced(BASE, b="B"), replaced(BASE, b="x", g="G"))
    assert merged == ThreeWayMerge(clean=(Edit(6, 7, ("G",)),), conflicts=(Edit(1, 2, ("x",)),))


@pytest.mark.parametrize(
    ("ours", "theirs", "conflict"),
    [
        ({"b": "B"}, {"b": "x", "c": "y"}, Edit(1, 3, ("x", "y"))),
        ({"b": "B"}, {"c": "y"}, Edit(1, 3, ("line b", "y"))),
        ({"b": "mine new"}, {"c": ""}, Edit(1, 4, ("line b",))),
        ({"b": ""}, {"b": "x"}, Edit(1, 1, ("x",))),
        ({"h": ""}, {"h": "x"}, Edit(7, 7, ("x",))),
        ({"a": ""}, {"a": "x"}, Edit(0, 0, ("x",))),
        ({"b": "1 2"}, {"b": "1 3"}, Edit(2, 3, ("3",))),
        ({"b": "1 2"}, {"b": "3 2"}, Edit(1, 2, ("3",))),
        ({"b": "1 s s s 2"}, {"b": "3 s s s 4"}, Edit(1, 6, ("3", "s", "s", "s", "4"))),
    ],
)
def test_edits_that_touch_are_one_conflict_of_the_lines_that_differ(ours, theirs, conflict):
    merged = merge_three_ways(BASE, replaced(BASE, **ours), replaced(BASE, **theirs))
    assert merged == ThreeWayMerge(clean=(), conflicts=(conflict,))


def test_a_conflict_ends_where_both_sides_agree_for_some_lines():
    same = " ".join(f"line{number}" for number in range(4))
    merged = merge_three_ways(BASE, replaced(BASE, b=f"1 {same} 2"), replaced(BASE, b=f"3 {same} 4"))
    assert merged.conflicts == (Edit(1, 2, ("3",)), Edit(6, 7, ("4",)))


def test_the_same_edit_on_both_sides_is_no_conflict():
    assert merge_three_ways(BASE, replaced(BASE, b="x"), replaced(BASE, b="x")) == ThreeWayMerge((), ())


def test_without_a_base_every_difference_is_a_conflict():
    merged = merge_two_ways(["same", "mine"], ["same", "new"])
    assert merged == ThreeWayMerge((), (Edit(1, 2, ("new",)),))
    assert merge_two_ways(["mine"], []).conflicts == (Edit(0, 1, ()),)


words = st.sampled_from(["alpha", "beta = 1", "    gamma()", "", "}", "# eps", "alpha"])
texts = st.lists(words, max_size=14)


@given(texts, texts, texts)
def test_edits_are_in_order_apart_and_lead_to_the_change(base, ours, theirs):
    merged = merge_three_ways(base, ours, theirs)
    edits = sorted((*merged.clean, *merged.conflicts), key=lambda edit: edit.start)
    assert all(edit.stop <= after.start for edit, after in pairwise(edits))
    assert all(0 <= edit.start <= edit.stop <= len(ours) for edit in edits)
    assert all(tuple(ours[edit.start : edit.stop]) != edit.lines for edit in merged.conflicts)
    if ours == base:
        assert not merged.conflicts


@given(texts, texts)
def test_with_only_one_side_changed_the_other_is_the_result(base, changed):
    assert apply_edits(base, merge_three_ways(base, base, changed).clean) == changed
    assert merge_three_ways(base, changed, base) == ThreeWayMerge((), ())
