"""Merging a file that both sides changed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.git import file_merge
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.plan import ConflictPolicy, Hunk

PY, TXT = PurePosixPath("a.py"), PurePosixPath("a.txt")
BASE = b"first = 1\nsecond = 2\nthird = 3\nfourth = 4\n"


def merge(base, ours, theirs, *, path=PY, policy=ConflictPolicy.STOP):
    return file_merge(Session())(path, base=base, ours=ours, theirs=theirs, policy=policy)


def test_edits_apart_are_both_there():
    merged = merge(BASE, BASE.replace(b"1", b"10"), BASE + b"fifth = 5\n")
    assert merged.content == b"first = 10\nsecond = 2\nthird = 3\nfourth = 4\nfifth = 5\n"


def test_edits_side_by_side_are_both_there():
    merged = merge(BASE, BASE + b"mine = 5\n", BASE + b"new = 5\n")
    assert (merged.content, merged.hunks) == (BASE + b"new = 5\nmine = 5\n", ())


def test_the_form_of_the_users_file_stays():
    ours = b"\xef\xbb\xbf" + BASE.replace(b"\n", b"\r\n").replace(b"1", b"10") + b"def f():\r\n\treturn 1"
    base = BASE + b"def f():\n    return 1\n"
    theirs = base.replace(b"    return 1\n", b"    g()\n    return 1\n")
    assert merge(base, ours, theirs).content == ours.replace(b"\treturn", b"\tg()\r\n\treturn")


def test_single_lines_that_end_otherwise_stay_so():
    ours = BASE.replace(b"first = 1\n", b"first = 1\r\n")
    assert merge(BASE, ours, BASE + b"new = 5\n").content == ours + b"new = 5\n"


def test_text_in_another_encoding_survives():
    ours = "# Größe\n".encode("latin-1") + BASE
    assert merge(BASE, ours, BASE + b"new = 5\n", path=TXT).content == ours + b"new = 5\n"


def test_a_conflict_tells_the_users_line():
    merged = merge(
        BASE, b"zeroth = 0\n" + BASE.replace(b"3", b"30"), BASE.replace(b"3", b"33") + b"new = 5\n"
    )
    assert merged.content is None
    assert merged.hunks == (Hunk(4, ("third = 30",), ("third = 33",)),)


CONFIG = """\
import os

