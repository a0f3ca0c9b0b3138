from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.cli.reporters import LiveReporter
from flaskgen.effects.python import interpreters
from flaskgen.effects.python.interpreters import (
    find_interpreter,
    find_interpreters,
    find_of_minor,
    inspect_interpreter,
    with_python,
)
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.session import Session
from flaskgen.errors import InterpreterNotFound
from flaskgen.planning.flask.interpreter import FoundPython, Interpreter
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.packages.sources import PackageSources

LATEST = choose_release("latest", load_series())
BASE = sys._base_executable  # type: ignore[attr-defined]


class Machine:
    """A machine with the running interpreter, and with those that tests put there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ran = root / "ran"

    def interpreter(self, path: str, told: str) -> Path:
        """Put a program there that answers as an interpreter, or not, and notes that it was run."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\necho {path} >> {self.ran}\n{told}\n")
        place.chmod(0o755)
        return place

    def were_run(self) -> list[str]:
        return self.ran.read_text().split() if self.ran.exists() else []

    def found(self) -> dict[str, str]:
        """Name what is found besides the running interpreter, with the version that it says."""
        return {
            str(found.path.relative_to(self.root)): found.version
            for found in find_interpreters(Session())
            if found.path.is_relative_to(self.root)
        }


def says(version: str, implementation: str = "cpython", free_threaded: int = 0) -> str:
    return f"echo '{version} {implementation} {free_threaded}'"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    root = tmp_path / "machine"
    (root / "bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{root / 'bin'}{os.pathsep}relative")
    monkeypatch.setenv("HOME", str(root))
    for name in ("PYENV_ROOT", "ASDF_DATA_DIR", "MISE_DATA_DIR", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return Machine(root)


def test_the_running_interpreter_is_described_by_the_one_below_its_environment() -> None:
    found = inspect_interpreter(Path(sys.executable), session=Session())
    assert found.version == platform.python_version()
    assert found.implementation == platform.python_implementation()
    assert os.path.samefile(found.path, BASE)


def test_a_relative_path_is_of_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-python").symlink_to(BASE)
    monkeypatch.chdir(tmp_path)
    assert inspect_interpreter(Path("my-python"), session=Session()).version == platform.python_version()


@pytest.mark.parametrize("name", ["missing", "file", "directory", "script", "dangling", "python2"])
def test_what_is_no_interpreter_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    (tmp_path / "script").write_text("#!/bin/sh\necho '3.13.0 cpython 0'\nexit 1\n")
    (tmp_path / "python2").write_text("#!/bin/sh\necho '2.7.18 cpython 0'\n")
    for script in ("script", "python2"):
        (tmp_path / script).chmod(0o755)
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(InterpreterNotFound) as raised:
        inspect_interpreter(tmp_path / name, session=Session())
    assert str(tmp_path / name) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


def test_an_interpreter_that_does_not_answer_is_ended_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "_TIME_LIMIT", 0.3)
    (tmp_path / "python3").write_text("#!/bin/sh\nsleep 60\n")
    (tmp_path / "python3").chmod(0o755)
    started = time.monotonic()
    with pytest.raises(InterpreterNotFound):
        inspect_interpreter(tmp_path / "python3", session=Session())
    assert time.monotonic() - started < 30


def test_each_interpreter_of_this_machine_is_found_once_by_an_absolute_path() -> None:
    found = find_interpreters(Session())
    assert os.path.realpath(BASE) in {os.path.realpath(interpreter.path) for interpreter in found}
    assert all(interpreter.path.is_absolute() for interpreter in found)
    assert len({os.path.realpath(interpreter.path) for interpreter in found}) == len(found)


@pytest.mark.parametrize("name", ["PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX"])
def test_misleading_settings_hide_no_interpreter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(find_interpreters(Session()))
    monkeypatch.setenv(name, "/nowhere")
    assert set(find_interpreters(Session())) == before


def test_the_newest_by_its_name_is_the_only_one_that_is_run(machine: Machine) -> None:
    newest = LATEST.series.pythons.maximum.version
    for minor in ("3.9", "3.10", newest):
        machine.interpreter(f".pyenv/versions/{minor}.99/bin/python{minor}", says(f"{minor}.99"))
    found = find_interpreter(LATEST, session=Session())
    assert found.version == f"{newest}.99"
    assert machine.were_run() == [f".pyenv/versions/{newest}.99/bin/python{newest}"]


