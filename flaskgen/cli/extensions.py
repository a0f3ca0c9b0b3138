"""`flaskgen extensions` and `extension`: list them, and create or check one of your own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import click

from flaskgen.cli.options import completes, extensions_option
from flaskgen.cli.terminal import aligned, one_line, show_json, show_list, show_table
from flaskgen.errors import TemplateDefect, UsageError
from flaskgen.reporting import counted

if TYPE_CHECKING:
    from flaskgen.commands.extensions import ExtensionFacts, SlotLines


@click.command("extensions")
@click.argument("name", required=False, shell_complete=completes("extensions"))
@extensions_option
@click.option("--lines", is_flag=True, help="Show the lines that NAME adds to shared files.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def extensions(name: str | None, extensions: tuple[str, ...], lines: bool, as_json: bool) -> None:
    """List the available extensions, or show the details of one: `flaskgen extensions login`."""
    from flaskgen.commands.extensions import describe_extensions, describe_lines

    directories = tuple(map(Path, extensions))
    if lines:
        if name is None:
            raise UsageError(
                "--lines needs the name of an extension", hint="flaskgen extensions login --lines"
            )
        _show_lines(name.strip().lower(), describe_lines(name, directories), as_json=as_json)
        return
    facts = describe_extensions(directories, name, files=as_json or name is not None)
    if as_json:
        shown = [fact._asdict() for fact in facts]
        show_json(shown if name is None else shown[0])
    elif name is None:
        _show_table(facts)
    else:
        _show_one(facts[0])


def _show_table(facts: Sequence[ExtensionFacts]) -> None:
    rows = [("NAME", "DISTRIBUTION", "STATUS", "WHAT IT ADDS")]
    for fact in facts:
        needs = f"; requires {' and '.join(fact.needs)}" if fact.needs else ""
        distribution = f"{fact.distribution or fact.place} {fact.version}".strip()
        rows.append((fact.name, distribution, fact.status, fact.summary + needs))
    show_table(rows)
    click.echo()
    show_table([("NAME", "NOTE"), *((fact.name, fact.note) for fact in facts if fact.note)])


def _show_one(fact: ExtensionFacts) -> None:
    click.echo(f"{click.style(fact.name, bold=True)}: {fact.summary}")
    note = f": {fact.note}" if fact.note else ""
    click.echo(f"{f'{fact.distribution or fact.name} {fact.version}'.rstrip()}, {fact.status}{note}")
    if fact.place:
        click.echo(f"From {fact.place}")
    show_list("Requires", fact.needs)
    drivers = [f"{', '.join(more)}  with {traits}" for traits, more in fact.requirements_with.items()]
    show_list("Installs", [*fact.requirements, *drivers])
    show_list("Adds files", fact.files)
    show_list("Changes files", fact.changes)
    show_list("Configuration", aligned(fact.configuration.items()))
    options = [(f"{fact.name}.{one['name']}={'|'.join(one['choices'])}", one["help"]) for one in fact.options]
    show_list("Options", [f"{option}  {what}" for option, what in options])


def _show_lines(name: str, found: Sequence[SlotLines], *, as_json: bool) -> None:
    """Print the lines below the slots that they fill, and these below their files."""
    if as_json:
        show_json({"name": name, "lines": [lines._asdict() for lines in found]})
        return
    for number, (file, group) in enumerate(groupby(found, key=lambda lines: lines.file)):
        click.echo(("\n" if number else "") + click.style(file, bold=True))
        for lines in group:
            click.echo(f"  {_slot_line(lines)}")
            click.echo(indent(lines.text, "    "), nl=False)


def _slot_line(lines: SlotLines) -> str:
    part = f" ({lines.part})" if lines.part else ""
    condition = f" with {' and '.join(lines.condition)}" if lines.condition else ""
    return f"{lines.slot}{part}{condition}{'' if lines.text else ': no lines'}"


@click.group("extension")
def extension() -> None:
    """Create an extension of your own, or check one. `flaskgen extensions` lists what is available."""


@extension.command("new")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def new(name: str, as_json: bool) -> None:
    """Create an extension to start from, in the directory NAME.

    \b
    flaskgen extension new pulse
    flaskgen new shop --extensions . --with pulse
    """
    from flaskgen.commands.extensions import create_extension

    made = create_extension(name, Path())
    if as_json:
        files = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
        show_json({"extension": name, "path": str(made.absolute()), "files": files})
        return
    click.echo(f"Created {name}: a manifest, a module with its test, and lines for shared files.\n\nNext:")
    click.echo(f"  flaskgen extension check {name}")
    click.echo(f"  flaskgen new my-app --extensions . --with {name}")


@extension.command("check")
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(directory: Path, as_json: bool) -> int:
    """Check the extension in DIR, and projects with it.

    Its manifest, its lines and its settings are checked. Every series of Flask needs data or a reason.
    Projects are rendered with the extension on each series, and with it and each other extension.
    """
    from flaskgen.commands.extensions import check_extension

    problems = check_extension(directory)
    if as_json:
        show_json({"path": str(directory.absolute()), "problems": problems})
        return 1 if problems else 0
    for problem in problems:
        click.echo(one_line(problem), err=True)
    if problems:
        number = counted(len(problems), "problem")
        raise TemplateDefect(
            f"`{directory}` has {number}", hint="CONTRIBUTING.md of flaskgen explains how to write one"
        )
    click.echo(f"{directory}: no problems found.")
    return 0
