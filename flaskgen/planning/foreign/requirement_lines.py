"""The lines of requirements files, as pip reads them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from optparse import OptionParser, Values
from typing import NamedTuple, NoReturn
from urllib.parse import unquote, urlsplit

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from flaskgen.planning.foreign.loading import COMMENT
from flaskgen.planning.packages.pins import join_line, parse_version, split_lines

_EGG = re.compile(r"[#&]egg=([\w.-]+)")
_REPOSITORY = re.compile(
    r"(?:github|gitlab|bitbucket)\.(?:com|org)[/:][\w.-]+/([\w-]+(?:\.\w+)*?)(?:\.git|[/@#]|$)"
)
URL = re.compile(r"(?<![a-z+])[a-z][a-z+]*://|git\+", re.IGNORECASE)
_OPTIONS = re.compile(r"(?:^|\s)(?=-)")
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def parse_line(line: str) -> Requirement:
    """Read a requirement as pip takes it, with a URL as well. Raises InvalidRequirement."""
    if URL.match(line):
        named = _EGG.search(line) or _REPOSITORY.search(line)
        if named is None:
            raise InvalidRequirement("it does not say which distribution it is: add #egg=NAME")
        line = f"{named[1]} @ {line.partition('#')[0]}"
    requirement = Requirement(line)
    path = unquote(urlsplit(requirement.url or "").path)
    try:
        if path.endswith(".whl"):
            parse_wheel_filename(path.rpartition("/")[2])
        if requirement.marker:
            requirement.marker.evaluate()
        for one in requirement.specifier:
            parse_version(one.version)
    except InvalidWheelFilename as error:
        raise InvalidRequirement(str(error)) from error
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise InvalidRequirement(f"its marker cannot be evaluated: {error}") from error
    except ValueError as error:
        raise InvalidRequirement("its version has thousands of digits") from error
    return requirement


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
        number, line = following, COMMENT.sub("", join_line(written)).strip()
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


class _Options(OptionParser):
    def error(self, msg: str) -> NoReturn:
        raise ValueError(msg)


def _parser() -> OptionParser:
    parser = _Options(add_help_option=False)
    read = ("-r --requirement", "-c --constraint", "-e --editable", "-i --index-url --pypi-url")
    for names in (*read, "--extra-index-url"):
        parser.add_option(*names.split(), action="append", default=[])
    ignored = ("--no-binary", "--only-binary", "--trusted-host", "--use-feature", "--hash", "--global-option")
    several = ("-f --find-links", "-C --config-settings --config-setting")
    for names in (*ignored, *several, "--all-releases", "--only-final"):
        parser.add_option(*names.split())
    for flag in ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre"):
        parser.add_option(flag, action="store_true")
    return parser
