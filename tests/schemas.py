"""The published schema of what flaskgen prints, and the check of what it printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jsonschema import Draft202012Validator

from flaskgen.effects.shipped.json_schema import load_schema

CHANGES = ("add", "remove", "option", "generate", "update", "upgrade")


def name_of(arguments: Sequence[str], printed: Any) -> str:
    """Return which schema describes what a command printed with --json."""
    command, *rest = arguments
    if isinstance(printed, dict) and "error" in printed:
        return "error"
    if command == "new":
        return "plan" if "--dry-run" in rest else "new"
    if command == "generate" and "--list" in rest:
        return "generated"
    if command == "upgrade" and "branch" in printed:
        return "upgrade_steps"
    if command in CHANGES:
        return "change"
    if command == "doctor" and "--error" in rest:
        return "explained"
    if command == "extensions" and "--lines" in rest:
        return "extension_lines"
    if command == "extension":
        return f"extension_{rest[0]}"
    if command in ("extensions", "versions"):
        return command if isinstance(printed, list) else command.removesuffix("s")
    return command


def require_valid(name: str, value: Any) -> None:
    """Fail, naming the place, if a value is not as its schema says."""
    Draft202012Validator(load_schema(name)).validate(value)


def require_printed_valid(arguments: Sequence[str], text: str) -> None:
    """Fail if what a command printed with --json is not as the published schema says."""
    if "--json" in arguments and text:
        printed = json.loads(text)
        require_valid(name_of(arguments, printed), printed)
