"""`flaskgen config`: show the user's defaults, and where each is set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from flaskgen.cli.configuration import check_extensions, command_of_projects, configured_defaults, settings_of
from flaskgen.cli.tables import show_table


@click.command("config", short_help="Show your defaults, and where they are set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def config(context: click.Context, as_json: bool) -> None:
    """Show the defaults of your projects, and where each is set.

    They are set in flaskgen.toml, whose place is shown, and by variables such as FLASKGEN_PRESET, which
    override the file. Options on the command line override both.
    """
    from flaskgen.effects.shipped.templates import load_catalogue
    from flaskgen.effects.system.configuration import configuration_path

    new = command_of_projects()
    with new.make_context("new", [], parent=context) as asked:
        check_extensions(load_catalogue(tuple(map(Path, asked.params["extensions"])), None))
        defaults, values = configured_defaults(), asked.params
    path = configuration_path()
    found = path is not None and path.exists()
    settings = [
        {"name": name, "value": values[name], "set_in": defaults.places.get(name)}
        for name in settings_of(new)
    ]
    if as_json:
        facts = {"file": path and str(path), "exists": found, "settings": settings}
        click.echo(json.dumps(facts, indent=2))
        return
    click.echo(f"{path}{'' if found else ' (does not exist)'}\n")
    rows = [(row["name"], _nearby(row["set_in"], path), _shown(row["value"])) for row in settings]
    show_table([("SETTING", "SET IN", "VALUE"), *rows])


def _nearby(place: str | None, path: Path | None) -> str:
    """Return where a value is set, without the directory of the file, which is shown above."""
    return place.replace(str(path), "flaskgen.toml") if place else "default"


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
