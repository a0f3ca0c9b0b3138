"""A name that is suggested instead of a wrong one is right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flaskgen.errors import FlaskgenError
from flaskgen.planning.resources.fields import parse_field
from flaskgen.planning.resources.generated import parse_generated
from flaskgen.planning.resources.resource import check_resource_name

CHECKS: list[Callable[[str], object]] = [
    parse_field,
    check_resource_name,
    *(partial(parse_generated, kind) for kind in ("page", "blueprint", "command")),
]
WORDS = [
    "Class",
    "model",
    "datetime",
    "user",
    "index",
    "run",
    "print",
    "B",
    "Straße",
    "long_enough",
    "-",
    "_",
]

NAMES = st.text(st.characters(exclude_characters=":=?^*"), max_size=30)
"""Without what follows the name of a field."""


@pytest.mark.parametrize("check", CHECKS)
@given(name=st.lists(st.sampled_from(WORDS), max_size=4).map("".join) | NAMES)
@example("a" * 40)
@example("Abcdefghij" * 3)
def test_a_suggested_name_is_right(check, name):
    for _ in range(3):  # a name can be reserved, and its suggestion too long
        try:
            check(name)
        except FlaskgenError as error:
            if error.fix is None:
                return
            name = error.fix.meant
        else:
            return
    check(name)


@pytest.mark.parametrize(
    ("check", "typed", "suggested"),
    [
        (parse_field, "abcdefghijklmnopqrs_tuvwxyz", "abcdefghijklmnopqrs_value"),
        (check_resource_name, "AbcdefghijKlmnopqrsTuvwxyz", "AbcdefghijKlmnopqrsItem"),
        (partial(parse_generated, "page"), "abcdefghijklmnopqrstu-vwxyz", "abcdefghijklmnopqrstu"),
    ],
)
def test_a_name_is_shortened_between_words(check, typed, suggested):
    with pytest.raises(FlaskgenError) as refused:
        check(typed)
    assert refused.value.fix
    assert refused.value.fix.meant == suggested
