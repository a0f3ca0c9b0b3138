"""The options that commands which change a project have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.extensions_option import extensions_option

if TYPE_CHECKING:
    from flaskgen.cli.reporters import Display
    from flaskgen.commands.plan import ChangeSettings

_Command = Callable[..., None]


@dataclass(frozen=True)
class ChangeOptions:
    """The command line of a change, parsed."""

    settings: ChangeSettings
    display: Display


def change_options(command: _Command) -> _Command:
    """Add the options of `add`, `remove` and `option` to a command."""
    return _with(command, extensions_option, _CONFLICT, _UPDATE, _NO_VERIFY, *_COMMON)


def update_options(command: _Command) -> _Command:
    """Add the options of `update` to a command."""
    return _with(command, extensions_option, _CONFLICT, _NO_VERIFY, *_COMMON)


def undo_options(command: _Command) -> _Command:
    """Add the options of `undo` to a command."""
    return _with(command, *_COMMON)


def _with(command: _Command, *options: Callable[[_Command], _Command]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


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
    click.option("--offline", is_flag=True, help="Work offline, using only cached packages."),
    click.option("--index-url", metavar="URL", help="Package index to use, instead of pip's."),
    click.option("--extra-index-url", metavar="URL", multiple=True, help="Additional package index."),
    click.option("--find-links", metavar="URL|DIR", multiple=True, help="Page or directory with packages."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    click.option("-q", "--quiet", is_flag=True, help="Only print errors."),
    click.option("-v", "--verbose", is_flag=True, help="Show each command and its output."),
)


def read_options(given: Mapping[str, Any]) -> ChangeOptions:
    """Sort click's values. Raises UsageError for options that contradict each other."""
    from flaskgen.cli.new_options import read_sources
    from flaskgen.cli.reporters import Display
    from flaskgen.commands.plan import ChangeSettings
    from flaskgen.errors import UsageError
    from flaskgen.planning.merging.plan import ConflictPolicy

    if given["quiet"] and given["verbose"]:
        raise UsageError("--quiet and --verbose contradict each other", hint="use one of them")
    settings = ChangeSettings(
        sources=read_sources(given),
        extensions=tuple(map(Path, given.get("extensions", ()))),
        install=not given["no_install"],
        verify=not given.get("no_verify"),
        policy=ConflictPolicy(given.get("conflict") or ConflictPolicy.STOP),
        update=bool(given.get("update")),
        dry_run=given["dry_run"],
    )
    display = Display(as_json=given["as_json"], quiet=given["quiet"], verbose=given["verbose"])
    return ChangeOptions(settings, display)
