"""Describe the release series of Flask: what each requires, and which interpreters here can run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.compatibility import CoreBound, ExtensionSupport, FlaskLine
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.pythons import check_python
from flaskgen.planning.flask.releases import FlaskRelease, choose_release


@dataclass(frozen=True)
class VersionFacts:
    """A release of Flask with the data of its series, and the interpreters here that it works on."""

    release: FlaskRelease
    extensions: dict[str, ExtensionSupport]
    """What each extension of the catalogue requires there."""
    installed: tuple[Interpreter, ...]
    """The newest first."""

    @property
    def line(self) -> FlaskLine:
        return self.release.line

    @property
    def ceilings(self) -> tuple[str, ...]:
        """Upper bounds beyond which it is known to fail."""
        return tuple(bound.ceiling for bound in self.line.core if bound.fails_beyond)

    def as_dict(self) -> dict[str, Any]:
        line = self.line
        return {
            "line": line.name,
            "release": self.release.version,
            "newest": line.tested,
            "releases": list(line.releases),
            "broken": dict(line.broken),
            "yanked": dict(line.yanked),
            "supported": line.upstream.supported,
            "upstream": line.upstream.note,
            "python": {
                "minimum": line.pythons.minimum.version,
                "minimum_reason": line.pythons.minimum.reason,
                "maximum": line.pythons.maximum.version,
                "maximum_reason": line.pythons.maximum.reason,
                "newer_tried": line.pythons.newer_tried,
            },
            "installed": [{"version": one.version, "path": str(one.path)} for one in self.installed],
            "needs": [_bound_as_dict(bound) for bound in line.core],
            "extensions": {
                name: {
                    "requirements": list(support.requirements),
                    "with": support.beside_as_dict(),
                    "unsupported": support.unsupported,
                    "replaced": support.replaced,
                }
                for name, support in self.extensions.items()
            },
            "exceptions": [
                {
                    "releases": sorted(exception.releases),
                    "python_maximum": exception.maximum and exception.maximum.version,
                    "needs": [_bound_as_dict(bound) for bound in exception.core],
                }
                for exception in line.exceptions
            ],
        }


def describe_lines() -> list[VersionFacts]:
    """Describe the newest release of every series, the newest series first."""
    interpreters = find_interpreters(Session())
    return [_describe(FlaskRelease(line.tested, line), interpreters) for line in reversed(load_lines())]


def describe_version(text: str) -> VersionFacts:
    """Describe the release that a release, a series or `latest` means.

    Raises InvalidVersion, UnknownVersion or IncompatibleVersions.
    """
    return _describe(choose_release(text, load_lines()), find_interpreters(Session()))


def _describe(release: FlaskRelease, interpreters: tuple[Interpreter, ...]) -> VersionFacts:
    able = [found for found in interpreters if _works(release, found)]
    newest_first = sorted(able, key=lambda found: version_numbers(found.version), reverse=True)
    extensions = {name: release.line.extensions[name] for name in load_catalogue().extensions}
    return VersionFacts(release, extensions, tuple(newest_first))


def _works(release: FlaskRelease, interpreter: Interpreter) -> bool:
    try:
        check_python(release, interpreter.version)
    except IncompatibleVersions:
        return False
    return True


def _bound_as_dict(bound: CoreBound) -> dict[str, Any]:
    return {
        "name": bound.name,
        "bounds": bound.bounds,
        "reason": bound.reason,
        "fails_beyond": bound.fails_beyond,
    }