SETTINGS = {
    # from the environment
    "KEY": os.environ["KEY"],
    "NAME": "shop",
    "HOSTS": [],
    "SIZE": 1,
    # where the data is
    "DATABASE": "sqlite",
}
"""
COMMENT = "    # from the environment\n"
SAME = "pass\nfirst = 1\npass\nsecond = 2\npass\nthird = 3\npass\n"


@pytest.mark.parametrize(
    ("base", "old", "mine", "new", "line"),
    [
        (CONFIG, '    "DATABASE": "sqlite",\n', COMMENT, '    "DATABASE": "mysql",\n', 10),
        (SAME, "third = 3\n", "first = 1\n", "third = 4\n", 6),
        (SAME, "third = 3\npass\n", "second = 2\n", "third = 4\npass\n", 6),
        (SAME, "second = 2\n", "pass\npass\n", "second = 3\n", 4),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("policy", ConflictPolicy)
@pytest.mark.parametrize("above", [0, 3])
def test_a_conflict_tells_the_users_line_also_of_lines_that_are_there_twice(
    base, old, mine, new, line, newline, policy, above
):
    assert base.count(old) == 1
    ours = "# mine\n" * above + base.replace(old, mine)
    sides = base.encode(), ours.replace("\n", newline).encode(), base.replace(old, new).encode()
    merged = merge(*sides, policy=policy)
    assert [hunk.line for hunk in merged.hunks] == [above + line]
    for hunk in merged.hunks:
        assert tuple(ours.splitlines()[hunk.line - 1 :][: len(hunk.ours)]) == hunk.ours


def test_a_file_in_the_way_of_a_new_one_tells_where_it_differs():
    theirs = SAME.replace("second = 2\n", "second = 2\nnew = 3\n")
    assert merge(b"", SAME.encode(), theirs.encode()).hunks == (Hunk(5, (), ("new = 3",)),)
    assert merge(b"", b"", b"new = 1\n").hunks == (Hunk(1, (), ("new = 1",)),)


def test_lines_of_the_change_are_not_told_as_the_users():
    base = b"a = 1\nb = 2\nc = 3\nd = 4\n"
    ours = base.replace(b"c = 3\n", b"c = 30\n").replace(b"b = 2\n", b"mine = 0\nb = 2\n")
    theirs = b"new = 0\n" + base.replace(b"c = 3", b"c = 33").replace(b"a = 1\n", b"a = 1\nnew = 1\n")
    assert merge(base, ours, theirs).hunks == (Hunk(4, ("c = 30",), ("c = 33",)),)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_markers_end_as_the_lines_of_the_file_do(newline):
    sides = (BASE.replace(b"3", b"30").replace(b"\n", newline), BASE.replace(b"3", b"33"))
    marked = merge(BASE, *sides, policy=ConflictPolicy.MARKERS).content
    assert marked.count(newline) == marked.count(b"\n") == 8


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ConflictPolicy.OURS, BASE.replace(b"3", b"30") + b"new = 5\nmine = 5\n"),
        (ConflictPolicy.THEIRS, BASE.replace(b"3", b"33") + b"new = 5\nmine = 5\n"),
        (
            ConflictPolicy.MARKERS,
            BASE.replace(
                b"third = 3\n", b"<<<<<<< yours\nthird = 30\n=======\nthird = 33\n>>>>>>> flaskgen\n"
            )
            + b"new = 5\nmine = 5\n",
        ),
    ],
)
def test_a_policy_settles_the_conflict_and_nothing_beside_it(policy, expected):
    ours = BASE.replace(b"3", b"30") + b"mine = 5\n"
    theirs = BASE.replace(b"3", b"33") + b"new = 5\n"
    merged = merge(BASE, ours, theirs, policy=policy)
    assert merged.content == expected
    assert len(merged.hunks) == 1
    assert merged.marked is (policy is ConflictPolicy.MARKERS)


def test_a_merge_that_would_break_the_syntax_is_a_conflict():
    base = b"if a:\n    b()\nend = 1\n"
    ours = b"if a:\n    if c:\n        b()\nend = 1\n"
    theirs = b"if a:\n    pass\nend = 1\n"
    assert merge(base, ours, base.replace(b"    b()\n", b"    b()\n    d()\n")).content is not None
    assert merge(base, ours, theirs.replace(b"    pass\n", b"    d()\n")).content is None


def test_a_file_that_was_only_formatted_follows_and_says_so():
    base = b"one(1, 2)\ntwo(3, 4)\n"
    ours = b"one(\n    1, 2\n)\ntwo(\n    3, 4\n)\n"
    merged = merge(base, ours, b"one(1, 2)\n")
    assert merged.content == b"one(1, 2)\n"
    assert merged.notes == ("loses your formatting; format it again",)


def test_files_that_are_not_text_are_taken_whole():
    assert merge(b"\0a", b"\0b", b"\0c").content is None
    assert merge(b"\0a", b"\0b", b"\0c", policy=ConflictPolicy.MARKERS).content is None
    assert merge(b"\0a", b"\0b", b"\0c", policy=ConflictPolicy.THEIRS).content == b"\0c"
    assert merge(b"\0a", b"\0b", b"\0c", policy=ConflictPolicy.OURS).content == b"\0b"


def test_a_readme_written_anew_goes_without_the_lines():
    path = PurePosixPath("README.md")
    base = b"# Shop\n\n| file | what |\n|---|---|\n| `a.py` | one |\n"
    merged = merge(base, b"# Mine\n\nAll is new.\n", base + b"| `b.py` | two |\n", path=path)
    assert merged.content == b"# Mine\n\nAll is new.\n"
    assert merged.notes == ("1 line was not added: you rewrote the surrounding text",)


def test_settings_without_a_place_go_to_the_end_and_none_is_there_twice():
    path = PurePosixPath(".env.example")
    base, ours = b"# Key.\nSECRET_KEY=\n", b"PAYMENT=x\n# MAIL_PORT=25\n"
    merged = merge(base, ours, base + b"\n# Mail.\n# MAIL_SERVER=\n# MAIL_PORT=25\n", path=path)
    assert merged.content == b"PAYMENT=x\n# MAIL_PORT=25\n\n# Mail.\n# MAIL_SERVER=\n"


def test_without_git_there_are_the_same_conflicts(monkeypatch, tmp_path: Path):
    sides = BASE, BASE.replace(b"3", b"30") + b"mine = 5\n", BASE.replace(b"3", b"33") + b"new = 5\n"
    with_git = [merge(*sides, policy=policy) for policy in ConflictPolicy]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [merge(*sides, policy=policy) for policy in ConflictPolicy] == with_git
    assert merge(BASE, BASE + b"mine = 5\n", BASE + b"new = 5\n").content == BASE + b"new = 5\nmine = 5\n"
