"""How the text of each file with requirements becomes a mapping: TOML, INI, calls of setup(), and others."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import tomli

from flaskgen.planning.packages.direct_requirements import lines_of_group
from flaskgen.planning.python_syntax import last_name, parse_quietly

COMMENT = re.compile(r"(^|\s)#.*$")
DEV_GROUPS = ("dev", "develop", "development", "test", "tests", "testing", "lint", "docs")


def load_toml(text: str) -> Mapping[str, Any]:
    """Read TOML, in which groups have the lines of those that they include."""
    document = tomli.loads(text)
    groups = document.get("dependency-groups", {})
    return document | {"dependency-groups": {name: lines_of_group(groups, name) for name in DEV_GROUPS}}


def load_ini(text: str) -> Mapping[str, Any]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(section) for name, section in parser.items()}


_OF_CONDA = re.compile(r"([\w.-]+) ?=([\w.*+!]+)(?:=(\S+))?")
_NOT_REQUIRED = ("python", "pip", "_libgcc_mutex")


def of_conda(package: str) -> str | None:
    """Return the requirement that a package of conda's is, ``flask=1.1``; None for what is no such.

    That is empty for what is not of Python, as the build of it says: ``openssl=1.1.1d=h7b6447c_2``.
    """
    found = _OF_CONDA.fullmatch(package)
    if found is None:
        return None
    name, version, build = found.groups()
    if name in _NOT_REQUIRED or (build and "py" not in build):
        return ""
    exact = build or version.endswith("*") or version.count(".") > 1
    return f"{name}=={version}" if exact else f"{name}=={version}.*"


def load_conda(text: str) -> Mapping[str, Any]:
    """Return what the ``dependencies`` of environment.yml are, those for pip as well, without YAML."""
    listed = re.search(r"^dependencies:.*\n((?:[ \t]*(?:[-#].*)?\n)*)", f"{text}\n", re.MULTILINE)
    items = re.findall(
        r"^[ \t]*-[ \t]+[\"']?(?:[\w-]+::)?(\w[^\"'#\n]*)", listed[1] if listed else "", re.MULTILINE
    )
    packages = [one.strip() for one in items if not one.strip().endswith(":")]
    wanted = (one if (own := of_conda(one)) is None else own for one in packages)
    return {"dependencies": [one for one in wanted if one not in _NOT_REQUIRED]}


SCRIPT = re.compile(r"^# /// script\s*\n((?:#.*\n)+?)# ///\s*$", re.MULTILINE)
"""What a file says of its own requirements (PEP 723)."""


def load_script(text: str) -> Mapping[str, Any]:
    found = SCRIPT.search(text)
    return tomli.loads(re.sub(r"^# ?", "", found[1], flags=re.MULTILINE) if found else "")


_INSTALLED = re.compile(r"\bpip3?\s+install\s+((?:[^&|;\n\\]|\\\n)+)")


def load_dockerfile(text: str) -> Mapping[str, Any]:
    """Return what the commands of a Dockerfile install by name."""
    words = re.findall(r"(?:-[rce]\s+)?[^\s\\]+", " ".join(_INSTALLED.findall(text)))
    names = (word.strip("\"'") for word in words if not re.match(r"[-./$]|.*://", word))
    return {"installed": [one for one in names if one not in _NOT_REQUIRED]}


def load_setup(text: str) -> Mapping[str, Any]:
    """Return the arguments of ``setup`` that are written out."""
    items = (item for given in _setup_calls(text) for item in given.items())
    return {name: value for name, value in items if value is not None}


def _setup_calls(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield what is written out in each, also in a part of a list; the rest is None. Raises NOT_PARSED."""
    values: dict[str, Any] = {}

    def value_of(node: ast.expr) -> Any:
        match node:
            case ast.Name(name):
                return values.get(name)
            case ast.BinOp(left, ast.Add(), right):
                first, second = value_of(left), value_of(right)
                if isinstance(first, str) or isinstance(second, str):
                    return first + second if isinstance(first, str) and isinstance(second, str) else None
                return [*lines_of(first), *lines_of(second)]
            case ast.List(parts) | ast.Tuple(parts):
                return [line for part in parts for line in lines_of(value_of(part))]
            case ast.Starred(value):
                return value_of(value)
            case ast.Dict(keys, parts):
                return {key and value_of(key): value_of(part) for key, part in zip(keys, parts, strict=True)}
            case ast.Call(ast.Name("dict"), [], keywords):
                return arguments(keywords)
        with suppress(ValueError):
            return ast.literal_eval(node)
        return None

    def arguments(keywords: Iterable[ast.keyword]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for one in keywords:
            value = value_of(one.value)
            given |= {one.arg: value} if one.arg else value if isinstance(value, dict) else {}
        return given

    nodes = [n for n in ast.walk(parse_quietly(text)) if isinstance(n, ast.Assign | ast.AugAssign | ast.Call)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        match node:
            case ast.Assign(targets, value):
                values |= {name: value_of(value) for name in map(last_name, targets) if name}
            case ast.AugAssign(ast.Name(name) as list_, ast.Add(), more) | ast.Call(
                ast.Attribute(ast.Name(name) as list_, "append" | "extend"), [more]
            ):
                values[name] = value_of(ast.BinOp(list_, ast.Add(), ast.List([more])))
            case ast.Call(function, keywords=keywords) if last_name(function) == "setup":
                yield arguments(keywords)


def lines_of(value: Any) -> list[str]:
    """Return the lines of a text or of a list of texts that say something, without their comments."""
    lines = (
        value.splitlines() if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    )
    texts = (COMMENT.sub("", line).strip() for line in lines if isinstance(line, str))
    return [text for text in texts if text]
