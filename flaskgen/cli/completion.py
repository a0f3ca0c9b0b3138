"""The names that a shell completes after Tab, by the functions that ``options.completes`` is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from flaskgen.planning.project.spec import ProjectSpec
    from flaskgen.planning.templates.catalogue import Catalogue


def complete(
    names: Mapping[str, str] | Iterable[str],
    context: click.Context,
    parameter: click.Parameter,
    typed: str,
    *,
    several: bool,
) -> list[CompletionItem[str]]:
    """Complete a parameter with some of ``names``, or of names and what each means.

    Of ``several``, which are separated by commas, it is the last.
    """
    before, comma, last = typed.rpartition(",") if several else ("", "", typed)
    taken = {*before.split(","), *_given(context, parameter)}
    helps = names if isinstance(names, Mapping) else dict.fromkeys(names, "")
    return [
        CompletionItem(f"{before}{comma}{name}", help=what)
        for name, what in helps.items()
        if name.startswith(last) and name not in taken
    ]


def _given(context: click.Context, parameter: click.Parameter) -> Collection[str]:
    """Return the values that a parameter which takes several has already."""
    values = context.params.get(parameter.name or "")
    return {name for value in values for name in str(value).split(",")} if isinstance(values, tuple) else ()


def extensions(context: click.Context) -> dict[str, str]:
    return {name: one.summary for name, one in _catalogue(context).extensions.items()}


def presets(context: click.Context) -> dict[str, str]:
    return {name: preset.summary for name, preset in _catalogue(context).presets.items()}


def settings(context: click.Context) -> dict[str, str]:
    """Return each value of the options of each extension, as it is typed."""
    return _settings(_catalogue(context), tuple(_catalogue(context).extensions))


def absent_extensions(context: click.Context) -> dict[str, str]:
    there = _project(context).extensions
    return {name: what for name, what in extensions(context).items() if name not in there}


def removable(context: click.Context) -> dict[str, str]:
    """Return what `remove` takes in the current project."""
    return removable_from(_project(context), _catalogue(context))


def removable_from(spec: ProjectSpec, catalogue: Catalogue) -> dict[str, str]:
    """Return the extensions of a project and what was generated in it, with what each is."""
    return {
        **{name: catalogue.extensions[name].summary for name in spec.extensions},
        **{one.name.lower(): "a resource" for one in spec.resources},
        **{one.name: f"a {one.kind}" for one in spec.generated},
    }


def project_settings(context: click.Context) -> dict[str, str]:
    """Return each value of the options of the current project's extensions."""
    return _settings(_catalogue(context), _project(context).extensions)


def resources(context: click.Context) -> list[str]:
    return [one.name for one in _project(context).resources]


def releases(_context: click.Context) -> dict[str, str]:
    """Return the series of Flask and their releases, the newest first."""
    from flaskgen.effects.shipped.compatibility_data import load_series

    newest_first = tuple(reversed(load_series()))
    return {
        "latest": f"Flask {newest_first[0].tested}",
        **{series.name: f"Flask {series.tested}" for series in newest_first},
        **{release: "" for series in newest_first for release in reversed(series.releases)},
    }


def pythons(_context: click.Context) -> list[str]:
    """Return the Pythons that some release of Flask works on, the newest first."""
    from flaskgen.effects.shipped.compatibility_data import load_series

    bounds = [series.pythons for series in load_series()]
    minors = [int(one.version.split(".")[1]) for bound in bounds for one in (bound.minimum, bound.maximum)]
    return [f"3.{minor}" for minor in range(max(minors), min(minors) - 1, -1)]


def schemas(_context: click.Context) -> list[str]:
    """Return what `flaskgen schema` describes."""
    from flaskgen.effects.shipped.json_schema import load_schema

    return list(load_schema(None)["$defs"])


def _settings(catalogue: Catalogue, names: Sequence[str]) -> dict[str, str]:
    return {
        f"{name}.{option.name}={choice}": option.help
        for name in names
        for option in catalogue.extensions[name].options_with(names)
        for choice in option.choices
    }


def _catalogue(context: click.Context) -> Catalogue:
    from flaskgen.effects.shipped.templates import load_catalogue

    return load_catalogue(_directories(context), None)


def _project(context: click.Context) -> ProjectSpec:
    from flaskgen.effects.project.opening import open_here

    return open_here(directories=_directories(context)).spec


def _directories(context: click.Context) -> tuple[Path, ...]:
    return tuple(map(Path, context.params.get("extensions") or ()))
