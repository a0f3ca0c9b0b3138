"""The names that the code of a Flask application defines, read from its syntax; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.models import assigned, constant_text, keyword, models_of
from flaskgen.planning.merging.syntax import parse_python, statements_and_calls
from flaskgen.planning.python_syntax import last_name, names_imported
from flaskgen.planning.templates.tree import Tree, encode

_APPLICATIONS = frozenset({"app", "application"})
_APPLICATION_MAKERS = frozenset({"Flask", "create_app", "make_app"})
_COMMAND_ROOTS = frozenset({"cli", "manager"})
"""What the commands of an application are added to where Flask has no ``app.cli``."""
_NOT_THE_APPLICATION = frozenset(
    {"tests", "test", "migrations", "build", "dist", "env", "venv", "node_modules", "site-packages"}
)
"""Directories whose code defines names, but none of the application that is served."""
_HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_UNKNOWN = "?"
"""The name of a blueprint, and a prefix of URLs, that cannot be read: nothing has the same."""
_MODELS = (PurePosixPath("models.py"), PurePosixPath("models", "__init__.py"))
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
    COLUMN = "column"
    """The table and the column: ``user.email``."""
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


_Found = tuple[Kind, str, int]
"""A name and its line."""


def is_application_code(path: PurePosixPath) -> bool:
    """Return whether a file is a module of the application, and not of its tests."""
    return (
        path.suffix == ".py"
        and not path.name.startswith(("test_", "conftest."))
        and _NOT_THE_APPLICATION.isdisjoint(path.parts[:-1])
    )


def find_definitions(files: Tree, paths: Iterable[PurePosixPath]) -> Iterator[Definition]:
    """Yield what some modules among ``files`` define; one that cannot be read defines nothing."""
    modules = _Modules(files)
    for path in paths:
        if path.suffix == ".py" and (module := modules.module(path)):
            for kind, name, line in module.definitions():
                yield Definition(kind, name, path, line)


def names_of_code(files: Tree) -> frozenset[str]:
    """Return the names of the modules, models, tables and blueprints of an application."""
    kinds = (Kind.MODEL, Kind.TABLE, Kind.BLUEPRINT)
    defined = (one.name for one in find_definitions(files, files) if one.kind in kinds)
    modules = (path.parts[0].removesuffix(".py") for path in files if path.suffix == ".py")
    return frozenset([*defined, *modules])


def models_of_code(files: Tree) -> dict[str, PurePosixPath | None]:
    """Return the models of an application, with their files; None if ``models`` has them, or imports them."""
    home = next((path for path in _MODELS if path in files), None)
    tree = parse_python(encode(files[home])) if home else None
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom)) if tree else ()
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    return {
        one.name: None if one.path == home or not imported.isdisjoint({one.name, "*"}) else one.path
        for one in find_definitions(files, files)
        if one.kind is Kind.MODEL
    }


class _Blueprint(NamedTuple):
    """A call of ``Blueprint``, or of a class of that name."""

    name: str
    prefix: str
    cli_group: str | None
    """The group that its commands are in; None if they are the application's."""
    path: PurePosixPath
    line: int


class _Modules:
    """The Python modules of a project. Each is read once, and only if something is asked of it."""

    def __init__(self, files: Tree) -> None:
        self._files = files
        self._modules: dict[PurePosixPath, _Module | None] = {}

    def module(self, path: PurePosixPath) -> _Module | None:
        if path not in self._modules:
            content = self._files.get(path)
            tree = None if content is None else parse_python(encode(content))
            self._modules[path] = None if tree is None else _Module(path, tree, self)
        return self._modules[path]

    def blueprint(self, dotted: str, far: int) -> _Blueprint | None:
        """Return the blueprint of an absolute name."""
        *origin, name = dotted.split(".")
        stem = PurePosixPath(*origin)
        module = self.module(stem / "__init__.py") or (
            self.module(stem.with_suffix(".py")) if origin else None
        )
        return module.blueprint(ast.Name(name), far) if module else None

    @cached_property
    def registered(self) -> Mapping[_Blueprint, _Blueprint]:
        """What the blueprints are that are registered: a registration can change names and prefixes."""
        found: dict[_Blueprint, _Blueprint] = {}
        for path in self._files:
            if path.suffix == ".py" and b"register_blueprint" in encode(self._files[path]):
                module = self.module(path)
                found.update(module.registrations() if module else ())
        return found


