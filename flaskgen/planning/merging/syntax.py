"""What a file's language tells: whether a merge kept it in order, and whether two versions say the same."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from functools import lru_cache
from pathlib import PurePosixPath

import tomli

from flaskgen.planning.merging.text_form import form_of, is_text
from flaskgen.planning.python_syntax import NOT_PARSED, parse_quietly


def is_in_order(path: PurePosixPath, merged: bytes, *, base: bytes, ours: bytes, theirs: bytes) -> bool:
    """Return whether a merged file can be read as its versions can.

    Of Python, also whether each text in the user's code is still one: nothing was put into it. What cannot be
    read in the first place, or is in another language, passes.
    """
    match path.suffix:
        case ".py":
            old, mine, new, after = map(parse_python, (base, ours, theirs, merged))
            if old is None or mine is None or new is None:
                return True
            return after is not None and not _texts(mine) - _texts(after) - (_texts(old) - _texts(new))
        case ".toml":
            return _is_toml(merged) or not (_is_toml(ours) and _is_toml(theirs))
        case _:
            return True


def says_the_same(path: PurePosixPath, one: bytes, other: bytes) -> bool:
    """Return whether two versions of a file differ in form only: line ends, tabs, a formatter's work."""
    if one == other:
        return True
    if not (is_text(one) and is_text(other)):
        return False
    form = form_of(one)
    if form.read(one) == form.adopt(other):
        return True
    if path.suffix != ".py":
        return False
    first, second = parse_python(one), parse_python(other)
    same_tree = first is not None and second is not None and ast.dump(first) == ast.dump(second)
    return same_tree and _comments(one) == _comments(other)


def _comments(content: bytes) -> list[str]:
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(content).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT]


@lru_cache(maxsize=256)
def parse_python(content: bytes) -> ast.Module | None:
    """Return a module's syntax tree, or None if this Python cannot read it.

    Most modules of a change are the same in base, ours and theirs: who reads the tree may not change it.
    """
    try:
        return parse_quietly(content)
    except NOT_PARSED:
        return None


@lru_cache(maxsize=256)
def statements_and_calls(module: ast.Module) -> tuple[ast.stmt | ast.Call, ...]:
    """Return these nodes of a module, in the order of `ast.walk`: a fifth of all."""
    return tuple(node for node in ast.walk(module) if isinstance(node, ast.stmt | ast.Call))


def _texts(module: ast.Module) -> Counter[str]:
    constants = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return Counter(value for value in constants if isinstance(value, str))


def _is_toml(content: bytes) -> bool:
    try:
        tomli.loads(content.decode("utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
