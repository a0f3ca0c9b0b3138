"""Find what a module of Python imports and calls that is known to break, on its syntax tree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flaskgen.planning.flask.breaks import Break

_VERSION_CHECKS = frozenset({"version_info", "PY2", "PY3", "TYPE_CHECKING"})
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})
_ANYTHING = "_"


class Use(NamedTuple):
    """A line of a module on which something is used that a break is about."""

    broken: Break
    line: int


class _Place(NamedTuple):
    """A node of the tree, and what it stands in."""

    node: ast.AST
    guarded: bool
    """Whether the code is prepared for the import to fail, or is for one version of Python only."""
    at_import: bool
    """Whether it runs when the module is imported, in no ``with``."""
    decorates: bool


class _Pattern(NamedTuple):
    expression: ast.expr
    decorator: bool
    of: Break


class _Imported(NamedTuple):
    dotted: str
    name: str
    """The name that it has in the module."""
    means: str


class UseFinder:
    """Finds uses of breaks in one module after another."""

    def __init__(self, breaks: Iterable[Break]) -> None:
        self._imports: dict[str, list[Break]] = defaultdict(list)
        self._code: dict[type[ast.expr], list[_Pattern]] = defaultdict(list)
        words = set()
        for one in breaks:
            for dotted in one.imports:
                self._imports[dotted].append(one)
                words.add(dotted.rpartition(".")[2])
            for text in one.code:
                pattern = _parse_pattern(text, one)
                self._code[type(pattern.expression)].append(pattern)
                words.add(_telling_word(pattern.expression))
        self._words = re.compile(rf"\b({'|'.join(sorted(map(re.escape, words)))})\b")

    def may_find(self, source: str) -> bool:
        """Return whether the text has a word of any break: otherwise it need not be parsed."""
        return self._words.search(source) is not None

    def find(self, tree: ast.Module) -> list[Use]:
        """Return each line of the module that uses what a break is about."""
        places = list(_places(tree))
        imports = [
            (place.node, one)
            for place in places
            if isinstance(place.node, ast.Import | ast.ImportFrom) and not place.guarded
            for one in _imported(place.node)
        ]
        uses = [Use(one, node.lineno) for node, found in imports for one in self._importing(found.dotted)]
        imported = {use.broken.id for use in uses}
        names = {found.name: found.means for _, found in imports}
        for place in places:
            if isinstance(place.node, ast.expr):
                uses += [Use(one, place.node.lineno) for one in self._in_expression(place, place.node)]
            if isinstance(place.node, ast.Attribute) and (dotted := _dotted(place.node, names)):
                found = (one for one in self._importing(dotted) if one.id not in imported)
                uses += [Use(one, place.node.lineno) for one in found]
        once = {(use.broken.id, use.line): use for use in uses}
        return sorted(once.values(), key=lambda use: use.line)

    def _in_expression(self, place: _Place, node: ast.expr) -> Iterator[Break]:
        for pattern in self._code[type(node)]:
            at_its_place = place.at_import or not pattern.of.at_import
            if at_its_place and place.decorates >= pattern.decorator and _same(pattern.expression, node):
                yield pattern.of

    def _importing(self, dotted: str) -> list[Break]:
        """Return the breaks of a dotted name, or of a module that it is in."""
        parts = dotted.split(".")
        prefixes = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        return [one for prefix in prefixes for one in self._imports.get(prefix, ())]


def _parse_pattern(text: str, of: Break) -> _Pattern:
    return _Pattern(ast.parse(text.removeprefix("@"), mode="eval").body, text.startswith("@"), of)


def _telling_word(expression: ast.expr) -> str:
    """Return a word that is in every text that a pattern matches, and in few others."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    words: list[str] = re.findall(r"\w+", ast.unparse(expression))
    return max(words, key=len)


def _places(tree: ast.Module) -> Iterator[_Place]:
    waiting = [_Place(tree, guarded=False, at_import=True, decorates=False)]
    while waiting:
        place = waiting.pop()
        yield place
        node = place.node
        inside = ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.With, ast.AsyncWith
        decorators = getattr(node, "decorator_list", ())
        for child in ast.iter_child_nodes(node):
            waiting.append(
                _Place(
                    child,
                    guarded=place.guarded or _is_prepared(node),
                    at_import=place.at_import and (child in decorators or not isinstance(node, inside)),
                    decorates=child in decorators,
                )
            )


def _is_prepared(node: ast.AST) -> bool:
    """Return whether what stands in a node is for one of several versions of a package or of Python."""
    if isinstance(node, ast.If):
        return not _VERSION_CHECKS.isdisjoint(_names_in(node.test))
    if not isinstance(node, ast.Try):
        return False
    only_imports = all(isinstance(one, ast.Import | ast.ImportFrom) for one in node.body)
    return any(
        only_imports if one.type is None else not _IMPORT_ERRORS.isdisjoint(_names_in(one.type))
        for one in node.handlers
    )


def _names_in(expression: ast.expr) -> set[str]:
    nodes = list(ast.walk(expression))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[_Imported]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            yield _Imported(alias.name, alias.asname or top, alias.name if alias.asname else top)
        elif not node.level:
            dotted = f"{node.module}.{alias.name}"
            yield _Imported(dotted, alias.asname or alias.name, dotted)


def _dotted(node: ast.Attribute, names: dict[str, str]) -> str | None:
    """Return what a chain of attributes of an imported name stands for: ``werkzeug.urls.url_quote``."""
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or inner.id not in names:
        return None
    return ".".join([names[inner.id], *reversed(parts)])


def _same(pattern: object, found: object) -> bool:
    """Return whether code is as a pattern has it.

    ``_`` is anything; a name also is the last part of a longer one; a call may have further arguments; and
    text that ends with ``...`` begins so.
    """
    match pattern:
        case ast.Name(id=name):
            last = found.attr if isinstance(found, ast.Attribute) else getattr(found, "id", None)
            return name in (_ANYTHING, last)
        case ast.Constant(value=str(text)) if text.endswith("..."):
            return isinstance(found, ast.Constant) and str(found.value).startswith(text[:-3])
        case ast.Call():
            return (
                isinstance(found, ast.Call)
                and _same(pattern.func, found.func)
                and len(pattern.args) <= len(found.args)
                and all(map(_same, pattern.args, found.args))
                and all(any(_same(one, other) for other in found.keywords) for one in pattern.keywords)
            )
        case ast.expr_context():
            return True
        case ast.AST():
            return type(pattern) is type(found) and all(
                _same(getattr(pattern, name), getattr(found, name)) for name in pattern._fields
            )
        case list():
            return isinstance(found, list) and len(pattern) == len(found) and all(map(_same, pattern, found))
        case _:
            return pattern == found
