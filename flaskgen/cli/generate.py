"""`flaskgen generate`: resources and their fields, blueprints, commands and pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any

import click

from flaskgen import commands
from flaskgen.cli.change import CHANGE_OPTIONS, read_options, run_change
from flaskgen.cli.configuration import is_configured
from flaskgen.cli.options import completes, extensions_option, with_options_of
from flaskgen.cli.questions import confirm
from flaskgen.cli.terminal import show_json, show_table
from flaskgen.errors import UsageError


@click.group("generate", invoke_without_command=True)
@click.option("--list", "wants_list", is_flag=True, help="List what was generated.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@extensions_option
@click.pass_context
def generate(context: click.Context, wants_list: bool, as_json: bool, extensions: tuple[str, ...]) -> None:
    """Generate resources, blueprints, pages and commands in the current project. Your edits are kept.

    \b
    flaskgen generate resource Post title:str:120 body:text status:enum:draft,live=draft
    flaskgen generate field Post published_at:datetime:optional
    flaskgen generate field Post -- -status
    flaskgen generate page about

    FIELD is NAME[:TYPE[(ARGUMENTS)]][?][^][=DEFAULT]: `?` is optional, `^` is unique. What a shell would
    interpret needs no quotes if you write it as NAME:TYPE:ARGUMENTS:optional:unique=DEFAULT. TYPE is str,
    text, int, float, decimal, bool, date, time, datetime, uuid, json, enum, email, url, slug or file, or a
    model: User is one row, Tag* or Tag:many are many.

    In a terminal, it prompts for the name and the fields if you pass none.
    """
    if context.invoked_subcommand is None and wants_list:
        _list(as_json, tuple(map(Path, extensions)))
    elif context.invoked_subcommand is None:
        raise click.UsageError("Missing command." if not as_json else "--json needs --list.")
    for name, value in (("list", wants_list), ("json", as_json), ("extensions", extensions)):
        if context.invoked_subcommand is not None and value and not is_configured(name):
            raise click.UsageError(f"--{name} goes after the command.")


def _list(as_json: bool, extensions: tuple[Path, ...]) -> None:
    from flaskgen.effects.project.opening import open_here

    spec = open_here(directories=extensions).spec
    if as_json:
        resources = [one.as_dict() for one in spec.resources]
        show_json([*resources, *(one.as_dict() for one in spec.generated)])
        return
    rows = [("resource", one.name, " ".join(map(str, one.fields))) for one in spec.resources]
    rows += [(one.kind, one.name, one.blueprint or "-") for one in spec.generated]
    show_table([("KIND", "NAME", "FIELDS OR BLUEPRINT"), *rows])


_NAME = click.argument("name", required=False)
_NAMED = with_options_of(
    _NAME,
    click.argument("fields", metavar="[FIELD]...", nargs=-1),
    click.option("--plural", metavar="NAME", help="The plural, if it is irregular."),
    click.option(
        "--owner", is_flag=True, help="Each row belongs to the user who created it; adds login if necessary."
    ),
)


@generate.command("resource", short_help="Generate a model with pages, an API and tests.")
@_NAMED
@click.option("--no-pages", is_flag=True, help="No pages: API clients show and change the rows.")
@click.option("--no-api", is_flag=True, help="No API, even if the project has one.")
@click.option(
    "--from", "file", metavar="FILE", type=click.File("rb"), help="JSON that describes it; - is stdin."
)
@CHANGE_OPTIONS
def resource(no_pages: bool, no_api: bool, file: IO[bytes] | None, **given: Any) -> None:
    """Generate a resource: a model, pages, tests, and an API if the project has smorest or restful.

    The pages list, show, create, edit and delete its rows.

    \b
    flaskgen generate resource Post title:str:120 body:text:optional author:User
    flaskgen generate resource --from posts.json

    The file has one resource or a list of them, as `flaskgen generate --list --json` prints it and `flaskgen
    schema resource` describes it. If the project has the resource and you pass no fields, the parts that it
    does not have are added.
    """
    if file is None:
        _generate(given, pages=not no_pages, api=not no_api)
        return

    for key, value in {**given, "no-pages": no_pages, "no-api": no_api}.items():
        if value and key in ("name", "fields", "plural", "owner", "no-pages", "no-api"):
            what = {"name": "NAME", "fields": "FIELD"}.get(key, f"--{key}")
            raise UsageError(
                f"{what} and --from contradict each other", hint="remove it: the file has that already"
            )
    made = partial(commands.generate_resources, Path(), file.read(), source=file.name)
    run_change(made, read_options(given))


@generate.command("model", short_help="Generate a model, without pages and API.")
@_NAMED
@CHANGE_OPTIONS
def model(**given: Any) -> None:
    """Generate a model with its factory: a resource without pages and API.

    \b
    flaskgen generate model Tag name:str:50:unique
    flaskgen generate resource Tag    # its pages and its API, later
    """
    _generate(given, pages=False, api=False)


@generate.command("api", short_help="Generate a model with an API.")
@_NAMED
@CHANGE_OPTIONS
def api(**given: Any) -> None:
    """Generate a model with an API and its tests: a resource without pages.

    \b
    flaskgen generate api Tag name:str:50:unique
    flaskgen generate api Post    # for a resource that has none
    """
    _generate(given, pages=False, api=True)


@generate.command("form", short_help="Generate a model with a form class.")
@_NAMED
@CHANGE_OPTIONS
def form(**given: Any) -> None:
    """Generate a model with a form class and its tests, for views of your own: a resource without pages.

    \b
    flaskgen generate form Tag name:str:50:unique
    flaskgen generate form Post    # for a resource that has no pages
    """
    _generate(given, pages=False, api=False, form=True)


def _generate(given: Mapping[str, Any], *, pages: bool, api: bool, form: bool = False) -> None:
    """Generate what was typed, after prompts for the name and the fields if nothing was."""
    from flaskgen.effects.project.opening import open_here
    from flaskgen.planning.resources.resource import find_resource

    options = read_options(given)
    name, fields = given["name"], given["fields"]
    if name is None:
        options.require_someone("NAME", hint="flaskgen generate resource Post title:str body:text")
        from flaskgen.cli.project_prompts import ask_resource_name

        name = ask_resource_name()
    if not fields and options.display.can_ask:
        from flaskgen.cli.project_prompts import ask_fields

        there = open_here(directories=options.settings.extensions).spec.resources
        fields = () if find_resource(name, there) else ask_fields()
    named = {"plural": given["plural"], "owner": given["owner"], "pages": pages, "api": api, "form": form}
    run_change(partial(commands.generate, Path(), name, fields, **named), options)


class _FieldCommand(click.Command):
    """A command whose ``-NAME`` is a field, also in front of ``--``; a cluster of flags stays one."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        known = {name for option in self.get_params(context) for name in option.opts}

        def is_field(text: str) -> bool:
            cluster = all(f"-{letter}" in known for letter in text[1:])
            return text[1:].isidentifier() and text not in known and not cluster

        end = arguments.index("--") if "--" in arguments else len(arguments)
        before, after = arguments[:end], arguments[end + 1 :]
        gone = [text for text in before if text.startswith("-") and is_field(text)]
        if gone:
            arguments = [*(text for text in before if text not in gone), "--", *gone, *after]
        return super().parse_args(context, arguments)


