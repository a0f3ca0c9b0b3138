"""What is changed in code for single breaks, where that is certain, and how a tree is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor

Node = TypeVar("Node", bound=cst.CSTNode)


def found(node: cst.CSTNode, matcher: Any) -> Sequence[Any]:
    """Return the nodes of a tree that fit, of the type that the matcher says."""
    return m.findall(node, matcher)


def replaced(node: Node, matcher: Any, replacement: Callable[[Any, Any], Any]) -> Node:
    """Return a tree with other nodes instead of those that fit."""
    return cst.ensure_type(m.replace(node, matcher, replacement), type(node))


def with_imports(names: Iterable[str], module: cst.Module) -> cst.Module:
    """Return a module that also imports others, or ``flask.cli:FlaskGroup``, after its first imports."""
    context = CodemodContext()
    for name in names:
        home, _, what = name.partition(":")
        AddImportsVisitor.add_needed_import(context, home, what or None)
    return AddImportsVisitor(context).transform_module(module)


def without_imports(names: Iterable[str], module: cst.Module) -> cst.Module:
    """Return a module that does not import names such as ``flask_script:Manager``, if nothing uses them."""
    context = CodemodContext()
    for name in names:
        RemoveImportsVisitor.remove_unused_import(context, *name.split(":"))
    return RemoveImportsVisitor(context).transform_module(module)


_PROPERTY = m.Name(m.MatchRegex("is_authenticated|is_active|is_anonymous"))
_USER = m.Name(m.MatchRegex("current_user|user|self")) | m.Attribute(m.Name("g"), m.Name("user"))
_USER_CALL = m.Call(m.Attribute(_USER, _PROPERTY), args=[])
_USER_METHOD = m.FunctionDef(_PROPERTY, m.Parameters(params=[m.Param()]), decorators=[])


def without_user_calls(module: cst.Module) -> cst.Module:
    """Use what Flask-Login made properties as such, and define it as such in the user's own class."""

    def define(given: cst.ClassDef, _: object) -> cst.ClassDef:
        decorators = [cst.Decorator(cst.Name("property"))]
        body = [
            one.with_changes(decorators=decorators) if m.matches(one, _USER_METHOD) else one
            for one in given.body.body
        ]
        return given.with_changes(body=given.body.with_changes(body=body))

    return replaced(replaced(module, _USER_CALL, lambda call, _: call.func), m.ClassDef(), define)


_FIRST = {"before_first_request": "before_request", "before_app_first_request": "before_app_request"}
_RUN_ONCE = m.FunctionDef(
    decorators=[m.Decorator(m.Attribute(m.Name(), m.OneOf(*map(m.Name, _FIRST))))],
    asynchronous=None,
    body=~m.MatchIfTrue(
        lambda body: bool(m.findall(body, m.Return(~m.MatchIfTrue(lambda one: one is None)) | m.Yield()))
    ),
)


def once_before_requests(module: cst.Module) -> cst.Module:
    """Run what ran before the first request before each, but cached, which runs it once.

    That is certain for a function that returns nothing, if no other function runs before requests.
    """
    if m.findall(module, m.OneOf(*(m.Attribute(attr=m.Name(name)) for name in _FIRST.values()))):
        return module

    def run_once(function: cst.FunctionDef, _: object) -> cst.FunctionDef:
        given = function.decorators[0]
        attribute = cst.ensure_type(given.decorator, cst.Attribute)
        renamed = attribute.with_changes(attr=cst.Name(_FIRST[attribute.attr.value]))
        once = cst.Decorator(cst.parse_expression("functools.lru_cache(maxsize=None)"))
        return function.with_changes(decorators=[given.with_changes(decorator=renamed), once])

    changed = replaced(module, _RUN_ONCE, run_once)
    return module if changed.deep_equals(module) else with_imports(["functools"], changed)


