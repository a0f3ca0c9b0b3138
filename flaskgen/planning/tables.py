"""Read tables of TOML and objects of JSON, naming the line or the key if something is not as it must be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar, cast

from flaskgen.errors import FlaskgenError, suggest

Value = TypeVar("Value", str, int, bool)
_KINDS: dict[type, str] = {str: "text", int: "a number", bool: "true or false"}


def read_toml(
    content: bytes, defect: Callable[[str], FlaskgenError], *, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """Parse a TOML file; ``defect`` makes the error of what is wrong with it, such as 'is not UTF-8 text'."""
    import tomli  # late: most users have no configuration file, and start-up time counts

    try:
        return tomli.loads(content.decode("utf-8-sig"), parse_float=parse_float)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise defect(f"is not UTF-8 text (line {line})") from error
    except tomli.TOMLDecodeError as error:
        raise defect(f"is not valid TOML: {error}") from error
    except RecursionError as error:
        raise defect("is nested too deeply") from error
    except ValueError as error:
        raise defect("is not valid TOML: a number has too many digits") from error


_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY_LINE = re.compile(rf"[ \t]*(\[?\[?)[ \t]*({_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*[]=]")


def line_of(text: str, path: str) -> int:
    """Return the line of a key of TOML, such as ``options.manner.help``, or of the table that it is in.

    It is 0 if there is none, or a key is spelled with escapes.
    """
    lines: dict[str, int] = {}
    count: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _KEY_LINE.match(line):
            parts = [part.strip("\"'") for part in re.findall(_NAME, found[2])]
            start = "" if found[1] else table
            for end in range(1, len(parts) + 1):
                lines.setdefault(start + ".".join(parts[:end]), number)
            if found[1]:
                name = ".".join(parts)
                table = f"{name}[{count[name]}]." if found[1] == "[[" else f"{name}."
                count[name] += 1
                lines.setdefault(table[:-1], number)
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 0)


class Table:
    """A TOML table; ``defect`` makes the error of a key's path and what is wrong with it."""

    _KIND = "a table"

    def __init__(
        self, values: Mapping[str, object], defect: Callable[[str, str], FlaskgenError], path: str = ""
    ) -> None:
        self._values, self._defect, self.path = values, defect, path

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._values)

    def check_keys(self, known: Collection[str]) -> None:
        """Refuse a key that nobody reads."""
        for key in self._values:
            if key not in known:
                error = self.defect(key, "an unknown key")
                error.hint, _ = suggest(key, known, otherwise=f"the keys are {', '.join(sorted(known))}")
                raise error

    def get(self, key: str, kind: type[Value], default: Value | None = None) -> Value:
        """Return a value of just this type: true is not a number."""
        value = self._values.get(key, default)
        if type(value) is not kind:
            raise self._wrong(key, _KINDS[kind])
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return text that is not empty."""
        value = self._values.get(key, default)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "text")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return a text that is one of some."""
        value = self.text(key, default)
        if value not in choices:
            raise self.defect(key, f"`{value}`, which is none of {', '.join(choices)}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._values.get(key, None if default is None else list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of strings")
        return tuple(value)

    def table(self, key: str) -> Self:
        value = self._values.get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, self._KIND)
        return self._inner(key, value)

    def optional(self, key: str) -> Self:
        """Return a table, an empty one if it is not there."""
        return self.table(key) if key in self._values else self._inner(key, {})

    def tables(self, key: str) -> Iterator[Self]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(key, f"a list of {self._KIND.split()[1]}s")
        for number, item in enumerate(value):
            yield self._inner(f"{key}[{number}]", item)

    def all_texts(self) -> dict[str, str]:
        return {key: self.get(key, str) for key in self._values}

    def defect(self, key: str, what: str) -> FlaskgenError:
        """Return the error for a key that is ``what``."""
        return self._defect(self.path + key, what)

    def _wrong(self, key: str, kind: str) -> FlaskgenError:
        return self.defect(key, f"not {kind}" if key in self._values else "missing")

    def _inner(self, key: str, values: object) -> Self:
        return type(self)(cast("dict[str, object]", values), self._defect, f"{self.path}{key}.")


class JsonObject(Table):
    """The same of JSON."""

    _KIND = "an object"

    def is_null(self, key: str) -> bool:
        return key in self._values and self._values[key] is None
