from __future__ import annotations

import os
import socket
import stat
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from flaskgen.effects.transaction import destination
from flaskgen.effects.transaction.destination import check_destination, check_targets
from flaskgen.effects.transaction.log import LOG, LoggedFile
from flaskgen.errors import (
    BrokenLog,
    CannotWrite,
    FlaskgenError,
    InvalidDestination,
    ProjectExists,
    UsageError,
)
from tests.effects.transaction.changes import leave_log


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def refusal(text: str) -> FlaskgenError:
    before = sorted(Path.cwd().parent.rglob("*"))
    with pytest.raises(FlaskgenError) as raised:
        check_destination(text)
    assert sorted(Path.cwd().parent.rglob("*")) == before
    assert "\n" not in raised.value.message
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("shop", "shop"),
        ("shop/", "shop"),
        ("./shop", "shop"),
        ("../shop", "../shop"),
        (".", "."),
        ("./", "."),
        ("caf\u00e9", "caf\u00e9"),
        ("cafe\u0301", "cafe\u0301"),
        ("a b", "a b"),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_path_is_made_absolute(here: Path, text: str, below: str) -> None:
    assert check_destination(text) == Path(os.path.normpath(here / below))


def test_a_tilde_is_the_home_folder(home: Path) -> None:
    assert check_destination("~/shop") == home / "shop"


@pytest.mark.parametrize("text", ["", " ", "\t\n", "a\0b", "..", "../..", "a/..", "a/../b", "/"])
def test_what_is_no_path_of_a_directory_to_make_is_wrong_usage(text: str) -> None:
    assert isinstance(refusal(text), UsageError)


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("$", "U+0024"),
        ("`", "U+0060"),
        ('"', "U+0022"),
        ("\\", "U+005C"),
        (":", "U+003A"),
        ("\n", "U+000A"),
        ("\t", "U+0009"),
        ("\x1b", "U+001B"),
        ("\u202e", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u200b", "U+200B"),
        ("\u2028", "U+2028"),
        ("\udcff", "U+DCFF"),
    ],
)
@pytest.mark.parametrize("where", ["sh{}op", "sh{}op/shop"])
def test_a_character_that_scripts_would_misread_is_refused_anywhere_in_the_path(
    here: Path, char: str, shown: str, where: str
) -> None:
    if "/" in where:
        (here / where.format(char)).parent.mkdir()
    error = refusal(where.format(char))
    assert isinstance(error, InvalidDestination)
    assert shown in error.message
    assert error.message.isprintable()


def test_a_name_that_the_file_system_cannot_hold_is_refused() -> None:
    assert "256 bytes" in refusal("x" * 256).message
    assert "260 bytes" in refusal("\u00e9" * 130).message


def test_a_path_without_room_below_it_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    while len(os.fsencode(Path.cwd())) < 3800:
        folder = "d" * min(200, 3801 - len(os.fsencode(Path.cwd())))
        os.mkdir(folder)
        monkeypatch.chdir(folder)
    with pytest.raises(InvalidDestination, match="too long for the files"):
        check_destination("shop")


def test_missing_parents_are_made_with_the_project(tmp_path: Path) -> None:
    assert check_destination(str(tmp_path / "a" / "b" / "shop")) == tmp_path / "a" / "b" / "shop"


@pytest.mark.parametrize("below", ["shop", "a/b/shop"])
def test_a_parent_that_is_a_link_to_nowhere_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidDestination, match=r"is a link to .*nowhere, which does not exist"):
        check_destination(str(tmp_path / "link" / below))


def test_a_parent_that_is_a_file_is_refused(here: Path) -> None:
    (here / "file").write_text("")
    assert "not a directory" in refusal("file/shop").message.lower()


def test_a_deleted_working_directory_is_named(here: Path) -> None:
    here.rmdir()
    for text in (".", "shop"):
        with pytest.raises(InvalidDestination, match="the current directory does not exist"):
            check_destination(text)
    here.mkdir()


def test_an_unknown_home_is_named() -> None:
    assert "home directory" in refusal("~nobody-of-that-name/shop").message


