"""What is tried to make a project start, from the least change to the most.

The order is measured: to loosen pins too early breaks what was made for them, and to keep them all keeps what
cannot be installed any more.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.planning.flask.breaks import Break, Breaks
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.candidate import (
    Candidate,
    Change,
    Kind,
    at_least,
    build_tools,
    loosen,
    with_extras,
)
from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.services import Names
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import redact

MOST = 8
"""How many environments are tried."""
MOST_FOR_PYTHON_2 = 3
"""How many for a project with code that only Python 2 takes, though it may never be run."""

_TOO_NEW = re.compile(r"`([\w.-]+)` was filtered by `exclude-newer`")


class Stage(StrEnum):
    """Where an attempt ended."""

    RESOLVE = "resolve"
    INSTALL = "install"
    START = "start"
    TEST = "test"


class Failure(NamedTuple):
    """Why an attempt failed."""

    stage: Stage
    text: str
    """What uv or Python printed."""
    reason: str
    """In one line."""
    installed: Mapping[str, Version] = {}
    packages: tuple[str, ...] = ()
    """The distributions whose files took part, the innermost first."""
    hint: str = ""
    """What to do if no versions were found: in one line, or all that uv explains."""
    in_tests: tuple[str, ...] = ()
    """The distributions that tests ran when they failed, the innermost of the last first."""


class Knowledge(NamedTuple):
    """What helps to decide what is tried next."""

    requirements: Requirements
    imported: frozenset[str]
    """Distributions that the project imports."""
    names: Names
    breaks: Breaks
    bounds: tuple[str, ...]
    """Upper bounds of what the project's Flask requires, if it pins one."""
    pythons: tuple[Interpreter, ...]
    """The best first."""


def next_candidate(tried: Sequence[Candidate], failure: Failure, knowledge: Knowledge) -> Candidate | None:
    """Return what to try after the last of ``tried`` failed; None if nothing is left."""
    last = tried[-1]
    for candidate in _all_next(last, failure, knowledge, tried):
        whole = _with_families(candidate, last, knowledge)
        if whole not in tried:
            return whole
    return None


def _with_families(candidate: Candidate, last: Candidate, knowledge: Knowledge) -> Candidate:
    """Return a candidate in which what belongs to a package that was loosened is loosened as well."""
    new = candidate.changes.items() - last.changes.items()
    for name in sorted(name for name, change in new if change.kind is Kind.LOOSENED):
        others = sorted(knowledge.breaks.family_of(name) - candidate.changes.keys())
        reason = f"it moves together with {name}"
        pins = (one for one in map(knowledge.requirements.get, others) if one and one.version)
        candidate = candidate.changed((one.name, loosen(one, reason)) for one in pins)
    return candidate


def _all_next(
    last: Candidate, failure: Failure, knowledge: Knowledge, tried: Sequence[Candidate]
) -> Iterator[Candidate]:
    rows = [row for row in knowledge.breaks.rows if row.explains(failure.text)]
    if failure.stage in (Stage.START, Stage.TEST):
        yield from _known_breaks(last, failure, knowledge, rows)
        yield last.changed(_missing_module(last, failure, knowledge))
        if _is_of_newer_pythons(failure, rows):
            yield from _older(last, knowledge, tried)
    else:
        if "upload date" in failure.text:
            yield last._replace(until="")
        yield last._replace(undated=last.undated.union(map(normalized, _TOO_NEW.findall(failure.text))))
        if re.search(r"setuptools\s*>=?\s*\d|requires? setuptools", failure.text):
            yield last._replace(build=())
        yield from (last.built_with(row.build) for row in rows)
        for rule in (_released, _absent, _unbuildable, _excluded):
            yield last.changed(rule(last, failure, knowledge))
    yield last.changed(_named(last, failure, knowledge))
    if not last.loosened:
        yield _loosened(last, knowledge)
    yield from _older(last, knowledge, tried)


def _known_breaks(
    last: Candidate, failure: Failure, knowledge: Knowledge, rows: Iterable[Break]
) -> Iterator[Candidate]:
    """Yield the candidates in which what is known to break is bounded, or its newer releases are taken."""
    for row in rows:
        for lines in (row.pins, row.newer) if row.affects(failure.installed, last.on) else ():
            bounds = {normalized(Requirement(line).name): line for line in lines}
            declared = {name for name in bounds if knowledge.requirements.get(name)}
            yield last.changed(
                (name, Change(Kind.BOUNDED if name in declared else Kind.ADDED, line, row.title))
                for name, line in bounds.items()
                if name in declared or lines is row.pins
            )