def test_only_the_version_that_is_asked_for_is_run(machine: Machine) -> None:
    for minor in ("3.9", "3.10", "3.12"):
        machine.interpreter(f".pyenv/versions/{minor}.99/bin/python{minor}", says(f"{minor}.99"))
    found = find_interpreter(LATEST, asked="3.10", session=Session())
    assert found.version == "3.10.99"
    assert machine.were_run() == [".pyenv/versions/3.10.99/bin/python3.10"]


@pytest.mark.parametrize("told", ["exit 127", "echo hello", "kill -SEGV $$"])
def test_one_that_does_not_work_is_passed_over(machine: Machine, told: str) -> None:
    newest = LATEST.series.pythons.maximum.version
    machine.interpreter(f".pyenv/versions/{newest}.99/bin/python{newest}", told)
    assert find_interpreter(LATEST, session=Session()).version == platform.python_version()
    assert len(machine.were_run()) == 1


def test_if_none_fits_all_that_were_found_are_named(machine: Machine) -> None:
    machine.interpreter("bin/python3.9", says("3.9.99"))
    with pytest.raises(InterpreterNotFound) as raised:
        find_interpreter(LATEST, asked="3.98", session=Session())
    assert raised.value.message == (f"Python 3.98 was not found (found: 3.9.99, {platform.python_version()})")


def test_the_names_of_one_file_are_one_interpreter(machine: Machine) -> None:
    machine.interpreter("bin/python3.9", says("3.9.1"))
    for name in ("python3", "python"):
        (machine.root / "bin" / name).symlink_to("python3.9")
    assert machine.found() == {"bin/python3.9": "3.9.1"}
    assert machine.were_run() == ["bin/python3.9"]


@pytest.mark.parametrize(
    "name", ["python3-config", "python3.9-gdb.py", "pythonw", "ipython3", "python2", "python2.7", "pypy2.7"]
)
def test_what_is_named_otherwise_is_not_run(machine: Machine, name: str) -> None:
    machine.interpreter(f"bin/{name}", says("3.9.1"))
    assert machine.found() == {}
    assert machine.were_run() == []


def test_what_cannot_be_run_is_passed_over(machine: Machine) -> None:
    machine.interpreter("bin/python3.9", says("3.9.1")).chmod(0o644)
    (machine.root / "bin/python3.10").mkdir()
    (machine.root / "bin/python3.11").symlink_to("nowhere")
    assert machine.found() == {}


def test_nothing_of_the_working_directory_is_run(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.interpreter("relative/python3.9", says("3.9.1"))
    monkeypatch.chdir(machine.root)
    assert machine.found() == {}
    assert machine.were_run() == []


@pytest.mark.parametrize(
    ("shim", "kept"),
    [
        (".pyenv/shims", ".pyenv/versions/3.9.1/bin/python3.9"),
        (".asdf/shims", ".asdf/installs/python/3.9.1/bin/python3.9"),
        (".local/share/mise/shims", ".local/share/mise/installs/python/3.9.1/bin/python3.9"),
    ],
)
def test_the_interpreters_of_version_managers_are_found_and_their_shims_not_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, shim: str, kept: str
) -> None:
    machine.interpreter(f"{shim}/python3.9", says("3.9.1"))
    machine.interpreter(kept, says("3.9.1"))
    monkeypatch.setenv("PATH", str(machine.root / shim))
    assert machine.found() == {kept: "3.9.1"}
    assert machine.were_run() == [kept]


def test_a_variable_says_where_a_version_manager_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", f"{machine.root}/else/where/")
    machine.interpreter("else/where/versions/3.9.1/bin/python3.9", says("3.9.1"))
    machine.interpreter("else/where/shims/python3.9", says("3.9.1"))
    monkeypatch.setenv("PATH", f"{machine.root}/else/where/shims")
    assert machine.found() == {"else/where/versions/3.9.1/bin/python3.9": "3.9.1"}


def test_the_interpreters_of_uv_are_found(machine: Machine) -> None:
    uv = ".local/share/uv/python"
    machine.interpreter(f"{uv}/cpython-3.9.1-linux-x86_64-gnu/bin/python3.9", says("3.9.1"))
    (machine.root / uv / "cpython-3.9-linux-x86_64-gnu").symlink_to("cpython-3.9.1-linux-x86_64-gnu")
    machine.interpreter(f"{uv}/pypy-3.10.14-linux-x86_64-gnu/bin/pypy3.10", says("3.10.14", "pypy"))
    assert sorted(machine.found().values()) == ["3.10.14", "3.9.1"]
    assert len(machine.were_run()) == 2


