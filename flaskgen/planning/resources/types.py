"""The types of fields: which arguments and which defaults each takes."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

LONGEST_TEXT = 10_000
SHORT = 5
"""Texts with fewer characters cannot hold the number of each row that tests make."""
_LONGEST_UNIQUE = 600
"""PostgreSQL indexes 2,704 bytes and MySQL 3,072; a character has up to four."""
MOST_DIGITS = 18
"""Of a decimal number: SQLite keeps it as a whole one, of 64 bits."""
_LONGEST_DEFAULT = 62
"""In bytes, as it is written in Python."""
_NUMBER = re.compile(r"(?!-?([0-9]\.?){16})-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
Check = Callable[[str, Sequence[str]], str | None]
"""Returns what is wrong with a default, given the arguments of its type."""


class FieldType(NamedTuple):
    """A type by its name in the grammar."""

    name: str
    arguments: tuple[str, ...] = ()
    """Those that count if none are given."""
    default: Check | None = None
    can_be_unique: bool = True

    def check_arguments(self, given: Sequence[str]) -> str | None:
        """Return what is wrong with the arguments, or None."""
        if self.name == "enum":
            return _check_choices(given)
        if len(given) != len(self.arguments):
            wanted = ", ".join(self.arguments) or "none"
            return f"the type {self.name} takes {len(self.arguments)} arguments ({wanted} by default)"
        if not all(re.fullmatch("[0-9]{1,5}", argument) for argument in given):
            return f"the arguments of {self.name} are numbers"
        return _check_sizes(self.name, [int(argument) for argument in given])

    def check_default(self, value: str, arguments: Sequence[str]) -> str | None:
        """Return what is wrong with a default, or None."""
        if self.default is None:
            return f"a field of the type {self.name} cannot have a default"
        return self.default(value, arguments)

    def check_typed(self, arguments: Sequence[str], default: str | None, *, unique: bool) -> str | None:
        """Return what is wrong with what somebody types, though records have it, or None."""
        if unique and arguments and int(arguments[0]) > _LONGEST_UNIQUE:
            return f"a unique text has at most {_LONGEST_UNIQUE} characters: databases cannot index more"
        if self.name == "decimal" and int(arguments[0]) > MOST_DIGITS:
            return f"decimal(DIGITS,PLACES): {MOST_DIGITS} digits at most"
        if self.name == "slug" and int(arguments[0]) < SHORT:
            return f"a slug has a length from {SHORT} to {LONGEST_TEXT}"
        if self.name in ("int", "float") and default and not _NUMBER.fullmatch(default):
            return f"`{default}` is no default: write a number of at most 15 digits, without zeros before it"
        if self.name == "datetime" and default and default[:10] in ("0001-01-01", "9999-12-31"):
            return f"`{default}` is in another year elsewhere"
        if self.default is not _text or default is None:
            return None
        if not default.strip():
            return "its default is empty"
        if len(json.dumps(default, ensure_ascii=False).encode()) > _LONGEST_DEFAULT:
            return "its default is too long for a line of code: edit the model and the form instead"
        return None


def _check_choices(given: Sequence[str]) -> str | None:
    if len(given) < 2:
        return "an enum has at least two choices: enum(draft,live)"
    if len(set(given)) < len(given):
        return "a choice is there twice"
    wrong = [choice for choice in given if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,29}", choice, re.ASCII)]
    return f"`{wrong[0]}` is not a choice: use letters, digits, `-` and `_`" if wrong else None


def _check_sizes(name: str, numbers: Sequence[int]) -> str | None:
    if name == "decimal":
        digits, places = numbers
        fits = digits > 0 and places <= digits
        return None if fits else "decimal(DIGITS,PLACES): PLACES are some of the digits"
    fits = all(0 < number <= LONGEST_TEXT for number in numbers)
    return None if fits else f"a length is from 1 to {LONGEST_TEXT}"


def _text(value: str, arguments: Sequence[str]) -> str | None:
    if not value.isprintable():
        return "its default has characters that cannot be printed"
    longest = int(arguments[0]) if arguments else LONGEST_TEXT
    return f"its default is longer than {longest}" if len(value) > longest else None


def _matches(pattern: str, example: str) -> Check:
    def check(value: str, arguments: Sequence[str]) -> str | None:
        fits = re.fullmatch(pattern, value, re.ASCII)
        return None if fits else f"`{value}` is no default; valid: {example}"

    return check


def _choice(value: str, arguments: Sequence[str]) -> str | None:
    return None if value in arguments else f"`{value}` is not one of its choices"


def _whole(value: str, arguments: Sequence[str]) -> str | None:
    fits = re.fullmatch(r"-?[0-9]{1,10}", value, re.ASCII) and abs(int(value)) <= 2**31 - 1
    return None if fits else f"`{value}` is no default; valid: 0"


def _decimal(value: str, arguments: Sequence[str]) -> str | None:
    match = re.fullmatch(r"-?([0-9]+)(?:\.([0-9]+))?", value, re.ASCII)
    digits, places = (int(argument) for argument in arguments)
    if match and len(match[1].lstrip("0")) <= digits - places and len(match[2] or "") <= places:
        return None
    return f"`{value}` is no default of decimal({digits},{places})"


def _moment(pattern: str, example: str) -> Check:
    matches = _matches(pattern, example)

    def check(value: str, arguments: Sequence[str]) -> str | None:
        problem = matches(value, arguments)
        if problem or value in ("today", "now"):
            return problem
        year, month, day = map(int, value[:10].split("-"))
        in_calendar = year > 0 and day <= monthrange(year, month)[1]
        return None if in_calendar else f"`{value}` is no default; valid: {example}"

    return check


_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"

FIELD_TYPES: Mapping[str, FieldType] = {
    kind.name: kind
    for kind in (
        FieldType("str", ("255",), _text),
        FieldType("text", (), _text, can_be_unique=False),
        FieldType("int", (), _whole),
        FieldType("float", (), _matches(r"-?[0-9]+(\.[0-9]+)?", "0.5"), can_be_unique=False),
        FieldType("decimal", ("10", "2"), _decimal, can_be_unique=False),
        FieldType("bool", (), _matches("true|false", "true"), can_be_unique=False),
        FieldType("date", (), _moment(f"today|{_DATE}", "today, 2030-01-02")),
        FieldType("time", (), _matches(f"now|{_TIME}", "now, 08:15"), can_be_unique=False),
        FieldType("datetime", (), _moment(f"now|{_DATE}T{_TIME}", "now, 2030-01-02T08:15")),
        FieldType("uuid"),
        FieldType("json", can_be_unique=False),
        FieldType("enum", (), _choice, can_be_unique=False),
        FieldType("email"),
        FieldType("url", can_be_unique=False),
        FieldType("slug", ("100",)),
        FieldType("file", can_be_unique=False),
    )
}
