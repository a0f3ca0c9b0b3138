"""Files and directories that the user renamed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

from flaskgen.planning.merging.changes import plan_changes
from flaskgen.planning.merging.plan import ConflictPolicy, Merged, Status
from flaskgen.planning.merging.renames import NO_RENAMES, find_renames
from flaskgen.planning.templates.tree import encode
from tests.edits.cases import as_bytes, renamed
from tests.edits.measure import EXTENSIONS, files_of
from tests.work import calls_of, grows_in_step


@pytest.fixture
def full() -> Mapping[str, str]:
    """The files of a project with every extension."""
    return files_of(frozenset(EXTENSIONS))


def text(name: str, lines: int = 10) -> str:
    return "".join(f"{name} = {number}  # of {name}\n" for number in range(lines))


def find(base, ours, theirs=None):
    found = find_renames(*map(as_bytes, (base, ours, theirs or base)))
    return {str(old): str(new) for old, new in found.paths.items()}


BASE = {"web/a.py": text("a"), "web/b.py": text("b"), "web/c/d.py": text("d"), "web/c/__init__.py": ""}


@pytest.mark.parametrize("old", ["web/a.py", "web/c/d.py"])
@pytest.mark.parametrize("new", ["web/z.py", "other/deep/a.py", "a.py"])
def test_a_renamed_file_is_found_by_its_content(old, new):
    assert find(BASE, renamed(BASE, old, new))[old] == new


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(" = ", "="),
        lambda text: "\ufeff" + text.removesuffix("\n"),
        lambda text: text + "mine = 1\n" * 3,
        lambda text: "".join(text.splitlines(keepends=True)[:6]),
        lambda text: "".join(reversed(text.splitlines(keepends=True))),
    ],
    ids=["line ends", "form", "byte order mark", "lines added", "lines deleted", "lines moved"],
)
def test_also_if_it_was_edited(edit):
    ours = renamed(BASE, "web/a.py", "web/z.py")
    assert find(BASE, {**ours, "web/z.py": edit(ours["web/z.py"])}) == {"web/a.py": "web/z.py"}


def test_a_file_that_has_less_than_half_of_the_lines_is_another():
    ours = renamed(BASE, "web/a.py", "web/z.py")
    lines = ours["web/z.py"].splitlines(keepends=True)
    assert find(BASE, {**ours, "web/z.py": "".join(lines[:4])}) == {}
    assert find(BASE, {**ours, "web/z.py": ours["web/z.py"] + text("mine", 14)}) == {}


def test_nothing_is_renamed_while_the_file_is_there_or_if_it_is_gone_for_good():
    assert find(BASE, {**BASE, "web/copy.py": BASE["web/a.py"]}) == {}
    assert find(BASE, {path: text for path, text in BASE.items() if path != "web/a.py"}) == {}


def test_the_most_similar_is_taken_and_of_equal_ones_that_with_the_same_name():
    ours = {path: text for path, text in BASE.items() if path != "web/a.py"}
    copies = {"web/x.py": BASE["web/a.py"] + "x = 1\n", "web/z.py": BASE["web/a.py"]}
    assert find(BASE, {**ours, **copies}) == {"web/a.py": "web/z.py"}
    copies = {"aa/x.py": BASE["web/a.py"], "zz/a.py": BASE["web/a.py"]}
    assert find(BASE, {**ours, **copies})["web/a.py"] == "zz/a.py"


def test_two_files_do_not_become_one():
    base = {"a.py": text("same"), "b.py": text("same") + "b = 1\n"}
    assert find(base, {"z.py": text("same")}) == {"a.py": "z.py"}


def test_a_file_of_flaskgens_is_never_a_renamed_one():
    theirs = {**BASE, "web/z.py": text("z")}
    assert find(BASE, renamed(BASE, "web/a.py", "web/z.py"), theirs) == {}


@pytest.mark.parametrize("content", ["", '"""Accounts."""\n', "\n\n", "}\n" * 20, "import os\nimport re\n"])
def test_files_with_next_to_nothing_in_them_are_not_taken_for_each_other(content):
    base = {"a/one.py": content, "a/b.py": text("b")}
    assert find(base, {"a/b.py": text("b"), "c/two.py": content}) == {}


def test_of_files_that_are_not_text_only_the_same_count():
    base = {PurePosixPath("a.png"): b"\0" + b"line\n" * 10}
    ours = {PurePosixPath("b.png"): b"\0" + b"line\n" * 10 + b"x"}
    assert find_renames(base, ours, base) == NO_RENAMES
    ours = {PurePosixPath("b.png"): base[PurePosixPath("a.png")]}
    assert dict(find_renames(base, ours, base).paths) == {PurePosixPath("a.png"): PurePosixPath("b.png")}


def test_new_files_go_to_a_renamed_directory_and_so_do_those_that_say_nothing():
    theirs = {**BASE, "web/c/new.py": "", "web/c/e/f.py": "", "web/new.py": ""}
    assert find(BASE, renamed(BASE, "web/c/", "web/see/"), theirs) == {
        "web/c/d.py": "web/see/d.py",
        "web/c/__init__.py": "web/see/__init__.py",
        "web/c/new.py": "web/see/new.py",
        "web/c/e/f.py": "web/see/e/f.py",
    }
    everything = find(BASE, renamed(BASE, "web/", "site/pages/"), theirs)
    assert everything == {path: path.replace("web/", "site/pages/") for path in theirs}


@pytest.mark.parametrize(
    "ours",
    [
        {"z/a.py": text("a"), "y/b.py": text("b")},
        {"web/a.py": text("a"), "z/b.py": text("b")},
        {},
    ],
    ids=["to two directories", "only some", "deleted"],
)
def test_a_directory_is_not_renamed_unless_all_that_is_left_of_it_went_to_one(ours):
    base = {"web/a.py": text("a"), "web/b.py": text("b")}
    assert "web/new.py" not in find(base, ours, {**base, "web/new.py": text("new")})


def test_a_directory_is_renamed_also_if_some_of_its_files_were_deleted():
    base = {"web/a.py": text("a"), "web/b.py": text("b")}
    assert find(base, {"z/a.py": text("a")}, {**base, "web/new.py": ""})["web/new.py"] == "z/new.py"


def test_a_new_file_stays_where_its_place_in_the_renamed_directory_is_taken_by_another_of_flaskgens():
    base = {"web/a.py": text("a"), "other/b.py": text("b")}
    theirs = {**base, "web/new.py": text("new"), "other/new.py": text("other")}
    assert find(base, {"other/a.py": text("a"), "other/b.py": text("b")}, theirs) == {
        "web/a.py": "other/a.py"
    }


def test_each_directory_of_a_project_can_be_renamed(full):
    directories = {str(parent) for path in full for parent in PurePosixPath(path).parents} - {"."}
    assert len(directories) > 8
    for directory in sorted(directories):
        ours = renamed(full, f"{directory}/", f"renamed/{directory}-of-ours/")
        inside = {path for path in full if path.startswith(f"{directory}/")}
        found = find(full, ours, {**full, f"{directory}/new.txt": ""})
        assert found == {
            path: path.replace(f"{directory}/", f"renamed/{directory}-of-ours/", 1)
            for path in {*inside, f"{directory}/new.txt"}
        }


def test_no_file_of_a_project_is_taken_for_another_one(full):
    """Without its own file each is gone, even if all others are there under new names."""
    twins = {f"shop/templates/auth/{page}.html" for page in ("form", "link")}
    for path in full:
        left_out = twins if path in twins else {path}
        others = {
            f"mine/{number}.txt": full[other] for number, other in enumerate(full) if other not in left_out
        }
        assert find({path: full[path]}, others) == {}


def merge(path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy) -> Merged:
    return Merged(ours + theirs[len(base) :])


def test_a_plan_changes_the_renamed_files_and_says_so():
    theirs = {**BASE, "web/c/d.py": BASE["web/c/d.py"] + "new = 1\n", "web/c/new.py": "new\n"}
    ours = renamed(BASE, "web/c/", "web/see/")
    ours["web/see/d.py"] += "mine = 1\n"
    sides = [as_bytes(files) for files in (BASE, ours, theirs)]
    plan = plan_changes(*sides, merge=merge, renames=find_renames(*sides))
    touched = [change for change in plan.changes if change.status is not Status.IDENTICAL]
    assert [(str(change.path), change.status, change.notes) for change in touched] == [
        ("web/see/d.py", Status.MERGE, ("renamed from web/c/d.py",)),
        ("web/see/new.py", Status.CREATE, ("created here, because you renamed web/c to web/see",)),
    ]
    assert touched[0].content == f"{ours['web/see/d.py']}new = 1\n".encode()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("web/b.py", "from .{} import x"),
        ("web/c/d.py", "from ..{} import x"),
        ("web/b.py", "    from web.{} import x"),
        ("tests/test_a.py", "from web.{} import x"),
    ],
)
def test_what_the_change_adds_imports_from_the_renamed_module(path, line):
    theirs = {**BASE, path: BASE.get(path, "") + line.format("a") + "\n"}
    renames = find_renames(*map(as_bytes, (BASE, renamed(BASE, "web/a.py", "web/z.py"), theirs)))
    added = renames.follow(as_bytes(theirs))[PurePosixPath(path)]
    assert line.format("z").encode() in added


@pytest.mark.parametrize(
    ("old", "new", "path", "line", "expected"),
    [
        ("web/c/d.py", "web/tables/d.py", "web/e/f.py", "from ..c.d import x", "from ..tables.d import x"),
        ("web/c/d.py", "web/d.py", "web/c/e.py", "from .d import x", "from ..d import x"),
        ("web/c/d.py", "web/c/deep/z.py", "web/c/e.py", "from .d import x", "from .deep.z import x"),
        ("web/c/d.py", "web/z.py", "tests/test_d.py", "from web.c.d import x", "from web.z import x"),
        ("web/c/d.py", "web/z.py", "web/c/d.py", "from ..a import x", "from .a import x"),
        ("web/c/", "web/see/", "web/b.py", "from .c.d import x", "from .see.d import x"),
        ("web/", "shop/", "tests/test_d.py", "from web.c.d import x", "from shop.c.d import x"),
        ("web/", "src/web/", "tests/test_d.py", "from web.c.d import x", "from web.c.d import x"),
        ("web/", "src/web/", "web/b.py", "from .c.d import x", "from .c.d import x"),
        ("web/", "src/shop/", "tests/test_d.py", "from web.c.d import x", "from shop.c.d import x"),
        ("web/", "src/shop/", "web/b.py", "from .c.d import x", "from .c.d import x"),
        ("web/c/d.py", "d.py", "web/b.py", "from .c.d import x", "from .c.d import x"),
    ],
)
def test_it_imports_from_where_the_module_moved(old, new, path, line, expected):
    theirs = {**BASE, path: BASE.get(path, "") + line + "\n"}
    renames = find_renames(*map(as_bytes, (BASE, renamed(BASE, old, new), theirs)))
    followed = renames.follow(as_bytes(theirs))
    place = renames.paths.get(PurePosixPath(path), PurePosixPath(path))
    assert followed[place] == (BASE.get(path, "") + expected + "\n").encode()


@pytest.mark.parametrize(
    "evidence",
    [{"src/__init__.py": ""}, {"wsgi.py": "import src.shop\n"}, {"wsgi.py": "from src.shop import x\n"}],
)
def test_a_directory_that_is_imported_is_part_of_the_names(evidence):
    theirs = as_bytes({**BASE, "tests/test_d.py": "from web.c.d import x\n"})
    ours = as_bytes({**renamed(BASE, "web/", "src/shop/"), **evidence})
    followed = find_renames(as_bytes(BASE), ours, theirs).follow(theirs)
    assert followed[PurePosixPath("tests/test_d.py")] == b"from src.shop.c.d import x\n"


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("from .z import *\n", "from .a import x"),
        ("from web.a.z import x\n", "from .a import x"),
        ("from .other import y\n", "from .a.z import x"),
    ],
)
def test_a_module_that_became_a_package_is_imported_from_it_if_it_has_the_same(package, expected):
    theirs = {**BASE, "web/new.py": "from .a import x\n"}
    ours = {**renamed(BASE, "web/a.py", "web/a/z.py"), "web/a/__init__.py": package}
    theirs["web/a.py"] = BASE["web/a.py"] + "from .b import y\n"
    followed = find_renames(*map(as_bytes, (BASE, ours, theirs))).follow(as_bytes(theirs))
    assert followed[PurePosixPath("web/new.py")] == f"{expected}\n".encode()
    assert b"\nfrom ..b import y\n" in encode(followed[PurePosixPath("web/a/z.py")])


@pytest.mark.parametrize("line", ["from .c.a import x", "from .abc import x", "import a", "from a import x"])
def test_imports_of_other_modules_stay(line):
    renames = find_renames(*map(as_bytes, (BASE, renamed(BASE, "web/a.py", "web/z.py"), BASE)))
    assert renames.follow(as_bytes({"web/b.py": line}))[PurePosixPath("web/b.py")] == line.encode()


def test_what_the_change_removes_goes_from_its_new_place():
    ours = renamed(BASE, "web/c/", "web/see/")
    theirs = {path: text for path, text in BASE.items() if not path.startswith("web/c/")}
    sides = [as_bytes(files) for files in (BASE, ours, theirs)]
    plan = plan_changes(*sides, merge=merge, renames=find_renames(*sides))
    gone = [str(path) for path, content in plan.contents.items() if content is None]
    assert gone == [
        "web/see/__init__.py",
        "web/see/d.py",
    ]


def test_more_files_take_more_work_in_step(full):
    words = [f"word{number} = {number}" for number in range(500)]
    chosen = random.Random(1)
    base = as_bytes(dict(full))

    def work(count: int) -> int:
        others = {
            PurePosixPath(f"mine/{number}.py"): "\n".join(chosen.choices(words, k=100)).encode()
            for number in range(count)
        }
        return calls_of(lambda: find_renames(base, others, base))

    assert grows_in_step(work, 200)


def test_more_files_that_share_lines_with_each_that_is_gone_take_more_work_in_step():
    def copies(name: str, count: int, line: str) -> dict[str, str]:
        lines = "".join(f"{line}{number}\n" for number in range(100))
        return {f"{name}/{number}.py": "import os\n" + lines for number in range(count)}

    base = as_bytes(copies("gone", 40, "a"))

    def work(count: int) -> int:
        others = as_bytes(copies("mine", count, "b"))
        return calls_of(lambda: find_renames(base, others, base))

    assert grows_in_step(work, 200)
