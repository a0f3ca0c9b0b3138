"""The table by which a project follows its templates."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.effects.git import file_merge
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.changes import plan_changes
from flaskgen.planning.merging.plan import ConflictPolicy, Hunk, Merged, Status

PATH = PurePosixPath("a.py")


HUNK = Hunk(1, ("mine",), ("new",))


def merge(path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy) -> Merged:
    if ours != b"clash" and base:
        return Merged(b"merged")
    return (
        Merged(b"marked", (HUNK,), marked=True) if policy is ConflictPolicy.MARKERS else Merged(None, (HUNK,))
    )


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
        assert change
        assert (change.status, change.content) == (status, content)


def test_a_file_written_once_is_created_and_never_touched_again():
    once = frozenset({PATH})
    (created,) = plan_changes({}, {}, {PATH: "secret"}, merge=merge, once=once).changes
    (kept,) = plan_changes({}, {PATH: b"mine"}, {PATH: "secret"}, merge=merge, once=once).changes
    assert (created.status, kept.status) == (Status.CREATE, Status.IDENTICAL)


def test_settings_that_a_secret_file_goes_without_are_named_and_their_values_are_not():
    once = frozenset({PATH})
    disk = {PATH: b"KEY=mine\nMAIL=x\n"}
    theirs = {PATH: "KEY=new\n# Mail.\nMAIL=y\nTOKEN=secret\n"}
    (change,) = plan_changes({PATH: "KEY=new\n"}, disk, theirs, merge=merge, once=once).changes
    assert (change.status, change.content) == (Status.KEEP, None)
    assert change.notes == ("left unchanged; set TOKEN in it",)


def test_a_secret_file_that_is_the_users_first_gets_the_settings_it_lacks():
    path = PurePosixPath(".env")
    git = file_merge(Session())
    theirs = {path: '# Signs.\nSECRET_KEY="new"\n'}
    for mine, after in ((b"A=1\n", b'A=1\n\n# Signs.\nSECRET_KEY="new"\n'), (b"SECRET_KEY=mine\n", None)):
        (change,) = plan_changes({}, {path: mine}, theirs, merge=git, once=frozenset({path})).changes
        assert change.content == after


@pytest.mark.parametrize("mine", [b"", b"\n \n"])
def test_a_file_without_content_is_filled(mine):
    (change,) = plan_changes({}, {PATH: mine}, {PATH: "new"}, merge=merge).changes
    assert (change.status, change.content) == (Status.MERGE, b"new")
    (kept,) = plan_changes({}, {PATH: mine}, {PATH: "new"}, merge=merge, policy=ConflictPolicy.OURS).changes
    assert kept.status is Status.KEEP


@pytest.mark.parametrize("policy", ConflictPolicy)
def test_sets_of_lines_merge_whatever_is_done_with_conflicts(policy):
    path = PurePosixPath(".gitignore")
    git = file_merge(Session())
    (change,) = plan_changes({}, {path: b"x"}, {path: "/.env\n"}, merge=git, policy=policy).changes
    assert (change.status, change.content) == (Status.MERGE, b"x\n\n/.env\n")


def test_lines_that_are_added_to_a_file_end_as_its_own():
    path = PurePosixPath(".gitignore")
    git = file_merge(Session())
    (change,) = plan_changes({}, {path: b"x\r\n"}, {path: "# Git\n\n/.env\n"}, merge=git).changes
    assert change.content == b"x\r\n\r\n/.env\r\n"


def test_a_new_project_keeps_the_files_that_are_there():
    theirs = {PATH: "new", PurePosixPath("b"): "b"}
    plan = plan_changes({}, {PATH: b"mine"}, theirs, merge=merge, policy=ConflictPolicy.OURS)
    assert [(str(change.path), change.status) for change in plan.changes] == [
        ("a.py", Status.KEEP),
        ("b", Status.CREATE),
    ]
    assert [change.path.name for change in plan.written] == ["b"]


def plan_one(base, ours, theirs, **options):
    trees = [{} if text is None else {PATH: text} for text in (base, theirs)]
    disk = {} if ours is None else {PATH: ours.encode()}
    (change,) = plan_changes(trees[0], disk, trees[1], merge=merge, **options).changes
    return change


def test_a_conflict_names_its_places_and_is_written_only_with_markers():
    stopped = plan_one("old", "clash", "new")
    assert (stopped.status, stopped.content, stopped.hunks) == (Status.CONFLICT, None, (HUNK,))
    marked = plan_one("old", "clash", "new", policy=ConflictPolicy.MARKERS)
    assert (marked.status, marked.content) == (Status.CONFLICT, b"marked")


@pytest.mark.parametrize(
    ("policy", "status", "content"),
    [
        (ConflictPolicy.OURS, Status.KEEP, None),
        (ConflictPolicy.THEIRS, Status.UPDATE, b"new"),
        (ConflictPolicy.MARKERS, Status.CONFLICT, b"marked"),
    ],
)
def test_a_file_in_the_way_of_a_new_one_is_a_conflict_too(policy, status, content):
    change = plan_one(None, "mine", "new", policy=policy)
    assert (change.status, change.content) == (status, content)


@pytest.mark.parametrize(
    "ours", ["x = {'a': 1}\n", 'x = {"a": 1}\r\n', '\ufeffx = {"a": 1}', "x = {\n\t'a': 1,\n}\n"]
)
def test_a_file_that_differs_in_form_only_counts_as_not_edited(ours):
    assert plan_one('x = {"a": 1}\n', ours, None).status is Status.DELETE
    assert plan_one(None, ours, 'x = {"a": 1}\n').status is Status.IDENTICAL


def test_a_file_that_the_user_took_away_is_told_with_the_lines_that_it_goes_without():
    change = plan_one("a\nb\n", None, "a\nnew\nb\n")
    assert change.status is Status.SKIP
    assert change.hunks == (Hunk(2, (), ("new",)),)
    assert "you removed it" in change.notes[0]