def test_pypy_and_free_threaded_builds_are_told_from_the_usual_one(machine: Machine) -> None:
    machine.interpreter("bin/pypy3.10", says("3.10.14", "pypy"))
    machine.interpreter("bin/python3.13t", says("3.13.5", free_threaded=1))
    found = {one.path.name: one for one in find_interpreters(Session())}
    assert found["pypy3.10"].implementation == "PyPy"
    assert not found["pypy3.10"].usual
    assert found["python3.13t"].free_threaded
    assert not found["python3.13t"].usual


def test_a_pre_release_is_found_and_taken_only_if_there_is_no_other(machine: Machine) -> None:
    minor = "3.14" if sys.version_info[:2] == (3, 15) else "3.15"
    machine.interpreter(f".pyenv/versions/{minor}-dev/bin/python{minor}", says(f"{minor}.0a3"))
    assert list(machine.found().values()) == [f"{minor}.0a3"]
    assert find_interpreter(LATEST, session=Session()).version == platform.python_version()
    assert find_interpreter(LATEST, asked=minor, session=Session()).version == f"{minor}.0a3"


def test_a_usual_build_is_taken_before_a_debug_build_of_the_same_version(machine: Machine) -> None:
    minor = LATEST.series.pythons.maximum.version
    for name in (f"python{minor}d", f"python{minor}"):
        machine.interpreter(f"bin/{name}", says(f"{minor}.99"))
    assert find_interpreter(LATEST, session=Session()).path.name == f"python{minor}"


