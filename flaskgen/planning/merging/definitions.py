"""The names that the code of a Flask application defines, read from its syntax; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.models import constant_text, keyword, last_name, models_of
from flaskgen.planning.merging.modules import Module, Modules
from flaskgen.planning.templates.tree import Tree

_COMMAND_ROOTS = frozenset({"cli", "manager"})
"""What the commands of an application are added to where Flask has no ``app.cli``."""
_NOT_THE_APPLICATION = frozenset(
    {"tests", "test", "migrations", "build", "dist", "env", "venv", "node_modules", "site-packages"}
)
"""Directories whose code defines names, but none of the application that is served."""
_HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


class Kind(StrEnum):
    """What a name is the name of; two of one kind and name exclude each other in an application."""

    MODULE = "module"
    BLUEPRINT = "blueprint"
    ENDPOINT = "endpoint"
    PAGE = "page"
    """The method and the URL."""
    COMMAND = "command"
    TABLE = "table"
    MODEL = "model"
    TEMPLATE = "template"


class Definition(NamedTuple):
    """A name, and where it is defined."""

    kind: Kind
    name: str
    path: PurePosixPath
    line: int

    @property
    def key(self) -> tuple[Kind, str]:
        return self.kind, self.name


def is_application_code(path: PurePosixPath) -> bool:
    """Return whether a file is a module of the application, and not of its tests."""
    return (
        path.suffix == ".py"
        and not path.name.startswith(("test_", "conftest."))
        and _NOT_THE_APPLICATION.isdisjoint(path.parts[:-1])
    )


def find_definitions(files: Tree, paths: Iterable[PurePosixPath]) -> Iterator[Definition]:
    """Yield what some modules among ``files`` define; one that cannot be read defines nothing."""
    modules = Modules(files)
    for path in paths:
        if path.suffix == ".py" and (module := modules.module(path)):
            for kind, name, line in _Definitions(module).find():
                yield Definition(kind, name, path, line)


class _Definitions:
    """What the calls, the decorators and the classes of a module define: kind, name and line of each."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._groups: set[str] = set()
        """Those of blueprints, each found with its first command."""

    def find(self) -> Iterator[tuple[Kind, str, int]]:
        for node in self._module.nodes:
            match node:
                case ast.Call():
                    yield from self._called(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    for decorator in node.decorator_list:
                        yield from self._decorated(node, decorator)
        for model in models_of(self._module.nodes):
            if model.class_name:
                yield Kind.MODEL, model.class_name, model.line
            if model.table:
                yield Kind.TABLE, model.table, model.line

    def _called(self, call: ast.Call) -> Iterator[tuple[Kind, str, int]]:
        line, first = call.lineno, constant_text(call.args[0]) if call.args else None
        if blueprint := self._module.blueprint_made_by(call):
            yield Kind.BLUEPRINT, blueprint.name, line
        match last_name(call.func):
            case "AppGroup" if first is not None:
                yield Kind.COMMAND, first, line
            case "add_command":
                given = call.args[1] if len(call.args) > 1 else keyword(call, "name")
                if (name := constant_text(given)) is not None:
                    yield Kind.COMMAND, name, line
            case "add_url_rule" if isinstance(call.func, ast.Attribute) and first is not None:
                view = call.args[2] if len(call.args) > 2 else keyword(call, "view_func")
                given = call.args[1] if len(call.args) > 1 else keyword(call, "endpoint")
                endpoint = constant_text(given) or (_view_name(view) if view else None)
                yield from self._route(call.func.value, first, endpoint, _methods(call, None), line)

    def _decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorator: ast.expr
    ) -> Iterator[tuple[Kind, str, int]]:
        call = decorator if isinstance(decorator, ast.Call) else None
        function = call.func if call else decorator
        word = last_name(function)
        if word == "command" or (word == "group" and node.name not in _COMMAND_ROOTS):
            for name in _command_names(call, node.name):
                yield from self._command(function, name, node.lineno)
        elif call and isinstance(function, ast.Attribute) and word in ("route", *_HTTP_METHODS):
            endpoint = constant_text(keyword(call, "endpoint")) or node.name
            methods = (word.upper(),) if word in _HTTP_METHODS else _methods(call, node)
            rule = constant_text(call.args[0] if call.args else keyword(call, "rule"))
            yield from self._route(function.value, rule, endpoint, methods, node.lineno)

    def _command(self, decorator: ast.expr, name: str, line: int) -> Iterator[tuple[Kind, str, int]]:
        match decorator:
            case ast.Name(id=function):
                if self._module.imports.get(function) == ("click", function):
                    yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Name(id="click")):
                yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Attribute(value=owner, attr="cli")):
                blueprint = self._module.blueprint(owner)
                name = (blueprint and blueprint.cli_group) or name
                if name not in self._groups:
                    yield Kind.COMMAND, name, line
                if blueprint and blueprint.cli_group:
                    self._groups.add(name)
            case ast.Attribute(value=ast.Name(id=root)) if (
                root in _COMMAND_ROOTS and root in self._module.imports
            ):
                yield Kind.COMMAND, name, line

    def _route(
        self, owner: ast.expr, rule: str | None, endpoint: str | None, methods: tuple[str, ...], line: int
    ) -> Iterator[tuple[Kind, str, int]]:
        blueprint = self._module.blueprint(owner)
        if blueprint is None and not self._module.is_application(owner):
            return
        if endpoint is not None:
            yield Kind.ENDPOINT, f"{blueprint.name}.{endpoint}" if blueprint else endpoint, line
        prefix = self._module.url_prefix(blueprint) if blueprint else ""
        if rule is not None:
            for method in methods:
                yield Kind.PAGE, f"{method} {_url(prefix, rule)}", line


def _command_names(call: ast.Call | None, function: str) -> tuple[str, ...]:
    """Return a command's name: by default the function's, to Click before 8.2 with its suffix."""
    given = (call.args[0] if call.args else keyword(call, "name")) if call else None
    if given is not None:
        name = constant_text(given)
        return () if name is None else (name,)
    default = function.lower().replace("_", "-")
    stem, _, suffix = default.rpartition("-")
    return (stem, default) if stem and suffix in {"command", "cmd", "group", "grp"} else (default,)


def _view_name(view: ast.expr) -> str | None:
    """Return the endpoint that a view function brings along."""
    if isinstance(view, ast.Call):
        return constant_text(view.args[0]) if last_name(view.func) == "as_view" and view.args else None
    return last_name(view) or None


def _methods(call: ast.Call, node: ast.AST | None) -> tuple[str, ...]:
    """Return the methods of a route: those it lists, those of a view class, or GET."""
    listed = keyword(call, "methods")
    if isinstance(listed, ast.List | ast.Tuple | ast.Set):
        return tuple(text.upper() for text in map(constant_text, listed.elts) if text)
    if isinstance(node, ast.ClassDef):
        names = (part.name for part in node.body if isinstance(part, ast.FunctionDef))
        return tuple(name.upper() for name in names if name in _HTTP_METHODS)
    return ("GET",)


def _url(prefix: str, rule: str) -> str:
    """Return the URL of a rule, whatever its variables are called."""
    parts = []
    for part in f"{prefix}/{rule}".split("/"):
        if part:
            variable = part.startswith("<") and part.endswith(">")
            parts.append(f"<{part[1:-1].rpartition(':')[0] or 'string'}>" if variable else part)
    return "/" + "/".join(parts)
