"""One Python file of any project, by its syntax tree: nothing of it is run."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.version import Version

from flaskgen.planning.python_syntax import NOT_PARSED, dotted_name, last_name, parse_quietly


class Sign(NamedTuple):
    """Something at a line of a file."""

    path: PurePosixPath
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class Import(NamedTuple):
    """A module that a file imports, by its whole name."""

    module: str
    line: int
    level: int = 0
    """The dots before it."""
    names: tuple[str, ...] = ()
    """What is taken from it."""
    guarded: bool = False
    """Whether the file can do without it: it is in a ``try``, an ``if`` or a function."""

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


class Variable(NamedTuple):
    """An environment variable that a file reads."""

    name: str
    path: PurePosixPath
    line: int
    default: bool
    """Whether the file has a value for when it is not set."""
    required: bool
    """Whether it is only read in a way that fails if it is not set."""


class Factory(NamedTuple):
    """A function that returns an application."""

    name: str
    required: int
    """How many arguments it has to be given."""


class Source(NamedTuple):
    """A Python file, and what it says about the application: nothing if this Python cannot parse it."""

    path: PurePosixPath
    text: str
    tree: ast.Module | None
    error: Sign | None = None
    """Why it cannot be parsed."""
    imports: tuple[Import, ...] = ()
    applications: tuple[str, ...] = ()
    """The module's names that are applications, the likeliest first."""
    factories: tuple[Factory, ...] = ()
    arguments: tuple[str, ...] = ()
    """The texts that factories are called with."""
    variables: tuple[Variable, ...] = ()


# Left by Python 3: https://docs.python.org/3/whatsnew/3.0.html
PYTHON2_MODULES = frozenset(
    {
        *("BaseHTTPServer", "ConfigParser", "Cookie", "HTMLParser", "Queue", "SocketServer", "StringIO"),
        *("UserDict", "UserList", "__builtin__", "cPickle", "cStringIO", "commands", "cookielib", "copy_reg"),
        *("httplib", "sets", "thread", "urllib2", "urlparse", "xmlrpclib"),
    }
)
_EXCEPT_IN_PARENTHESES = (3, 13)
"""The last Python that does not take Python 2's `except Error, name:` for two exceptions (PEP 758)."""
_IMPORT = re.compile(r"(\s*)(?:from\s+(\.*)([\w.]*)\s+)?import\s+([\w.]+)")
_IMPORTS_ENVIRON = re.compile(r"^\s*from os import .*\benviron\b", re.MULTILINE)
"""Elsewhere, that name is WSGI's."""
_APPLICATION_NAMES = ("app", "application")
_FACTORY_NAMES = ("create_app", "make_app", "create_application", "build_app", "get_app", "app_factory")
_FACTORY_CALL = re.compile(rf"\b({'|'.join(_FACTORY_NAMES)})\(")
_ENVIRONMENT = re.compile(r"\b(environ|getenv)\b")


def encoding_of(content: bytes, path: PurePosixPath) -> str:
    """Return the encoding of a Python file or a page, in which each of its bytes survives a round trip.

    That is Latin-1 for what is not UTF-8, and does not say truly what it is.
    """
    try:
        encoding = tokenize.detect_encoding(BytesIO(content).readline)[0] if path.suffix == ".py" else "utf-8"
        content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        return "latin-1"
    return encoding