@pytest.mark.parametrize("kind", ["venv", "venv --copies", "uv"])
def test_of_a_virtual_environment_the_interpreter_below_it_is_found(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    environment = machine.root / "environment"
    if kind == "uv":
        uv = Path(sys.executable).with_name("uv")
        command = [uv, "venv", "--no-config", "--offline", "--python", BASE, environment]
    else:
        command = [BASE, "-m", *kind.split(), "--without-pip", environment]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("PATH", str(environment / "bin"))
    assert machine.found() == {}  # there is the running interpreter only
    found = inspect_interpreter(environment / "bin" / "python", session=Session())
    assert os.path.samefile(found.path, BASE)


def test_a_copy_in_a_virtual_environment_is_of_the_executable_that_the_environment_names(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.interpreter("usr/bin/python3", says("3.9.1"))
    base = machine.interpreter("usr/bin/python3.12", says("3.12.1"))
    copy = machine.interpreter("environment/bin/python", says("3.12.1"))
    (machine.root / "environment" / "pyvenv.cfg").write_text(f"home = {base.parent}\nexecutable = {base}\n")
    assert inspect_interpreter(copy, session=Session()).path == base


def test_one_of_a_minor_version_is_found_without_running_the_others(machine: Machine) -> None:
    for version in ("3.8.1", "3.9.1", "3.10.1"):
        machine.interpreter(f".pyenv/versions/{version}/bin/python{version[:-2]}", says(version))
    found = find_of_minor("3.9", session=Session())
    assert found is not None
    assert found.version == "3.9.1"
    assert machine.were_run() == [".pyenv/versions/3.9.1/bin/python3.9"]
    assert find_of_minor("3.7", session=Session()) is None


def test_what_uv_knows_of_is_read_from_its_list(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is where interpreters are found on Windows."""
    monkeypatch.setenv("PATH", os.path.dirname(BASE))
    version = tuple(sys.version_info[:3])
    known = list(interpreters._known_to_uv(Session()))
    assert FoundPython(Path(BASE), version) in [
        FoundPython(Path(os.path.realpath(one.path)), one.version, one.implementation, one.free_threaded)
        for one in known
    ]


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def needy_python(tmp_path: Path) -> tuple[Path, Path]:
    """An interpreter that runs only if LD_LIBRARY_PATH names the directory that a library of it is in.

    The name of one of its libraries is exchanged in the program itself, for one that no directory holds.
    """
    if sys.platform != "linux":
        pytest.skip("exchanges the names of libraries as Linux has them")
    program = Path(os.path.realpath(BASE))
    content = program.read_bytes()
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    libraries = dict(line.split()[0:3:2] for line in listed.splitlines() if " => /" in line)
    own = [name for name in libraries if name.startswith(("libpython", "libm.")) and name.encode() in content]
    if not own:
        pytest.skip("the interpreter has no library that can be renamed")
    renamed = f"lxb{own[0][3:]}"
    (tmp_path / "libraries").mkdir()
    shutil.copy(libraries[own[0]], tmp_path / "libraries" / renamed)
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    python = prefix / "bin" / program.name
    python.write_bytes(content.replace(own[0].encode() + b"\0", renamed.encode() + b"\0"))
    python.chmod(0o755)
    (prefix / "lib").symlink_to(Path(sys.base_prefix, "lib"))
    return python, tmp_path / "libraries"


@pytest.mark.e2e
def test_a_python_that_needs_its_libraries_found_makes_a_verified_project(
    needy_python: tuple[Path, Path], flaskgen: Run, tmp_path: Path
) -> None:
    python, libraries = needy_python
    refused = flaskgen("new", "shop", "--python", str(python))
    assert refused.returncode == 1
    assert f"`{python}` is not a working Python" in refused.stderr
    made = flaskgen(
        *("new", "shop", "--python", str(python), "--no-git"),
        LD_LIBRARY_PATH=os.path.relpath(libraries, tmp_path),
    )
    assert made.returncode == 0, made.stderr
    linked = tmp_path / "shop" / ".venv" / "bin" / "python"
    assert linked.resolve() == python
    added = flaskgen("add", "mail", cwd=tmp_path / "shop", LD_LIBRARY_PATH=str(libraries))
    assert added.returncode == 0, added.stderr


@pytest.fixture
def uv_downloads(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose uv notes what it is asked for and by which way, and downloads Python 3.13 alone."""
    place = machine.root / ".local/share/uv/python/cpython-3.13.99-linux/bin"
    python = machine.interpreter("downloaded", says("3.13.99"))
    download = f"/bin/mkdir -p {place} && /bin/mv {python} {place}/python3.13"
    uv = machine.interpreter(
        "uv",
        f'echo "$4 $UV_PYTHON_DOWNLOADS $HTTPS_PROXY $SSL_CERT_FILE" >> {machine.root}/asked\n'
        f'[ "$1 $2 $3 $4" = "python install --no-config 3.13" ] && {download} && exit\n'
        "echo 'error: Failed to install' >&2; echo '  cause: http://ada:key@host is down' >&2; exit 1",
    )
    monkeypatch.setattr(interpreters, "uv_program", lambda: uv)
    monkeypatch.setattr(interpreters, "running_interpreter", lambda: Interpreter(Path("/none"), "3.6.0"))
    monkeypatch.setattr(interpreters, "_directories", lambda: [str(machine.root / "bin"), str(place)])
    return machine


def asked_of(machine: Machine) -> list[str]:
    asked = machine.root / "asked"
    return asked.read_text().splitlines() if asked.exists() else []


def test_a_missing_python_is_downloaded_if_asked(uv_downloads: Machine) -> None:
    sources = PackageSources(proxies={"HTTPS_PROXY": "http://proxy"}, certificate="/ca.pem")
    session = Session()
    found = find_interpreter(LATEST, asked="3.13", session=session, downloads=sources)
    assert found.version == "3.13.99"
    assert session.reporter.notes == ["uv downloads Python 3.13"]
    assert asked_of(uv_downloads) == ["3.13 manual http://proxy /ca.pem"]
    find_interpreter(LATEST, asked="3.13", session=Session(), downloads=sources)
    assert len(asked_of(uv_downloads)) == 1


def test_no_python_is_downloaded_unasked(uv_downloads: Machine) -> None:
    with pytest.raises(InterpreterNotFound) as caught:
        find_interpreter(LATEST, asked="3.13", session=Session())
    assert "install Python 3.13 (uv python install 3.13), or pass --python-downloads" in str(
        caught.value.hint
    )
    assert asked_of(uv_downloads) == []


def test_a_python_that_uv_cannot_download_is_named_with_the_reason(uv_downloads: Machine) -> None:
    with pytest.raises(InterpreterNotFound) as caught:
        find_interpreter(LATEST, asked="3.12", session=Session(), downloads=PackageSources())
    assert caught.value.message == "uv could not download Python 3.12: http://****@host is down"
    assert caught.value.hint == "install Python 3.12 yourself, or choose another"


def test_a_download_leaves_no_line_that_is_drawn_again(
    uv_downloads: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter = LiveReporter()
    with reporter.step("Find a Python"):
        find_interpreter(LATEST, asked="3.13", session=Session(reporter), downloads=PackageSources())
    capsys.readouterr()
    threading.Event().wait(0.3)
    assert capsys.readouterr().err == ""


def test_a_python_that_is_there_is_not_downloaded(uv_downloads: Machine) -> None:
    there = (Interpreter(Path("/none"), "3.13.1"),)
    for version in ("3.13", "3.13.1"):
        assert with_python(version, there, downloads=PackageSources(), session=Session()) == there
    assert asked_of(uv_downloads) == []
    unusual = (there[0]._replace(free_threaded=True), there[0]._replace(implementation="PyPy"))
    found = with_python("3.13", unusual, downloads=PackageSources(), session=Session())
    assert "3.13.99" in {one.version for one in found}