def test_what_is_not_a_directory_is_named(here: Path) -> None:
    (here / "file").write_text("")
    os.mkfifo(here / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert refusal("file").message == "`file` is a file"
        assert refusal("fifo").message == "`fifo` is a named pipe"
        assert refusal("socket").message == "`socket` is a socket"
        assert refusal("/dev/null").message == "`null` is a device"


def test_a_link_is_refused_and_its_target_is_not_made(here: Path) -> None:
    (here / "folder").mkdir()
    for name, target in (("linked", "folder"), ("dangling", "nowhere"), ("loop", "loop")):
        (here / name).symlink_to(target)
        assert refusal(name).message == f"`{name}` is a link to {target}"


def test_a_loop_of_links_on_the_way_is_refused(here: Path) -> None:
    (here / "loop").symlink_to("loop")
    assert isinstance(refusal("loop/shop"), InvalidDestination)


def test_a_link_on_the_way_is_followed(here: Path) -> None:
    (here / "folder").mkdir()
    (here / "linked").symlink_to("folder")
    assert check_destination("linked/shop") == here / "folder" / "shop"


def test_an_empty_directory_is_allowed_and_keeps_its_mode(here: Path) -> None:
    (here / "shop").mkdir(mode=0o750)
    assert check_destination("shop") == here / "shop"
    assert stat.S_IMODE((here / "shop").stat().st_mode) == 0o750


def test_files_of_its_user_are_allowed(here: Path) -> None:
    for name in ("README.md", "LICENSE", ".gitignore", ".DS_Store", "Thumbs.db", "empty"):
        (here / name).write_text("")
    for name in (".git", ".idea", ".vscode", ".venv", "vendor"):
        (here / name).mkdir()
    assert check_destination(".") == here


def test_what_is_left_of_another_project_is_named(here: Path) -> None:
    (here / "shop" / ".flaskgen").mkdir(parents=True)
    (here / "shop" / ".flaskgen" / "base.zip").write_text("")
    error = refusal("shop")
    assert isinstance(error, ProjectExists)
    assert error.message == "`shop` has a `.flaskgen` that is not of this project"
    (here / "linked").mkdir()
    (here / "linked" / ".flaskgen").symlink_to(here)
    assert isinstance(refusal("linked"), ProjectExists)


WANTED = [PurePosixPath("README.md"), PurePosixPath("shop/shop/app.py")]


def stopped(project: Path) -> str:
    with pytest.raises(CannotWrite) as caught:
        check_targets(project, WANTED)
    assert caught.value.hint
    return caught.value.message


def test_what_is_free_can_be_written(here: Path) -> None:
    check_targets(here, WANTED)
    (here / "shop" / "shop").mkdir(parents=True)
    (here / "shop" / "shop" / "app.py").write_text("")
    check_targets(here, WANTED)


def test_a_file_where_a_directory_has_to_be_is_named(here: Path) -> None:
    (here / "shop").mkdir()
    (here / "shop" / "shop").write_text("")
    assert stopped(here) == "`shop/shop` is not a directory, but the project has shop/shop/app.py"


def test_a_link_out_of_the_project_is_named_and_one_inside_it_is_followed(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (here / "inside").mkdir()
    (here / "shop").symlink_to("inside")
    check_targets(here, WANTED)
    (here / "shop").unlink()
    (here / "shop").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    assert stopped(here) == f"`shop` is a link out of `{here.name}`"
    (here / "shop").unlink()
    (here / "README.md").symlink_to(tmp_path_factory.mktemp("other") / "README.md")
    assert stopped(here) == f"`README.md` is a link out of `{here.name}`"


def test_a_link_to_nowhere_is_named(here: Path) -> None:
    (here / "README.md").symlink_to("nowhere")
    assert "is a broken link" in stopped(here)


def test_a_read_only_file_is_named(here: Path) -> None:
    (here / "README.md").write_text("mine")
    (here / "README.md").chmod(0o444)
    assert stopped(here) == f"cannot write `{here / 'README.md'}`: it is read-only"


@pytest.mark.parametrize(("there", "twin"), [("README.MD", "README.md"), ("Shop", "shop")])
def test_names_that_differ_in_case_only_are_named(here: Path, there: str, twin: str) -> None:
    (here / there).write_text("")
    assert stopped(here) == f"`{there}` and the project's {twin} differ in case only"


def test_a_project_is_named_as_one(here: Path) -> None:
    (here / "shop" / ".flaskgen").mkdir(parents=True)
    (here / "shop" / ".flaskgen" / "project.toml").write_text("")
    assert "is already a flaskgen project" in refusal("shop").message


def leave_incomplete(project: Path, *files: str, trees: tuple[str, ...] = ()) -> None:
    logged = tuple(LoggedFile(path, None, "digest") for path in files)
    leave_log(project, title="new shop", creates=True, files=logged, trees=trees)


def test_what_a_killed_run_left_is_free(here: Path) -> None:
    leave_incomplete(here / "shop", "shop/app.py", trees=(".venv",))
    for folder in ("shop", ".venv"):
        (here / "shop" / folder).mkdir()
    assert check_destination("shop") == here / "shop"


def test_a_run_killed_before_its_log_leaves_the_directory_free(here: Path) -> None:
    (here / "shop" / ".flaskgen").mkdir(parents=True)
    (here / "shop" / ".flaskgen" / "lock").write_text("")
    assert check_destination("shop") == here / "shop"


def test_a_log_that_cannot_be_read_is_named_and_nothing_is_touched(here: Path) -> None:
    leave_incomplete(here / "shop", "../x")
    error = refusal("shop")
    assert isinstance(error, BrokenLog)
    assert str(here / "shop" / LOG) in error.message


@pytest.mark.parametrize(
    ("mode", "named"), [(0o000, ".flaskgen"), (0o300, ".flaskgen"), (0o400, ".flaskgen/transaction/log.json")]
)
def test_what_cannot_be_read_is_named(here: Path, mode: int, named: str) -> None:
    own = here / "shop" / ".flaskgen"
    own.mkdir(parents=True)
    own.chmod(mode)
    if os.access(own, os.R_OK | os.X_OK):
        pytest.skip("root reads everything")
    assert f"cannot read `{here / 'shop' / named}`: Permission denied" in refusal("shop").message
    own.chmod(0o700)


def test_a_path_of_windows_may_have_a_drive_and_backslashes() -> None:
    destination._check_text(PureWindowsPath(r"C:\Users\ada\my shop"))
    with pytest.raises(InvalidDestination, match=r"U\+0024"):
        destination._check_text(PureWindowsPath(r"C:\Users\ada\$shop"))
