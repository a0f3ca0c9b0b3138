"""The JSON Schema of everything that flaskgen prints as JSON, and reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import flaskgen
from flaskgen.errors import UsageError, suggest

_REFERENCE = re.compile(r'"#/\$defs/(\w+)"')


def load_schema(name: str | None = None) -> dict[str, Any]:
    """Return the whole schema, or that of one document. Raises UsageError for one that is not there."""
    schema: dict[str, Any] = json.loads((Path(flaskgen.__path__[0]) / "schema.json").read_bytes())
    definitions = schema["$defs"]
    if name is None:
        return schema
    if name not in definitions:
        hint, fix = suggest(name, definitions, otherwise=f"choose from {', '.join(definitions)}")
        raise UsageError(f"there is no schema `{name}`", hint=hint, fix=fix)
    used = _used_by(definitions[name], definitions)
    more = {"$defs": {one: definitions[one] for one in definitions if one in used}} if used else {}
    return {"$schema": schema["$schema"], **definitions[name], **more}


def _used_by(definition: object, definitions: dict[str, object]) -> set[str]:
    """Return the names that a definition refers to, and those that these refer to."""
    used: set[str] = set()
    queue = [definition]
    while queue:
        new = {*_REFERENCE.findall(json.dumps(queue.pop()))} - used
        used |= new
        queue += [definitions[name] for name in new]
    return used