@generate.command("field", cls=_FieldCommand, short_help="Add fields to a resource, or remove some.")
@click.argument("name", required=False, shell_complete=completes("resources"))
@click.argument("fields", metavar="[FIELD]... [-NAME]...", nargs=-1)
@CHANGE_OPTIONS
def field(name: str | None, fields: tuple[str, ...], **given: Any) -> None:
    """Add fields to a resource of the current project. `-NAME` removes one: after `--` if it is a letter.

    \b
    flaskgen generate field Post rating:int:optional
    flaskgen generate field Post -- -rating
    """
    options = read_options(given)
    if name is None or not fields:
        missing = "NAME" if name is None else "FIELD"
        options.require_someone(missing, hint="flaskgen generate field Post rating:int")
        from flaskgen.cli.project_prompts import ask_fields, choose_resource

        name = choose_resource(options.settings.extensions) if name is None else name
        fields = fields or ask_fields()
    gone = [text[1:] for text in fields if text.startswith("-")]
    added = [text for text in fields if not text.startswith("-")]
    if gone and options.display.can_ask and not options.settings.dry_run:
        confirm(f"Remove {', '.join(gone)}, and what the rows have in {'it' if len(gone) == 1 else 'them'}?")
    run_change(partial(commands.generate_fields, Path(), name, added, remove=gone), options)


@generate.command("blueprint", short_help="Generate a blueprint with a page.")
@_NAME
@CHANGE_OPTIONS
def blueprint(name: str | None, **given: Any) -> None:
    """Generate a blueprint with a view, a template and a test.

    \b
    flaskgen generate blueprint blog
    """
    _generate_part("blueprint", name, None, given)


@generate.command("page", short_help="Generate a page of a blueprint.")
@_NAME
@click.option("--blueprint", metavar="NAME", help="One that was generated.  [default: main]")
@CHANGE_OPTIONS
def page(name: str | None, blueprint: str | None, **given: Any) -> None:
    """Generate a page: a view in a blueprint, a template and a test.

    \b
    flaskgen generate page about
    flaskgen generate page archive --blueprint blog
    """
    _generate_part("page", name, blueprint, given)


@generate.command("command", short_help="Generate a command of the application.")
@_NAME
@CHANGE_OPTIONS
def command(name: str | None, **given: Any) -> None:
    """Generate a command of the application, with a test.

    \b
    flaskgen generate command send-digest
    flask send-digest
    """
    _generate_part("command", name, None, given)


def _generate_part(kind: str, name: str | None, blueprint: str | None, given: Mapping[str, Any]) -> None:
    options = read_options(given)
    if name is None:
        options.require_someone("NAME", hint=f"flaskgen generate {kind} NAME")
        from flaskgen.cli.project_prompts import ask_part_name

        name = ask_part_name(kind)
    run_change(partial(commands.generate_part, Path(), kind, name, blueprint=blueprint), options)
