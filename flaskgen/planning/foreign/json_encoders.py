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
from libcst.metadata import MetadataWrapper

from flaskgen.planning.foreign.flask_script import replaced, with_imports
from flaskgen.planning.python_syntax import (
    NOT_PARSED,
    dotted_name,
    last_name,
    meaning_of,
    names_imported,
    parse_quietly,
)

ROWS = frozenset({"flask-json-encoder", "app-json-encoder"})
"""The known breaks that this is the change for."""
_BASES = ("flask.json.JSONEncoder", "json.JSONEncoder")
_APPLICATIONS = frozenset({"app", "application", "flask_app"})
_SETTING = "json_encoder"
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
    match one:
        case ast.ClassDef(
            bases=[base],
            keywords=[],
            decorator_list=[],
            body=[
                *before,
                ast.FunctionDef(
                    "default", ast.arguments(args=[itself, _], defaults=[]), decorator_list=[]
                ) as default,
            ],
        ):
            only = len(before) == (ast.get_docstring(one) is not None)
        case _:
            return False
    nodes = list(ast.walk(default))
    # The object and its base class are only used for what the class does not encode.
    known = {id(part) for node in nodes for part in _fallback(node, one)}
    used = {dotted_name(node) for node in nodes if isinstance(node, ast.expr) and id(node) not in known}
    parameters = [node for node in nodes if isinstance(node, ast.arg)]
    certain = len(parameters) == 2 and not {itself.arg, dotted_name(base)} & used
    return only and certain and meaning_of(base, imported) in _BASES


def _fallback(node: ast.AST, encoder: ast.ClassDef) -> Iterator[ast.AST]:
    """Yield the parts of a call of the base class but for the value: ``JSONEncoder.default(self, value)``."""
    match node:
        case ast.Call(ast.Attribute(ast.Call() as of, "default"), [_], []) if dotted_name(of.func) == "super":
            yield from of.args
        case ast.Call(ast.Attribute(of, "default"), [itself, _], []):
            if ast.dump(of) == ast.dump(encoder.bases[0]):
                yield from (of, itself)


def _settings(
    nodes: Iterable[ast.AST], classes: Iterable[ast.ClassDef], imported: Mapping[str, str]
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the target and the class of each setting of an application, or of a class of applications."""
    made: dict[str, str] = {}
    of_classes = {
        id(statement)
        for one in classes
        if "flask.Flask" in [meaning_of(base, imported) for base in one.bases]
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
    named = m.Name(m.MatchIfTrue(encoders.__contains__))
    made = m.findall(wrapper.module, m.ClassDef(named))
    value = named | m.Attribute(attr=named)
    changed = replaced(wrapper.module, m.ClassDef(named), _provider)
    changed = replaced(changed, m.Assign([m.AssignTarget()], value), _setting)
    if not made:
        return changed
    context = CodemodContext(wrapper=wrapper)
    for encoder in made:
        RemoveImportsVisitor.remove_unused_import_by_node(
            context, cst.ensure_type(encoder, cst.ClassDef).bases[0]
        )
    changed = RemoveImportsVisitor(context).transform_module(changed)
    changed = replaced(changed, _NO_IMPORT, lambda *_: cst.RemoveFromParent())
    return with_imports([f"{_HOME}:{_PROVIDER}"], changed)


def _provider(encoder: cst.ClassDef, _: object) -> cst.ClassDef:
    base = encoder.bases[0]
    fallback = m.Call(m.Attribute(m.MatchIfTrue(base.value.deep_equals), m.Name("default")))
    function = cst.parse_expression(f"{_PROVIDER}.default")
    body = replaced(encoder.body, fallback, lambda call, _: cst.Call(function, call.args[1:]))
    return encoder.with_changes(bases=[base.with_changes(value=cst.Name(_PROVIDER))], body=body)


def _setting(given: cst.Assign, _: object) -> cst.Assign:
    (one,) = given.targets
    if isinstance(one.target, cst.Name):
        return given.with_changes(targets=[one.with_changes(target=cst.Name("json_provider_class"))])
    application = cst.ensure_type(one.target, cst.Attribute)
    target = application.with_changes(attr=cst.Name("json"))
    provider = cst.Call(given.value, [cst.Arg(application.value)])
    return given.with_changes(targets=[one.with_changes(target=target)], value=provider)
