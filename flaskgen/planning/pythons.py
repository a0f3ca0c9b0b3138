"""Which Python a release of Flask works on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flaskgen.errors import IncompatibleVersions, InterpreterNotFound, InvalidVersion
from flaskgen.planning.interpreter import Interpreter
from flaskgen.planning.releases import FlaskRelease

_PYTHON = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}", re.ASCII)


def check_python(release: FlaskRelease, python: str, *, installed: Sequence[Interpreter] = ()) -> None:
    """Raise IncompatibleVersions when ``release`` is known not to work on ``python``, such as ``3.8``.

    The hint names the newest of ``installed`` that works, or else the range. An untested newer Python passes
    where the data says that such are tried: see ``untested_note``.
    """
    pythons = release.line.pythons
    if _parts(python)[:2] < _parts(pythons.minimum.version)[: len(_parts(python))]:
        reason = pythons.minimum.reason
    elif _is_newer(release, python) and not pythons.newer_tried:
        reason = pythons.maximum.reason
    else:
        return
    works = _by_preference(release, installed)
    hint = f"use Python {pythons.minimum.version} to {pythons.maximum.version}"
    raise IncompatibleVersions(
        f"Flask {release.version} does not work on Python {python} ({reason})",
        hint=f"--python {works[0].minor} is installed and works" if works else hint,
    )


def untested_note(release: FlaskRelease, python: str) -> str | None:
    """Say that ``release`` was not tested on so new a Python, or give None where it was."""
    if not _is_newer(release, python):
        return None
    maximum = release.line.pythons.maximum
    return f"Flask {release.version} was not tested on Python {python}: {maximum.version} is {maximum.reason}"


def choose_interpreter(
    release: FlaskRelease, interpreters: Sequence[Interpreter], *, asked: str | None = None
) -> Interpreter:
    """Give the newest interpreter that ``release`` was tested on, or the oldest newer one where none is.

    With ``asked`` (``3``, ``3.12`` or ``3.12.1``) only those of that version count. Raises InvalidVersion,
    IncompatibleVersions, or InterpreterNotFound, which names what was found.
    """
    if asked is not None:
        _check_asked(release, asked, interpreters)
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


def _check_asked(release: FlaskRelease, asked: str, interpreters: Sequence[Interpreter]) -> None:
    if not _PYTHON.fullmatch(asked):
        shown = asked if asked.isprintable() else ascii(asked)[1:-1]
        raise InvalidVersion(
            f"`{shown}` is not a version of Python", hint="give one such as 3.13, or an interpreter's path"
        )
    check_python(release, asked, installed=interpreters)


def _by_preference(release: FlaskRelease, interpreters: Sequence[Interpreter]) -> list[Interpreter]:
    """Give those that may work: CPython first, then tested ones newest first, then untested oldest first."""
    pythons = release.line.pythons
    minimum = _parts(pythons.minimum.version)
    able = [
        found
        for found in interpreters
        if _parts(found.version)[:2] >= minimum
        and (pythons.newer_tried or not _is_newer(release, found.version))
    ]

    def rank(found: Interpreter) -> tuple[bool, bool, tuple[int, ...]]:
        newer = _is_newer(release, found.version)
        version = _parts(found.version)
        return (
            found.implementation != "CPython",
            newer,
            version if newer else tuple(-part for part in version),
        )

    return sorted(able, key=rank)


def _is_newer(release: FlaskRelease, python: str) -> bool:
    return _parts(python)[:2] > _parts(release.line.pythons.maximum.version)


def _matches(found: Interpreter, asked: str) -> bool:
    wanted = _parts(asked)
    return _parts(found.version)[: len(wanted)] == wanted


def _parts(version: str) -> tuple[int, ...]:
    """Give the numbers that a version begins with: ``(3, 15, 0)`` of ``3.15.0a1``."""
    numbers = re.match(r"\d+(?:\.\d+)*", version, re.ASCII)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
