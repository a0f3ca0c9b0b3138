"""Change code that is known to break, where it is certain what has to be written instead.

What only moved is data: ``moved`` and ``arguments`` of a break. The rest is here, by the name of the break.
All else stays as it is, with its comments and its layout.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import RemoveImportsVisitor
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper, QualifiedNameProvider, QualifiedNameSource

from flaskgen.planning.flask.breaks import Break
from flaskgen.planning.foreign.flask_script import commands_of_flask, found, replaced, with_imports
from flaskgen.planning.foreign.flask_sqlalchemy import (
    with_application_context,
    with_named_arguments,
    with_same_file,
)
from flaskgen.planning.foreign.json_encoders import with_providers
from flaskgen.planning.python_syntax import NOT_PARSED, names_imported, parse_quietly


def rewrite(text: str, rows: Iterable[Break], encoders: frozenset[str] = frozenset()) -> str:
    """Return the text of a module without what ``rows`` are about, as far as that is certain.

    ``encoders`` are the classes of the project that become providers of JSON.
    """
    chosen = list(rows)
    moved = {old: new for row in chosen for old, new in row.moved.items()}
    arguments: dict[str, dict[str, str]] = {}
    for call, names in (item for row in chosen for item in row.arguments.items()):
        arguments.setdefault(call, {}).update(names)
    try:
        module = cst.parse_module(text)
        for row in chosen:
            if special := _SPECIAL.get(row.id):
                module = special(module)
        if encoders:
            module = with_providers(module, encoders)
        imported = names_imported(ast.walk(parse_quietly(module.code)))
        if moved or arguments:
            mover = _Mover(module, imported, moved, arguments)
            module = with_imports(mover.needed, MetadataWrapper(module).visit(mover))
        return module.code
    except (cst.ParserSyntaxError, *NOT_PARSED):
        return text


class _Mover(m.MatcherDecoratableTransformer):
    """Imports from the modules that have what was moved, and uses its new names."""

    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def __init__(
        self,
        module: cst.Module,
        imported: Mapping[str, str],
        moved: Mapping[str, str],
        arguments: Mapping[str, Mapping[str, str]],
    ) -> None:
        super().__init__()
        self._moved, self._arguments = moved, arguments
        self.needed: dict[str, None] = {}
        """Modules to import as well."""
        self._config = module.config_for_parsing
        self._imported = imported
        self._bound = {node.value for node in found(module, m.Name())}
        self._tries = 0

    def visit_Try(self, node: cst.Try) -> None:
        self._tries += 1  # an import in there is prepared to fail

    def leave_Try(self, original_node: cst.Try, updated_node: cst.Try) -> cst.Try:
        self._tries -= 1
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        if len(updated_node.body) != 1 or self._tries:
            return updated_node
        (statement,) = updated_node.body
        if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
            return updated_node
        lines = self._statements(statement, statement.names)
        if lines is None:
            return updated_node
        kept, *more = lines
        first = updated_node.with_changes(body=[kept])
        return cst.FlattenSentinel([first, *(cst.SimpleStatementLine([one]) for one in more)])

    def _statements(
        self, statement: cst.ImportFrom, aliases: Sequence[cst.ImportAlias]
    ) -> list[cst.BaseSmallStatement] | None:
        """Return the imports instead of one; None if it can stay."""
        module = get_full_name_for_node(statement.module) if statement.module else None
        if statement.relative or module is None:
            return None
        kept: list[cst.ImportAlias] = []
        moved: dict[str, list[str]] = {}
        for alias in aliases:
            name = str(alias.evaluated_name)
            new = _moved_to(f"{module}.{name}", self._moved)
            if new is None:
                kept.append(alias)
                continue
            home, _, new_name = new.rpartition(".")
            bound = alias.evaluated_alias or (name if not home else self._name_for(f"{module}.{name}", new))
            if not home:
                moved[f"import {new}" if bound == new else f"import {new} as {bound}"] = []
            elif self._imported.get(bound) != new:
                named = new_name if bound == new_name else f"{new_name} as {bound}"
                moved.setdefault(f"from {home} import ", []).append(named)
        if len(kept) == len(aliases):
            return None
        lines = [
            cst.parse_statement(f"{begin}{', '.join(names)}\n", self._config)
            for begin, names in moved.items()
        ]
        new_ones = [line.body[0] for line in lines if isinstance(line, cst.SimpleStatementLine)]
        if kept:
            kept[-1] = kept[-1].with_changes(comma=aliases[-1].comma)  # with a line break, or none
            new_ones.insert(0, statement.with_changes(names=kept))
        return new_ones or [cst.Pass()]

    def _name_for(self, old: str, new: str) -> str:
        """Return what a moved name is called in the module: its new name, unless that is taken."""
        name, new_name = old.rpartition(".")[2], new.rpartition(".")[2]
        free = new_name not in self._bound or self._imported.get(new_name) == new
        return new_name if free and "__all__" not in self._bound else name

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        old = self._import_of(original_node)
        new = _moved_to(old, self._moved) if old else None
        if old is None or new is None or original_node.value != old.rpartition(".")[2] or "." not in new:
            return updated_node
        return updated_node.with_changes(value=self._name_for(old, new))

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        old = self._import_of(original_node)
        new = self._moved.get(old) if old else None
        if old is None or new is None or self._import_of(original_node.value) != old.rpartition(".")[0]:
            return updated_node
        home, _, name = new.rpartition(".")
        if home == old.rpartition(".")[0]:
            return updated_node.with_changes(attr=cst.Name(name))
        top = home.partition(".")[0]
        if top in self._bound and self._imported.get(top) != top:
            return updated_node
        if self._imported.get(top) != top:
            self.needed[home] = None
        return cst.parse_expression(new)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        names = self._arguments.get(self._import_of(original_node.func) or "", {})
        given = {one.keyword.value for one in updated_node.args if one.keyword}
        return updated_node.with_changes(
            args=[
                one.with_changes(keyword=cst.Name(names[one.keyword.value]))
                if one.keyword and one.keyword.value in names and names[one.keyword.value] not in given
                else one
                for one in updated_node.args
            ]
        )

    def _import_of(self, node: cst.CSTNode) -> str | None:
        """Return the dotted name of what a node means, if it certainly is something that was imported."""
        names = list(self.get_metadata(QualifiedNameProvider, node, ()))
        one = names[0] if len(names) == 1 else None
        return one.name if one and one.source is QualifiedNameSource.IMPORT else None


def _moved_to(dotted: str, moved: Mapping[str, str]) -> str | None:
    """Return where something is now: itself, or the module that it was in."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        prefix, rest = ".".join(parts[:length]), parts[length:]
        if prefix in moved:
            return ".".join([moved[prefix], *rest])
        if any_of := moved.get(".".join([*parts[: length - 1], "*"])):
            return ".".join([any_of.replace("*", parts[length - 1]), *rest])
    return None


