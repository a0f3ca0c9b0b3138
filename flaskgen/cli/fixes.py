"""The command that repairs an error: the one that failed, changed as the error says."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from flaskgen.errors import PYTHON, Fix, FlaskgenError, suggest
from flaskgen.reporting import command_line, quote


def fix_of(error: FlaskgenError | click.ClickException, arguments: Sequence[str]) -> str | None:
    """Return the command that repairs an error; None if there is none, or if its fix fits no argument."""
    fix = error.fix if isinstance(error, FlaskgenError) else _fix_of_usage(error)
    if fix is None:
        return None
    changed = list(arguments)
    if fix.typed:
        changed = _without_empty(_replaced(arguments, fix.typed, fix.meant))
        if changed == list(arguments):
            return None
    name, value = fix.option
    if name:
        changed = [*_without(changed, name), *([name, value] if value else [])]
    changed += shlex.split(fix.more)
    command = command_line(["flaskgen", *changed])
    return f"{fix.first} && {command}".replace(PYTHON, quote(sys.executable)) if fix.first else command


def _fix_of_usage(error: click.ClickException) -> Fix | None:
    """Return the fix of a command, an option or a choice that is misspelled."""
    if isinstance(error, click.NoSuchOption):
        return _nearest(error.option_name, error.possibilities)
    if isinstance(error, click.exceptions.NoSuchCommand):
        return _nearest(error.command_name, error.possibilities)
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        typed = re.search(r"'(.*?)' is not one of", error.message)
        return _nearest(typed[1], map(str, error.param.type.choices)) if typed else None
    return None


def _nearest(typed: str, known: Iterable[str] | None) -> Fix | None:
    return suggest(typed, known or (), otherwise="")[1]


def _replaced(arguments: Sequence[str], typed: str, meant: str) -> Iterator[str]:
    """Replace what was typed: the first such argument, or a word of one such as ``--with=logn,mail``."""
    word = re.compile(rf"(?<![\w-]){re.escape(typed)}(?![\w-])")
    place = next((place for place, text in enumerate(arguments) if text == typed), None)
    if place is None:
        place = next((place for place, text in enumerate(arguments) if word.search(text)), None)
    for number, text in enumerate(arguments):
        if number != place:
            yield text
        elif text == typed:
            yield meant
        elif meant:
            yield word.sub(lambda _: meant, text, count=1)
        else:
            yield ",".join(part for part in text.split(",") if part != typed)


def _without_empty(arguments: Iterable[str]) -> list[str]:
    """Leave out what is empty, with the option whose value it is."""
    kept: list[str] = []
    for text in arguments:
        if text:
            kept.append(text)
        elif kept and kept[-1].startswith("-"):
            kept.pop()
    return kept


def _without(arguments: Sequence[str], option: str) -> Iterator[str]:
    """Leave an option out, with its value."""
    skip = False
    for text in arguments:
        if skip or text.startswith(f"{option}="):
            skip = False
        elif text == option:
            skip = True
        else:
            yield text
