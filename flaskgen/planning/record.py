"""The record of a project: what flaskgen has to know to change it later."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath

from flaskgen.planning.spec import ProjectSpec
from flaskgen.planning.tree import Tree, encode

SCHEMA = 1
RECORD_PATH = PurePosixPath(".flaskgen/project.toml")
BASE_PATH = PurePosixPath(".flaskgen/base.zip")
# Zip files hold no earlier time; the files' own would make every record another one.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def format_record(spec: ProjectSpec, *, generator: str) -> str:
    """Write project.toml: the specification, and which flaskgen made the project of it."""
    lines = [
        "# What flaskgen made this project of. Commit it: `flaskgen add` and `flaskgen remove` start from it.",
        f"schema = {SCHEMA}",
        f"generator = {_toml(generator)}",
        "",
        "[project]",
        f"name = {_toml(spec.name.text)}",
        f"flask = {_toml(spec.release.version)}",
        f"python = {_toml(spec.python)}",
        f"extensions = [{_toml_list(spec.extensions)}]",
        f"dev = {_toml(spec.dev)}",
        f"hashes = {_toml(spec.hashes)}",
    ]
    for extension, values in spec.options.items():
        lines += ["", f"[options.{extension}]"]
        lines += [f"{option} = {_toml(value)}" for option, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml(value: str | bool) -> str:
    """Write a value: for plain text, as names and versions are, TOML is JSON."""
    return json.dumps(value)


def _toml_list(values: Iterable[str]) -> str:
    return ", ".join(_toml(value) for value in values)


def pack_base(tree: Tree) -> bytes:
    """Give the pristine render as a zip file that is the same wherever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(tree.items()):
            info = zipfile.ZipInfo(str(path), _EPOCH)
            info.create_system = 3  # Unix, on every system
            archive.writestr(info, encode(content))
    return buffer.getvalue()
