from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flaskgen.effects.python.environments import (
    copy_environment,
    create_environment,
    read_environment,
    require_in_place,
)
from flaskgen.effects.python.interpreters import inspect_interpreter
from flaskgen.effects.system.session import Completed, Session
from flaskgen.errors import CannotWrite, EnvironmentBroken, FlaskgenError
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.project.names import RECORD_PATH
from tests.effects.tiny_packages import MINOR, VERSION, make_environment, make_real_environment
from tests.mounts import may_mount, mounted


@pytest.fixture
def interpreter() -> Interpreter:
    return inspect_interpreter(Path(sys.executable), session=Session())


def test_an_environment_has_an_interpreter_and_no_packages(tmp_path: Path, interpreter: Interpreter) -> None:
    environment = create_environment(tmp_path / "env", interpreter, prompt="shop", session=Session())
    told = subprocess.run(
        [environment.python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True
    )
    assert told.stdout.strip() == str(tmp_path / "env")
    assert environment.site_packages[0].is_dir()
    assert list(environment.site_packages[0].glob("*.dist-info")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_SYSTEM_SITE_PACKAGES", "1"),
        ("UV_VENV_SEED", "1"),
        ("UV_PYTHON", "/nowhere"),
        ("UV_PYTHON_PREFERENCE", "only-managed"),
        ("UV_CONFIG_FILE", "/nowhere"),
        ("PYTHONHOME", "/nowhere"),
        ("VIRTUAL_ENV", "/nowhere"),
    ],
)
def test_settings_of_the_surroundings_change_nothing(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    environment = create_environment(tmp_path / "env", interpreter, prompt="shop", session=Session())
    config = (tmp_path / "env" / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = false" in config
    assert list(environment.site_packages[0].glob("*.dist-info")) == []


def test_an_environment_keeps_what_was_in_its_directory(tmp_path: Path, interpreter: Interpreter) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / ".project").write_text("/projects/shop\n")
    create_environment(tmp_path / "env", interpreter, prompt="shop", session=Session())
    assert (tmp_path / "env" / ".project").read_text() == "/projects/shop\n"


def test_an_interpreter_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = Interpreter(tmp_path / "python", "3.13.0")
    with pytest.raises(EnvironmentBroken, match=str(tmp_path / "python")) as raised:
        create_environment(tmp_path / "env", gone, prompt="shop", session=Session())
    assert raised.value.hint


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, interpreter: Interpreter) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FlaskgenError) as raised:
        create_environment(tmp_path / "file" / "env", interpreter, prompt="shop", session=Session())
    assert isinstance(raised.value, (CannotWrite, EnvironmentBroken))
    assert "\n" not in raised.value.message
    assert os.listdir(tmp_path) == ["file"]


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(CannotWrite, match=r"uv cannot write: .*file"):
        create_environment(tmp_path / "env", interpreter, prompt="shop", session=Session())


def test_a_full_disk_is_told(tmp_path: Path, interpreter: Interpreter) -> None:
    if not may_mount(tmp_path):
        pytest.skip("may not mount a small disk")
    with mounted(tmp_path / "small", "size=8k") as disk, pytest.raises(CannotWrite) as raised:
        create_environment(disk / "env", interpreter, prompt="shop", session=Session())
    assert (
        raised.value.message == f"cannot create the environment in `{disk / 'env'}`: No space left on device"
    )


def test_a_file_system_without_symbolic_links_is_told(tmp_path: Path, interpreter: Interpreter) -> None:
    """As exFAT has none; uv's own words there."""

    class WithoutLinks(Session):
        def run(self, command: Sequence[str | Path], **_: object) -> Completed:  # type: ignore[override]
            cause = "failed to symlink file from /a to /b: Function not implemented (os error 38)"
            return Completed(2, "", f"error: Failed to create virtual environment\n  cause: {cause}\n")

    with pytest.raises(CannotWrite, match="its file system has no symbolic links") as raised:
        create_environment(tmp_path / "env", interpreter, prompt="shop", session=WithoutLinks())
    assert "--workon" in (raised.value.hint or "")


@pytest.mark.parametrize("directory", ["python{minor}t", "pypy{minor}"])
def test_the_packages_of_builds_of_other_names_are_found(tmp_path: Path, directory: str) -> None:
    environment = make_environment(tmp_path / "env")
    [site_packages] = (environment / "lib").glob("*")
    renamed = site_packages.rename(environment / "lib" / directory.format(minor=MINOR))
    assert read_environment(environment).site_packages == (renamed / "site-packages",)


