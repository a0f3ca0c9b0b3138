"""`flaskgen extensions`: what a project can have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.tables import show_table

if TYPE_CHECKING:
    from flaskgen.commands.extensions import ExtensionFacts


@click.command("extensions", short_help="List the extensions a project can have.")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    """List the extensions a project can have, or show all about one: `flaskgen extensions login`."""
    from flaskgen.commands.extensions import describe_extension, describe_extensions

    facts = [describe_extension(name)] if name else describe_extensions()
    if as_json:
        found = [fact.as_dict() for fact in facts]
        click.echo(json.dumps(found[0] if name else found, indent=2))
    elif name:
        _show_one(facts[0])
    else:
        _show_table(facts)


def _show_table(facts: list[ExtensionFacts]) -> None:
    rows = [("NAME", "DISTRIBUTION", "STATE", "WHAT IT GIVES")]
    for fact in facts:
        needs = f"; needs {' and '.join(fact.needs)}" if fact.needs else ""
        distribution = f"{fact.distribution} {fact.version}".rstrip()
        rows.append((fact.name, distribution, fact.upkeep, fact.summary + needs))
    show_table(rows)
    click.echo()
    show_table([("NAME", "WHAT TO KNOW"), *((fact.name, fact.note) for fact in facts if fact.note)])


def _show_one(fact: ExtensionFacts) -> None:
    click.echo(f"{click.style(fact.name, bold=True)}: {fact.summary}")
    note = f": {fact.note}" if fact.note else ""
    click.echo(f"{fact.distribution} {fact.version}, {fact.upkeep}{note}")
    _show_list("Needs", fact.needs)
    drivers = [f"{', '.join(more)}  with {traits}" for traits, more in fact.requirements_with.items()]
    _show_list("Installs", [*fact.requirements, *drivers])
    _show_list("Adds files", fact.files)
    _show_list("Changes files", fact.changes)
    width = max(map(len, fact.configuration), default=0)
    settings = [f"{key:<{width}}  {meaning}" for key, meaning in fact.configuration.items()]
    _show_list("Configuration", settings)
    _show_list("Options", [_option_line(fact.name, option) for option in fact.options])


def _option_line(extension: str, option: dict[str, Any]) -> str:
    return f"{extension}.{option['name']}={'|'.join(option['choices'])}  {option['help']}"


def _show_list(title: str, lines: list[str] | tuple[str, ...]) -> None:
    if lines:
        click.echo(f"\n{title}:")
        for line in lines:
            click.echo(f"  {line}")
