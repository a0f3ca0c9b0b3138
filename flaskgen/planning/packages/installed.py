"""What is installed in an environment, as values: how pip writes it, and who requires whom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.pins import normalized

if TYPE_CHECKING:
    from packaging.direct_url import DirectUrl

_VARIABLES = r"\$\{[\w-]+\}(?::\$\{[\w-]+\})?@"
_CREDENTIALS = re.compile(
    rf"^(https?://|[^:/?#]+://(?=[^/?#]*:[^/?#]*@))(?!{_VARIABLES})[^/?#]*@", re.IGNORECASE
)
_LENIENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<extras>\[[^]]*\])?[^;]*(?P<marker>;.*)?")


class Origin(Enum):
    """Where a distribution was installed from."""

    INDEX = "an index"
    EDITABLE = "an editable source directory"
    VCS = "version control"
    LOCAL = "a local file or directory"
    URL = "a URL"


class InstalledDistribution(NamedTuple):
    """One distribution found in an environment."""

    name: str
    """As its own metadata writes it: ``Flask-Login``."""
    version: str
    requires: tuple[str, ...] = ()
    """What it depends on, markers and extras included, as its metadata writes it."""
    origin: Origin = Origin.INDEX
    reference: str | None = None
    """The requirement line, where a name and a version do not tell the source."""
    notes: tuple[str, ...] = ()
    """Comment lines that ``pip freeze`` puts before it."""

    @property
    def key(self) -> str:
        """The normalised name: ``flask-login``."""
        return normalized(self.name)


def left_out(minor: str) -> frozenset[str]:
    """Name what ``pip freeze`` does not list on that Python.

    The rule is pip's ``_dev_pkgs``: the build tools are skipped if ensurepip used to install them.
    """
    if version_numbers(minor) < (3, 12):
        return frozenset({"pip", "setuptools", "distribute", "wheel"})
    return frozenset({"pip"})


def is_leftover(found: InstalledDistribution) -> bool:
    """Return whether a distribution is none: what Debian's venv and a failed build leave is on no index."""
    return found.version == "0.0.0" and found.key in ("pkg-resources", "unknown")


def read_direct_url(text: str | None) -> DirectUrl | None:
    """Read a ``direct_url.json`` (PEP 610); None for one that names no source."""
    if not text:
        return None
    from packaging.direct_url import DirectUrl, DirectUrlValidationError  # late: most come from an index

    try:
        source = DirectUrl.from_dict(json.loads(text))
        urlsplit(source.url)  # not every text is a URL
        return source
    except (ValueError, AttributeError, DirectUrlValidationError):
        return None


def direct_reference(name: str, source: DirectUrl) -> tuple[Origin, str]:
    """Return where a distribution was installed from, as a requirement; that of an editable one is empty."""
    if source.dir_info and source.dir_info.editable:
        return Origin.EDITABLE, ""
    url, hashes = without_password(source.url), source.archive_info and source.archive_info.hashes
    origin = Origin.LOCAL if url.startswith("file:") else Origin.URL
    if source.vcs_info:
        origin, url = Origin.VCS, f"{source.vcs_info.vcs}+{url}@{source.vcs_info.commit_id}"
    fragments = [f"{algorithm}={digest}" for algorithm, digest in [*(hashes or {}).items()][:1]]
    fragments += [f"subdirectory={source.subdirectory}"] if source.subdirectory else []
    return origin, f"{name} @ {url}" + (f"#{'&'.join(fragments)}" if fragments else "")


def without_password(url: str) -> str:
    """Leave the password out of a URL, for a requirements file is committed; variables (``${NAME}``) stay.

    Over HTTP the user goes as well, for it may be a token; that of ``ssh://git@...`` stays.
    """
    return _CREDENTIALS.sub(r"\1", url)


class Unmet(NamedTuple):
    """A requirement that the environment does not fulfil."""

    requirer: str
    """``flask 3.1.3``"""
    requirement: str
    """``werkzeug>=3.1``"""
    found: str | None
    """The version that is there instead; None if there is none."""


