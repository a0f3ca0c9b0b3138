"""Change code of Flask-SQLAlchemy 2 for Flask-SQLAlchemy 3."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import libcst.matchers as m

from flaskgen.planning.foreign.flask_script import found, replaced, with_imports

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
_NAMED = m.Arg(keyword=m.Name())
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
