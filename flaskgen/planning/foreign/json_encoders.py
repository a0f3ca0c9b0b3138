"""Turn classes that encode JSON for an application into providers, which Flask has for that since 2.2.

That is certain if all that such a class does is to encode values of further types, and if nothing else in the
project uses it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import RemoveImportsVisitor
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper

from flaskgen.planning.flask.code_uses import names_imported
from flaskgen.planning.foreign.flask_script import with_imports
from flaskgen.planning.foreign.source import NOT_PARSED, dotted_name, last_name, parse_quietly

ROWS = frozenset({"flask-json-encoder", "app-json-encoder"})
"""The known breaks that this is the change for."""
_BASES = ("flask.json.JSONEncoder", "json.JSONEncoder")
_APPLICATIONS = frozenset({"app", "application", "flask_app"})
_SETTING = "json_encoder"
_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""In each, ``super()`` is another than around it."""
_EMPTY = m.IndentedBlock([])
_NO_IMPORT = m.Try(_EMPTY, [m.ExceptHandler(_EMPTY)], orelse=None, finalbody=None)
"""What is left if an import is removed, and the one to use instead if it fails."""
_HOME, _PROVIDER = "flask.json.provider", "DefaultJSONProvider"


class _Seen(NamedTuple):
    """What a module has to do with encoders."""

    encoders: list[str]
    """The classes that only encode further types."""
    set: list[str]
    """Those that are set for an application."""
    others: list[str]
    """All other classes, and all names that are used otherwise."""
    asks: bool
    """Whether it reads what is set, or sets it for something else."""


def encoders_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the classes in the modules of a project that certainly can be providers."""
    seen = [one for text in texts for one in _see(text)]
    made = [name for one in seen for name in one.encoders]
    others = {name for one in seen for name in one.others}
    if any(one.asks for one in seen):
        return frozenset()
    return frozenset(name for one in seen for name in one.set if name not in others and made.count(name) == 1)


def _see(text: str) -> Iterator[_Seen]:
    try:
        nodes = list(ast.walk(parse_quietly(text)))
    except NOT_PARSED:
        return
    imported = names_imported(nodes)
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    encoders = [one for one in classes if _is_encoder(one, imported)]
    settings = list(_settings(nodes, classes, imported))
    known = {id(part) for setting in settings for part in setting}
    known |= {id(part) for one in encoders for node in ast.walk(one) for part in _fallback(node, one)}
    known |= {id(one.bases[0]) for one in encoders}
    uses = [node for node in nodes if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in known]
    aliases = [node for node in nodes if isinstance(node, ast.alias) and node.asname]
    renamed = [one.name for one in aliases if imported.get(one.asname or "") not in _BASES]
    yield _Seen(
        [one.name for one in encoders],
        [last_name(value) for _, value in settings],
        [*(one.name for one in classes if one not in encoders), *map(last_name, uses), *renamed],
        any(isinstance(node, ast.Attribute) and node.attr == _SETTING for node in uses),
    )


def _is_encoder(one: ast.ClassDef, imported: Mapping[str, str]) -> bool:
    body = one.body[1:] if ast.get_docstring(one) is not None else one.body
    if len(one.bases) != 1 or one.keywords or one.decorator_list or len(body) != 1:
        return False
    base, (default,) = dotted_name(one.bases[0]), body
    top, _, rest = base.partition(".")
    if f"{imported.get(top, '')}{rest and '.'}{rest}" not in _BASES:
        return False
    if not isinstance(default, ast.FunctionDef) or default.name != "default" or default.decorator_list:
        return False
    itself = [one.arg for one in default.args.args]
    if len(itself) != 2 or len([node for node in ast.walk(default) if isinstance(node, ast.arg)]) != 2:
        return False
    scopes = [node for node in ast.walk(default) if isinstance(node, _SCOPES) and node is not default]
    if any(True for scope in scopes for node in ast.walk(scope) for _ in _fallback(node, one)):
        return False
    # The object and its base class are only used for what the class does not encode.
    known = {id(part) for node in ast.walk(default) for part in _fallback(node, one)}
    used = [
        dotted_name(node)
        for node in ast.walk(default)
        if isinstance(node, ast.expr) and id(node) not in known
    ]
    return not {itself[0], base} & set(used) and default.args.defaults == []


def _fallback(node: ast.AST, encoder: ast.ClassDef) -> Iterator[ast.AST]:
    """Yield the parts of a call of the base class but for the value: ``JSONEncoder.default(self, value)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return
    of, values = node.func.value, node.args
    if node.func.attr != "default":
        return
    if isinstance(of, ast.Call) and dotted_name(of.func) == "super" and len(values) == 1:
        yield from of.args
    elif dotted_name(of) == dotted_name(encoder.bases[0]) and len(values) == 2:
        yield from (of, values[0])


