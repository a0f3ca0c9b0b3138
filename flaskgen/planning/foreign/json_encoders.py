"""Turn classes that encode JSON for an application into providers, which Flask has for that since 2.2.

That is certain if all that such a class does is to encode values of further types, and if nothing else in the
project uses it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import RemoveImportsVisitor
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper

from flaskgen.planning.foreign.code_changes import found, replaced, with_imports
from flaskgen.planning.python_syntax import NOT_PARSED, names_imported, parse_quietly

ROWS = frozenset({"flask-json-encoder", "app-json-encoder"})
"""The known breaks that this is the change for."""
_BASES = ("flask.json.JSONEncoder", "json.JSONEncoder")
_APPLICATIONS = frozenset({"app", "application", "flask_app"})
_SETTING = "json_encoder"
_ABOUT = re.compile(f"JSONEncoder|{_SETTING}")
_DOCSTRING = m.SimpleStatementLine([m.Expr(m.SimpleString())])
_DEFAULT = m.FunctionDef(m.Name("default"), decorators=[])
_ENCODER = m.ClassDef(
    bases=[m.Arg()], keywords=[], decorators=[], body=m.IndentedBlock([m.AtMostN(_DOCSTRING, n=1), _DEFAULT])
)
_SUPER = m.Call(m.Attribute(m.Call(m.Name("super")), m.Name("default")), [m.Arg()])
_PLAIN_IMPORT = m.ImportAlias(asname=None) | m.ImportAlias(m.Name("JSONEncoder"))
_EMPTY = m.IndentedBlock([])
_NO_IMPORT = m.Try(_EMPTY, [m.ExceptHandler(_EMPTY)], orelse=None, finalbody=None)
"""What is left if an import is removed, and the one to use instead if it fails."""
_HOME, _PROVIDER = "flask.json.provider", "DefaultJSONProvider"


def encoders_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the classes in the modules of a project that certainly can be providers."""
    made: Counter[str] = Counter()
    chosen: set[str] = set()
    used: set[str] = set()
    for text in texts:
        module = _parse(text) if _ABOUT.search(text) else None
        if module is None:
            used.update(re.findall(r"\w+", text))
            continue
        imported = names_imported(ast.walk(parse_quietly(text)))
        encoders = [one for one in found(module, _ENCODER) if _is_encoder(one, imported)]
        settings = list(_settings(module, imported))
        known = {*encoders, *settings}
        rest = replaced(module, m.MatchIfTrue(known.__contains__), lambda *_: cst.Pass())
        rest = replaced(rest, _PLAIN_IMPORT, lambda *_: cst.ImportAlias(cst.Name("_")))
        if found(rest, m.Attribute(attr=m.Name(_SETTING))):
            return frozenset()
        made.update(one.name.value for one in encoders)
        chosen |= {_name(one.value).rpartition(".")[2] for one in settings}
        used |= {one.value for one in found(rest, m.Name())}
    return frozenset(name for name in chosen - used if made[name] == 1)


def _parse(text: str) -> cst.Module | None:
    try:
        parse_quietly(text)
        return cst.parse_module(text)
    except (cst.ParserSyntaxError, *NOT_PARSED):
        return None


def _name(node: cst.CSTNode) -> str:
    return get_full_name_for_node(node) or ""


def _meaning(node: cst.CSTNode, imported: Mapping[str, str]) -> str:
    top, dot, rest = _name(node).partition(".")
    return f"{imported.get(top, '')}{dot}{rest}"


def _fallback(base: cst.BaseExpression) -> m.Call:
    """Return what finds a call of the base class: ``JSONEncoder.default(self, value)``."""
    return m.Call(m.Attribute(m.MatchIfTrue(base.deep_equals), m.Name("default")), [m.Arg(), m.Arg()])


def _is_encoder(one: cst.ClassDef, imported: Mapping[str, str]) -> bool:
    base, default = one.bases[0].value, cst.ensure_type(one.body.body[-1], cst.FunctionDef)
    parameters = [one.name for one in found(default.params, m.Param())]
    # The object and its base class are only used for what the class does not encode.
    rest = replaced(default.body, _SUPER | _fallback(base), lambda *_: cst.Name("_"))
    itself = m.Name(parameters[0].value) if len(parameters) == 2 else m.Name()
    used = found(rest, itself) or found(rest, m.MatchIfTrue(base.deep_equals))
    return not used and _meaning(base, imported) in _BASES


def _settings(module: cst.Module, imported: Mapping[str, str]) -> Iterator[cst.Assign]:
    """Yield where the class is set of an application, or of a class of applications."""
    calls = found(module, m.Assign([m.AssignTarget()], m.Call()))
    made = {_name(one.targets[0].target): _name(one.value.func).rpartition(".")[2] for one in calls}
    for one in found(module, m.Assign([m.AssignTarget(m.Attribute(attr=m.Name(_SETTING)))])):
        application = _name(one.targets[0].target.value)
        kind = made.get(application, "")
        usual = application.rpartition(".")[2] in _APPLICATIONS
        if kind == "Flask" or (kind != "Blueprint" and usual):
            yield one
    for owner in found(module, m.ClassDef()):
        if "flask.Flask" in [_meaning(base.value, imported) for base in owner.bases]:
            yield from found(owner, m.Assign([m.AssignTarget(m.Name(_SETTING))]))


def with_providers(module: cst.Module, encoders: frozenset[str]) -> cst.Module:
    """Return a module in which these classes are providers, and are set as such."""
    wrapper = MetadataWrapper(module)
    named = m.Name(m.MatchIfTrue(encoders.__contains__))
    made = found(wrapper.module, m.ClassDef(named))
    value = named | m.Attribute(attr=named)
    changed = replaced(wrapper.module, m.ClassDef(named), _provider)
    changed = replaced(changed, m.Assign([m.AssignTarget()], value), _setting)
    if not made:
        return changed
    context = CodemodContext(wrapper=wrapper)
    for encoder in made:
        RemoveImportsVisitor.remove_unused_import_by_node(context, encoder.bases[0])
    changed = RemoveImportsVisitor(context).transform_module(changed)
    changed = replaced(changed, _NO_IMPORT, lambda *_: cst.RemoveFromParent())
    return with_imports([f"{_HOME}:{_PROVIDER}"], changed)


def _provider(encoder: cst.ClassDef, _: object) -> cst.ClassDef:
    base = encoder.bases[0]
    function = cst.parse_expression(f"{_PROVIDER}.default")
    body = replaced(encoder.body, _fallback(base.value), lambda call, _: cst.Call(function, call.args[1:]))
    return encoder.with_changes(bases=[base.with_changes(value=cst.Name(_PROVIDER))], body=body)


def _setting(given: cst.Assign, _: object) -> cst.Assign:
    (one,) = given.targets
    if isinstance(one.target, cst.Name):
        return given.with_changes(targets=[one.with_changes(target=cst.Name("json_provider_class"))])
    application = cst.ensure_type(one.target, cst.Attribute)
    target = application.with_changes(attr=cst.Name("json"))
    provider = cst.Call(given.value, [cst.Arg(application.value)])
    return given.with_changes(targets=[one.with_changes(target=target)], value=provider)
