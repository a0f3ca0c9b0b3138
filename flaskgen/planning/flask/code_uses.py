"""Find what a module of Python imports and calls that is known to break, on its syntax tree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from flaskgen.planning.flask.breaks import Break
from flaskgen.planning.python_syntax import imported_by, meaning_of

_VERSION_CHECK = re.compile(r"(?:.*_)?version(?:_info|__)?|PY[23]|TYPE_CHECKING|hasattr", re.IGNORECASE)
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})
_ANYTHING = "_"
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Use(NamedTuple):
    """A line of a module on which something is used that a break is about."""

    broken: Break
    line: int
    function: str | None
    """The outermost function that it is in; None if it runs when the module is imported."""


class _Place(NamedTuple):
    """A node of the tree, and what it stands in."""

    node: ast.AST
    guarded: bool
    """Whether the code is prepared for the import to fail, or is for some versions only."""
    function: str | None
    with_context: bool
    """Whether it is in a ``with``."""
    decorates: bool


class _Pattern(NamedTuple):
    expression: ast.expr
    but_not: tuple[ast.expr, ...]
    word: str
    """A word that is in every text that it matches, and in few others."""
    decorator: bool
    of: Break


class UseFinder:
    """Finds uses of breaks in one module after another."""

    def __init__(self, breaks: Iterable[Break]) -> None:
        self._imports: dict[str, list[tuple[str, Break]]] = defaultdict(list)
        self._code: dict[str, list[_Pattern]] = defaultdict(list)
        for one in breaks:
            for dotted in one.imports:
                self._imports[dotted.rpartition(".")[2]].append((dotted, one))
            for text in one.code:
                pattern = _parse_pattern(text, one)
                self._code[pattern.word].append(pattern)
        words = sorted({*self._imports, *self._code})
        self._words = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b") if words else None

    def find(self, source: str, tree: ast.Module) -> list[Use]:
        """Return each line of a module that uses what a break is about; ``tree`` is that of ``source``."""
        words = set(self._words.findall(source)) if self._words else ()
        imports: dict[str, list[Break]] = defaultdict(list)
        code: dict[type[ast.expr], list[_Pattern]] = defaultdict(list)
        for word in words:
            for dotted, one in self._imports.get(word, ()):
                if dotted.partition(".")[0] in source:
                    imports[dotted].append(one)
            for pattern in self._code.get(word, ()):
                code[type(pattern.expression)].append(pattern)
        return _find(list(_places(tree)), imports, code) if imports or code else []


def _find(
    places: Sequence[_Place],
    imports: Mapping[str, list[Break]],
    code: Mapping[type[ast.expr], list[_Pattern]],
) -> list[Use]:
    uses: list[Use] = []
    names: dict[str, str] = {}
    for place in places:
        if isinstance(place.node, ast.Import | ast.ImportFrom) and not place.guarded:
            for imported in imported_by(place.node):
                names[imported.name] = imported.means
                found = _of_module(imported.dotted, imports)
                uses += [Use(one, place.node.lineno, place.function) for one in found]
    known = {use.broken.id for use in uses}
    for place in places:
        node = place.node
        if place.guarded:
            continue
        if isinstance(node, ast.expr) and (patterns := code.get(type(node))):
            uses += [Use(one.of, node.lineno, place.function) for one in patterns if _fits(one, place, node)]
        if isinstance(node, ast.Attribute) and (dotted := meaning_of(node, names)):
            found = [one for one in _of_module(dotted, imports) if one.id not in known]
            uses += [Use(one, node.lineno, place.function) for one in found]
    once = {(use.broken.id, use.line): use for use in uses}
    return sorted(once.values(), key=lambda use: use.line)


def _of_module(dotted: str, imports: Mapping[str, list[Break]]) -> list[Break]:
    """Return the breaks of a dotted name, or of a module that it is in."""
    parts = dotted.split(".")
    prefixes = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return [one for prefix in prefixes for one in imports.get(prefix, ())]


def _fits(pattern: _Pattern, place: _Place, node: ast.expr) -> bool:
    at_import = place.function is None and not place.with_context
    there = at_import >= pattern.of.at_import and place.decorates >= pattern.decorator
    is_right = any(_same(one, node) for one in pattern.but_not)
    return there and _same(pattern.expression, node) and not is_right


def _parse_pattern(text: str, of: Break) -> _Pattern:
    expression = _parse_expression(text.removeprefix("@"))
    telling = expression.attr if isinstance(expression, ast.Attribute) else ast.unparse(expression)
    word = max(re.findall(r"\w+", telling), key=len)
    but_not = tuple(map(_parse_expression, of.but_not))
    return _Pattern(expression, but_not, word, text.startswith("@"), of)


def _parse_expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _places(tree: ast.Module) -> Iterator[_Place]:
    waiting = [_Place(tree, False, None, with_context=False, decorates=False)]
    while waiting:
        place = waiting.pop()
        yield place
        node = place.node
        function = getattr(node, "name", "") if isinstance(node, _FUNCTIONS) else None
        decorators = getattr(node, "decorator_list", ())
        guarded = place.guarded or _is_prepared(node)
        with_context = place.with_context or isinstance(node, ast.With | ast.AsyncWith)
        inside = function if place.function is None else place.function
        for child in _children(node):
            decorates = child in decorators
            around = place.function if decorates else inside
            waiting.append(_Place(child, guarded, around, with_context, decorates))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in a node, without those that only say how a name is used."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from (one for one in value if isinstance(one, ast.AST))
        elif isinstance(value, ast.AST) and name not in ("ctx", "op"):
            yield value


def _is_prepared(node: ast.AST) -> bool:
    """Return whether what stands in a node is for one of several versions of a package or of Python."""
    if isinstance(node, ast.If):
        alternatives = bool(node.orelse) and _only_imports(node.body) and _only_imports(node.orelse)
        return alternatives or any(map(_VERSION_CHECK.fullmatch, _names_in(node.test)))
    if not isinstance(node, ast.Try):
        return False
    only_imports = _only_imports(node.body)
    return any(
        only_imports if one.type is None else not _IMPORT_ERRORS.isdisjoint(_names_in(one.type))
        for one in node.handlers
    )


def _only_imports(statements: list[ast.stmt]) -> bool:
    return all(isinstance(one, ast.Import | ast.ImportFrom) for one in statements)


def _names_in(expression: ast.expr) -> set[str]:
    nodes = list(ast.walk(expression))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _same(pattern: object, found: object) -> bool:
    """Return whether code is as a pattern has it.

    ``_`` is anything; a name also is the last part of a longer one; a call may have further arguments; and
    text that ends with ``...`` begins so, and goes on; ``[!/]`` is a character that is not among these.
    """
    match pattern:
        case ast.Name(id=name):
            last = found.attr if isinstance(found, ast.Attribute) else getattr(found, "id", None)
            return name in (_ANYTHING, last)
        case ast.Constant(value=str(text)) if text.endswith("..."):
            value = str(found.value) if isinstance(found, ast.Constant) else ""
            return fnmatchcase(value, f"{text[:-3]}?*")
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
            return pattern in (found, _ANYTHING)
