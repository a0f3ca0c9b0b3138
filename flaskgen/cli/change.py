"""`flaskgen add`, `remove`, `option`, `update` and `undo`: their options, and the one way to run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from flaskgen import commands
from flaskgen.cli.configuration import check_extensions, configured_defaults, is_configured
from flaskgen.cli.options import (
    OUTPUT_OPTIONS,
    SOURCE_OPTIONS,
    check_contradictions,
    common_settings,
    completes,
    extensions_option,
    option_option,
    with_options_of,
)
from flaskgen.cli.questions import confirm
from flaskgen.cli.terminal import one_line, say, say_next, show_json
from flaskgen.errors import ProjectOutdated, UsageError
from flaskgen.reporting import counted

if TYPE_CHECKING:
    from flaskgen.cli.reporters import Display
    from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
    from flaskgen.commands.verbs.undo import Undone
    from flaskgen.effects.system.session import Reporter


_CONFLICT = click.option(
    "--conflict",
    type=click.Choice(["markers", "theirs", "ours"]),
    help="How to resolve conflicts: insert markers, take the new lines, or keep yours."
    "  [default: change nothing]",
)
_UPDATE = click.option("--update", is_flag=True, help="Also update the project to the current templates.")
_NO_VERIFY = click.option(
    "--no-verify", is_flag=True, help="Do not check that the application works as before."
)
_COMMON = (
    click.option("--dry-run", is_flag=True, help="Show what would happen to each file; write nothing."),
    click.option("--no-install", is_flag=True, help="Only change files; leave the environment as it is."),
    SOURCE_OPTIONS,
    OUTPUT_OPTIONS,
)
CHANGE_OPTIONS = with_options_of(extensions_option, _CONFLICT, _UPDATE, _NO_VERIFY, *_COMMON)


@click.command("add")
@click.argument(
    "names",
    metavar="EXT[,EXT]",
    nargs=-1,
    shell_complete=completes("absent_extensions", several=True),
)
@option_option
@CHANGE_OPTIONS
def add(names: tuple[str, ...], option: tuple[str, ...], **given: Any) -> None:
    """Add extensions to the current project. Your edits are kept.

    \b
    flaskgen add mail
    flaskgen add login,mail --dry-run

    In a terminal, it prompts for extensions if you name none.
    """
    options = read_options(given)
    typed = () if is_configured("option") else option
    defaults = configured_defaults().get("option", ())
    if defaults:
        check_extensions(options.settings.extensions, None)
    chosen, settings = names, typed
    if not names:
        options.require_someone("EXT", hint="name an extension: flaskgen add mail")
        from flaskgen.cli.project_prompts import ask_for_extensions

        chosen, settings = ask_for_extensions(typed, defaults, options.settings.extensions)
    run_change(partial(commands.add, Path(), chosen, settings, defaults=defaults), options)


@click.command("remove")
@click.argument(
    "names",
    metavar="NAME[,NAME]",
    nargs=-1,
    shell_complete=completes("removable", several=True),
)
@CHANGE_OPTIONS
def remove(names: tuple[str, ...], **given: Any) -> None:
    """Remove extensions, or what was generated, from the current project. Your edits are kept.

    \b
    flaskgen remove mail
    flaskgen remove post,about
    flaskgen remove all --dry-run

    In a terminal, it prompts for what to remove if you name nothing.
    """
    parsed = read_options(given)
    if not names:
        parsed.require_someone("NAME", hint="name what to remove: flaskgen remove mail")
        from flaskgen.cli.project_prompts import ask_what_to_remove

        names = ask_what_to_remove(parsed.settings.extensions)
    run_change(partial(commands.remove, Path(), names), parsed)


@click.command("option")
@click.argument(
    "options",
    metavar="EXT.KEY=VALUE",
    nargs=-1,
    shell_complete=completes("project_settings"),
)
@CHANGE_OPTIONS
def option(options: tuple[str, ...], **given: Any) -> None:
    """Change options of the current project's extensions, such as its database.

    `flaskgen extensions NAME` lists the options of an extension. Your edits are kept. In a terminal, it
    prompts for an option if you name none.
    """
    parsed = read_options(given)
    if not options:
        parsed.require_someone("EXT.KEY=VALUE", hint="name it: flaskgen option sqlalchemy.database=mysql")
        from flaskgen.cli.project_prompts import ask_for_setting

        options = ask_for_setting(parsed.settings.extensions)
    run_change(partial(commands.option, Path(), options), parsed)


@click.command("update")
@with_options_of(extensions_option, _CONFLICT, _NO_VERIFY, *_COMMON)
def update(**given: Any) -> None:
    """Update the project to the current templates. Your edits are kept.

    It keeps its extensions and its version of Flask. `add`, `remove` and `option` do the same with --update.
    """
    run_change(partial(commands.update, Path()), read_options(given))


@click.command("undo")
@with_options_of(*_COMMON)
def undo(**given: Any) -> None:
    """Undo the last change to the current project: to its files, its packages and its environment.

    Run it again to undo the changes before, up to ten. It stops if you edited one of the files since.
    """
    options = read_options(given)
    session = options.display.session()
    undone = commands.undo(Path(), settings=options.settings, session=session)
    if options.display.as_json:
        show_json(_undone_as_json(undone, options, session.reporter))
    elif options.settings.dry_run:
        for name, status in undone.files.items():
            click.echo(f"{status.value:>8}  {one_line(name)}")
    elif not options.display.quiet:
        files = counted(len(undone.files), "file") + (" and the environment" if undone.environment else "")
        say(one_line(f"Undid `flaskgen {undone.title}`: restored {files}. {_further(undone)}"))
        say_next(undone.next_steps)


def _further(undone: Undone) -> str:
    if not undone.further:
        return "There is no earlier change to undo."
    return (
        f"{counted(len(undone.further), 'earlier change')} can be undone; the next is `{undone.further[0]}`."
    )


def _undone_as_json(undone: Undone, options: Options, said: Reporter) -> dict[str, Any]:
    dry_run = options.settings.dry_run
    return {
        "project": str(undone.project),
        "command": "undo",
        "undone": undone.title,
        "further": list(undone.further),
        "files": [{"path": name, "status": status.value} for name, status in undone.files.items()],
        "packages": {
            "install": list(undone.packages.uninstalled),
            "uninstall": list(undone.packages.installed),
        },
        "environment": undone.environment,
        "next_steps": list(undone.next_steps),
        "notes": said.notes,
        "warnings": said.warnings,
        "changed": not dry_run,
        "dry_run": dry_run,
    }


class Options(NamedTuple):
    settings: ChangeSettings
    display: Display

    def require_someone(self, argument: str, *, hint: str) -> None:
        """Raise UsageError for a missing argument if the user cannot be prompted for it."""
        if not self.display.can_ask:
            raise UsageError(f"missing argument {argument}", hint=hint)


def read_options(given: Mapping[str, Any]) -> Options:
    """Sort click's values. Raises UsageError for options that contradict each other."""
    from flaskgen.cli.reporters import Display
    from flaskgen.commands.plan import ChangeSettings

    check_contradictions(given)
    settings = ChangeSettings(**common_settings(given), update=bool(given.get("update")))
    return Options(settings, Display.of(given))


def run_change(change: Callable[..., Outcome[Plan]], options: Options) -> None:
    """Make a change and show it; an outdated project is updated in the same change if the user agrees."""
    from flaskgen.cli.change_shown import show

    session = options.display.session()
    try:
        outcome = change(settings=options.settings, session=session)
    except ProjectOutdated as outdated:
        if not options.display.can_ask:
            raise

        say(f"{outdated.message}.")
        confirm("Update it in the same change?")
        outcome = change(settings=replace(options.settings, update=True), session=session)
    show(outcome, session.reporter, options.display, verify=options.settings.verify)
