"""The modules of a Flask application, and what the names in them stand for; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.models import constant_text, keyword, last_name
from flaskgen.planning.merging.syntax import parse_python
from flaskgen.planning.templates.tree import Tree, encode

_APPLICATIONS = frozenset({"app", "application"})
_FAR = 5
"""Through so many modules a name is followed to where it was assigned."""


class Blueprint(NamedTuple):
    """A call of ``Blueprint``, or of a class of that name."""

    name: str
    prefix: str
    cli_group: str | None
    """The group that its commands are in; None if they are the application's."""
    path: PurePosixPath
    line: int


class Modules:
    """The Python modules of a project. Each is read once, and only if something is asked of it."""

    def __init__(self, files: Tree) -> None:
        self._files = files
        self._modules: dict[PurePosixPath, Module | None] = {}

    def module(self, path: PurePosixPath) -> Module | None:
        if path not in self._modules:
            content = self._files.get(path)
            tree = None if content is None else parse_python(encode(content))
            self._modules[path] = None if tree is None else Module(path, tree, self)
        return self._modules[path]

    def named(self, dotted: tuple[str, ...]) -> Module | None:
        """Return the module of an absolute name."""
        stem = PurePosixPath(*dotted)
        return self.module(stem / "__init__.py") or (self.module(stem.with_suffix(".py")) if dotted else None)

    @cached_property
    def url_prefixes(self) -> Mapping[Blueprint, str]:
        """What blueprints are registered with instead of their own prefixes."""
        found: dict[Blueprint, str] = {}
        for path in self._files:
            if path.suffix == ".py" and b"register_blueprint" in encode(self._files[path]):
                module = self.module(path)
                found.update(module.registered_prefixes() if module else ())
        return found


class Module:
    """One module, and what its names stand for."""

    def __init__(self, path: PurePosixPath, tree: ast.Module, modules: Modules) -> None:
        self.path, self._modules = path, modules
        self.nodes = list(ast.walk(tree))
        self.imports = dict(self._imported_names())
        """The absolute name of each imported one, in its parts."""
        self._values = dict(self._assigned_calls())

    def registered_prefixes(self) -> Iterator[tuple[Blueprint, str]]:
        """Yield what the calls of ``register_blueprint`` set, of blueprints that are known."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and last_name(node.func) == "register_blueprint" and node.args:
                blueprint, prefix = self.blueprint(node.args[0]), constant_text(keyword(node, "url_prefix"))
                if blueprint and prefix is not None:
                    yield blueprint, prefix

    def _imported_names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        package = self.path.parent.parts
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    target = tuple(alias.name.split("."))
                    yield (alias.asname, target) if alias.asname else (target[0], target[:1])
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else ()
                origin = (*above, *(node.module or "").split(".")) if node.module else above
                for alias in node.names:
                    yield alias.asname or alias.name, (*origin, alias.name)

    def _assigned_calls(self) -> Iterator[tuple[str, ast.Call]]:
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                    yield name, call
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call):
                    yield name, call

    @cached_property
    def _blueprints(self) -> Mapping[str, Blueprint]:
        made = {variable: self.blueprint_made_by(call) for variable, call in self._values.items()}
        return {variable: blueprint for variable, blueprint in made.items() if blueprint}

    def blueprint_made_by(self, call: ast.Call) -> Blueprint | None:
        """Return the blueprint that a call makes."""
        name = constant_text(call.args[0] if call.args else keyword(call, "name"))
        if name is None or not last_name(call.func).endswith("Blueprint"):
            return None
        given = keyword(call, "cli_group")
        group = name if given is None else constant_text(given)
        prefix = constant_text(keyword(call, "url_prefix")) or ""
        return Blueprint(name, prefix, group, self.path, call.lineno)

    def blueprint(self, node: ast.expr, far: int = _FAR) -> Blueprint | None:
        """Return the blueprint that an expression is, here or where it was imported from."""
        match node:
            case ast.Name(id=name) if name in self._blueprints:
                return self._blueprints[name]
            case ast.Name(id=name) if name in self.imports and far:
                *origin, last = self.imports[name]
                module = self._modules.named(tuple(origin))
                return module.blueprint(ast.Name(last), far - 1) if module else None
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self.imports and far:
                module = self._modules.named(self.imports[name])
                return module.blueprint(ast.Name(attribute), far - 1) if module else None
        return None

    def is_application(self, node: ast.expr) -> bool:
        """Return whether an expression is the application, as far as its name tells."""
        if isinstance(node, ast.Attribute):
            return node.attr in _APPLICATIONS
        if not isinstance(node, ast.Name):
            return False
        call = self._values.get(node.id)
        made = call is not None and last_name(call.func) in {"Flask", "create_app", "make_app"}
        return made or node.id in _APPLICATIONS

    def url_prefix(self, blueprint: Blueprint) -> str:
        """Return what the URLs of a blueprint begin with: its registration may say something else than it."""
        return self._modules.url_prefixes.get(blueprint, blueprint.prefix)
