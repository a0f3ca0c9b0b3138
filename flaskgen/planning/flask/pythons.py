"""Which Python a release of Flask works on, and which of those on this machine is taken."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from flaskgen.errors import Fix, IncompatibleVersions, InterpreterNotFound, InvalidVersion
from flaskgen.planning.flask.compatibility import FlaskSeries, PythonBound
from flaskgen.planning.flask.interpreter import FoundPython, Interpreter, begins_alike, version_numbers
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.reporting import printable

_PYTHON = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}", re.ASCII)
Installed = Callable[[], Sequence[Interpreter]]
"""Finds the interpreters of this machine, which takes a while: called only for what is said of a failure."""


def check_python(
    release: FlaskRelease,
    python: str,
    *,
    installed: Installed = tuple,
    all_series: Sequence[FlaskSeries] = (),
) -> None:
    """Raise IncompatibleVersions if ``release`` is known not to work on ``python``, such as ``3.8``.

    The hint names the best of ``installed``, and the nearest of ``all_series`` that works on ``python``. An
    untested newer Python passes if the data says that such are tried: see ``untested_note``.
    """
    bound = _broken_bound(release.series, version_numbers(python))
    if bound is None:
        return
    message = f"Flask {release.version} does not work on Python {python} ({bound.reason})"
    if bound.of_project:
        message = f"a project with Flask {release.version} does not work on Python {python} ({bound.reason})"
    hint, fix = _pairs(release, python, installed(), all_series)
    raise IncompatibleVersions(message, hint=hint, fix=fix)


def _broken_bound(series: FlaskSeries, version: tuple[int, ...]) -> PythonBound | None:
    """Return the bound that a version, or the beginning of one, is certainly beyond."""
    pythons = series.pythons
    if version[:2] < version_numbers(pythons.minimum.version)[: len(version)]:
        return pythons.minimum
    if not pythons.newer_tried and _is_newer(series, version):
        return pythons.maximum
    return None


def _pairs(
    release: FlaskRelease, python: str, installed: Sequence[Interpreter], all_series: Sequence[FlaskSeries]
) -> tuple[str, Fix | None]:
    """Return what goes with the one or the other, in a hint and as a fix."""
    pythons = release.series.pythons
    works = [
        (_rank(release.series, version_numbers(found.version), usual=found.usual), found.minor)
        for found in installed
        if not _broken_bound(release.series, version_numbers(found.version))
    ]
    hint, fix = f"use Python {pythons.minimum.version} to {pythons.maximum.version}", None
    if works:
        best = min(works)[1]
        hint, fix = f"--python {best} is installed and works", Fix(option=("--python", best))
    other = _nearest_series(release, python, all_series)
    if other is None:
        return hint, fix
    return f"{hint}; or --flask {other.name}", fix or Fix(option=("--flask", other.name))


def _nearest_series(
    release: FlaskRelease, python: str, all_series: Sequence[FlaskSeries]
) -> FlaskSeries | None:
    """Return a series that works on ``python``: the release's, or the newest of its major, or the next."""
    own = version_numbers(release.series.name)

    def nearness(series: FlaskSeries) -> tuple[bool, bool, bool, tuple[int, ...]]:
        numbers = version_numbers(series.name)
        same_major, newer = numbers[:1] == own[:1], numbers > own
        order = numbers if same_major or not newer else tuple(-number for number in numbers)
        return numbers == own, same_major, newer, order

    able = (series for series in all_series if not _broken_bound(series, version_numbers(python)))
    return max(able, key=nearness, default=None)


def untested_note(release: FlaskRelease, interpreter: Interpreter) -> str | None:
    """Return the warning that ``release`` was not tested on so new or so unusual a Python; None if it was."""
    version, maximum = interpreter.version, release.series.pythons.maximum
    if _is_newer(release.series, version_numbers(version)):
        why = f"{maximum.version} is {maximum.reason}"
    elif interpreter.pre_release:
        why = "it is a pre-release"
    elif interpreter.free_threaded:
        why = "it is a free-threaded build"
    elif interpreter.implementation != "CPython":
        why = f"it is {interpreter.implementation}"
    else:
        return None
    return f"Flask {release.version} was not tested on Python {version}: {why}"


