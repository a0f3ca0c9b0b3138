"""What is generated besides resources: a blueprint, a command, or a page of a blueprint."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from typing import NamedTuple

from flaskgen.errors import Fix, InvalidName
from flaskgen.planning.tables import Table
from flaskgen.planning.words import AMBIGUOUS, in_ascii, is_keyword, sentence

KINDS = ("blueprint", "command", "page")
HOME = "main"
"""The blueprint that every project has."""
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", re.ASCII)
_LONGEST = 22
_TAKEN = {
    "blueprint": frozenset({"app", "bp", "flask"}),
    "command": frozenset({"app", "bp", "click", "flask", "run", "routes", "shell"}),
    "page": frozenset({"app", "bp", "flask", "index", "render_template", "static"}),
}
"""Names that Flask gives another meaning, or that the generated module has."""


class Generated(NamedTuple):
    """A blueprint, a command or a page."""

    kind: str
    name: str
    """As in the application: ``blog_posts`` of a blueprint, ``send-digest`` of a command or a page."""
    blueprint: str = ""
    """The one that a page belongs to."""

    @property
    def identifier(self) -> str:
        """As in Python, and in the names of files: ``send_digest``."""
        return self.name.replace("-", "_")

    @property
    def path(self) -> str:
        """As in addresses: ``blog-posts``."""
        return self.name.replace("_", "-")

    @property
    def title(self) -> str:
        """As people read it: ``Blog posts``."""
        return sentence(self.identifier)

    @property
    def url(self) -> str:
        """Where a page is, or the first of a blueprint's."""
        if self.kind == "blueprint":
            return f"/{self.path}/"
        below = "" if self.blueprint == HOME else f"/{self.blueprint.replace('_', '-')}"
        return f"{below}/{self.path}"

    @property
    def endpoint(self) -> str:
        """What ``url_for`` calls it."""
        return f"{self.blueprint}.{self.identifier}" if self.blueprint else f"{self.identifier}.index"

    @property
    def template(self) -> str:
        """Where the page is below ``templates/``: ``blog_posts/index``."""
        return self.endpoint.replace(".", "/")

    @property
    def test_module(self) -> str:
        """Where its tests are: ``test_main_about_page``."""
        names = (self.blueprint, self.identifier, self.kind)
        return "_".join(["test", *filter(None, names)])

    @property
    def traits(self) -> frozenset[str]:
        """What its templates ask for: a blueprint begins with a page."""
        kinds = (self.kind, "page") if self.kind == "blueprint" else (self.kind,)
        return frozenset(f"kind-{kind}" for kind in kinds)

    @property
    def full_name(self) -> str:
        """What tells it from everything else: ``blog.about``, ``command:about``."""
        return f"{self.blueprint}.{self.name}" if self.blueprint else f"{self.kind}:{self.name}"

    def as_dict(self) -> dict[str, str]:
        """Return it as records and JSON have it."""
        more = {"blueprint": self.blueprint} if self.blueprint else {}
        return {"kind": self.kind, "name": self.name, **more}

    def __str__(self) -> str:
        of = f" of {self.blueprint}" if self.blueprint else ""
        return f"the {self.kind} {self.name}{of}"


def parse_generated(kind: str, name: str, blueprint: str | None = None) -> Generated:
    """Read what was typed. Raises InvalidName for a kind or a name that cannot be one."""
    if kind not in KINDS:
        raise InvalidName(f"`{kind}` cannot be generated", hint=f"choose from {', '.join(KINDS)}")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        words = "-".join(re.findall("[a-z0-9]+", in_ascii(name).lower())).lstrip("0123456789-")
        words = words[:_LONGEST].rstrip("-")
        works = bool(_NAME.fullmatch(words))
        raise InvalidName(
            f"invalid name `{name}`: at most {_LONGEST} lower-case letters, digits and single `-`",
            hint=f"try `{words}`" if works else "begin with a letter: about-us",
            fix=Fix(name, words) if works else None,
        )
    plain = name.replace("-", "_")
    reason = None
    if is_keyword(plain):
        reason = "it is a Python keyword"
    elif hasattr(builtins, plain):
        reason = "it is a built-in function of Python"
    elif plain in AMBIGUOUS:
        reason = "it reads as a digit"
    elif plain in _TAKEN[kind]:
        reason = "Flask, or the generated module, has something of that name"
    if reason:
        raise InvalidName(
            f"invalid name `{name}`: {reason}", hint=f"choose another: my-{name}", fix=Fix(name, f"my-{name}")
        )
    if kind == "page":
        return Generated(kind, name.replace("_", "-"), (blueprint or HOME).replace("-", "_"))
    return Generated(kind, name.replace("_", "-") if kind == "command" else plain)


def read_generated(table: Table) -> Generated:
    """Read what a record or JSON has. Raises as ``parse_generated`` does, and the table's error."""
    blueprint = table.get("blueprint", str) if "blueprint" in table.keys else None
    return parse_generated(table.get("kind", str), table.get("name", str), blueprint)


def find_generated(name: str, generated: Sequence[Generated]) -> tuple[Generated, ...]:
    """Return those that a person means: by the name, as ``command:about``, or as ``blog.about``."""
    wanted = name.lower().replace("_", "-")
    return tuple(one for one in generated if wanted in (one.path, one.full_name.replace("_", "-")))


def pages_of(generated: Sequence[Generated]) -> dict[str, tuple[Generated, ...]]:
    """Return the pages of each blueprint that can have some."""
    blueprints = (HOME, *(one.name for one in generated if one.kind == "blueprint"))
    return {
        name: tuple(one for one in generated if one.kind == "page" and one.blueprint == name)
        for name in blueprints
    }