def test_an_environment_of_virtualenv_is_read(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    found = read_environment(tmp_path / "env")
    assert found.interpreter.path == python
    assert found.interpreter.version == VERSION
    assert [folder.name for folder in found.site_packages] == ["site-packages"]
    assert (found.site_packages[0] / "pip").is_dir()
    assert not found.system_site_packages


def test_an_environment_that_sees_the_system_says_so(tmp_path: Path) -> None:
    assert read_environment(make_environment(tmp_path / "env", system=True)).system_site_packages


def test_a_lib64_of_its_own_is_read_too_and_a_link_is_not_read_twice(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    (environment / "lib64").symlink_to("lib")
    assert len(read_environment(environment).site_packages) == 1
    (environment / "lib64").unlink()
    own = environment / "lib64" / f"python{MINOR}" / "site-packages"
    own.mkdir(parents=True)
    assert read_environment(environment).site_packages == (
        environment / "lib" / f"python{MINOR}" / "site-packages",
        own,
    )


def test_the_layout_of_windows_is_read(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    (environment / "Lib" / "site-packages").mkdir(parents=True)
    (environment / "Scripts").mkdir()
    (environment / "Scripts" / "python.exe").touch()
    (environment / "pyvenv.cfg").write_text("home = C:\\Python312\r\nversion_info = 3.12.4.final.0\r\n")
    found = read_environment(environment)
    assert found.site_packages == (environment / "Lib" / "site-packages",)
    assert found.interpreter.version == "3.12.4"


def missing(path: Path) -> None:
    shutil.rmtree(path)


def file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


def dangling_link(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(path.with_name("gone"))


def interpreter_gone(path: Path) -> None:
    shutil.rmtree(path.with_name(f"{path.name}-base"))


def no_interpreter(path: Path) -> None:
    (path / "bin" / "python").unlink()


def no_settings(path: Path) -> None:
    (path / "pyvenv.cfg").unlink()


def no_version(path: Path) -> None:
    (path / "pyvenv.cfg").write_text("home = /usr/bin\n")


def no_site_packages(path: Path) -> None:
    shutil.rmtree(path / "lib")


def upgraded_settings(path: Path) -> None:
    (path / "pyvenv.cfg").write_text("version = 3.99.0\n")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (missing, "there is no virtual environment at"),
        (file, "is a file"),
        (dangling_link, "which does not exist"),
        (interpreter_gone, "is missing: its link leads to"),
        (no_interpreter, "contains no Python"),
        (no_settings, "is not a virtual environment: its pyvenv.cfg cannot be read"),
        (no_version, "does not say which Python version"),
        (no_site_packages, "has no site-packages for Python"),
        (upgraded_settings, f"has no site-packages for Python 3.99, but one for python{MINOR}"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_environment_is_a_clear_error(damage: object, words: str, tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    damage(environment)  # type: ignore[operator]
    with pytest.raises(EnvironmentBroken) as raised:
        read_environment(environment)
    assert words in raised.value.message
    assert str(environment) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("written", [["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]])
def test_a_broken_environment_is_installed_again_from_the_file_that_the_project_has(
    written: list[str], tmp_path: Path
) -> None:
    record = tmp_path / RECORD_PATH
    record.parent.mkdir()
    record.write_text(f'python = "{MINOR}"\n')
    for name in written:
        (tmp_path / name).touch()
    with pytest.raises(EnvironmentBroken) as raised:
        read_environment(tmp_path / ".venv")
    assert str(raised.value.hint).endswith(f"then install {written[-1]}")
    assert raised.value.fix is not None
    assert raised.value.fix.first is not None
    assert raised.value.fix.first.endswith(f" -r {written[-1]}")


def test_an_interpreter_that_was_replaced_by_another_version_is_found_by_its_name(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    other = tmp_path / "python3.99"
    other.touch()
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to(other)
    with pytest.raises(EnvironmentBroken, match=rf"created for Python {MINOR}, but has 3\.99"):
        read_environment(environment)


def test_a_copy_runs_its_own_scripts_and_leaves_the_original_alone(
    tmp_path: Path, interpreter: Interpreter
) -> None:
    original = create_environment(tmp_path / "env", interpreter, prompt="shop", session=Session())
    (original.site_packages[0] / "it.py").write_text("WHERE = 'original'\n")
    script = original.path / "bin" / "it"
    script.write_text(f"#!{original.python}\nimport it, sys\nprint(sys.prefix, it.WHERE)\n")
    script.chmod(0o755)
    copy = copy_environment(original, tmp_path / "copy")
    replaced = copy.site_packages[0] / "it.py"
    replaced.unlink()  # as installers replace a file
    replaced.write_text("WHERE = 'copy'\n")
    for environment, where in ((copy, "copy"), (original, "original")):
        printed = subprocess.check_output([environment.path / "bin" / "it"], text=True)
        assert printed.split() == [str(environment.path), where]


@pytest.mark.parametrize(
    "line",
    [
        "VIRTUAL_ENV='{}'",  # of uv and virtualenv
        'VIRTUAL_ENV="{}"',  # of venv until 3.12
        "    # use the path as-is\n    VIRTUAL_ENV={}",  # of venv since
    ],
)
def test_an_environment_that_was_moved_or_copied_is_no_longer_in_place(tmp_path: Path, line: str) -> None:
    created = make_environment(tmp_path / "env")
    (created / "bin" / "activate").write_text(f"deactivate\n{line.format(created)}\nexport VIRTUAL_ENV\n")
    require_in_place(read_environment(created))
    copied = shutil.copytree(created, tmp_path / "copy", symlinks=True)
    with pytest.raises(EnvironmentBroken, match="was moved or copied from") as raised:
        require_in_place(read_environment(copied))
    assert "python -m venv --clear copy" in (raised.value.hint or "")


@pytest.mark.parametrize("line", ["VIRTUAL_ENV=$(dirname $0)", "VIRTUAL_ENV='{}'"])
def test_an_environment_that_finds_itself_or_is_found_by_a_link_is_in_place(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    created = make_environment(tmp_path / "env")
    (created / "bin" / "activate").write_text(line.format(tmp_path / "link" / "env"))
    require_in_place(read_environment(created))