_PROPERTY = m.Name(m.MatchRegex("is_authenticated|is_active|is_anonymous"))
_USER = m.Name(m.MatchRegex("current_user|user|self")) | m.Attribute(m.Name("g"), m.Name("user"))
_USER_CALL = m.Call(m.Attribute(_USER, _PROPERTY), args=[])
_USER_METHOD = m.FunctionDef(_PROPERTY, m.Parameters(params=[m.Param()]), decorators=[])


def _without_user_calls(module: cst.Module) -> cst.Module:
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


def _once_before_requests(module: cst.Module) -> cst.Module:
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


def _with_paths(module: cst.Module) -> cst.Module:
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


def _with_g(module: cst.Module) -> cst.Module:
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
    context = CodemodContext()
    RemoveImportsVisitor.remove_unused_import(context, "flask", _STACK)
    return with_imports(["flask:g"], RemoveImportsVisitor(context).transform_module(changed))


_SPECIAL: Mapping[str, Callable[[cst.Module], cst.Module]] = {
    "is-authenticated": _without_user_calls,
    "before-first-request": _once_before_requests,
    "flask-context-stacks": _with_g,
    "flask-script": commands_of_flask,
    "flask-sqlalchemy-context": with_application_context,
    "flask-sqlalchemy-paginate": with_named_arguments,
    "flask-sqlalchemy-relative-path": with_same_file,
    "location-header": _with_paths,
    "location-header-flask-2.1": _with_paths,
}
