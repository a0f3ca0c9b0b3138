"""Which Python a release of Flask works on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flaskgen.errors import IncompatibleVersions, InterpreterNotFound, InvalidVersion
from flaskgen.planning.flask.compatibility import FlaskLine, PythonBound
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease

_PYTHON = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}", re.ASCII)


def check_python(
    release: FlaskRelease,
    python: str,
    *,
    installed: Sequence[Interpreter] = (),
    lines: Sequence[FlaskLine] = (),
) -> None:
    """Raise IncompatibleVersions when ``release`` is known not to work on ``python``, such as ``3.8``.

    The hint names the newest of ``installed`` that works, and the nearest of ``lines`` that works on
    ``python``. An untested newer Python passes where the data says that such are tried: see
    ``untested_note``.
    """
    bound = _broken_bound(release.line, python)
    if bound is None:
        return
    message = f"Flask {release.version} does not work on Python {python} ({bound.reason})"
    if bound.of_project:
        message = f"a project with Flask {release.version} does not work on Python {python} ({bound.reason})"
    raise IncompatibleVersions(message, hint=_pairs_hint(release, python, installed, lines))


def _broken_bound(line: FlaskLine, python: str) -> PythonBound | None:
    parts, pythons = _parts(python), line.pythons
    if parts[:2] < _parts(pythons.minimum.version)[: len(parts)]:
        return pythons.minimum
    if not pythons.newer_tried and _is_newer(line, python):
        return pythons.maximum
    return None


def _pairs_hint(
    release: FlaskRelease, python: str, installed: Sequence[Interpreter], lines: Sequence[FlaskLine]
) -> str:
    pythons = release.line.pythons
    works = _by_preference(release, installed)
    hint = f"use Python {pythons.minimum.version} to {pythons.maximum.version}"
    if works:
        hint = f"--python {works[0].minor} is installed and works"
    other = _nearest_line(release, python, lines)
    return f"{hint}; or --flask {other.name}" if other else hint


def _nearest_line(release: FlaskRelease, python: str, lines: Sequence[FlaskLine]) -> FlaskLine | None:
    """Give a line that works on ``python``: the release's own, or the newest of its major, or the next."""
    able = [line for line in lines if _broken_bound(line, python) is None]
    own, majors = _parts(release.line.name), _parts(release.line.name)[:1]
    for chosen in (
        [line for line in able if line.name == release.line.name],
        [line for line in able if _parts(line.name)[:1] == majors],
    ):
        if chosen:
            return max(chosen, key=lambda line: _parts(line.name))
    newer = [line for line in able if _parts(line.name) > own]
    if newer:
        return min(newer, key=lambda line: _parts(line.name))
    return max(able, key=lambda line: _parts(line.name), default=None)


def untested_note(release: FlaskRelease, python: str) -> str | None:
    """Say that ``release`` was not tested on so new a Python, or give None where it was."""
    if not _is_newer(release.line, python):
        return None
    maximum = release.line.pythons.maximum
    return f"Flask {release.version} was not tested on Python {python}: {maximum.version} is {maximum.reason}"


def choose_interpreter(
    release: FlaskRelease,
    interpreters: Sequence[Interpreter],
    *,
    asked: str | None = None,
    lines: Sequence[FlaskLine] = (),
) -> Interpreter:
    """Give the newest interpreter that ``release`` was tested on, or the oldest newer one where none is.

    With ``asked`` (``3``, ``3.12`` or ``3.12.1``) only those of that version count. Raises InvalidVersion,
    IncompatibleVersions, which proposes one of ``lines``, or InterpreterNotFound, which names what was found.
    """
    if asked is not None:
        check_python_form(asked)
        check_python(release, asked, installed=interpreters, lines=lines)
    candidates = [found for found in interpreters if asked is None or _matches(found, asked)]
    preferred = _by_preference(release, candidates)
    if preferred:
        return preferred[0]
    found = ", ".join(sorted({found.version for found in interpreters}, key=_parts)) or "none"
    if asked is not None:
        raise InterpreterNotFound(
            f"Python {asked} was not found (found: {found})", hint="install it, or give --python its path"
        )
    pythons = release.line.pythons
    raise InterpreterNotFound(
        f"no Python that Flask {release.version} works on was found (found: {found})",
        hint=f"install Python {pythons.minimum.version} to {pythons.maximum.version},"
        " or give --python the path of one",
    )


def check_python_form(asked: str) -> None:
    """Raise InvalidVersion for what is not ``3``, ``3.12`` or ``3.12.1``."""
    if not _PYTHON.fullmatch(asked):
        shown = asked if asked.isprintable() else ascii(asked)[1:-1]
        raise InvalidVersion(
            f"`{shown}` is not a version of Python", hint="give one such as 3.13, or an interpreter's path"
        )


def _by_preference(release: FlaskRelease, interpreters: Sequence[Interpreter]) -> list[Interpreter]:
    """Give those that may work: CPython first, then tested ones newest first, then untested oldest first."""
    pythons = release.line.pythons
    minimum = _parts(pythons.minimum.version)
    able = [
        found
        for found in interpreters
        if _parts(found.version)[:2] >= minimum
        and (pythons.newer_tried or not _is_newer(release.line, found.version))
    ]

    def rank(found: Interpreter) -> tuple[bool, bool, tuple[int, ...]]:
        newer = _is_newer(release.line, found.version)
        version = _parts(found.version)
        return (
            found.implementation != "CPython",
            newer,
            version if newer else tuple(-part for part in version),
        )

    return sorted(able, key=rank)


def _is_newer(line: FlaskLine, python: str) -> bool:
    return _parts(python)[:2] > _parts(line.pythons.maximum.version)


def _matches(found: Interpreter, asked: str) -> bool:
    wanted = _parts(asked)
    return _parts(found.version)[: len(wanted)] == wanted


def _parts(version: str) -> tuple[int, ...]:
    """Give the numbers that a version begins with: ``(3, 15, 0)`` of ``3.15.0a1``."""
    numbers = re.match(r"\d+(?:\.\d+)*", version, re.ASCII)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
