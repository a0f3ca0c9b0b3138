"""`flaskgen schema`: the JSON Schema of what flaskgen prints and reads."""

from __future__ import annotations

import click

from flaskgen.cli.options import completes
from flaskgen.cli.terminal import show_json


@click.command("schema")
@click.argument("name", required=False, shell_complete=completes("schemas"))
def schema(name: str | None) -> None:
    """Print the JSON Schema (draft 2020-12) of what flaskgen prints with --json and reads with --from.

    NAME is what to describe, such as resource, plan, new, change or record; by default, everything.

    \b
    flaskgen schema resource
    flaskgen schema plan > plan.schema.json
    """
    from flaskgen.effects.shipped.json_schema import load_schema

    show_json(load_schema(name))
