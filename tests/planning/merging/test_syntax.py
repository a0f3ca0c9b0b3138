"""What a file's language tells of a merge."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.merging.syntax import is_in_order, says_the_same

PY, TOML, TXT = map(PurePosixPath, ("a.py", "a.toml", "a.txt"))


@pytest.mark.parametrize(
    ("path", "merged", "expected"),
    [
        (PY, b"x = 1\ny = 2\n", True),
        (PY, b"x = [\n    1,\nimport y\n]\n", False),
        (TOML, b"a = 1\n", True),
        (TOML, b"a = [\n", False),
        (TXT, b"a = [\n", True),
    ],
)
def test_a_merge_that_breaks_the_syntax_is_not_in_order(path, merged, expected):
    good = b"x = 1\n"
    assert is_in_order(path, merged, base=good, ours=good, theirs=good) is expected


def test_what_was_broken_before_is_left_to_the_user():
    broken = b"def x(:\n"
    assert is_in_order(PY, broken + b"y = 1\n", base=b"", ours=broken, theirs=b"y = 1\n")


def test_lines_put_into_a_text_of_the_users_are_not_in_order():
    base, theirs = b"a = 1\n", b"a = 1\nimport b\n"
    ours = b'text = """\na = 1\n"""\n'
    merged = b'text = """\na = 1\nimport b\n"""\n'
    assert not is_in_order(PY, merged, base=base, ours=ours, theirs=theirs)


def test_a_text_that_the_change_takes_away_may_go():
    base, theirs = b"a = 'x'\n", b""
    assert is_in_order(PY, b"b = 'y'\n", base=base, ours=b"a = 'x'\nb = 'y'\n", theirs=theirs)


@pytest.mark.parametrize(
    ("path", "one", "other", "expected"),
    [
        (PY, b"f(1, 2)  # c\n", b"f(\n    1,\n    2,\n)  # c\n", True),
        (PY, b"f(1, 2)  # c\n", b"f(1, 2)\n", False),
        (PY, b"f(1, 2)\n", b"f(1, 3)\n", False),
        (PY, b"f(:\n", b"f( :\n", False),
        (TXT, b"a\r\nb", b"a\nb\n", True),
        (TXT, b"f(1, 2)\n", b"f(1,2)\n", False),
        (TXT, b"\0\r\n", b"\0\n", False),
    ],
)
def test_versions_say_the_same_where_only_their_form_differs(path, one, other, expected):
    assert says_the_same(path, one, other) is expected
