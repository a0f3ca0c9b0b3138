"""The page of flaskgen's own errors: each kind, with every message and hint that the code has for it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from generators.tables import table

from flaskgen import errors
from flaskgen.errors import FlaskgenError

_BEGINNING = """\
# Errors of flaskgen

A failure is one line that begins with `error:`, and usually a second one that begins with `hint:`
and says what to do. With `--json`, standard output has `{"error": {"kind": ..., "message": ...,
"hint": ...}}`. This page lists every kind and the messages that flaskgen has for it; `...` stands
for the names and values of your case.

[Errors of old Flask projects](/errors.md) lists the messages of Flask and its extensions that
flaskgen explains.
"""


def describe_errors(package: Path) -> str:
    """Return the page, from the classes of errors and the places in the package that raise them."""
    messages: dict[str, dict[tuple[str, str], None]] = {}
    for module in sorted(package.rglob("*.py")):
        for kind, message, hint in _raised(ast.parse(module.read_text(encoding="utf-8"))):
            messages.setdefault(kind, {})[message, hint] = None
    classes = (
        one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, FlaskgenError)
    )
    sections = (_section(one, list(messages.get(one.__name__, ()))) for one in classes if one.__doc__)
    return "\n".join((_BEGINNING, *sections))


def _section(error: type[FlaskgenError], messages: list[tuple[str, str]]) -> str:
    about = f"## {error.kind}\n\n{inspect.cleandoc(error.__doc__ or '')} Exit code {error.exit_code}.\n"
    said = [(message, "" if hint == "..." else hint) for message, hint in messages if message.strip(". :`")]
    if not said:
        return about
    return (
        about + "\n" + table(("message", "hint"), ((_code(message), _code(hint)) for message, hint in said))
    )


def _raised(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield the class, the message and the hint of each error that is made in a module."""
    nodes = list(ast.walk(module))
    makers = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            given = {str(keyword.arg): keyword.value for keyword in node.keywords}
            maker = makers.get(node.func.id)
            if maker is None:
                yield node.func.id, _text(node.args[0]), _text(given.get("hint"))
            elif isinstance(maker.returns, ast.Name):
                names, defaults = [one.arg for one in maker.args.args], maker.args.defaults
                given = dict(zip(names[::-1], defaults[::-1], strict=False)) | given
                given |= zip(names, node.args, strict=False)
                yield maker.returns.id, _text(given.get("message")), _text(given.get("hint"))


def _text(node: ast.expr | None) -> str:
    """Return a text as far as the code has it; ``...`` stands for what it is filled with."""
    match node:
        case None:
            return ""
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.IfExp(body=body):
            return _text(body)
        case _:
            return "..."


def _code(text: str) -> str:
    """Return a message as code that may have backticks in it."""
    return f"`` {text} ``" if text else ""