def _missing_module(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    module = missing_module(failure.text)
    name = knowledge.names.distributions.get(module.partition(".")[0])
    if name and name not in last.changes and not knowledge.requirements.get(name):
        yield name, Change(Kind.ADDED, name, f"`{module}` is imported, and nothing requires it")


def missing_module(text: str) -> str:
    """Return the module that the last error of a text says is missing; empty if none does."""
    found: list[str] = re.findall(r"No module named '?([\w.]+)'?$", text, re.MULTILINE)
    return found[-1] if found else ""


def _is_of_newer_pythons(failure: Failure, rows: Iterable[Break]) -> bool:
    """Return whether older Pythons 3 do not have an error: names became keywords, or it is known."""
    unknown = re.search("invalid syntax|module 'ast' has no attribute", failure.text)
    return unknown is not None or any("3.0" not in row.python for row in rows)


def _older(last: Candidate, knowledge: Knowledge, tried: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the pins as they are, on Pythons that are older than those that were tried."""
    replaced = {
        name: change
        for name, change in last.changes.items()
        if change.kind in (Kind.REPLACED, Kind.DROPPED, Kind.ADDED)
    }
    until = tried[0].until
    for python in knowledge.pythons:
        if Version(python.minor) < last.on:
            build = build_tools(python, until)
            yield Candidate(python, until, replaced, build=build, undated=last.undated)


def _released(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    """Yield releases instead of what URLs had that do not answer, or are none for uv."""
    for declared in knowledge.requirements.declared:
        url = redact(declared.requirement.url or "")
        named = url in redact(failure.text) or f"`{declared.requirement.name}`" in failure.text
        if url and named and declared.name not in last.changes:
            yield declared.name, Change(Kind.REPLACED, declared.name, f"{url} cannot be installed")


_NO_VERSION = re.compile(r"there (?:is|are) no versions? of ([\w.-]+?)(?:==\S+)?(?:, we| and you)")
_ABSENT = re.compile(r"(?:Because|and) ([\w.-]+) was not found")


def absent_packages(text: str) -> dict[str, bool]:
    """Return what uv says that the index does not have, by name, and whether it has other releases of it."""
    other_version = dict.fromkeys(map(normalized, _NO_VERSION.findall(text)), True)
    return other_version | dict.fromkeys(map(normalized, _ABSENT.findall(text)), False)


def without_absent(
    absent: Mapping[str, bool], requirements: Requirements, imported: Container[str]
) -> Iterator[tuple[str, Change]]:
    """Loosen the pins that no index has, and drop what is nowhere, such as Debian's ``pkg-resources``."""
    for name, has_others in absent.items():
        declared, needed = requirements.get(name), has_others or name in imported
        if declared and declared.version and needed:
            yield name, loosen(declared, f"the index has no {name} {declared.version}")
        elif declared and not needed:
            yield name, Change(Kind.DROPPED, "", f"the index has no {name}")


def _absent(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    absent = {name: has for name, has in absent_packages(failure.text).items() if name not in last.changes}
    return without_absent(absent, knowledge.requirements, knowledge.imported)


def _unbuildable(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    """Replace or drop what cannot be built, or take a later release."""
    for name, version in failed_packages(failure.text):
        declared = knowledge.requirements.get(name)
        known = last.changes.get(name)
        reason = f"{name} {version} has no wheel for Python {last.python.minor}, and cannot be built"
        if known is not None:
            if declared and declared.version and known.kind is Kind.LOOSENED:
                yield name, loosen(declared, reason, further=True)
        elif declared is None:
            yield name, Change(Kind.ADDED, at_least(name, version), reason)
        elif other := knowledge.names.replacements.get(name):
            yield name, Change(Kind.REPLACED, other, reason)
        elif name not in knowledge.imported:
            yield name, Change(Kind.DROPPED, "", reason)
        elif declared.version:
            yield name, loosen(declared, reason)


_FAILED_BUILD = re.compile(
    r"Failed to (?:download and )?(?:build|prepare|download|read)[^`\n]*`([\w.-]+?)(?:==([^`\s]+))?`"
)


def failed_packages(text: str) -> Iterator[tuple[str, str]]:
    found = {normalized(name): version for name, version in _FAILED_BUILD.findall(text)}
    return ((name, version or "0") for name, version in found.items())


_DEPENDS = re.compile(r"(\S+) depends on ([A-Za-z][\w.-]*)(?:\[[\w,]+\])?((?:,?[=<>!~]=?\d[\w.*]*)+)")


def _excluded(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    """Bound the pins that others exclude as these say, within the major version of that."""
    for dependent, name, bounds in _DEPENDS.findall(failure.text):
        declared, wanted = knowledge.requirements.get(normalized(name)), SpecifierSet(bounds)
        if declared and declared.version and not wanted.contains(declared.version, prereleases=True):
            lowest = max((Version(one.version).major for one in wanted if one.operator == ">="), default=None)
            line = with_extras(declared.requirement) + bounds + ("" if lowest is None else f",<{lowest + 1}")
            yield declared.name, Change(Kind.BOUNDED, line, f"{dependent} needs {name}{bounds}")


_REQUIRED = re.compile(r"\b([A-Za-z][\w.-]*)(?:\[[\w,]+\])?[=<>]=?\d")
_EXPLAINED = re.compile(r"(?:Because|and|no versions? of) ([\w.-]+) (?:was|has|needs|is)")


def _named(last: Candidate, failure: Failure, knowledge: Knowledge) -> Iterator[tuple[str, Change]]:
    """Loosen those pins that the error names."""
    names = list(failure.packages)
    if failure.stage in (Stage.RESOLVE, Stage.INSTALL):
        names += map(normalized, _REQUIRED.findall(failure.text) + _EXPLAINED.findall(failure.text))
    for name in names:
        constraints = knowledge.requirements.constraints
        pinned = next((one for one in constraints if one.name == name and one.version), None)
        declared = knowledge.requirements.get(name) or pinned
        if declared and declared.version and name not in last.changes:
            yield name, loosen(declared, failure.reason)


def _loosened(last: Candidate, knowledge: Knowledge) -> Candidate:
    """Return the candidate in which all pins are loosened, within the bounds of the project's Flask."""
    reason = "all pins were loosened to find a set that works"
    pins = (one for one in knowledge.requirements.declared if one.version and one.name not in last.changes)
    return last._replace(loosened=True, until="", constraints=knowledge.bounds).changed(
        (one.name, loosen(one, reason)) for one in pins
    )
