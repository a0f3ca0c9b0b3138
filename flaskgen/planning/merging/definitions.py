"""The names that the code of a Flask application defines, read from its syntax; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath

from flaskgen.planning.merging.models import constant_text, keyword, last_name, models_of
from flaskgen.planning.merging.syntax import parse_python
from flaskgen.planning.templates.tree import Tree, encode

_APPLICATIONS = frozenset({"app", "application"})
_COMMAND_ROOTS = frozenset({"cli", "manager"})
"""What the commands of an application are added to where Flask has no ``app.cli``."""
_NOT_THE_APPLICATION = frozenset(
    {"tests", "test", "migrations", "build", "dist", "env", "venv", "node_modules", "site-packages"}
)
"""Directories whose code defines names, but none of the application that is served."""
_HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_FAR = 5
"""Through so many modules a name is followed to where it was assigned."""


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


@dataclass(frozen=True)
class Definition:
    """A name, and where it is defined."""

    kind: Kind
    name: str
    path: PurePosixPath
    line: int


@dataclass(frozen=True)
class _Blueprint:
    """A call of ``Blueprint``, or of a class of that name."""

    name: str
    prefix: str
    cli_group: str | None
    """The group that its commands are in; None if they are the application's."""
    path: PurePosixPath
    line: int


@dataclass(frozen=True)
class _Registration:
    """A call of ``register_blueprint``."""

    blueprint: _Blueprint
    parent: _Blueprint | None
    prefix: str | None
    name: str | None


def is_application_code(path: PurePosixPath) -> bool:
    """Return whether a file is a module of the application, and not of its tests."""
    return (
        path.suffix == ".py"
        and not path.name.startswith(("test_", "conftest."))
        and _NOT_THE_APPLICATION.isdisjoint(path.parts[:-1])
    )


class Code:
    """The Python modules of a project. Each is read once, and only if something is asked of it."""

    def __init__(self, files: Tree) -> None:
        self._files = files
        self._modules: dict[PurePosixPath, _Module | None] = {}

    def definitions(self, paths: Iterable[PurePosixPath]) -> Iterator[Definition]:
        """Yield what some modules define; a module that cannot be read defines nothing."""
        for path in paths:
            if path.suffix == ".py" and (module := self.module(path)):
                yield from module.definitions()

    def module(self, path: PurePosixPath) -> _Module | None:
        if path not in self._modules:
            content = self._files.get(path)
            tree = None if content is None else parse_python(encode(content))
            self._modules[path] = None if tree is None else _Module(path, tree, self)
        return self._modules[path]

    def named(self, dotted: tuple[str, ...]) -> _Module | None:
        """Return the module of an absolute name."""
        stem = PurePosixPath(*dotted)
        return self.module(stem / "__init__.py") or (self.module(stem.with_suffix(".py")) if dotted else None)

    @cached_property
    def registrations(self) -> Mapping[_Blueprint, _Registration]:
        """How each blueprint is registered, of those of which it is known."""
        found = {}
        for path in self._files:
            if path.suffix == ".py" and b"register_blueprint" in encode(self._files[path]):
                module = self.module(path)
                for registration in module.registrations() if module else ():
                    found[registration.blueprint] = registration
        return found