_LOCATION = m.OneOf(
    m.Attribute(attr=m.Name("location")),
    m.Subscript(
        m.Attribute(attr=m.Name("headers")),
        [m.SubscriptElement(m.Index(m.SimpleString(m.MatchRegex("['\"]Location['\"]"))))],
    ),
)
_COMPARED = m.OneOf(
    m.Comparison(comparisons=[m.ComparisonTarget(m.Equal())]),
    m.Call(m.Attribute(attr=m.Name("assertEqual")), [m.Arg(), m.Arg(), m.ZeroOrMore()]),
)
_OF_TEST_CLIENT = m.SimpleString(m.MatchRegex("['\"]http://localhost/.*"))


def with_paths(module: cst.Module) -> cst.Module:
    """Compare the location of a redirect with the path alone, if the host is that of the test client."""

    def compare(given: cst.Comparison | cst.Call, _: object) -> cst.CSTNode:
        if isinstance(given, cst.Comparison):
            sides = [given.left, given.comparisons[0].comparator]
        else:
            sides = [one.value for one in given.args[:2]]
        text = next((one for one in sides if m.matches(one, _OF_TEST_CLIENT)), None)
        if not isinstance(text, cst.SimpleString) or not any(m.matches(one, _LOCATION) for one in sides):
            return given
        path = text.with_changes(value=text.value.replace("http://localhost", "", 1))
        return cst.ensure_type(given.deep_replace(text, path), type(given))

    return replaced(module, _COMPARED, compare)


_STACK = "_app_ctx_stack"
_TOP = m.Attribute(m.Name(_STACK), m.Name("top"))
_BOUND = m.Assign([m.AssignTarget(m.Name())], _TOP)
_OWN = m.Name(m.MatchRegex("app|g|url_adapter|push|pop|match_request|__.*"))
"""What a context has itself."""
_ASKING = m.OneOf(*map(m.Name, ("hasattr", "getattr", "setattr", "delattr")))
_G_BOUND = m.Param(m.Name("g")) | m.AssignTarget(m.Name("g")) | m.AsName(m.Name("g"))


def with_g(module: cst.Module) -> cst.Module:
    """Keep values on ``g``, which lives as long as the top of the stack of contexts that they were on.

    That is certain if nothing else is done with the stack, and if ``g`` has no values of these names.
    """
    bound = found(module, _BOUND)
    variable = m.Name(m.MatchIfTrue({one.targets[0].target.value for one in bound}.__contains__))
    top = _TOP | variable
    kept = found(module, m.Attribute(top, ~_OWN))
    asked = found(module, m.Call(_ASKING, [m.Arg(top), m.Arg(m.SimpleString()), m.ZeroOrMore()]))
    names = {one.attr.value for one in kept} | {one.args[1].value.raw_value for one in asked}
    imported = m.ImportFrom(
        m.Name("flask"), [m.ZeroOrMore(), m.ImportAlias(m.Name(_STACK), None), m.ZeroOrMore()]
    )
    tops = found(module, _TOP)
    variables = len(found(module, variable)) - len(found(module, m.Attribute(attr=variable)))
    if (
        len(found(module, imported)) != 1
        or any(found(one, imported) for one in found(module, m.Try()))  # prepared for other versions
        or len(found(module, m.Name(_STACK))) != len(tops) + 1
        or len(tops) + variables != len(kept) + len(asked) + 2 * len(bound)
        or any(m.matches(cst.Name(name), _OWN) for name in names)
        or found(module, _G_BOUND)
        or found(module, m.Attribute(m.Name("g"), m.Name(m.MatchIfTrue(names.__contains__))))
    ):
        return module
    changed = replaced(module, _TOP, lambda _, __: cst.Name("g"))
    return with_imports(["flask:g"], without_imports([f"flask:{_STACK}"], changed))


_TABLES = m.Call(m.Attribute(m.Name("db"), m.Name("create_all") | m.Name("drop_all")), args=[])
_DATABASE = m.Attribute(m.Name("db"), m.Name("session")) | m.Attribute(attr=m.Name("query")) | _TABLES
_MADE = m.Assign([m.AssignTarget(m.Name())], m.Call(m.Name("Flask") | m.Name("create_app")))


