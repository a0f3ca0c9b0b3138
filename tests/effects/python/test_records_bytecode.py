"""The bytecode cache, against real environments: what is restored is used, and never harms."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from flaskgen.effects.python.environments import Environment, create_environment
from flaskgen.effects.python.records import is_compiled, keep_bytecode, restore_bytecode
from flaskgen.effects.python.verification import import_tools
from flaskgen.effects.system.session import Session
from tests.effects.greeter import (
    GREETING,
    compiled_file,
    greeter_environment,
    greeting,
    install_files,
    own_interpreter,
    run_python,
    site,
    takes_compiled_file,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def warm(tmp_path: Path) -> Environment:
    """An environment with a package that was imported once, and whose bytecode is kept."""
    environment = greeter_environment(tmp_path / "warm")
    assert greeting(environment) == "hello"
    keep_bytecode(environment, since=0)
    return environment


def test_a_restored_file_is_used_and_not_compiled_again(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    restore_bytecode(second)
    before = compiled_file(second).stat()
    assert greeting(second) == "hello"
    after = compiled_file(second).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert takes_compiled_file(second)


def test_only_the_packages_that_are_named_are_restored(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    restore_bytecode(second, {"another"})
    assert not compiled_file(second).exists()
    restore_bytecode(second, {"greeter"})
    assert compiled_file(second).exists()


def test_the_same_package_is_found_again_whatever_the_path_of_its_scripts(
    warm: Environment, tmp_path: Path
) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    record = site(second) / "greeter-1.0.dist-info" / "RECORD"
    text = record.read_text()
    record.unlink()
    record.write_text(text.replace("bin/greet,sha256=", "bin/greet,sha256=of-another-path"))
    restore_bytecode(second)
    assert compiled_file(second).exists()


def test_another_package_of_the_same_version_gets_nothing(warm: Environment, tmp_path: Path) -> None:
    second = create_environment(tmp_path / "second", own_interpreter(), prompt="test", session=Session())
    install_files(second, {"greeter/__init__.py": "", "greeter/words.py": GREETING + "\n"})
    restore_bytecode(second)
    assert not compiled_file(second).exists()


def test_python_rejects_a_stale_file(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    source = site(second) / "greeter" / "words.py"
    source.unlink()
    source.write_text(GREETING.replace("hello", "howdy"))  # the same size
    os.utime(source, (1_000_000_000, 1_000_000_000))
    restore_bytecode(second)
    assert compiled_file(second).exists()
    assert greeting(second) == "howdy"


def test_an_edit_in_site_packages_takes_effect(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    restore_bytecode(second)
    source = site(second) / "greeter" / "words.py"
    with source.open("r+") as file:  # in place, as many editors write
        file.write(GREETING.replace("'hello'", "'hello, world'"))
    assert greeting(second) == "hello, world"


def test_environments_that_share_a_file_do_not_change_each_other(warm: Environment, tmp_path: Path) -> None:
    second, third = (greeter_environment(tmp_path / name, like=warm) for name in ("second", "third"))
    for environment in (second, third):
        restore_bytecode(environment)
    assert compiled_file(second).samefile(compiled_file(third))
    kept = compiled_file(third).read_bytes()
    source = site(second) / "greeter" / "words.py"
    source.unlink()
    source.write_text(GREETING.replace("hello", "good morning"))
    assert greeting(second) == "good morning"
    assert compiled_file(third).read_bytes() == kept
    assert compiled_file(warm).read_bytes() == kept
    assert greeting(third) == "hello"


def test_keep_takes_only_what_was_compiled_since(tmp_path: Path) -> None:
    environment = greeter_environment(tmp_path / "warm")
    assert greeting(environment) == "hello"
    keep_bytecode(environment, since=time.time() + 60)
    assert not list(tmp_path.glob("cache/**/*.pyc"))


def test_keeping_twice_leaves_no_other_files(warm: Environment, tmp_path: Path) -> None:
    keep_bytecode(warm, since=0)
    names = sorted(path.name for path in (tmp_path / "cache" / "flaskgen").rglob("*") if path.is_file())
    assert names == sorted([compiled_file(warm, "__init__").name, compiled_file(warm).name])


def test_a_module_outside_packages_is_kept_too(tmp_path: Path) -> None:
    first, second = (
        create_environment(tmp_path / name, own_interpreter(), prompt="test", session=Session())
        for name in ("first", "second")
    )
    for environment in (first, second):
        install_files(environment, {"solo.py": "WORD = 'alone'\n"})
    assert run_python(first, "import solo").returncode == 0
    keep_bytecode(first, since=0)
    restore_bytecode(second)
    assert (site(second) / "__pycache__" / f"solo.{sys.implementation.cache_tag}.pyc").is_file()


def test_a_compiled_file_without_its_source_is_no_module(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    (site(second) / "greeter" / "words.py").unlink()
    restore_bytecode(second)
    assert "ModuleNotFoundError" in run_python(second, "import greeter.words").stderr


def test_a_package_that_was_removed_is_not_made_again(warm: Environment, tmp_path: Path) -> None:
    second = greeter_environment(tmp_path / "second", like=warm)
    shutil.rmtree(site(second) / "greeter")
    restore_bytecode(second)
    assert not (site(second) / "greeter").exists()


def test_what_a_killed_run_left_in_the_cache_is_not_restored(warm: Environment, tmp_path: Path) -> None:
    [kept] = (tmp_path / "cache").rglob(compiled_file(warm).name)
    kept.with_name(f"{kept.name}.1234").write_bytes(b"half")
    second = greeter_environment(tmp_path / "second", like=warm)
    restore_bytecode(second)
    assert len(list(compiled_file(second).parent.iterdir())) == 2


def test_a_package_is_compiled_once_it_was_imported(tmp_path: Path) -> None:
    environment = greeter_environment(tmp_path / "warm")
    assert not is_compiled(environment, "greeter")
    assert is_compiled(environment, "not_installed")
    greeting(environment)
    assert is_compiled(environment, "greeter")


def test_tools_are_imported_as_far_as_they_are_there(tmp_path: Path) -> None:
    environment = create_environment(tmp_path / "env", own_interpreter(), prompt="test", session=Session())
    install_files(environment, {"werkzeug/__init__.py": "", "werkzeug/_reloader.py": ""})
    install_files(environment, {"pytest/__init__.py": "def main(arguments):\n    import _pytest.config\n"})
    install_files(environment, {"_pytest/__init__.py": "", "_pytest/config.py": ""})
    import_tools(environment.python, session=Session())
    compiled = {path.name.partition(".")[0] for path in site(environment).rglob("*.pyc")}
    assert {"_reloader", "config"} <= compiled
