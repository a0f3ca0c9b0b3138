"""Files that do not parse: code for Python 2, names that became keywords, and what no Python takes."""

from __future__ import annotations

import re

from packaging.version import Version

from flaskgen.planning.foreign.source import Sign, Source, lines_of

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
        return source.error._replace(what="mixes tabs and spaces, which only Python 2 takes")
    lines = lines_of(source.text)
    for number in dict.fromkeys((source.error.line, source.error.line - 1, *range(1, len(lines) + 1))):
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        for pattern, what in _PYTHON2_SYNTAX[: None if abs(number - source.error.line) <= 1 else 3]:
            if pattern.search(line):
                return Sign(source.path, number, f"{what}, which only Python 2 takes")
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
    return (
        None
        if re.search(r"\b(async|await|match|type|except|print|exec|r?[ft](?=['\"]))\b", line)
        else source.error
    )
