"""`flaskgen versions` and `constraints`: the Flask versions, and what each works with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flaskgen.cli.options import completes, extensions_option
from flaskgen.cli.terminal import aligned, show_json, show_list, show_table

if TYPE_CHECKING:
    from flaskgen.commands.versions import VersionFacts


@click.command("versions")
@click.argument("version", required=False, shell_complete=completes("releases"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def versions(version: str | None, as_json: bool) -> None:
    """List the release series of Flask, or show the details of one, or of a release: `flaskgen versions 1.1`.

    HERE: the Pythons on this machine that can run it. REQUIRES: the bounds beyond which it fails.
    """
    from flaskgen.commands.versions import describe_series, describe_version

    facts = describe_series() if version is None else [describe_version(version)]
    if as_json:
        shown = [fact.as_dict() for fact in facts]
        show_json(shown if version is None else shown[0])
    elif version is None:
        _show_table(facts)
    else:
        _show_one(facts[0])


def _show_table(facts: Sequence[VersionFacts]) -> None:
    rows = [("FLASK", "NEWEST", "PYTHON", "STATUS", "HERE", "REQUIRES")]
    rows += [
        (
            fact.series.name,
            fact.series.tested,
            f"{fact.series.pythons.minimum.version} to {fact.series.pythons.maximum.version}",
            _status(fact),
            ", ".join(dict.fromkeys(found.minor for found in fact.installed)) or "none",
            ", ".join(fact.ceilings) or "-",
        )
        for fact in facts
    ]
    show_table(rows)


def _status(fact: VersionFacts) -> str:
    return "supported" if fact.series.upstream.supported else "unsupported"


def _show_one(fact: VersionFacts) -> None:
    series, pythons = fact.series, fact.series.pythons
    title = click.style(f"Flask {fact.release.version}", bold=True)
    click.echo(f"{title}, of the {series.name} series ({_status(fact)}). {series.upstream.note}")
    for note in fact.release.notes:
        click.echo(note)
    show_list(
        "Releases", [", ".join(series.releases), *(f"{one}: {why}" for one, why in series.broken.items())]
    )
    show_list(f"Python {pythons.minimum.version} to {pythons.maximum.version}", list(_pythons(fact)))
    show_list("Requires", aligned(_core(fact)))
    show_list("Extensions", aligned(_extensions(fact)))
    show_list("Exceptions", list(_exceptions(fact)))


def _pythons(fact: VersionFacts) -> Iterable[str]:
    pythons = fact.series.pythons
    yield f"minimum: {pythons.minimum.reason}"
    if pythons.newer_tried:
        yield f"newer versions are allowed: {pythons.maximum.version} is {pythons.maximum.reason}"
    else:
        yield f"maximum: {pythons.maximum.reason}"
    for found in fact.installed:
        yield f"on this machine: {found.version}, {found.path}"


def _core(fact: VersionFacts) -> Iterable[tuple[str, str]]:
    for bound in fact.series.core:
        yield bound.requirement, bound.reason
        if older := bound.older_pythons:
            yield (
                bound.name + older.bounds,
                f"before Python {older.below}, in projects that flaskgen did not create: {older.reason}",
            )


def _extensions(fact: VersionFacts) -> Iterable[tuple[str, str]]:
    for name, support in fact.extensions.items():
        if support.unsupported:
            yield name, f"not available: {support.unsupported}"
        elif support.replaced:
            yield name, support.replaced
        else:
            yield name, ", ".join(support.requirements)
        for traits, requirements in support.beside_as_dict().items():
            yield "", f"with {traits}: {', '.join(requirements)}"


def _exceptions(fact: VersionFacts) -> Iterable[str]:
    others = (one for one in fact.series.exceptions if fact.release.version not in one.releases)
    for exception in others:
        names = ", ".join(release for release in fact.series.releases if release in exception.releases)
        if exception.maximum:
            yield f"{names}: Python up to {exception.maximum.version}, {exception.maximum.reason}"
        for bound in exception.core:
            yield f"{names}: {bound.requirement}, {bound.reason}"


@click.command("constraints")
@click.argument("version", shell_complete=completes("releases"))
@click.option(
    *("-x", "--with", "names"),
    metavar="EXT[,EXT]",
    multiple=True,
    help="Extensions, `all` or `none`.",
)
@extensions_option
@click.option(
    "--python",
    metavar="VERSION",
    allow_from_autoenv=False,  # a bound to check here; for `new`, the Python to use
    help="Fail if that Flask does not work on this Python.",
)
@click.option("--tested", is_flag=True, help="Also keep to the versions that were tested.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def constraints(
    version: str,
    names: tuple[str, ...],
    extensions: tuple[str, ...],
    python: str | None,
    tested: bool,
    as_json: bool,
) -> None:
    """Print what is known to break with a Flask version as a pip constraints file, with the reason for each.

    \b
    flaskgen constraints 1.1.4 > constraints.txt
    pip install -c constraints.txt -r requirements.txt
    """
    from flaskgen.commands.versions import constraints

    directories = tuple(map(Path, extensions))
    file = constraints(version, extensions=names, directories=directories, python=python, tested=tested)
    if as_json:
        shown = [one._asdict() for one in file.constraints if one.requirement]
        show_json({"flask": file.release.version, "constraints": shown})
    else:
        click.echo(file, nl=False)
