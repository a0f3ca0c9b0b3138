"""Render layers of templates into the files of a project; layers add to shared files in slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue import Catalogue, Layer, Template, slot_of
from flaskgen.planning.templates.tree import Content, Tree, landing_path

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2 import Template as JinjaTemplate


# A slot tag stands alone on its line. What replaces it keeps the line count, so that errors name true lines.
_SLOT_LINE = re.compile(r'^([ \t]*)\{% slot "([a-z0-9_.-]+)"( sorted| default)? %\}[ \t]*\n', re.MULTILINE)
_END_LINE = re.compile(r"^[ \t]*\{% endslot %\}[ \t]*\n", re.MULTILINE)
_SLOT_TAG = re.compile(r"\{%-?\s*(?:end)?slot\b")
_DEFAULT = re.compile(r'^[ \t]*\{% (?:slot "[a-z0-9_.-]+" (default)|endslot) %\}[ \t]*$', re.MULTILINE)


def slot_names(source: str) -> tuple[str, ...]:
    """List the slots that a template offers, in order."""
    return tuple(match.group(2) for match in _SLOT_LINE.finditer(source))


def has_stray_slot(source: str) -> bool:
    """Tell whether a slot tag does not stand alone on its line, is misspelled, or has no end or beginning."""
    depth = 0
    for match in _DEFAULT.finditer(source):
        depth += 1 if match.group(1) else -1
        if depth not in (0, 1):
            return True
    return depth != 0 or bool(_SLOT_TAG.search(_END_LINE.sub("", _SLOT_LINE.sub("", source))))


def expand_slot_tags(source: str, *, variable: tuple[str, str], block: tuple[str, str]) -> str:
    """Turn slot tags into calls of the functions ``slot(name, indent, sorted)`` and ``filled(name)``.

    The lines between ``slot ... default`` and ``endslot`` stay where nobody fills the slot.
    """

    def call(match: re.Match[str]) -> str:
        indent, name, kind = match.groups()
        content = f"slot({name!r}, {indent!r}, {kind == ' sorted'})"
        if kind == " default":
            filled = f"{block[0]} if filled({name!r}) {block[1]}{variable[0]} {content} {variable[1]}"
            return f"{filled}{block[0]} else {block[1]}\n"
        return f"{variable[0]} {content}\n{variable[1]}"

    return _END_LINE.sub(f"{block[0]} endif {block[1]}\n", _SLOT_LINE.sub(call, source))


def fill_slot(contributions: Sequence[str], *, indent: str, in_order: bool) -> str:
    """Join what extensions add to a slot, indented as the slot is; nothing gives no line at all.

    ``in_order`` sorts the lines as isort does and drops repeated ones: for imports and lists of names.
    """
    lines: Iterable[str] = (line for text in contributions for line in text.splitlines())
    if in_order:
        lines = sorted({line for line in lines if line.strip()}, key=_import_order)
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


def _import_order(line: str) -> tuple[bool, str]:
    return not line.startswith("import "), line.lower()


Values = Mapping[str, Any]
"""What templates can name; data, rendered once."""


@dataclass(frozen=True)
class Dialect:
    """The delimiters of flaskgen's own tags in a file."""

    variable: tuple[str, str]
    block: tuple[str, str]
    comment: tuple[str, str]

    def __contains__(self, source: str) -> bool:
        """Tell whether a text has anything to render."""
        return any(mark in source for mark, _ in (self.variable, self.block, self.comment))


PLAIN = Dialect(("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
PAGE = Dialect(("[[", "]]"), ("[%", "%]"), ("[#", "#]"))
"""For the Jinja templates of the generated application, whose own tags stay as they are."""


def dialect_of(lands_on: str) -> Dialect:
    """Tell by where a file lands in which dialect it is written."""
    return PAGE if "/templates/" in lands_on else PLAIN


def render(catalogue: Catalogue, *, traits: frozenset[str], values: Values) -> Tree:
    """Give the project's files: the same traits and values give the same bytes everywhere.

    Raises TemplateDefect, naming file and line, for a syntax error or a name that ``values`` does not have.
    """
    files: dict[str, Template] = {}
    slots: dict[str, dict[str, Template]] = {}
    for layer in catalogue.layers_for(traits):
        files |= {template.lands_on: template for template in layer.files}
        for template in layer.slots:
            slots.setdefault(slot_of(template), {})[_part_of(layer, template)] = template
    tree: dict[PurePosixPath, Content] = {}
    names: dict[str, str] = {}
    for template in files.values():
        path = _render_path(template, values, names)
        if path in tree:
            raise TemplateDefect(f"{template.source}: a second template lands on `{path}`")
        tree[path] = _render_content(template, slots, values)
    return dict(sorted(tree.items()))


def _part_of(layer: Layer, template: Template) -> str:
    """Name a contribution: a named part replaces the owner's earlier one; an unnamed one always adds."""
    return f"{layer.owner}/{template.lands_on}" if "/" in template.lands_on else template.source


def _render_content(
    template: Template, slots: Mapping[str, Mapping[str, Template]], values: Values
) -> Content:
    if isinstance(template.content, bytes):
        return template.content
    dialect = dialect_of(template.lands_on)

    def filled(name: str) -> bool:
        return name in slots

    def slot(name: str, indent: str, in_order: bool) -> str:
        contributions = [_render_text(part, offering, dialect) for part in slots.get(name, {}).values()]
        return fill_slot(contributions, indent=indent, in_order=in_order)

    offering = {**values, "slot": slot, "filled": filled}
    text = _render_text(template, offering, dialect)
    return text.rstrip("\n") + "\n" if text.strip() else ""


def _render_path(template: Template, values: Values, names: dict[str, str]) -> PurePosixPath:
    """Render each part of a path, but the same one only once: most files are in one folder."""
    parts = template.lands_on.split("/")
    for part in parts:
        if "{{" in part and part not in names:
            names[part] = _render_text(Template(template.source, part, part), values, PLAIN)
    return landing_path("/".join(names.get(part, part) for part in parts), source=template.source)


def _render_text(template: Template, values: Values, dialect: Dialect) -> str:
    source = expand_slot_tags(str(template.content), variable=dialect.variable, block=dialect.block)
    if source not in dialect:
        return source
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return _compiled(source, dialect).render(values)
    except TemplateSyntaxError as error:
        raise TemplateDefect(f"{template.source}:{error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise TemplateDefect(f"{template.source}:{_failing_line(error)}: {error.message}") from error


def _failing_line(error: BaseException) -> int:
    """Find the template's line in a traceback: Jinja names the template's frames `<template>`."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@lru_cache(maxsize=2048)
def _compiled(source: str, dialect: Dialect) -> JinjaTemplate:
    """Compile a template once: a change renders what was and what is to be, of the same templates."""
    return _environment(dialect).from_string(source)


@lru_cache(maxsize=2)
def _environment(dialect: Dialect) -> Environment:
    from jinja2 import Environment, StrictUndefined

    return Environment(  # noqa: S701 - what is rendered is source code, not a page
        variable_start_string=dialect.variable[0],
        variable_end_string=dialect.variable[1],
        block_start_string=dialect.block[0],
        block_end_string=dialect.block[1],
        comment_start_string=dialect.comment[0],
        comment_end_string=dialect.comment[1],
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
