"""What the user answered, the specification made of the answers, and the files rendered from that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath, PurePosixPath
from typing import NamedTuple

from flaskgen.errors import UsageError
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import DirectRequirements, requirements_for
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.resources.generated import Generated, pages_of
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.templates.catalogue import PART, RESOURCE, SINGLE, Catalogue
from flaskgen.planning.templates.render import Part, RenderedParts, render
from flaskgen.planning.templates.selection import Options
from flaskgen.planning.templates.tree import Tree


class Answers(NamedTuple):
    """What was said on the command line or at the prompts; None if nothing was."""

    destination: str | PurePath | None = None
    name: str | None = None
    extensions: tuple[str, ...] | None = None
    """Lists of names, as typed."""
    preset: str | None = None
    flask: str | None = None
    python: str | None = None
    options: tuple[str, ...] = ()
    option_defaults: tuple[str, ...] = ()
    """Options that count for those of the extensions that are chosen."""
    git: bool | None = None
    resources: tuple[Resource, ...] | None = None
    """Which examples of its extensions it has; None for all."""
    dev: bool = True
    hashes: bool = False
    versions: Mapping[str, str] | None = None
    """Those of all packages, if a plan says them."""


@dataclass(frozen=True)
class ProjectSpec:
    """A project as it is to be: valid, and the same on every machine."""

    name: ProjectName
    release: FlaskRelease
    python: str
    """The minor version of its environment: ``3.13``."""
    extensions: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)
    dev: bool = True
    """Whether it has test tools."""
    hashes: bool = False
    resources: tuple[Resource, ...] = ()
    """By name."""
    generated: tuple[Generated, ...] = ()
    """What else `flaskgen generate` generated, in order."""
    single: bool = False
    """Whether it is one file, which has no extensions."""

    def __post_init__(self) -> None:
        """Raise UsageError for a project of one file that is to have more."""
        if self.extensions or self.resources or self.generated:
            self.require_package()

    def require_package(self) -> None:
        """Raise UsageError for a project of one file."""
        if self.single:
            raise UsageError(
                "a project of one file has no extensions and no resources",
                hint="create another with `flaskgen new --preset minimal`, and move your views to it",
            )

    def with_examples(
        self, catalogue: Catalogue, *, there: Collection[str] = (), taken: Collection[str] = ()
    ) -> ProjectSpec:
        """Return it with the examples of those extensions that were not ``there`` before.

        An example is skipped if something generated has one of its names, or if that is ``taken``.
        """
        resources = list(self.resources)
        names = {*taken, *(one.identifier for one in self.generated)}
        names.update(*(one.names for one in resources))
        come = (catalogue.extensions[name] for name in self.extensions if name not in there)
        for example in (one for extension in come for one in extension.resources):
            if names.isdisjoint(example.names):
                resources.append(example)
                names |= example.names
        return replace(self, resources=tuple(sorted(resources, key=lambda one: one.name)))

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "name": self.name.text,
            "package": self.name.package,
            "flask": self.release.version,
            "python": self.python,
            "extensions": list(self.extensions),
            "options": {name: dict(values) for name, values in self.options.items()},
            "dev": self.dev,
            "hashes": self.hashes,
            "resources": [resource.as_dict() for resource in self.resources],
            "generated": [one.as_dict() for one in self.generated],
            "single": self.single,
        }

    @cached_property
    def traits(self) -> frozenset[str]:
        """What overlays ask for: extensions, option values such as ``database-sqlite``, the series' traits.

        Beside them there are ``dev``, with test tools, ``ended``, of a series that nobody fixes any more, and
        ``no-database``.
        """
        chosen = {f"{option}-{value}" for values in self.options.values() for option, value in values.items()}
        series = self.release.series
        conditions = (
            ("dev", self.dev),
            ("ended", not series.upstream.supported),
            ("no-database", "sqlalchemy" not in self.extensions),
            (SINGLE, self.single),
            ("resources", bool(self.resources)),
            ("form-fields", any(one.has_form for one in self.resources)),
            ("schema-fields", bool(self.resources and self.schema_fields)),
        )
        more = {trait for trait, holds in conditions if holds}
        of_resources = {f"resources-{trait}" for resource in self.resources for trait in resource.traits}
        return frozenset({*self.extensions, *chosen, *series.traits, *more, *of_resources})

    @cached_property
    def schema_fields(self) -> frozenset[str]:
        """The names of the application's own schema fields and validators that any API uses."""
        from flaskgen.planning.resources.api import schema_fields  # late: not every command renders

        return schema_fields(self.resources)

    @property
    def module(self) -> str:
        """What Flask imports the application from: its package, or the one file."""
        return "app" if self.single else self.name.package

    @property
    def command(self) -> str:
        """What runs the application's commands: Flask's own, or the project's script where that cannot."""
        return "python manage.py" if "no-cli" in self.traits else "flask"

    @property
    def run_command(self) -> str:
        """What serves the project while somebody works on it."""
        if self.single and "no-cli" in self.traits:
            return "python app.py"
        return f"{self.command} run" + ("" if "no-debug-option" in self.traits else " --debug")

    def requirements(self, catalogue: Catalogue) -> DirectRequirements:
        """Return the direct requirements. Raises IncompatibleVersions if the series has no such extension."""
        traits = catalogue.with_provided(self.traits)
        return requirements_for(self.release, self.extensions, traits=traits, dev=self.dev)


def render_project(
    spec: ProjectSpec,
    catalogue: Catalogue,
    *,
    secret_key: str,
    only: PurePosixPath | None = None,
    before: RenderedParts | None = None,
) -> Tree:
    """Return the files that templates make, as ``render`` does.

    ``secret_key`` goes into those that are written once.

    Raises IncompatibleVersions for an extension that the Flask series cannot have.
    """
    from flaskgen.planning.resources.values import form_fields, values_of  # late: not every command renders

    requirements, series = spec.requirements(catalogue), spec.release.series
    values = {
        "name": spec.name.text,
        "package": spec.name.package,
        "title": spec.name.title,
        "flask": spec.release.version,
        "flask_line": series.name,
        "python": spec.python,
        "requires_python": _requires_python(spec),
        "pythons": series.pythons.since(spec.python),
        "oldest_python": series.pythons.minimum.version,
        "command": spec.command,
        "run_command": spec.run_command,
        "requirements": requirements.runtime,
        "dev_requirements": requirements.dev,
        "options": spec.options,
        "secret_key": secret_key,
        "pages": pages_of(spec.generated),
    }
    overview = {
        "form_fields": form_fields(spec.resources),
        "has_owners": any(one.owner for one in spec.resources),
        "schema_fields": spec.schema_fields,
        "with_files": [one for one in spec.resources if one.files],
    }
    parts = [Part(RESOURCE, one.name, values_of(one, spec.resources), one.traits) for one in spec.resources]
    parts += [Part(PART, one.full_name, {"generated": one}, one.traits) for one in spec.generated]
    return render(
        catalogue, traits=spec.traits, values=values, overview=overview, parts=parts, only=only, before=before
    )


def _requires_python(spec: ProjectSpec) -> str:
    """Return the Pythons of a project: the pins may need its own, and newer ones may be known to fail."""
    pythons = spec.release.series.pythons
    if pythons.newer_tried:
        return f">={spec.python}"
    major, minor = pythons.maximum.version.split(".")
    return f">={spec.python},<{major}.{int(minor) + 1}"