def read_source(path: PurePosixPath, text: str) -> Source:
    try:
        tree = parse_quietly(text, _EXCEPT_IN_PARENTHESES)
    except NOT_PARSED as error:
        line = getattr(error, "lineno", None) or 0
        what = getattr(error, "msg", str(error)) or "it is nested too deeply"
        return Source(path, text, None, Sign(path, line, what), tuple(_imports_in(text)))
    imports: list[Import] = []
    assigned: list[tuple[str, ast.expr, int]] = []
    functions: list[ast.FunctionDef] = []
    makers = {"Flask"}
    """The names of Flask, and of classes that are one."""
    for statement, guarded, inner in _statements(tree.body):
        if isinstance(statement, ast.Import):
            imports += [Import(alias.name, statement.lineno, guarded=guarded) for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            names = tuple(alias.asname or alias.name for alias in statement.names)
            imports.append(Import(statement.module or "", statement.lineno, statement.level, names, guarded))
            makers |= {
                alias.asname or alias.name for alias in statement.names if alias.name.endswith("Flask")
            }
        elif isinstance(statement, ast.ClassDef) and not makers.isdisjoint(map(last_name, statement.bases)):
            makers.add(statement.name)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and not inner:
            assigned += [(statement.target.id, statement.value, statement.lineno)] if statement.value else []
        elif isinstance(statement, ast.Assign) and not inner:
            targets = [one.id for one in statement.targets if isinstance(one, ast.Name)]
            assigned += [(name, statement.value, statement.lineno) for name in targets]
        elif isinstance(statement, ast.FunctionDef) and not inner:
            functions.append(statement)
    return Source(
        path,
        text,
        tree,
        imports=tuple(imports),
        applications=tuple(_applications(assigned, imports, makers)),
        factories=tuple(_factories(functions, text, makers)),
        arguments=tuple(_arguments(_nodes_at(text, tree, _FACTORY_CALL))),
        variables=tuple(_variables(path, text, tree)),
    )


def _imports_in(text: str) -> Iterator[Import]:
    """Yield what a file that cannot be parsed imports, as far as a line says it."""
    for number, line in enumerate(lines_of(text), start=1):
        if found := _IMPORT.match(line):
            inner, dots, module, names = found.groups(default="")
            yield Import(module or names, number, len(dots), () if not module else (names,), bool(inner))


def lines_of(text: str) -> list[str]:
    """Return the lines as Python counts them: a form feed is part of one."""
    return re.split(r"\r\n?|\n", text)


def _nodes_at(text: str, tree: ast.Module, pattern: re.Pattern[str]) -> list[ast.AST]:
    """Return all nodes of the statements of a module in which something is found: to walk all takes long."""
    if not pattern.search(text):
        return []
    lines = [number for number, line in enumerate(lines_of(text), start=1) if pattern.search(line)]
    return [
        node
        for statement in tree.body
        if any(statement.lineno <= line <= (statement.end_lineno or 0) for line in lines)
        for node in ast.walk(statement)
    ]


def _statements(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, bool, bool]]:
    """Yield each statement, whether an error there is caught, and whether it is in a function or a class."""
    waiting = [(statement, False, False) for statement in reversed(body)]
    while waiting:
        statement, guarded, inner = waiting.pop()
        yield statement, guarded, inner
        deferred = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        within = inner or deferred or isinstance(statement, ast.ClassDef)
        tried = isinstance(statement, ast.Try)
        chosen = isinstance(statement, ast.If)
        main = isinstance(statement, ast.If) and _is_main(statement.test)
        for field in ("body", "orelse", "finalbody"):
            for child in getattr(statement, field, ()):
                if isinstance(child, ast.stmt):
                    waiting.append((child, guarded or tried or deferred or chosen, within or main))
        for handler in getattr(statement, "handlers", ()):
            waiting += [(child, True, within) for child in handler.body]
        for case in getattr(statement, "cases", ()):
            waiting += [(child, guarded, within) for child in case.body]


def _is_main(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == "__main__" for node in ast.walk(test))


def _applications(
    assigned: list[tuple[str, ast.expr, int]], imports: list[Import], makers: set[str]
) -> list[str]:
    found: dict[str, tuple[int, int]] = {}
    for name, value, line in assigned:
        called = last_name(value.func) if isinstance(value, ast.Call) else ""
        made = called in makers or called in _FACTORY_NAMES or name == last_name(value) == "server"  # of Dash
        if made or (name in _APPLICATION_NAMES and not isinstance(value, ast.Constant)):
            found[name] = (0 if name in _APPLICATION_NAMES else 1, line)
    for one in imports:
        if not one.guarded and one.top != "flask":
            for name in set(one.names) & set(_APPLICATION_NAMES):
                found.setdefault(name, (2, one.line))
    return sorted(found, key=lambda name: found[name])


def _factories(functions: list[ast.FunctionDef], text: str, makers: set[str]) -> Iterator[Factory]:
    for function in functions:
        makes = "Flask" in text and any(
            isinstance(node, ast.Call) and last_name(node.func) in makers for node in ast.walk(function)
        )
        if function.name in _FACTORY_NAMES or (
            makes and any(isinstance(node, ast.Return) for node in function.body)
        ):
            required = len(function.args.posonlyargs + function.args.args) - len(function.args.defaults)
            yield Factory(function.name, required)


