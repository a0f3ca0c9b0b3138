"""Find the Python interpreters of this machine: by their names first, and by running as few as possible."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from flaskgen.effects.python.environments import read_settings
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.environment import errors_of_uv, uv_environment, uv_program
from flaskgen.effects.system.session import Session
from flaskgen.errors import CommandFailed, InterpreterNotFound
from flaskgen.planning.flask.interpreter import FoundPython, Interpreter, version_numbers
from flaskgen.planning.flask.pythons import check_python, choose_interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.sources import PackageSources, redact
from flaskgen.reporting import how_it_ended

_TIME_LIMIT = 15  # seconds for an interpreter to describe itself
_DESCRIBE = (
    "import sys; print(sys.version.split()[0].rstrip('+'), sys.implementation.name,"
    " int('free-threading' in sys.version))"
)
_DESCRIPTION = re.compile(r"(3\.\d+\.\d+(?:(?:a|b|rc)\d+)?) (\w+) ([01])", re.ASCII)
_EXECUTABLE = re.compile(
    r"(?P<implementation>python|pypy|graalpy)(?P<version>\d+(\.\d+)*)?(?P<free_threaded>t)?(?P<debug>d|-dbg|-debug)?",
    re.ASCII,
)
_VERSION_IN_NAME = re.compile(r"(?<![\d.])3\.\d+\.\d+", re.ASCII)
_IMPLEMENTATIONS = {"cpython": "CPython", "python": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}


def find_interpreter(
    release: FlaskRelease,
    *,
    asked: str | None = None,
    session: Session,
    downloads: PackageSources | None = None,
) -> Interpreter:
    """Return the interpreter that is asked for by version or path, or what ``choose_interpreter`` chooses.

    The most promising by its name is run first, and the others only if it does not work. With ``downloads``
    uv downloads the Python that is asked for, or the newest tested one, if there is none: through the
    proxies of these. Raises as ``choose_interpreter`` and ``inspect_interpreter`` do.
    """
    if asked and not (version := asked_version(asked)):
        interpreter = inspect_interpreter(Path(asked), session=session)
        require_python(release, interpreter.version, session=session)
        return interpreter
    asked = asked and version
    probe = cache(lambda candidate: _probe(candidate.path, session))
    try:
        candidates = _list_candidates(session)
        return choose_interpreter(release, candidates, probe, asked=asked, all_series=load_series())
    except InterpreterNotFound:
        if downloads is None:
            raise
    download_python(asked or release.series.pythons.maximum.version, downloads, session)
    return find_interpreter(release, asked=asked, session=session)


def asked_version(asked: str) -> str | None:
    """Return the version that an interpreter is asked for by, as in ``python3.12``; None if by its path."""
    version = asked.removeprefix("python")
    return version if version.replace(".", "").isdigit() else None


def find_interpreters(session: Session) -> tuple[Interpreter, ...]:
    """Run everything that looks like an interpreter, and return each Python 3 once."""
    with session.background() as background:
        probes = [
            background.start(partial(_probe, candidate.path, session))
            for candidate in _list_candidates(session)
        ]
    return tuple(found for probe in probes if (found := probe.result()))


def find_of_minor(minor: str, *, session: Session) -> Interpreter | None:
    """Return an interpreter of a minor version, such as ``3.12``, or None if there is none."""
    wanted = version_numbers(minor)
    for candidate in sorted(_list_candidates(session), key=lambda one: not one.usual):
        if candidate.version[:2] == wanted[: len(candidate.version)]:
            found = _probe(candidate.path, session)
            if found and found.minor == minor:
                return found
    return None


def require_python(release: FlaskRelease, version: str, *, session: Session) -> None:
    """Raise IncompatibleVersions, with what would work here, if a release does not work on a Python."""
    check_python(release, version, installed=partial(find_interpreters, session), all_series=load_series())


_OF_DOWNLOADS = ("UV_PYTHON_INSTALL_DIR", "UV_PYTHON_INSTALL_MIRROR")


def download_python(version: str, sources: PackageSources, session: Session) -> None:
    """Let uv download a Python, such as ``3.12``, through the proxies of ``sources``.

    Raises InterpreterNotFound, with uv's reason.
    """
    session.reporter.note(f"uv downloads Python {version}")  # no step: it is part of one
    completed = session.run(
        [uv_program(), "python", "install", "--no-config", version, "--color", "never"],
        environment={
            **uv_environment(sources),
            "UV_PYTHON_DOWNLOADS": "manual",
            **{name: os.environ[name] for name in _OF_DOWNLOADS if name in os.environ},
        },
        check=False,
    )
    if completed.returncode != 0:
        # The last cause is the one that the others follow from.
        reasons = errors_of_uv(completed.stderr) or [f"uv {how_it_ended(completed.returncode)}"]
        raise InterpreterNotFound(
            f"uv could not download Python {version}: {redact(reasons[-1])}",
            hint=f"install Python {version} yourself, or choose another",
        )


def with_python(
    version: str, found: tuple[Interpreter, ...], *, downloads: PackageSources | None, session: Session
) -> tuple[Interpreter, ...]:
    """Return interpreters with a usual one of a version, such as ``3.12``, that uv downloads if it may.

    Raises as ``download_python`` does.
    """
    if downloads is None or any(one.usual and version in (one.minor, one.version) for one in found):
        return found
    download_python(version, downloads, session)
    return find_interpreters(session)


@cache
def running_interpreter() -> Interpreter:
    """Return the interpreter that runs this, or the one that its virtual environment was made from."""
    version = sys.version.split()[0].rstrip("+")
    implementation = _IMPLEMENTATIONS.get(sys.implementation.name, sys.implementation.name)
    path = Path(getattr(sys, "_base_executable", sys.executable))
    return Interpreter(path, version, implementation, "free-threading" in sys.version)


def inspect_interpreter(path: Path, *, session: Session) -> Interpreter:
    """Return the interpreter at ``path``, or raise InterpreterNotFound if there is none that runs.

    For that of a virtual environment it is the one that the environment was made from.
    """
    hint = "pass the path of a Python executable, or a version such as 3.13"
    absolute = Path(os.path.expanduser(path)).absolute()
    if not os.path.exists(absolute):  # which takes what cannot be a path, too
        raise InterpreterNotFound(f"there is no Python at `{path}`", hint=hint)
    found = _probe(_below_environment(absolute), session)
    if found is None:
        raise InterpreterNotFound(f"`{path}` is not a working Python", hint=hint)
    return found


def _probe(path: Path, session: Session) -> Interpreter | None:
    """Ask an interpreter what it is; None for what does not run, does not end, or is no Python 3."""
    running = running_interpreter()
    if os.path.realpath(path) == os.path.realpath(running.path):
        return running._replace(path=path)
    try:
        asked = session.run([path, "-I", "-S", "-c", _DESCRIBE], time_limit=_TIME_LIMIT)
    except CommandFailed:
        return None
    described = _DESCRIPTION.fullmatch(asked.stdout.strip())
    if described is None:
        return None
    version, implementation, free_threaded = described.groups()
    return Interpreter(
        path, version, _IMPLEMENTATIONS.get(implementation, implementation), free_threaded == "1"
    )


def _list_candidates(session: Session) -> list[FoundPython]:
    """List what looks like an interpreter, each file once: the running one, then PATH, then version managers.

    On Windows, where the registry and the Store have them too, uv is asked.
    """
    running = running_interpreter()
    version = version_numbers(running.version)
    own = FoundPython(running.path, version, running.implementation, running.free_threaded)
    found = {os.path.realpath(own.path): own}
    candidates = _known_to_uv(session) if sys.platform == "win32" else _named_like_interpreters()
    for candidate in candidates:
        found.setdefault(os.path.realpath(candidate.path), candidate)
    return list(found.values())


def _named_like_interpreters() -> Iterator[FoundPython]:
    for directory in _directories():
        matches = [match for name in _names_in(directory) if (match := _EXECUTABLE.fullmatch(name))]
        # The usual builds come first, and of the names of one file the one that says most.
        for match in sorted(matches, key=lambda one: (one["debug"] or "", -len(one[0]), one[0])):
            path = Path(directory, match[0])
            if os.path.isfile(path) and os.access(path, os.X_OK):
                candidate = _described_by_name(_below_environment(path))
                if candidate.version[:1] != (2,):
                    yield candidate


def _directories() -> Iterator[str]:
    """Yield the directories of PATH, and then of each interpreter that a version manager keeps.

    Passed over are shims, which run only the version that is switched on, and relative directories, with
    which it would depend on the working directory what is run.
    """
    managers = list(_version_managers())
    shims = {os.path.join(root, "shims") for root, _ in managers}
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if os.path.isabs(directory) and os.path.normpath(directory) not in shims:
            yield directory
    for root, versions in managers:
        for name in sorted(_names_in(os.path.join(root, versions))):
            yield os.path.join(root, versions, name, "bin")


def _version_managers() -> Iterator[tuple[str, str]]:
    """Yield where each is, and the directory below it that has a directory for every interpreter."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    for variable, default, versions in (
        ("PYENV_ROOT", "~/.pyenv", "versions"),
        ("ASDF_DATA_DIR", "~/.asdf", "installs/python"),
        ("MISE_DATA_DIR", f"{data}/mise", "installs/python"),
        ("UV_PYTHON_INSTALL_DIR", f"{data}/uv/python", ""),
    ):
        root = os.path.expanduser(os.environ.get(variable) or default)
        if os.path.isabs(root):  # not for a user without a home
            yield os.path.normpath(root), versions


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _described_by_name(path: Path) -> FoundPython:
    real = Path(os.path.realpath(path))
    match = _EXECUTABLE.fullmatch(real.name)
    if match is None:
        return FoundPython(path)
    version = version_numbers(match["version"] or "")
    if len(version) == 2:
        # pyenv's `versions/3.12.1/bin/python3.12`, uv's `cpython-3.12.1-linux-...`, Homebrew's `3.12.1_1`
        found = (version_numbers(text) for part in real.parts for text in _VERSION_IN_NAME.findall(part))
        version = next((whole for whole in found if whole[:2] == version), version)
    return FoundPython(path, version, _IMPLEMENTATIONS[match["implementation"]], bool(match["free_threaded"]))


def _below_environment(path: Path) -> Path:
    """Return the interpreter that a virtual environment's was made from; any other as it is."""
    try:
        settings = read_settings(path.parent.parent)
        home = settings["home"]
    except (OSError, KeyError):
        return path
    # venv names it since Python 3.11: `python` and `python3` of its directory can be of another version.
    named = settings.get("executable", "")
    names = (named, os.path.basename(os.path.realpath(path)), path.name, "python3", "python")
    return next((base for name in names if (base := Path(home, name)).is_file()), path)


def _known_to_uv(session: Session) -> Iterator[FoundPython]:
    import json

    options = ["--only-installed", "--offline", "--no-config", "--output-format", "json"]
    with suppress(CommandFailed, ValueError, KeyError):
        for row in json.loads(session.run([uv_program(), "python", "list", *options]).stdout):
            implementation = _IMPLEMENTATIONS.get(row["implementation"], row["implementation"])
            free_threaded = row["variant"].startswith("freethreaded")
            if row["path"]:
                yield FoundPython(
                    Path(row["path"]), version_numbers(row["version"]), implementation, free_threaded
                )