class _Module:
    """One module, and what its calls, decorators and classes define."""

    def __init__(self, path: PurePosixPath, tree: ast.Module, modules: _Modules) -> None:
        self._path, self._modules = path, modules
        self._nodes = statements_and_calls(tree)
        self._imports = names_imported(self._nodes, path.parent.parts)
        """The absolute name of each imported one."""
        values = ((name, value) for name, _, value in assigned(self._nodes))
        self._values = {name: value for name, value in values if isinstance(value, ast.Call)}

    def blueprint(self, node: ast.expr, far: int = _FAR) -> _Blueprint | None:
        """Return the blueprint that an expression was made, here or where it was imported from."""
        match node:
            case ast.Name(id=name) if name in self._values:
                return self._blueprint_made_by(self._values[name])
            case ast.Name(id=name) if name in self._imports and far:
                return self._modules.blueprint(self._imports[name], far - 1)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self._imports and far:
                return self._modules.blueprint(f"{self._imports[name]}.{attribute}", far - 1)
        return None

    def _blueprint_made_by(self, call: ast.Call) -> _Blueprint | None:
        name = constant_text(_argument(call, 0, "name"))
        if name is None or not last_name(call.func).endswith("Blueprint"):
            return None
        given = keyword(call, "cli_group")
        group = name if given is None else constant_text(given)
        return _Blueprint(name, _given(call, "url_prefix", ""), group, self._path, call.lineno)

    def registrations(self) -> Iterator[tuple[_Blueprint, _Blueprint]]:
        """Yield the blueprints that are registered, as they are made and as they are then."""
        for node in self._nodes:
            match node:
                case ast.Call(func=ast.Attribute(owner, "register_blueprint"), args=[given, *_]):
                    if made := self.blueprint(given):
                        name = _given(node, "name", made.name)
                        prefix = _given(node, "url_prefix", made.prefix)
                        if self.blueprint(owner):
                            name = prefix = _UNKNOWN
                        group = name if made.cli_group == made.name else made.cli_group
                        yield made, made._replace(name=name, prefix=prefix, cli_group=group)

    def _registered(self, node: ast.expr) -> _Blueprint | None:
        made = self.blueprint(node)
        return made and self._modules.registered.get(made, made)

    def _is_application(self, node: ast.expr) -> bool:
        """Return whether an expression is the application, as far as its name tells."""
        call = self._values.get(node.id) if isinstance(node, ast.Name) else None
        made = call is not None and last_name(call.func) in _APPLICATION_MAKERS
        return made or last_name(node) in _APPLICATIONS

    def definitions(self) -> Iterator[_Found]:
        groups: set[str] = set()
        for node in self._nodes:
            match node:
                case ast.Call():
                    yield from self._called(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    for decorator in node.decorator_list:
                        yield from self._decorated(node, decorator, groups)
        for model in models_of(self._nodes):
            if model.class_name:
                yield Kind.MODEL, model.class_name, model.line
            if model.table:
                yield Kind.TABLE, model.table, model.line
                for column in model.columns:
                    yield Kind.COLUMN, f"{model.table}.{column.name}", column.line

    def _called(self, call: ast.Call) -> Iterator[_Found]:
        line, first = call.lineno, constant_text(_argument(call, 0))
        if made := self._blueprint_made_by(call):
            yield Kind.BLUEPRINT, self._modules.registered.get(made, made).name, line
        match last_name(call.func):
            case "AppGroup" if first is not None:
                yield Kind.COMMAND, first, line
            case "add_command":
                # Click takes the command and perhaps another name for it, Flask-Script the name first.
                if (name := constant_text(_argument(call, 1, "name")) or first) is not None:
                    yield Kind.COMMAND, name, line
            case "add_url_rule" if isinstance(call.func, ast.Attribute) and first is not None:
                view = _argument(call, 2, "view_func")
                endpoint = constant_text(_argument(call, 1, "endpoint")) or _view_name(view)
                yield from self._route(call.func.value, first, endpoint, _methods(call, None), line)

    def _decorated(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        decorator: ast.expr,
        groups: set[str],
    ) -> Iterator[_Found]:
        call = decorator if isinstance(decorator, ast.Call) else None
        function = call.func if call else decorator
        word = last_name(function)
        if word == "command" or (word == "group" and node.name not in _COMMAND_ROOTS):
            for name in _command_names(call, node.name):
                yield from self._command(function, name, node.lineno, groups)
        elif call and isinstance(function, ast.Attribute) and word in ("route", *_HTTP_METHODS):
            endpoint = constant_text(keyword(call, "endpoint")) or node.name
            methods = (word.upper(),) if word in _HTTP_METHODS else _methods(call, node)
            rule = constant_text(_argument(call, 0, "rule"))
            yield from self._route(function.value, rule, endpoint, methods, node.lineno)

    def _command(self, decorator: ast.expr, name: str, line: int, groups: set[str]) -> Iterator[_Found]:
        """Yield the command that a decorator makes; that of a blueprint's ``groups`` with its first one."""
        match decorator:
            case ast.Name(id=function):
                if self._imports.get(function) == f"click.{function}":
                    yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Name(id="click")):
                yield Kind.COMMAND, name, line
            case ast.Attribute(value=ast.Attribute(value=owner, attr="cli")):
                blueprint = self._registered(owner)
                group = blueprint.cli_group if blueprint else None
                if group not in groups:
                    yield Kind.COMMAND, group or name, line
                groups |= {group} if group else set()
            case ast.Attribute(value=ast.Name(id=root)) if root in _COMMAND_ROOTS and root in self._imports:
                yield Kind.COMMAND, name, line

    def _route(
        self, owner: ast.expr, rule: str | None, endpoint: str | None, methods: tuple[str, ...], line: int
    ) -> Iterator[_Found]:
        blueprint = self._registered(owner)
        if blueprint is None and not self._is_application(owner):
            return
        if endpoint is not None:
            yield Kind.ENDPOINT, f"{blueprint.name}.{endpoint}" if blueprint else endpoint, line
        if rule is not None:
            for method in methods:
                yield Kind.PAGE, f"{method} {_url(blueprint.prefix if blueprint else '', rule)}", line


def _given(call: ast.Call, name: str, default: str) -> str:
    """Return the text that a call gives by name, which may be unknown."""
    text = constant_text(keyword(call, name) or ast.Constant(default))
    return _UNKNOWN if text is None else text


def _argument(call: ast.Call, position: int, name: str = "") -> ast.expr | None:
    return call.args[position] if len(call.args) > position else keyword(call, name)


def _command_names(call: ast.Call | None, function: str) -> tuple[str, ...]:
    """Return a command's name: by default the function's, to Click before 8.2 with its suffix."""
    given = _argument(call, 0, "name") if call else None
    if given is not None:
        name = constant_text(given)
        return () if name is None else (name,)
    default = function.lower().replace("_", "-")
    stem, _, suffix = default.rpartition("-")
    return (stem, default) if stem and suffix in {"command", "cmd", "group", "grp"} else (default,)


def _view_name(view: ast.expr | None) -> str | None:
    """Return the endpoint that a view function brings along."""
    if isinstance(view, ast.Call):
        return constant_text(_argument(view, 0)) if last_name(view.func) == "as_view" else None
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
