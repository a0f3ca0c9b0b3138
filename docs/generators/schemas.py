"""The pages of flaskgen's JSON and of a project's record, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generators.tables import table

import flaskgen

_SCHEMA = Path(flaskgen.__file__).with_name("schema.json")
_SCHEMAS = """\
# JSON

What flaskgen prints with `--json` and reads with `--from`. `flaskgen schema` prints the <a
href="../schema.json">JSON Schema</a> (draft 2020-12) of everything, `flaskgen schema NAME` that of
one of the sections below. Keys marked with `?` may be absent.
"""
_RECORD = """\
# The record of a project

`.flaskgen/project.toml` says what a project was made of. flaskgen writes it, in the same
transaction as the files; commit it to Git. It changes with `add`, `remove`, `option`, `generate`,
`update` and `upgrade`, and is what they render the project from. To copy a project's choices to
another machine, use `flaskgen new --from` with the output of `flaskgen new --dry-run --json`.

Beside it, `.flaskgen/base/` has the files as flaskgen last wrote them, the common ancestor of every
merge, and `.flaskgen/undo/` the log of the last changes.
"""


def describe_schemas() -> str:
    """Return the page of everything, with a section for each definition."""
    return "\n".join(
        (_SCHEMAS, *(_section(name, one) for name, one in _definitions().items() if name != "record"))
    )


def describe_record() -> str:
    """Return the page of the record."""
    return _RECORD + "\n".join(_tables(_definitions()["record"], ""))


def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))["$defs"]
    return definitions


def _section(name: str, schema: dict[str, Any]) -> str:
    return "\n".join((f"## {name}\n", schema.get("description", "") + "\n", *_tables(schema, "")))


def _tables(schema: dict[str, Any], prefix: str) -> Iterator[str]:
    """Yield a table of the keys, those of nested objects as `a.b`."""
    if "properties" in schema:
        yield table(("key", "type", "meaning"), _rows(schema, prefix))
    elif schema.get("type") != "object":
        yield f"{_type(schema).capitalize()}.\n"


def _rows(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", ())
    for name, one in schema["properties"].items():
        optional = "" if name in required else "?"
        yield f"`{prefix}{name}`{optional}", _type(one), one.get("description", "")
        if "properties" in one:
            yield from _rows(one, f"{prefix}{name}.")
        elif "properties" in one.get("items", {}):
            yield from _rows(one["items"], f"{prefix}{name}[].")


def _type(schema: dict[str, Any]) -> str:
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return "[record](record.md)" if name == "record" else f"[{name}](schemas.md#{name})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(map(_type, schema[key]))
    kind = schema.get("type", "anything")
    kinds = kind if isinstance(kind, list) else [kind]
    if "array" in kinds and "items" in schema:
        kinds = [f"array of {_type(schema['items'])}" if one == "array" else one for one in kinds]
    if "object" in kinds and isinstance(schema.get("additionalProperties"), dict):
        kinds = [
            f"object of {_type(schema['additionalProperties'])}" if one == "object" else one for one in kinds
        ]
    return " or ".join(kinds)