class RequirementGraph(NamedTuple):
    """The edges between installed distributions, by normalised name."""

    requires: Mapping[str, frozenset[str]]
    unmet: tuple[Unmet, ...]

    def requirers(self, name: str) -> frozenset[str]:
        """Name the installed distributions that require ``name``, itself not counted."""
        return frozenset(other for other, names in self.requires.items() if name in names and other != name)

    def within(self, names: frozenset[str]) -> RequirementGraph:
        """Return the part of the graph that lies between ``names``."""
        requires = {name: targets & names for name, targets in self.requires.items() if name in names}
        return RequirementGraph(requires, self.unmet)

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """Return all that is reached from ``names``, themselves included, as far as it is installed."""
        reached: set[str] = set()
        waiting = [name for name in names if name in self.requires]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.requires[name])
        return frozenset(reached)

    def sources(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return the fewest of ``names`` that reach all the others; of a cycle, the first by name."""
        chosen: list[str] = []
        unreached = set(names)
        for name in sorted(names, key=lambda name: (bool(self.requirers(name) & names), name)):
            above = (other for other in names if name in self.closure([other]))
            if name in unreached and self.closure([name]).issuperset(above):
                chosen.append(name)
                unreached -= self.closure([name])
        return tuple(sorted(chosen))


def build_graph(
    installed: Mapping[str, InstalledDistribution],
    *,
    roots: Sequence[Requirement],
    markers: Mapping[str, str],
    start: Iterable[str] | None = None,
) -> RequirementGraph:
    """Evaluate the requirements of what is reached from ``start`` (default: of everything that is installed).

    They are those of the environment that ``markers`` describe. An extra counts where something asks for it:
    a root, or another requirement (``flask[async]``).
    """
    requirements = {
        name: [one for text in found.requires if (one := parse_requirement(text))]
        for name, found in installed.items()
    }
    edges: dict[str, set[str]] = {name: set() for name in installed}
    unmet: dict[Unmet, None] = {}
    waiting = [(name, "") for name in (installed if start is None else start)]
    waiting += [(normalized(root.name), extra) for root in roots for extra in root.extras]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = waiting.pop(0)
        if (name, extra) in seen or name not in installed:
            continue
        seen.add((name, extra))
        for requirement in requirements[name]:
            if not applies(requirement, markers, extra=extra):
                continue
            target = normalized(requirement.name)
            waiting.extend((target, wanted) for wanted in ("", *requirement.extras))
            if target in installed:
                edges[name].add(target)
            found = installed.get(target)
            if not fulfilled(requirement, found):
                requirer = f"{name} {installed[name].version}"
                unmet[Unmet(requirer, shown(requirement), found.version if found else None)] = None
    return RequirementGraph({name: frozenset(names) for name, names in edges.items()}, tuple(unmet))


def parse_requirement(text: str) -> Requirement | None:
    """Read a requirement; of one with a specifier that is no longer valid (``pytz (>dev)``), all but that.

    None if not even a name can be read.
    """
    found = _LENIENT.fullmatch(text)
    rest = [f"{found['name']}{found['extras'] or ''} {found['marker'] or ''}"] if found else []
    for one in (text, *rest):
        with suppress(InvalidRequirement):
            return Requirement(one)
    return None


def applies(requirement: Requirement, markers: Mapping[str, str], *, extra: str = "") -> bool:
    """Return whether a requirement counts in that environment, when ``extra`` is asked for."""
    if requirement.marker is None:
        return not extra
    return requirement.marker.evaluate({**markers, "extra": extra})


def fulfilled(requirement: Requirement, found: InstalledDistribution | None) -> bool:
    """Return whether what is installed is what is required; a version that cannot be compared passes."""
    if found is None:
        return False
    if requirement.url or not requirement.specifier:
        return True
    try:
        return requirement.specifier.contains(found.version, prereleases=True)
    except InvalidVersion:
        return True


def shown(requirement: Requirement) -> str:
    """Write a requirement without its marker: ``werkzeug>=3.1``."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    source = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    return f"{requirement.name}{extras}{source}"
