"""Projects rendered in memory, as `flaskgen new` renders them."""

from __future__ import annotations

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.project.names import parse_project_name
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.project.spec import render_project as render_spec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, select_extensions
from tests.project_templates.series import NEWEST, release_of
from tests.project_templates.subsets import SHIPPED, Files, Subset


def spec_of(
    extensions: Subset,
    *,
    catalogue: Catalogue = SHIPPED,
    name: str = "my-shop",
    series: FlaskSeries = NEWEST,
    options: tuple[str, ...] = (),
    dev: bool = True,
) -> ProjectSpec:
    chosen = select_extensions(extensions, catalogue).extensions
    values = parse_options(options, chosen, catalogue)
    release = catalogue.on(release_of(series))
    spec = ProjectSpec(parse_project_name(name), release, "3.13", chosen, values, dev=dev)
    return spec.with_examples(catalogue)


def render_project(
    extensions: Subset,
    *,
    name: str = "my-shop",
    catalogue: Catalogue = SHIPPED,
    series: FlaskSeries = NEWEST,
    options: tuple[str, ...] = (),
    dev: bool = True,
) -> Files:
    """Return a project's files: always with the same key."""
    spec = spec_of(extensions, catalogue=catalogue, name=name, series=series, options=options, dev=dev)
    key = "a-key-for-tests-0123456789-abcdefghij"
    return render_spec(spec, catalogue, secret_key=key)
