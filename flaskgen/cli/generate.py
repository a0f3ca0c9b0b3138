"""`flaskgen generate`: resources and their fields."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change import CHANGE_OPTIONS, read_options, run_change


@click.group("generate", short_help="Generate resources and fields.")
def generate() -> None:
    """Generate resources of the current project, and change their fields. Your edits are kept.

    \b
    flaskgen generate resource Post title:str:120 body:text status:enum:draft,live=draft
    flaskgen generate field Post published_at:datetime:optional
    flaskgen generate field Post -- -status

    FIELD is NAME[:TYPE[(ARGUMENTS)]][?][^][=DEFAULT]: `?` is optional, `^` is unique. In shells in which
    these marks have a meaning, write NAME:TYPE:ARGUMENTS:optional:unique. TYPE is str, text, int, float,
    decimal, bool, date, time, datetime, uuid, json, enum, email, url or slug, or a model: User is one row,
    Tag* are many.
    """


@generate.command("resource", short_help="Generate a model with pages and tests.")
@click.argument("name")
@click.argument("fields", metavar="FIELD...", nargs=-1, required=True)
@click.option("--plural", metavar="NAME", help="The plural, if it is not that of most words.")
@click.option("--owner", is_flag=True, help="Each row belongs to the user who created it. Needs login.")
@CHANGE_OPTIONS
def resource(
    name: str,
    fields: tuple[str, ...],
    plural: str | None,
    owner: bool,
    **given: Any,
) -> None:
    """Generate a resource: a model, pages to list, show, create, edit and delete its rows, and tests.

    \b
    flaskgen generate resource Post title:str:120 body:text:optional author:User
    """
    from flaskgen import commands

    made = partial(
        commands.generate,
        Path(),
        name,
        fields,
        plural=plural,
        owner=owner,
    )
    run_change(made, read_options(given))


@generate.command("field", short_help="Add fields to a resource, or remove some.")
@click.argument("name")
@click.argument("fields", metavar="[FIELD]... [-- -NAME...]", nargs=-1, required=True)
@CHANGE_OPTIONS
def field(name: str, fields: tuple[str, ...], **given: Any) -> None:
    """Add fields to a resource of the current project. After `--`, `-NAME` removes one.

    \b
    flaskgen generate field Post rating:int:optional
    flaskgen generate field Post -- -rating
    """
    from flaskgen import commands

    gone = [text[1:] for text in fields if text.startswith("-")]
    added = [text for text in fields if not text.startswith("-")]
    run_change(partial(commands.generate_fields, Path(), name, added, remove=gone), read_options(given))


@generate.command("list", short_help="List the resources of a project.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_resources(as_json: bool) -> None:
    """List the resources of the current project, with their fields."""
    from flaskgen.cli.tables import show_table
    from flaskgen.commands.verbs.generate import read_resources

    resources = read_resources(Path())
    if as_json:
        click.echo(json.dumps([resource.as_dict() for resource in resources], indent=2))
    else:
        rows = [(one.name, one.plural, " ".join(map(str, one.fields))) for one in resources]
        show_table([("RESOURCE", "PLURAL", "FIELDS"), *rows])
