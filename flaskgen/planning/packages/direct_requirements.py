"""What a project requires directly: Flask, what every project needs, and its extensions' distributions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import normalized


@dataclass(frozen=True)
class DirectRequirements:
    """Requirements by what they are for, each with its bounds, one a distribution."""

    runtime: tuple[str, ...]
    """In the order of requirements.in: Flask, the base, then each extension's."""
    dev: tuple[str, ...]
    environment: tuple[str, ...]
    """What is installed without the project requiring it: pip."""
    constraints: tuple[str, ...]
    """Bounds of what Flask itself requires, for a resolution that does not take the lock."""


def requirements_for(
    release: FlaskRelease,
    extension_names: Iterable[str],
    *,
    traits: Collection[str] = (),
    dev: bool = True,
    extra: Mapping[str, tuple[str, ...]] | None = None,
) -> DirectRequirements:
    """Give what a project of ``release`` with these extensions requires, in the order they are given.

    ``traits`` are the project's: some requirements depend on them. ``extra`` holds the requirements that
    extensions' own manifests name; they count where the line's data has none. Raises IncompatibleVersions for
    an extension that cannot work on the line.
    """
    line = release.line
    runtime = [f"Flask=={release.version}", *line.base]
    for name in extension_names:
        support = line.extensions.get(name)
        if support is None:
            runtime += (extra or {}).get(name, ())
        elif support.unsupported is not None:
            raise IncompatibleVersions(
                f"extension {name} does not work with Flask {release.version} ({support.unsupported})",
                hint=f"leave {name} out, or choose another Flask",
            )
        else:
            runtime += support.required_with(traits)
    return DirectRequirements(
        runtime=_merge(runtime),
        dev=line.dev if dev else (),
        environment=line.environment,
        constraints=tuple(bound.requirement for bound in line.core),
    )


def _merge(requirements: Iterable[str]) -> tuple[str, ...]:
    """Make one requirement of those that name the same distribution: pip refuses two in a file."""
    from packaging.requirements import Requirement

    merged: dict[tuple[str, str], str] = {}
    for text in requirements:
        requirement = Requirement(text)
        key = normalized(requirement.name), str(requirement.marker or "")
        if merged.setdefault(key, text) != text:
            first = Requirement(merged[key])
            first.specifier &= requirement.specifier
            first.extras |= requirement.extras
            merged[key] = str(first)
    return tuple(merged.values())
