"""The table by which a project follows its templates."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.changes import Status, plan_changes, plan_creation

PATH = PurePosixPath("a.py")


def merge(*, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    return None if ours == b"clash" else b"merged"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "status", "content"),
    [
        (None, None, "new", Status.CREATE, b"new"),
        (None, "new", "new", Status.IDENTICAL, None),
        (None, "mine", "new", Status.CONFLICT, None),
        ("old", "mine", "old", Status.IDENTICAL, None),
        ("old", None, "old", Status.IDENTICAL, None),
        ("old", "old", "new", Status.UPDATE, b"new"),
        ("old", "new", "new", Status.IDENTICAL, None),
        ("old", None, "new", Status.SKIP, None),
        ("old", "mine", "new", Status.MERGE, b"merged"),
        ("old", "clash", "new", Status.CONFLICT, None),
        ("old", "old", None, Status.DELETE, None),
        ("old", "mine", None, Status.KEEP, None),
        ("old", None, None, Status.IDENTICAL, None),
    ],
)
def test_each_row_of_the_table(base, ours, theirs, status, content):
    def tree(text):
        return {} if text is None else {PATH: text}

    disk = {} if ours is None else {PATH: ours.encode()}
    (change,) = plan_changes(tree(base), disk, tree(theirs), merge=merge).changes or (None,)
    if base is None and theirs is None:
        assert change is None
    else:
        assert (change.status, change.content) == (status, content)


def test_a_file_written_once_is_created_and_never_touched_again():
    once = frozenset({PATH})
    (created,) = plan_changes({}, {}, {PATH: "secret"}, merge=merge, once=once).changes
    (kept,) = plan_changes({}, {PATH: b"mine"}, {PATH: "secret"}, merge=merge, once=once).changes
    assert (created.status, kept.status) == (Status.CREATE, Status.IDENTICAL)


def test_a_new_project_keeps_the_files_that_are_there():
    plan = plan_creation({PATH: "new", PurePosixPath("b"): "b"}, {PATH: b"mine"})
    assert [(str(change.path), change.status) for change in plan.changes] == [
        ("a.py", Status.KEEP),
        ("b", Status.CREATE),
    ]
    assert [change.path.name for change in plan.written] == ["b"]