def _arguments(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and last_name(node.func) in _FACTORY_NAMES:
            parts = [part for argument in node.args[:1] for part in ast.walk(argument)]
            texts = (part.value for part in parts if isinstance(part, ast.Constant))
            # Of `os.getenv("CONFIG", "dev")` it is the second: no name of a variable.
            yield from (
                text for text in texts if isinstance(text, str) and re.fullmatch(r"[\w.]*[a-z][\w.]*", text)
            )


def _variables(path: PurePosixPath, text: str, tree: ast.Module) -> Iterator[Variable]:
    nodes = _nodes_at(text, tree, _ENVIRONMENT)
    names = {"os.environ"} | ({"environ"} if _IMPORTS_ENVIRON.search(text) else set())
    kept = {id(node.values[0]) for node in nodes if isinstance(node, ast.BoolOp)}
    for node in nodes:
        match node:
            case ast.Subscript(value, ast.Constant(str(name)), ast.Load()) if dotted_name(value) in names:
                yield Variable(name, path, node.lineno, default=False, required=True)
            case ast.Compare(ast.Constant(str(name)), [ast.In()], [value]) if dotted_name(value) in names:
                yield Variable(name, path, node.lineno, default=False, required=False)
            case ast.Call(function, [ast.Constant(str(name)), *more], keywords):
                called = dotted_name(function)
                if called.endswith("getenv") or called.removesuffix(".get") in names:
                    default = bool(id(node) in kept or more or keywords)
                    yield Variable(name, path, node.lineno, default, required=False)


_PYTHON2_SYNTAX = (
    (re.compile(r"^\s*print\s+[^=\s(.,:)\[]|^\s*print\s*$|^\s*print\s*>>"), "`print` is a statement"),
    (re.compile(r"^\s*except\s+[\w.]+\s*,\s*\w+\s*:"), "`except Error, name`"),
    (re.compile(r"^\s*raise\s+[\w.]+\s*,"), "`raise Error, text`"),
    (re.compile(r"^\s*exec\s+[^(=\s]"), "`exec` is a statement"),
    (re.compile(r"<>"), "`<>`"),
    (re.compile(r"\bur['\"]"), "`ur` text"),
    (re.compile(r"(?<![\w.'\"])0[0-7]+\b"), "an octal number without `0o`"),
)
_PYTHON2_ENCODING = re.compile(r"^sys\.setdefaultencoding\(", re.MULTILINE)


def python2_syntax(source: Source) -> Sign | None:
    """Return what of a file only Python 2 takes: syntax, or what such files begin with; None if nothing."""
    if source.error is None and (found := _PYTHON2_ENCODING.search(source.text)):
        number = source.text.count("\n", 0, found.start()) + 1
        return Sign(source.path, number, "calls `sys.setdefaultencoding`, which Python 3 does not have")
    if source.error is None or not source.error.line:
        return None
    if "tabs and spaces" in source.error.what:
        return source.error._replace(what="mixes tabs and spaces, which only Python 2 accepts")
    lines = lines_of(source.text)
    for number in dict.fromkeys((source.error.line, source.error.line - 1, *range(1, len(lines) + 1))):
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        for pattern, what in _PYTHON2_SYNTAX[: None if abs(number - source.error.line) <= 1 else 3]:
            if pattern.search(line):
                return Sign(source.path, number, f"{what}, which only Python 2 accepts")
    return None


# https://docs.python.org/3/whatsnew/3.7.html
NEW_KEYWORDS = Version("3.7")
_NEW_KEYWORDS = re.compile(r"\b(async(?!\s+(?:def|for|with)\b|['\"])|await(?=\s*(?:[=.,:)\]]|$)))\b")


def new_keyword(source: Source) -> Sign | None:
    """Return the name in a file that does not parse which is a keyword since Python 3.7."""
    if source.error is None:
        return None
    found = _NEW_KEYWORDS.search(_line_of(source, source.error.line))
    return source.error._replace(what=f"`{found[1]}` is a keyword since Python 3.7") if found else None


def _line_of(source: Source, number: int) -> str:
    return next(iter(lines_of(source.text)[number - 1 : number]), "") if number else ""


def fatal_error(source: Source) -> Sign | None:
    """Return why no Python can parse a file; None if one may: keywords and f-strings change with each."""
    if source.error is None:
        return None
    line = _line_of(source, source.error.line)
    telling = re.search(r"\b(async|await|match|type|except|print|exec|r?[ft](?=['\"]))\b", line)
    return None if telling else source.error