def choose_interpreter(
    release: FlaskRelease,
    candidates: Sequence[FoundPython],
    probe: Callable[[FoundPython], Interpreter | None],
    *,
    asked: str | None = None,
    all_series: Sequence[FlaskSeries] = (),
) -> Interpreter:
    """Return the newest interpreter that ``release`` was tested on, or the oldest newer one if there is none.

    With ``asked`` (``3``, ``3.12`` or ``3.12.1``) only those of that version count. ``probe`` runs a
    candidate, and returns None for one that does not work; it is called for as few as their names allow, and
    for all of them to say why there is none. Raises InvalidVersion, IncompatibleVersions, which proposes one
    of ``all_series``, or InterpreterNotFound, which names what was found.
    """

    def installed() -> list[Interpreter]:
        return [found for candidate in candidates if (found := probe(candidate))]

    if asked is not None:
        check_python_form(asked)
        check_python(release, asked, installed=installed, all_series=all_series)
    wanted = version_numbers(asked or "")
    chosen = _first_by_preference(release, candidates, probe, wanted)
    if chosen:
        return chosen
    found = ", ".join(sorted({found.version for found in installed()}, key=version_numbers)) or "none"
    if asked is not None:
        raise InterpreterNotFound(
            f"Python {asked} was not found (found: {found})",
            hint=f"{how_to_install(asked)}, or its path with --python",
            fix=Fix(option=("--python", "")),
        )
    pythons = release.series.pythons
    raise InterpreterNotFound(
        f"no Python that Flask {release.version} works on was found (found: {found})",
        hint=f"{how_to_install(pythons.maximum.version)}, or its path with --python",
    )


def how_to_install(version: str, *, downloads: bool = False) -> str:
    """Return how to get a Python, which flaskgen never downloads unasked; ``downloads`` if it was asked."""
    how = f"install Python {version} (uv python install {version})"
    return how if downloads else f"{how}, or pass --python-downloads"


def _first_by_preference(
    release: FlaskRelease,
    candidates: Sequence[FoundPython],
    probe: Callable[[FoundPython], Interpreter | None],
    wanted: tuple[int, ...],
) -> Interpreter | None:
    """Probe the most promising candidate first, until no other can be better than the best that works.

    Of equals the first of ``candidates`` is taken.
    """
    promising = [
        (_rank(release.series, candidate.version, usual=candidate.usual), place, candidate)
        for place, candidate in enumerate(candidates)
        if begins_alike(candidate.version, wanted) and not _broken_bound(release.series, candidate.version)
    ]
    works: list[tuple[_Rank, int, Interpreter]] = []
    for rank, place, candidate in sorted(promising):
        if works and min(works)[:2] < (rank, place):
            break
        found = probe(candidate)
        version = version_numbers(found.version) if found else ()
        if found and version[: len(wanted)] == wanted and not _broken_bound(release.series, version):
            works.append((_rank(release.series, version, usual=found.usual), place, found))
    return min(works)[2] if works else None


def check_python_form(asked: str) -> None:
    """Raise InvalidVersion for what is not ``3``, ``3.12`` or ``3.12.1``."""
    if not _PYTHON.fullmatch(asked):
        named = re.search(r"3\.\d+", asked)
        raise InvalidVersion(
            f"`{printable(asked)}` is not a Python version",
            hint="use a version such as 3.13",
            fix=Fix(option=("--python", named[0])) if named else None,
        )


_Rank = tuple[bool, bool, tuple[float, ...]]


def _rank(series: FlaskSeries, version: tuple[int, ...], *, usual: bool) -> _Rank:
    """Order what works: usual builds first, then tested versions newest first, then newer ones oldest first.

    What is not known of a version is taken for the best that it can be.
    """
    newer = len(version) > 1 and _is_newer(series, version)
    order = version if newer else (*(-number for number in version), *[-math.inf] * (3 - len(version)))
    return (not usual, newer, order)


def _is_newer(series: FlaskSeries, version: tuple[int, ...]) -> bool:
    return version[:2] > version_numbers(series.pythons.maximum.version)