def _settings(
    nodes: Iterable[ast.AST], classes: Iterable[ast.ClassDef], imported: Mapping[str, str]
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the target and the class of each setting of an application, or of a class of applications."""
    made: dict[str, str] = {}
    of_classes = {
        id(statement)
        for one in classes
        if any(imported.get(dotted_name(base)) == "flask.Flask" for base in one.bases)
        for statement in one.body
    }
    assigned = [node for node in nodes if isinstance(node, ast.Assign) and len(node.targets) == 1]
    for node in assigned:
        if isinstance(node.value, ast.Call):
            made[dotted_name(node.targets[0])] = last_name(node.value.func)
    for node in assigned:
        target = node.targets[0]
        if last_name(target) != _SETTING or not last_name(node.value):
            continue
        if isinstance(target, ast.Name) and id(node) in of_classes:
            yield target, node.value
        elif isinstance(target, ast.Attribute):
            name = dotted_name(target.value)
            kind = made.get(name, "")
            if kind == "Flask" or (kind != "Blueprint" and last_name(target.value) in _APPLICATIONS):
                yield target, node.value


def with_providers(module: cst.Module, encoders: frozenset[str]) -> cst.Module:
    """Return a module in which these classes are providers, and are set as such."""
    wrapper = MetadataWrapper(module)
    made = [
        node
        for node in m.findall(wrapper.module, m.ClassDef())
        if isinstance(node, cst.ClassDef) and node.name.value in encoders
    ]
    changed = wrapper.module.visit(_Providing(encoders))
    if not made:
        return changed
    context = CodemodContext(wrapper=wrapper)
    for encoder in made:
        RemoveImportsVisitor.remove_unused_import_by_node(context, encoder.bases[0])
    changed = RemoveImportsVisitor(context).transform_module(changed)
    changed = cst.ensure_type(m.replace(changed, _NO_IMPORT, cst.RemoveFromParent()), cst.Module)
    return with_imports([f"{_HOME}:{_PROVIDER}"], changed)


class _Providing(cst.CSTTransformer):
    def __init__(self, encoders: frozenset[str]) -> None:
        super().__init__()
        self._encoders = encoders
        self._bases: list[str] = []
        """Of the classes that are being changed."""

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        chosen = node.name.value in self._encoders
        self._bases.append(get_full_name_for_node(node.bases[0].value) or "" if chosen else "")

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        if not self._bases.pop():
            return updated_node
        base = updated_node.bases[0].with_changes(value=cst.Name(_PROVIDER))
        return updated_node.with_changes(bases=[base])

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        of = original_node.func.value if isinstance(original_node.func, cst.Attribute) else None
        if of is None or not self._bases or get_full_name_for_node(of) != self._bases[-1]:
            return updated_node
        func = cst.parse_expression("super().default")
        return updated_node.with_changes(func=func, args=updated_node.args[1:])

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        target = updated_node.targets[0].target
        name = (get_full_name_for_node(updated_node.value) or "").rpartition(".")[2]
        if name not in self._encoders:
            return updated_node
        if isinstance(target, cst.Name):
            new = [updated_node.targets[0].with_changes(target=cst.Name("json_provider_class"))]
            return updated_node.with_changes(targets=new)
        application = cst.ensure_type(target, cst.Attribute)
        new = [updated_node.targets[0].with_changes(target=application.with_changes(attr=cst.Name("json")))]
        provider = cst.Call(updated_node.value, [cst.Arg(application.value)])
        return updated_node.with_changes(targets=new, value=provider)
