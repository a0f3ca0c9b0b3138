"""The way of a project from its series of Flask to a newer one: each series is a step."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.version import Version

from flaskgen.planning.flask.breaks import Break, Breaks, Stops
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.foreign.attempts import Failure, Stage, failed_packages
from flaskgen.planning.foreign.candidate import Candidate, Change, Kind, at_least, versions_of
from flaskgen.planning.foreign.codemods import rewrite
from flaskgen.planning.foreign.diagnosis import find_uses, fixes_of
from flaskgen.planning.foreign.era import Release
from flaskgen.planning.foreign.json_encoders import ROWS, encoders_of
from flaskgen.planning.foreign.rescued import Rescued
from flaskgen.planning.foreign.source import read_source
from flaskgen.planning.packages.pins import Pin, names_of, normalized

Texts = Mapping[PurePosixPath, str]


class MovedPin(NamedTuple):
    """A package whose version a step changes."""

    name: str
    before: str | None
    after: str | None
    reason: str

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.name} {self.before or 'added'} -> {self.after or 'removed'}{reason}"


class CodeChange(NamedTuple):
    """What a step changes in a file, or what a person has to."""

    place: str
    """``app/views.py:3``"""
    what: str
    """What broke: ``Flask 3.0 removed `flask.Markup` and `flask.escape```"""
    change: str
    """What to write instead, in words."""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f"; {self.change}" if self.change else "")


class Step(NamedTuple):
    """A series that the project works with now."""

    flask: str
    """The release."""
    python: str
    pins: tuple[MovedPin, ...] = ()
    code: tuple[CodeChange, ...] = ()
    judged: str = ""
    """What says that it works: ``35 tests pass``."""
    left: tuple[CodeChange, ...] = ()
    """What breaks now, and was not changed, since no test shows it."""
    diff: str = ""
    commit: str | None = None
    """Its short name; None if nothing was written."""


def releases_between(
    flask: str, goal: FlaskRelease, known: Iterable[FlaskSeries]
) -> tuple[FlaskRelease, ...]:
    """Return the tested release of each series after that of a release, and last the goal if it is newer."""
    own, last = Version(flask).release[:2], version_numbers(goal.series.name)
    between = [series for series in known if own < version_numbers(series.name) < last]
    steps = tuple(FlaskRelease(series.tested, series) for series in between)
    return (*steps, goal) if Version(flask) < Version(goal.version) else ()


def pythons_for(
    series: FlaskSeries, current: Interpreter, installed: Iterable[Interpreter]
) -> tuple[Interpreter, ...]:
    """Return the interpreters to try a series on: the current one, if it may work, and then newer ones."""
    minimum, newest = series.pythons.minimum, version_numbers(series.pythons.maximum.version)
    oldest = version_numbers(current.minor)
    if not minimum.of_project:
        oldest = max(oldest, version_numbers(minimum.version))
    usable = {version_numbers(one.minor): one for one in installed if one.usual}
    usable[version_numbers(current.minor)] = current
    return tuple(usable[minor] for minor in sorted(usable) if oldest <= minor <= newest)


def first_candidate(
    release: FlaskRelease, python: Interpreter, before: Rescued, bounds: Sequence[Change], breaks: Breaks
) -> Candidate:
    """Return the requirements of a step: a release of Flask, and all else at its version or newer.

    Versions are kept as far as they fit, but not of what belongs to a package that a bound moves.
    """
    versions = {pin.name: pin for pin in before.pins}
    changes: dict[str, Change] = {}
    for text in before.direct:
        name = normalized(Requirement(text).name)
        pin = versions.get(name)
        line = text if pin is None else pin.reference or at_least(text, pin.version)
        changes[name] = Change(Kind.LOOSENED, line, "")
    changes["flask"] = Change(Kind.LOOSENED, f"Flask=={release.version}", "")
    constraints = [bound.ceiling for bound in release.series.core] + [bound.line for bound in bounds]
    installed = versions_of(before.pins)
    moving = {"flask"}
    for one in map(Requirement, (bound.line for bound in bounds)):
        version = installed.get(name := normalized(one.name))
        if version and not one.specifier.contains(version, prereleases=True):
            moving |= breaks.family_of(name)
    kept = tuple(pin for pin in before.pins if pin.name not in moving)
    wheels = frozenset(bound.package for bound in bounds if bound.kind is Kind.WHEEL)
    return Candidate(
        python, "", changes, tuple(constraints), build=before.build, preferences=kept, wheels=wheels
    )


def with_wheels(
    releases: Iterable[Release], python: Interpreter, refused: Collection[str] = ()
) -> Iterator[Change]:
    """Yield bounds to newer releases of what would be compiled: of the same minor version, or else major."""
    for one in releases:
        version = Version(one.version)
        above, (major, minor) = f"{one.name}>{version.public}", (version.major, version.minor)
        lines = (f"{above},<{major}.{minor + 1}", f"{above},<{major + 1}")
        if line := next((line for line in lines if line not in refused), None):
            reason = f"{one.name} {version} has no wheel for Python {python.minor}"
            yield Change(Kind.WHEEL, line, reason)


def affecting(breaks: Breaks, pins: Iterable[Pin], python: str) -> list[Break]:
    """Return what is known to break with these versions."""
    versions, on = versions_of(pins), Version(python)
    return [row for row in breaks.rows if (row.when or row.in_code) and row.affects(versions, on)]


def uses_in(texts: Texts, rows: Sequence[Break]) -> list[tuple[Break, CodeChange]]:
    """Return each place in the code and the pages that uses what is known to break."""
    sources = (read_source(path, text) for path, text in texts.items() if path.suffix == ".py")
    pages = {path: text for path, text in texts.items() if path.suffix != ".py"}
    return [
        (use.broken, CodeChange(f"{path}:{use.line}", use.broken.title, use.broken.change or ""))
        for path, use in find_uses(rows, sources, pages)
    ]


_PASSES = 3  # what one row moved, another may move on


def rewrite_all(texts: Texts, rows: Sequence[Break]) -> dict[PurePosixPath, str]:
    """Return the files that change when all that certainly breaks is rewritten, with their new text."""
    changed: dict[PurePosixPath, str] = {}
    for _ in range(_PASSES):
        now = {**texts, **changed}
        used = {row.id: row for row, _ in uses_in(now, rows)}
        broken = used.values()
        code = (text for path, text in now.items() if path.suffix == ".py")
        encoders = encoders_of(code) if ROWS & used.keys() else frozenset()
        rewritten = {
            path: rewrite(text, broken, encoders) if path.suffix == ".py" else _without_calls(text, broken)
            for path, text in now.items()
            if used
        }
        new = {path: text for path, text in rewritten.items() if text != now[path]}
        if not new:
            break
        changed |= new
    return changed


def _without_calls(page: str, rows: Iterable[Break]) -> str:
    for call in (call for row in rows for call in row.templates):
        page = page.replace(call, call.removesuffix("()"))
    return page


def bounds_for(
    rows: Iterable[Break],
    used: Iterable[Break],
    bounds: Iterable[Change] = (),
    refused: Collection[str] = (),
) -> Iterator[Change]:
    """Yield more bounds that avoid what breaks: newer releases, or older ones if there are none that fit.

    ``refused`` are lines that did not fit the others. What breaks in the code is avoided if the code still
    has it, and if no other bound says the contrary.
    """
    known = {*refused, *(one.line for one in bounds)}
    names = {"flask", *(one.package for one in bounds)}
    for row in rows:
        choices = [] if row.in_code else [lines for lines in (row.newer, row.pins) if lines]
        fitting = (lines for lines in choices if not any(line in refused for line in lines))
        if lines := next((lines for lines in fitting if "flask" not in _names(lines)), None):
            names |= _names(lines)
            yield from (Change(Kind.BOUNDED, line, row.title) for line in lines if line not in known)
    for row in used:
        if not row.without and not _names(row.pins) & names:
            reason = f"the code uses what is gone since: {row.title}"
            yield from (Change(Kind.BOUNDED, line, reason) for line in row.pins if line not in known)


def _names(lines: Iterable[str]) -> frozenset[str]:
    return names_of(map(Requirement, lines))


def needed_with(used: Iterable[Break], pins: Iterable[Pin]) -> list[str]:
    """Return the distributions with which code works that breaks without them."""
    installed = {pin.name for pin in pins}
    lines = [line for row in used if row.without for line in row.newer]
    return [line for line in lines if installed.isdisjoint(_names([line]))]


def bounds_after(
    failure: Failure, breaks: Breaks, series: FlaskSeries, pins: Sequence[Pin]
) -> Iterator[Change]:
    """Yield bounds to try after a failure, the likeliest first: of what is known, and of what it names.

    That is a newer release of the same major version, what was measured with the series, or any newer one.
    """
    versions = versions_of(pins)
    known = [row for row in breaks.rows if row.explains(failure.text) and row.affects(versions, None)]
    yield from bounds_for(known, ())
    names = [*failure.packages, *failure.in_tests]
    if failure.stage is Stage.INSTALL:
        names = [name for name, _ in failed_packages(failure.text)]
    tested = {
        normalized(Requirement(text).name): text
        for support in series.extensions.values()
        for text in support.requirements
    }
    core = {normalized(bound.name) for bound in series.core} | {"flask", "pip", "setuptools"}
    for name in names:
        if name in core or name not in versions:
            continue
        newer = f"{name}>{versions[name].public}"
        lines = [f"{newer},<{versions[name].major + 1}", newer]
        if name in tested and versions[name] not in Requirement(tested[name]).specifier:
            lines.insert(1, tested[name])
        yield from (Change(Kind.BOUNDED, line, failure.reason) for line in lines)
    yield from bounds_for((), [row for row in known if row.in_code])


def moved_pins(
    before: Sequence[Pin], after: Sequence[Pin], reasons: Mapping[str, str]
) -> tuple[MovedPin, ...]:
    """Return what changes from one set of pins to another, by name."""
    old, new = ({pin.name: pin.version or pin.line for pin in pins} for pins in (before, after))
    return tuple(
        MovedPin(name, old.get(name), new.get(name), reasons.get(name, ""))
        for name in sorted({*old, *new} - {"pip", "setuptools"})
        if old.get(name) != new.get(name)
    )


def differences(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> list[str]:
    """Return how the answers of routes differ; a page whose digest is unknown may say anything."""
    found = []
    for route, (answer, digest) in before.items():
        new_answer, new_digest = after.get(route, ("nothing: the route is gone", ""))
        if new_answer != answer:
            found.append(f"{route} answered {answer}, and now {new_answer}")
        elif digest and new_digest != digest:
            found.append(f"{route} says something else than before")
    return found


def stable_answers(
    one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, str]]:
    """Return the answers that two starts have in common, with the digests that are the same."""
    return {
        route: (answer, digest if other[route][1] == digest else "")
        for route, (answer, digest) in one.items()
        if route in other and other[route][0] == answer
    }


def todo(
    failure: Failure, used: Collection[tuple[Break, CodeChange]], breaks: Breaks, flask: str
) -> list[str]:
    """Return what a person has to do before a release of Flask works, the likeliest first."""
    in_project = [row for row, _ in used]
    explained = [
        row
        for row in breaks.rows
        if row.explains(failure.text)
        and (
            row in in_project or not failure.packages if row.in_code else row.affects(failure.installed, None)
        )
    ]
    left = sorted(used, key=lambda one: (one[0] not in explained, one[0].stops is Stops.USE))
    others = [row for row in explained if row not in in_project]
    lines = [str(change) for _, change in left]
    # Older versions, if the series works with some, were tried.
    lines += [f"{row.title}: {row.change or ', or '.join(fixes_of(row))}" for row in others]
    if not lines and (names := [name for name in failure.packages if name != "flask"]):
        name, version = names[0], failure.installed.get(names[0])
        lines = [f"{name} {version} took part in the error: find what works with Flask {flask} instead of it"]
    return lines


_FAILED_TEST = re.compile(
    r"^(?:(?:FAIL|ERROR): .+|(?:FAILED|ERROR) \S+::.+|(?:E {3})?[\w.]*(?:Error|Exception)\b.*)$", re.MULTILINE
)
_OF_TEST = ("FAIL", "ERROR")


def failed_tests(output: str) -> list[str]:
    """Return the errors that pytest or unittest shows, and then the tests that fail."""
    lines = dict.fromkeys(line.removeprefix("E   ") for line in _FAILED_TEST.findall(output))
    return sorted(lines, key=lambda line: line.startswith(_OF_TEST))


def commit_message(title: str, step: Step) -> str:
    """Return the message of a step's commit: what moved and why, and how it was judged."""
    sections = [title, f"Python {step.python}; {step.judged}."]
    if step.pins:
        sections.append("Packages:\n" + "\n".join(f"- {one}" for one in step.pins))
    if step.code:
        sections.append("Code:\n" + "\n".join(f"- {one.place}: {one.what}" for one in step.code))
    if step.left:
        sections.append("Left as it is:\n" + "\n".join(f"- {one}" for one in step.left))
    return "\n\n".join(sections) + "\n"