class _Module:
    """One module, and what its names stand for."""

    def __init__(self, path: PurePosixPath, tree: ast.Module, code: Code) -> None:
        self._path, self._code = path, code
        self._nodes = list(ast.walk(tree))
        self._package = path.parent.parts
        self._imports = dict(self._imported_names())
        self._values = dict(self._assigned_calls())
        self._classes = {node.name: node for node in self._nodes if isinstance(node, ast.ClassDef)}

    def definitions(self) -> Iterator[Definition]:
        for kind, name, line in self._definitions():
            yield Definition(kind, name, self._path, line)

    def _definitions(self) -> Iterator[tuple[Kind, str, int]]:
        for node in self._nodes:
            match node:
                case ast.Call():
                    yield from self._called(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    for decorator in node.decorator_list:
                        yield from self._decorated(node, decorator)
        for model in models_of(self._nodes):
            if model.class_name and not model.is_mixin:
                yield Kind.MODEL, model.class_name, model.line
            if model.table:
                yield Kind.TABLE, model.table, model.line

    def registrations(self) -> Iterator[_Registration]:
        for node in self._nodes:
            if isinstance(node, ast.Call) and last_name(node.func) == "register_blueprint" and node.args:
                blueprint = self._blueprint(node.args[0])
                if blueprint:
                    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
                    prefix, name = (constant_text(keyword(node, word)) for word in ("url_prefix", "name"))
                    parent = self._blueprint(receiver)
                    yield _Registration(blueprint, parent, prefix, name)

    # What names stand for

    def _imported_names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the absolute name of each imported one."""
        for node in self._nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    target = tuple(alias.name.split("."))
                    yield (alias.asname, target) if alias.asname else (target[0], target[:1])
            elif isinstance(node, ast.ImportFrom):
                above = self._package[: len(self._package) - node.level + 1] if node.level else ()
                origin = (*above, *(node.module or "").split(".")) if node.module else above
                for alias in node.names:
                    yield alias.asname or alias.name, (*origin, alias.name)

    def _assigned_calls(self) -> Iterator[tuple[str, ast.Call]]:
        for node in self._nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                    yield name, call
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call):
                    yield name, call

    @cached_property
    def _blueprints(self) -> Mapping[str, _Blueprint]:
        made = {variable: self._made(call) for variable, call in self._values.items()}
        return {variable: blueprint for variable, blueprint in made.items() if blueprint}

    def _made(self, call: ast.Call) -> _Blueprint | None:
        """Return the blueprint that a call makes."""
        name = constant_text(call.args[0] if call.args else keyword(call, "name"))
        if name is None or not last_name(call.func).endswith("Blueprint"):
            return None
        given = keyword(call, "cli_group")
        group = name if given is None else constant_text(given)
        prefix = constant_text(keyword(call, "url_prefix")) or ""
        return _Blueprint(name, prefix, group, self._path, call.lineno)

    def _blueprint(self, node: ast.expr, far: int = _FAR) -> _Blueprint | None:
        """Return the blueprint that an expression is, here or where it was imported from."""
        match node:
            case ast.Name(id=name) if name in self._blueprints:
                return self._blueprints[name]
            case ast.Name(id=name) if (api := self._api_owner(name)) and far:
                return self._blueprint(api, far - 1)
            case ast.Name(id=name) if name in self._imports and far:
                *origin, last = self._imports[name]
                module = self._code.named(tuple(origin))
                return module._blueprint(ast.Name(last), far - 1) if module else None
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self._imports and far:
                module = self._code.named(self._imports[name])
                return module._blueprint(ast.Name(attribute), far - 1) if module else None
        return None

    def _api_owner(self, name: str) -> ast.expr | None:
        """Return what an ``Api`` of Flask-RESTful, which is assigned to a name, is the API of."""
        call = self._values.get(name)
        return call.args[0] if call and last_name(call.func).endswith("Api") and call.args else None

    def _is_application(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in _APPLICATIONS
        if not isinstance(node, ast.Name):
            return False
        if api := self._api_owner(node.id):
            return self._is_application(api)
        call = self._values.get(node.id)
        made = call is not None and last_name(call.func) in {"Flask", "create_app", "make_app"}
        return made or node.id in _APPLICATIONS

    def _registered_name(self, blueprint: _Blueprint) -> str | None:
        """Return under which name a blueprint is the application's; None if it is in another one."""
        registration = self._code.registrations.get(blueprint)
        if registration is None:
            return blueprint.name
        return None if registration.parent else registration.name or blueprint.name

    # What calls and decorators define

    def _called(self, call: ast.Call) -> Iterator[tuple[Kind, str, int]]:
        line, first = call.lineno, constant_text(call.args[0]) if call.args else None
        blueprint = self._made(call)
        if blueprint and (name := self._registered_name(blueprint)) is not None:
            yield Kind.BLUEPRINT, name, line
        match last_name(call.func):
            case "AppGroup" if first is not None:
                yield Kind.COMMAND, first, line
            case "add_command":
                # Click takes the command and perhaps another name for it, Flask-Script the name first.
                given = call.args[1] if len(call.args) > 1 else keyword(call, "name")
                if (name := constant_text(given) or first) is not None:
                    yield Kind.COMMAND, name, line
            case "add_resource" if isinstance(call.func, ast.Attribute) and call.args:
                name = last_name(call.args[0])
                yield from self._resource(call, call.func.value, call.args[1:], self._classes.get(name), name)
            case "add_url_rule" if isinstance(call.func, ast.Attribute) and first is not None:
                view = call.args[2] if len(call.args) > 2 else keyword(call, "view_func")
                given = call.args[1] if len(call.args) > 1 else keyword(call, "endpoint")
                endpoint = constant_text(given) or (_view_name(view) if view else None)
                yield from self._route(call.func.value, [first], endpoint, _methods(call, None), line)

    def _decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorator: ast.expr
    ) -> Iterator[tuple[Kind, str, int]]:
        call = decorator if isinstance(decorator, ast.Call) else None
        function = call.func if call else decorator
        word = last_name(function)
        if word == "command" or (word == "group" and node.name not in _COMMAND_ROOTS):
            for name in _command_names(call, node.name):
                yield from self._command(function, name, node.lineno)
        elif call and isinstance(function, ast.Attribute):
            if word == "resource" and isinstance(node, ast.ClassDef):
                yield from self._resource(call, function.value, call.args, node, node.name)
            elif word == "route" or word in _HTTP_METHODS:
                endpoint = constant_text(keyword(call, "endpoint")) or node.name
                methods = (word.upper(),) if word in _HTTP_METHODS else _methods(call, node)
                rule = call.args[0] if call.args else keyword(call, "rule")
                rules = [text] if (text := constant_text(rule)) is not None else []
                yield from self._route(function.value, rules, endpoint, methods, node.lineno)

    def _resource(
        self,
        call: ast.Call,
        owner: ast.expr,
        rules: list[ast.expr],
        resource: ast.ClassDef | None,
        name: str,
    ) -> Iterator[tuple[Kind, str, int]]:
        """Yield what a resource of Flask-RESTful defines."""
        endpoint = constant_text(keyword(call, "endpoint")) or name.lower()
        texts = [text for text in map(constant_text, rules) if text is not None]
        line = resource.lineno if resource else call.lineno
        yield from self._route(owner, texts, endpoint, _methods(call, resource), line)

    def _command(self, decorator: ast.expr, name: str, line: int) -> Iterator[tuple[Kind, str, int]]:
        match decorator:
            case ast.Name(id=function):
                if self._imports.get(function) == ("click", function):
                    yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Name(id="click")):
                yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Attribute(value=owner, attr="cli")):
                blueprint = self._blueprint(owner)
                if blueprint is None or self._registered_name(blueprint) is not None:
                    yield Kind.COMMAND, (blueprint and blueprint.cli_group) or name, line
            case ast.Attribute(value=ast.Name(id=root)) if root in _COMMAND_ROOTS and root in self._imports:
                yield Kind.COMMAND, name, line

    def _route(
        self, owner: ast.expr, rules: list[str], endpoint: str | None, methods: tuple[str, ...], line: int
    ) -> Iterator[tuple[Kind, str, int]]:
        blueprint = self._blueprint(owner)
        if blueprint is None and not self._is_application(owner):
            return
        name = self._registered_name(blueprint) if blueprint else ""
        if name is None:
            return
        if endpoint is not None:
            yield Kind.ENDPOINT, f"{name}.{endpoint}" if name else endpoint, line
        registration = self._code.registrations.get(blueprint) if blueprint else None
        given = registration.prefix if registration else None
        prefix = (blueprint.prefix if given is None else given) if blueprint else ""
        for rule in rules:
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
