"""Options that several commands have, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.errors import Fix, FlaskgenError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Command = Callable[..., None]
_Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def completes(names: str, *, several: bool = False) -> _Completer:
    """Return what completes a parameter with what the function ``names`` of completion.py returns.

    ``several`` are separated by commas. Where there is no project, or one that cannot be read, nothing is
    completed.
    """

    def complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
        from flaskgen.cli import completion  # late: few runs complete something

        try:
            known = getattr(completion, names)(context)
        except FlaskgenError:
            return []
        return completion.complete(known, context, parameter, typed, several=several)

    return complete


def with_options_of(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    def add_options(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add_options


directory_argument = click.argument(
    "directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path)
)
"""The project of a command that works on any, by default the current one."""
SOURCE_OPTIONS = with_options_of(
    click.option("--offline", is_flag=True, help="Work offline, using only cached packages."),
    click.option("--index-url", metavar="URL", help="Package index to use, instead of pip's."),
    click.option("--extra-index-url", metavar="URL", multiple=True, help="Additional package index."),
    click.option("--find-links", metavar="URL|DIR", multiple=True, help="Page or directory with packages."),
)
OUTPUT_OPTIONS = with_options_of(
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    click.option("-q", "--quiet", is_flag=True, help="Only print errors, and data such as a diff."),
    click.option("-v", "--verbose", is_flag=True, help="Show each command and its output."),
)
extensions_option = click.option(
    "--extensions",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Directory with more extensions.",
)
"""Names directories of extensions beside those of flaskgen."""
option_option = click.option(
    "-o",
    "--option",
    metavar="EXT.KEY=VALUE",
    multiple=True,
    help="An option of an extension.",
    shell_complete=completes("settings"),
)
"""Sets options of extensions."""
python_downloads_option = click.option(
    "--python-downloads", is_flag=True, help="Let uv download a Python that is not installed."
)


_CONTRADICTIONS = (
    ("quiet", "verbose"),
    ("offline", "python_downloads"),
    ("dry_run", "python_downloads"),
    ("no_install", "test"),
    ("no_install", "workon"),
    ("no_verify", "test"),
    ("no_dev", "test"),
)


def check_contradictions(given: Mapping[str, Any]) -> None:
    """Raise UsageError for two options of a command that contradict each other."""
    for pair in _CONTRADICTIONS:
        if all(given.get(key) for key in pair):
            one, other = (f"--{key.replace('_', '-')}" for key in pair)
            raise UsageError(
                f"{one} and {other} contradict each other", hint="use one of them", fix=Fix(other)
            )


def common_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that creating and changing a project have in common."""
    from flaskgen.effects.packages.settings import configured_sources
    from flaskgen.planning.merging.plan import ConflictPolicy
    from flaskgen.planning.packages.sources import with_options

    return {
        "sources": with_options(configured_sources(), given),
        "extensions": tuple(map(Path, given.get("extensions", ()))),
        "install": not given["no_install"],
        "verify": not given.get("no_verify"),
        "policy": ConflictPolicy(given.get("conflict") or ConflictPolicy.STOP),
        "dry_run": given["dry_run"],
    }
