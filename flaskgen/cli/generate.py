"""`flaskgen generate`: resources and their fields."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change import CHANGE_OPTIONS, read_options, run_change


@click.group("generate", short_help="Generate resources and fields.", invoke_without_command=True)
@click.option("--list", "wants_list", is_flag=True, help="List the resources of the project.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def generate(context: click.Context, wants_list: bool, as_json: bool) -> None:
    """Generate resources of the current project, and change their fields. Your edits are kept.

    \b
    flaskgen generate resource Post title:str:120 body:text status:enum:draft,live=draft
    flaskgen generate field Post published_at:datetime:optional
    flaskgen generate field Post -- -status

    FIELD is NAME[:TYPE[(ARGUMENTS)]][?][^][=DEFAULT]: `?` is optional, `^` is unique. What a shell would
    interpret needs no quotes if you write it as NAME:TYPE:ARGUMENTS:optional:unique=DEFAULT. TYPE is str,
    text, int, float, decimal, bool, date, time, datetime, uuid, json, enum, email, url or slug, or a model:
    User is one row, Tag* or Tag:many are many.

    In a terminal, it prompts for the name and the fields if you pass none.
    """
    if context.invoked_subcommand is None and wants_list:
        _list_resources(as_json)
    elif context.invoked_subcommand is None:
        raise click.UsageError("Missing command." if not as_json else "--json prints what --list lists.")
    elif wants_list or as_json:
        raise click.UsageError(f"{'--list' if wants_list else '--json'} belongs behind the command.")


def _list_resources(as_json: bool) -> None:
    from flaskgen.cli.tables import show_table
    from flaskgen.commands.verbs.generate import read_resources

    resources = read_resources(Path())
    if as_json:
        click.echo(json.dumps([resource.as_dict() for resource in resources], indent=2))
    else:
        rows = [(one.name, one.plural, " ".join(map(str, one.fields))) for one in resources]
        show_table([("RESOURCE", "PLURAL", "FIELDS"), *rows])


@generate.command("resource", short_help="Generate a model with pages and tests.")
@click.argument("name", required=False)
@click.argument("fields", metavar="[FIELD]...", nargs=-1)
@click.option("--plural", metavar="NAME", help="The plural, if it is not that of most words.")
@click.option("--owner", is_flag=True, help="Each row belongs to the user who created it. Needs login.")
@click.option("--no-pages", is_flag=True, help="No pages: API clients show and change the rows.")
@click.option("--no-api", is_flag=True, help="No API, even where the project has one.")
@CHANGE_OPTIONS
def resource(
    name: str | None,
    fields: tuple[str, ...],
    plural: str | None,
    owner: bool,
    no_pages: bool,
    no_api: bool,
    **given: Any,
) -> None:
    """Generate a resource: a model, pages to list, show, create, edit and delete its rows, and tests.

    \b
    flaskgen generate resource Post title:str:120 body:text:optional author:User
    """
    from flaskgen import commands

    options = read_options(given)
    name, fields = _complete(name, fields, can_ask=options.can_ask)
    made = partial(
        commands.generate,
        Path(),
        name,
        fields,
        plural=plural,
        owner=owner,
        pages=not no_pages,
        api=not no_api,
    )
    run_change(made, options)


def _complete(name: str | None, fields: tuple[str, ...], *, can_ask: bool) -> tuple[str, tuple[str, ...]]:
    """Prompt for the name of a resource and its fields, as far as they were not passed."""
    from flaskgen.errors import UsageError

    if name is not None and (fields or not can_ask):
        return name, fields
    if not can_ask:
        raise UsageError("missing argument NAME", hint="flaskgen generate resource Post title:str body:text")
    from flaskgen.cli.prompts import ask_fields, ask_resource_name

    return ask_resource_name() if name is None else name, fields or ask_fields()


@generate.command("field", short_help="Add fields to a resource, or remove some.")
@click.argument("name", required=False)
@click.argument("fields", metavar="[FIELD]... [-- -NAME...]", nargs=-1)
@CHANGE_OPTIONS
def field(name: str | None, fields: tuple[str, ...], **given: Any) -> None:
    """Add fields to a resource of the current project. After `--`, `-NAME` removes one.

    \b
    flaskgen generate field Post rating:int:optional
    flaskgen generate field Post -- -rating
    """
    from flaskgen import commands
    from flaskgen.errors import UsageError

    options = read_options(given)
    if name is None or not fields:
        if not options.can_ask:
            missing = "NAME" if name is None else "FIELD"
            raise UsageError(f"missing argument {missing}", hint="flaskgen generate field Post rating:int")
        from flaskgen.cli.prompts import ask_fields, choose_resource

        name, fields = choose_resource(Path()) if name is None else name, fields or ask_fields()
    gone = [text[1:] for text in fields if text.startswith("-")]
    added = [text for text in fields if not text.startswith("-")]
    if gone and options.can_ask and not options.settings.dry_run:
        from flaskgen.cli.questions import confirm

        confirm(f"Remove {', '.join(gone)}, and what the rows have in {'it' if len(gone) == 1 else 'them'}?")
    run_change(partial(commands.generate_fields, Path(), name, added, remove=gone), options)
