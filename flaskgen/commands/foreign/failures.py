"""What it means that an attempt to start a foreign project failed: whose error it is, and what can help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flaskgen.effects.foreign.files import known_names
from flaskgen.effects.foreign.starting import NO_TESTS, TOO_LONG, Started
from flaskgen.effects.python.environments import read_environment
from flaskgen.effects.python.records import owners_of_modules
from flaskgen.planning.foreign.attempts import Failure, Stage, missing_module
from flaskgen.planning.foreign.candidate import versions_of
from flaskgen.planning.foreign.project import ForeignProject, unset_by
from flaskgen.planning.foreign.services import needed_service
from flaskgen.planning.foreign.steps import failed_tests
from flaskgen.planning.packages.pins import Pin
from flaskgen.reporting import printable

_HEADER = re.compile(r"fatal error: (\S+\.h(?:pp)?): No such file")
_LACKS_FILE = re.compile(r"FileNotFoundError: .+: '[^/]")  # of the project
_LACKS_SETTINGS = re.compile(r"import_string\(\) failed for '(\w+)")
_PLACE = re.compile(r" \((?:/|[A-Z]:\\).*\)$")  # of a module, which is in an environment that is gone
_SITE_PACKAGES = re.compile(r"""[\\/](?:site|dist)-packages[\\/]([^\\/\s"':]+)""")
_FROM = re.compile(r"(?:cannot import name '?\w+'? from|module|No module named) '([\w.]+)'")
_OF_MACHINE = ("cannot reach", "the certificate of", "the index refuses", "the proxy", "uv cannot write")
_ABSENT = ("the index has no", "uv's cache has no")
_ATTEMPTS = 3  # with the same errors of tests are enough, though packages that do not fit could raise them
# What a package that does not fit raises; anything else is the application's own, which is running then.
_UNFIT = ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "TypeError")


def failure_of_start(
    started: Started, pins: Sequence[Pin], project: ForeignProject, environment: Path
) -> Failure | None:
    """Return why an application did not start; None if it did, whatever it answers."""
    if started.error is None:
        return None
    own = not started.error.startswith(_UNFIT) or _names_own_module(started.error, project)
    tops = [match[1] for file, _ in reversed(started.frames) if (match := _SITE_PACKAGES.search(file))]
    tops += [module.partition(".")[0] for module in _FROM.findall(started.error)]
    if started.started and (own or not tops):
        return None
    return Failure(
        Stage.START,
        f"{started.traceback}\n{started.error}",
        one_line(started.error),
        versions_of(pins),
        _distributions(tops, pins, environment),
    )


def failure_of_tests(closing: str, output: str, pins: Sequence[Pin], environment: Path) -> Failure:
    """Return that tests failed, with their closing line and all that they printed."""
    tops = _SITE_PACKAGES.findall(output)[::-1]
    return Failure(
        Stage.TEST,
        output,
        f"its tests fail: {closing}",
        versions_of(pins),
        in_tests=_distributions(tops, pins, environment),
    )


def _distributions(tops: Sequence[str], pins: Sequence[Pin], environment: Path) -> tuple[str, ...]:
    """Return those of the pins that installed modules, in the order of these."""
    owners = owners_of_modules(read_environment(environment))
    found = (owners.get(top.removesuffix(".py")) for top in tops)
    names = {pin.name for pin in pins}
    return tuple(dict.fromkeys(name for name in found if name in names))


def is_final(failure: Failure, project: ForeignProject) -> bool:
    """Return whether no other version can help.

    No index or service answers, it hangs, or it lacks a file or a variable.
    """
    if failure.stage in (Stage.RESOLVE, Stage.INSTALL):
        return failure.reason.startswith(_OF_MACHINE)
    return (
        failure.reason.startswith(TOO_LONG)
        or lacks_own_file(failure, project)
        or unset_by(failure.reason) is not None
        or needs_service(failure)
    )


def needs_service(failure: Failure) -> bool:
    return needed_service(failure.text, known_names()) is not None


def is_the_same_again(failures: Sequence[Failure | None], project: ForeignProject) -> bool:
    """Return whether other versions did not change an error in which no package took part.

    Neither do they bring a header that the compiler lacks, or a package that no index has.
    """
    before, last = [None, *failures][-2:]
    if before is None or last is None or last.packages:
        return False
    if missing_header(last) or (last.stage is Stage.RESOLVE and last.reason.startswith(_ABSENT)):
        return before.reason == last.reason
    if last.stage is Stage.TEST and NO_TESTS not in last.reason:
        errors = failed_tests(last.text)
        enough = _ATTEMPTS if any(one.startswith(_UNFIT) for one in errors) else 2
        earlier = [failed_tests(one.text) for one in failures[-enough:] if one]
        return bool(errors) and earlier == [errors] * enough
    own = (
        unknown_module(last.reason) is not None
        or not last.reason.startswith((*_UNFIT, "it was killed"))
        or _names_own_module(last.reason, project)
    )
    return own and last.stage in (Stage.START, Stage.TEST) and before.reason == last.reason


def lacks_own_file(failure: Failure, project: ForeignProject) -> bool:
    """Return whether it does not start since a file or a module of its own is not in the project."""
    top, inner, _ = missing_module(failure.reason).partition(".")
    settings = _LACKS_SETTINGS.search(failure.reason)
    known = project.own_modules | known_names().distributions.keys()
    return failure.stage is Stage.START and bool(
        (inner and top in project.own_modules and not failure.packages)
        or _LACKS_FILE.match(failure.reason)
        or (settings and settings[1] not in known)
    )


def missing_header(failure: Failure) -> str | None:
    """Return the header of a library that the compiler did not find when it built a package."""
    found = _HEADER.search(failure.text) if failure.stage is Stage.INSTALL else None
    return found and found[1]


def unknown_module(error: str) -> str | None:
    """Return the module at the top that an error says is missing, if no distribution is known to have it."""
    module = missing_module(error)
    known = "." in module or module in known_names().distributions
    return None if known or not module else module


def _names_own_module(error: str, project: ForeignProject) -> bool:
    """Return whether an error is about what a module of the project itself lacks."""
    tops = {module.partition(".")[0] for module in _FROM.findall(error)} - known_names().distributions.keys()
    return not tops.isdisjoint(project.own_modules)


def one_line(text: str) -> str:
    """Return an error as it can stand in a comment: its first line, and its last if that is what it says."""
    line, *more = text.strip().splitlines() or [""]
    line = _PLACE.sub("", f"{line} {more[-1].strip()}" if more and line.endswith(":") else line)
    return printable(line, longest=200)