def with_application_context(module: cst.Module) -> cst.Module:
    """Use the database in a context of the application when a module is run.

    That is certain if it can be seen before what the application is.
    """
    first = next((number for number, one in enumerate(module.body) if found(one, _TABLES)), 0)
    application = _application(module.body[:first])
    return module.with_changes(body=_run(module.body, application)) if application else module


def _application(body: Sequence[cst.BaseStatement]) -> str | None:
    """Return what statements outside functions name the application; None if they do not."""
    for line in (one for one in reversed(body) if isinstance(one, cst.SimpleStatementLine)):
        if made := found(line, _MADE):
            return str(made[0].targets[0].target.value)
        for statement in found(line, m.ImportFrom(names=[m.ZeroOrMore()])):
            if {"app", "db"} <= {one.evaluated_alias or one.evaluated_name for one in statement.names}:
                return "app"
    return None


def _run(body: Sequence[cst.BaseStatement], application: str) -> list[cst.BaseStatement]:
    """Return statements outside functions, those that use the database in a context."""
    lines = [number for number, one in enumerate(body) if isinstance(one, cst.SimpleStatementLine)]
    using = [number for number in lines if found(body[number], _DATABASE)]
    if not any(found(body[number], _TABLES) for number in using):
        return [
            one.with_changes(body=one.body.with_changes(body=_run(one.body.body, application)))
            if isinstance(one, cst.If) and isinstance(one.body, cst.IndentedBlock)
            else one
            for one in body
        ]
    used = body[using[0] : using[-1] + 1]
    if any(isinstance(one, cst.FunctionDef | cst.ClassDef) for one in used):
        return list(body)
    above = cst.ensure_type(used[0], cst.SimpleStatementLine).leading_lines
    inside = cst.IndentedBlock([used[0].with_changes(leading_lines=[]), *used[1:]])
    block = cst.With([cst.WithItem(cst.parse_expression(f"{application}.app_context()"))], inside)
    return [*body[: using[0]], block.with_changes(leading_lines=above), *body[using[-1] + 1 :]]


_PAGINATED = ("page", "per_page", "error_out", "max_per_page")
_NAMED = m.Arg(keyword=m.Name(m.MatchIfTrue(lambda name: name != "page")))
_UNNAMED = m.Arg(keyword=None, star="")
_PAGINATE = m.Call(
    m.Attribute(~m.Name("db"), m.Name("paginate")), [_UNNAMED, m.ZeroOrMore(_NAMED | _UNNAMED)]
)


def with_named_arguments(module: cst.Module) -> cst.Module:
    """Name the arguments of ``paginate``, if it is no function of the module's own."""

    def name(call: cst.Call, _: object) -> cst.Call:
        names = iter(_PAGINATED)
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        args = [
            one if one.keyword else one.with_changes(keyword=cst.Name(next(names)), equal=equal)
            for one in call.args
        ]
        return call.with_changes(args=args)

    own = m.findall(module, m.FunctionDef(m.Name("paginate")))
    return module if own else replaced(module, _PAGINATE, name)


_URI = m.Subscript(
    m.Attribute(m.Name(), m.Name("config")),
    [m.SubscriptElement(m.Index(m.SimpleString(m.MatchRegex("['\"]SQLALCHEMY_DATABASE_URI['\"]"))))],
)
_RELATIVE = m.SimpleString(m.MatchRegex("['\"]sqlite:///[^/:{%].*"))
_SET = m.Assign([m.AssignTarget(_URI)], _RELATIVE)


def with_same_file(module: cst.Module) -> cst.Module:
    """Keep a relative path of SQLite below the application's own directory, where it was."""

    def keep(statement: cst.Assign, _: object) -> cst.Assign:
        application, text = found(statement, m.Name())[0].value, found(statement, _RELATIVE)[0].value
        begin, path = text[: len("'sqlite:///")] + text[-1], text[0] + text[len("'sqlite:///") :]
        joined = f"{begin} + os.path.join({application}.root_path, {path})"
        return statement.with_changes(value=cst.parse_expression(joined))

    changed = replaced(module, _SET, keep)
    return module if changed.deep_equals(module) else with_imports(["os"], changed)
