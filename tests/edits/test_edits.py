"""Typical edits survive every add and remove: nothing conflicts, nothing is lost."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flaskgen.effects.git import file_merge
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.plan import Merge
from flaskgen.planning.merging.renames import Renames
from flaskgen.planning.templates.tree import encode
from tests.edits.cases import EDITS, Edit, Files, as_bytes
from tests.edits.measure import EXTENSIONS, Followed, Result, apply, change_each, change_one, files_of
from tests.edits.resource_changes import RESOURCE_EDITS, change_each_resource
from tests.sampling import sampled

MERGE: Merge = file_merge(Session())


def name(edit: Edit) -> str:
    return edit.title.replace(" ", "-")


def few(_: Edit) -> Sequence[str]:
    """It changes every file that another extension changes, but for three."""
    return ("login",)


def some(edit: Edit) -> Sequence[str]:
    return random.Random(edit.title).sample(EXTENSIONS, 3)


def every(_: Edit) -> Sequence[str]:
    return EXTENSIONS


LONG = ("every Python file", "every file with", "byte order mark")
"""Parts of the titles of edits that take long, as `a comment at the end of every file` does."""


def without_long(edit: Edit) -> Any:
    """Leave an edit to `-m e2e` if it takes long."""
    long = any(part in edit.title for part in LONG)
    return pytest.param(edit, marks=pytest.mark.e2e) if long else edit


@pytest.mark.parametrize(
    "chosen", [few, pytest.param(some, marks=pytest.mark.e2e), pytest.param(every, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("edit", [without_long(edit) for edit in EDITS], ids=name)
def test_it_merges_with_every_extension_and_stays(
    edit: Edit, chosen: Callable[[Edit], Sequence[str]]
) -> None:
    extensions = chosen(edit)
    verbs = {0: "add", len(EXTENSIONS) - 1: "remove"}
    results = list(change_each(edit, MERGE, extensions=extensions, verbs=verbs))
    assert len(results) >= len(extensions)
    require_kept(results)


OF_EVERY_FILE = ("shorter line length", "a comment at the end of every file", "something of one's own in it")
"""Parts of the titles of edits that take seconds each, as another one does: the formatter's single quotes."""


BY_DEFAULT = ("a column of one's own after the last", "another label", "the pages moved")


def with_resources(edit: Edit) -> Any:
    if edit.title in BY_DEFAULT:
        return edit
    long = any(part in edit.title for part in OF_EVERY_FILE)
    return pytest.param(edit, marks=pytest.mark.slow if long else pytest.mark.e2e)


@pytest.mark.parametrize("edit", [with_resources(edit) for edit in RESOURCE_EDITS], ids=name)
def test_it_merges_with_every_change_of_resources_and_stays(edit: Edit) -> None:
    require_kept(list(change_each_resource(edit, MERGE)))


def require_kept(results: list[Result]) -> None:
    """Require that nothing conflicts, that no line is lost, and that what could be read still can."""
    assert [(result.verb, result.what, result.conflicts) for result in results if result.conflicts] == []
    assert [result.lost for result in results if result.lost] == []
    assert [path for result in results for path in out_of_order(result)] == []


def out_of_order(result: Result) -> list[str]:
    """Name the Python files that can no longer be read, though they could before."""
    written = {str(change.path) for change in result.plan.written}
    both = [path for path in written & result.ours.keys() if path.endswith(".py")]
    return [path for path in both if is_python(result.ours[path]) and not is_python(result.files[path])]


@cache
def is_python(text: str) -> bool:
    try:
        ast.parse(text.encode())
    except SyntaxError:
        return False
    return True


COMING_BACK = [edit for edit in EDITS if edit.comes_back]


@pytest.mark.parametrize("edit", sampled(COMING_BACK, COMING_BACK[::3]), ids=name)
def test_to_remove_what_was_added_gives_the_edited_files_back(edit: Edit) -> None:
    chosen = random.Random(edit.title)  # one extension an edit, and others each time the list grows
    extension = chosen.choice(EXTENSIONS)
    others = frozenset(EXTENSIONS) - {extension}
    without, with_it = files_of(others), files_of(others | {extension})
    ours = edit.make(dict(without))
    added = change_one(edit, without, with_it, MERGE, ("add", extension))
    removal = Followed.by_renames(with_it, dict(added.files), without).plan(MERGE)
    assert apply(removal, dict(added.files)) == ours


@pytest.mark.parametrize("extension", sampled(EXTENSIONS, ["login"]))
def test_each_directory_can_be_renamed_and_what_is_added_and_removed_follows(extension: str) -> None:
    others = frozenset(EXTENSIONS) - {extension}
    for pair in (
        (files_of(frozenset()), files_of(frozenset({extension}))),
        (files_of(others), files_of(others | {extension})),
    ):
        for base, theirs in (pair, pair[::-1]):
            for directory in {str(parent) for path in base for parent in PurePosixPath(path).parents} - {"."}:
                ours, expected = (with_imports_of(directory, files) for files in (base, theirs))
                plan = Followed.by_renames(base, ours, theirs).plan(MERGE)
                assert apply(plan, ours) == expected


def with_imports_of(directory: str, files: Mapping[str, str]) -> Files:
    """Rename a directory, and what is imported from it, as an editor does."""
    old = [PurePosixPath(path) for path in files if path.startswith(f"{directory}/")]
    new = [PurePosixPath(f"{directory}_of_ours", path.relative_to(directory)) for path in old]
    tree = Renames(dict(zip(old, new, strict=True))).follow(as_bytes(files))
    return {str(path): encode(content).decode() for path, content in tree.items()}


edits = st.lists(st.sampled_from(EDITS[:12]), min_size=2, max_size=3, unique=True)


@given(edits, st.sampled_from(EXTENSIONS), st.sets(st.sampled_from(EXTENSIONS)))
@settings(max_examples=10)
def test_edits_on_top_of_each_other_lose_nothing(
    several: list[Edit], extension: str, others: set[str]
) -> None:
    """They may conflict, which is told before anything is written; they may not get lost."""

    def make(files: Files) -> Files:
        for edit in several:
            try:
                files = edit.make(files)
            except AssertionError:  # an earlier edit changed what this one looks for
                continue
        return files

    combined = Edit(" and ".join(edit.title for edit in several), make)
    without = frozenset(others) - {extension}
    pair = files_of(without), files_of(without | {extension})
    for base, theirs in (pair, pair[::-1]):
        assert change_one(combined, base, theirs, MERGE, ("change", extension)).lost == ()


def test_the_document_has_every_edit_with_its_measurement() -> None:
    document = (Path(__file__).parents[2] / "docs" / "edits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d+) \| \d+ \| (\d+) \| (\d+) \|$", document, re.MULTILINE)
    assert [title for title, *_ in rows] == [edit.title for edit in (*EDITS, *RESOURCE_EDITS)]
    assert all(int(changes) and conflicts == lost == "0" for _, changes, conflicts, lost in rows)
