"""The lines of requirements files, as pip reads them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from optparse import OptionParser, Values
from typing import NamedTuple, NoReturn

from flaskgen.planning.packages.pins import join_line, split_lines

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTIONS = re.compile(r"(?:^|\s)(?=-)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


class Line(NamedTuple):
    """A requirement, or options, on one line or several that are continued."""

    number: int
    """Of the first."""
    text: str
    """All of it, but for comments."""
    requirement: str = ""
    options: Values | None = None
    """Those of a line without a requirement."""
    problem: str | None = None
    """Why pip refuses it."""


def read_lines(text: str) -> Iterator[Line]:
    """Yield what the lines of a requirements file say; environment variables stay in them."""
    following = 1
    for written in split_lines(text):
        number, line = following, _COMMENT.sub("", join_line(written)).strip()
        following += len(written.splitlines())
        if not line:
            continue
        found = _OPTIONS.search(line)
        requirement = (line[: found.start()] if found else line).strip()
        try:
            options = shlex.split(line[found.start() :]) if found else []
            given = _parser().parse_args(options)[0] if found else None
        except ValueError as error:  # of quotes, or of an option
            yield Line(number, line, problem=str(error))
            continue
        yield Line(number, line, requirement, None if requirement else given)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with the values of variables that are set and not empty: ``${TOKEN}``."""
    return _VARIABLE.sub(lambda found: environment.get(found[1]) or found[0], text)


def unset_variable(text: str, environment: Mapping[str, str]) -> str | None:
    """Return a variable that a text needs and nothing sets."""
    return next((name for name in _VARIABLE.findall(text) if not environment.get(name)), None)


class _Options(OptionParser):
    def error(self, msg: str) -> NoReturn:
        raise ValueError(msg)


def _parser() -> OptionParser:
    parser = _Options(add_help_option=False)
    for several in (
        ("-r", "--requirement"),
        ("-c", "--constraint"),
        ("-e", "--editable"),
        ("-i", "--index-url", "--pypi-url"),
        ("--extra-index-url",),
    ):
        parser.add_option(*several, action="append", default=[])
    for ignored in (
        ("-f", "--find-links"),
        ("--no-binary",),
        ("--only-binary",),
        ("--trusted-host",),
        ("--use-feature",),
        ("--hash",),
        ("-C", "--config-settings", "--config-setting"),
        ("--global-option",),
        ("--all-releases",),
        ("--only-final",),
    ):
        parser.add_option(*ignored)
    for flag in ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre"):
        parser.add_option(flag, action="store_true")
    return parser
