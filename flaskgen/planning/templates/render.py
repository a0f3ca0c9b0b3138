"""Render layers of templates into the files of a project; layers add to shared files in slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import PurePosixPath
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue import Catalogue, Layer, Template
from flaskgen.planning.templates.slots import Fill, expand_slots, join_lines
from flaskgen.planning.templates.tree import Content, Tree, folded, landing_path

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2 import Template as JinjaTemplate


Values = Mapping[str, Any]
"""What templates can name; data, rendered once."""


class Part(NamedTuple):
    """A resource, or something else that is generated, with templates of its own."""

    owner: str
    name: str
    values: Values
    """What only its own templates see."""
    traits: frozenset[str] = frozenset()
    """What its overlays ask for, beside the traits of the project."""


class Dialect(NamedTuple):
    """The delimiters of flaskgen's own tags in a file."""

    variable: tuple[str, str]
    block: tuple[str, str]
    comment: tuple[str, str]

    def marks(self, source: str) -> bool:
        """Return whether a text has anything to render."""
        return any(mark in source for mark, _ in (self.variable, self.block, self.comment))


PLAIN = Dialect(("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
PAGE = Dialect(("[[", "]]"), ("[%", "%]"), ("[#", "#]"))
"""For the Jinja templates of the generated application, whose own tags stay as they are."""


def dialect_of(lands_on: str) -> Dialect:
    """Return by where a file lands in which dialect it is written."""
    return PAGE if "/templates/" in f"/{lands_on}" else PLAIN


def render(
    catalogue: Catalogue,
    *,
    traits: frozenset[str],
    values: Values,
    overview: Values | None = None,
    parts: Sequence[Part] = (),
    only: PurePosixPath | None = None,
    before: RenderedParts | None = None,
) -> Tree:
    """Return the project's files, or ``only`` one: the same traits and values give the same bytes everywhere.

    Every template can name ``values``; those of the project itself also what the ``overview`` has of all
    parts. Parts that are as they were ``before`` are not rendered again. Raises TemplateDefect, naming file
    and line, for a syntax error or a name that is in neither.
    """
    project = _Lines(tuple(catalogue.layers_for(traits)), {**values, **(overview or {})})
    before = {} if before is None else before
    made = []
    for part in parts:
        layers = tuple(catalogue.layers_of(part.owner, traits | part.traits))
        lines = _Lines(layers, {**values, **part.values})
        for slot, fills in lines.fills.items():
            added = {f"{part.owner} {part.name}: {key}": fill for key, fill in fills.items()}
            project.fills.setdefault(slot, {}).update(added)
        last, files = before.get((part.owner, part.name), (None, ()))
        if last is None or (last.layers, last.values) != (lines.layers, lines.values):
            files = tuple(_render_files(lines, only))
            before[part.owner, part.name] = lines, files
        made.append(files)
    return dict(sorted(_apart(chain(_render_files(project, only), *made))))


def _apart(files: Iterable[_File]) -> Iterator[tuple[PurePosixPath, Content]]:
    """Refuse two templates of one path, and one below the other, also if only some disks tell them apart."""
    there: dict[str, str] = {}
    for source, path, content in files:
        text = str(path)
        directories = [text[: end + 1] for end, character in enumerate(text) if character == "/"]
        for place in (*directories, text):
            key = folded(place.rstrip("/"))
            if key in there and (place == text or there[key] != place):
                raise TemplateDefect(
                    f"{source}: `{place}` clashes with `{there[key]}` of another template", hint="rename it"
                )
            there[key] = place
        yield path, content


class _Lines:
    """The files and the lines for slots of a project's layers, or of one part."""

    def __init__(self, layers: tuple[Layer, ...], values: Values) -> None:
        self.layers, self.values = layers, values
        self.files: dict[str, Template] = {}
        self.fills: dict[str, dict[str, tuple[Fill, Values]]] = {}
        for layer in layers:
            self.files |= {template.lands_on: template for template in layer.files}
            for fill in layer.fills:
                # A named part replaces its owner's earlier one; an unnamed one always adds.
                key = f"{layer.owner}/{fill.part}" if fill.part else f"{fill.source}:{fill.line}"
                self.fills.setdefault(fill.slot, {})[key] = fill, self.values


_File = tuple[str, PurePosixPath, Content]
"""The source, the path and the content of a file."""
RenderedParts = dict[tuple[str, str], tuple[_Lines, tuple[_File, ...]]]
"""What each part was rendered from, and to, by its owner and its name."""


def _render_files(lines: _Lines, only: PurePosixPath | None) -> Iterator[_File]:
    names: dict[str, str] = {}
    for template in lines.files.values():
        path = _render_path(template, lines.values, names)
        if only not in (None, path):
            continue
        content = _render_content(template, lines.fills, lines.values)
        if content or not template.content.strip():  # a page that nothing fills is not made
            yield template.source, path, content


def _render_content(
    template: Template, fills: Mapping[str, Mapping[str, tuple[Fill, Values]]], values: Values
) -> Content:
    if isinstance(template.content, bytes):
        return template.content
    dialect = dialect_of(template.lands_on)

    def filled(name: str) -> bool:
        return name in fills

    def slot(name: str, indent: str, in_order: bool) -> str:
        contributions = [
            _render_text(fill.content, {**own, **offering}, dialect, fill.source, fill.line)
            for fill, own in fills.get(name, {}).values()
        ]
        return join_lines(contributions, indent=indent, in_order=in_order)

    offering = {"slot": slot, "filled": filled}
    text = _render_text(template.content, {**values, **offering}, dialect, template.source)
    return text.rstrip("\n") + "\n" if text.strip() else ""


def _render_path(template: Template, values: Values, names: dict[str, str]) -> PurePosixPath:
    """Render each part of a path, but the same one only once: most files are in one directory."""
    parts = template.lands_on.split("/")
    for part in parts:
        if "{{" in part and part not in names:
            names[part] = _render_text(part, values, PLAIN, template.source)
    return landing_path("/".join(names.get(part, part) for part in parts), source=template.source)


_LONGEST = 5_000_000
_HINT = "fix the template, or tell its author"


def _render_text(text: str, values: Values, dialect: Dialect, source: str, first_line: int = 1) -> str:
    """Render a text that begins in line ``first_line`` of the file ``source``."""
    if not dialect.marks(text) and "{% slot" not in text:
        return text
    from jinja2 import TemplateSyntaxError

    try:
        rendered = _compiled(text, dialect).render(values)
    except TemplateSyntaxError as error:
        line = first_line - 1 + error.lineno
        raise TemplateDefect(f"{source}:{line}: {error.message}", hint=_HINT) from error
    except TemplateDefect:  # of a slot
        raise
    except Exception as error:  # whatever a template computes, it is the template's fault
        line = first_line - 1 + _failing_line(error)
        raise TemplateDefect(f"{source}:{line}: {_cause(error)}", hint=_HINT) from error

    if len(rendered) > _LONGEST:
        raise TemplateDefect(
            f"{source}:{first_line}: renders to more than {_LONGEST:,} characters", hint=_HINT
        )
    return rendered


def _cause(error: Exception) -> str:
    from jinja2 import TemplateNotFound

    if isinstance(error, TemplateNotFound):
        return f"a template cannot include or import another file: `{error}`"
    if isinstance(error, MemoryError):
        return "there is not enough memory for what it renders to"
    return str(error) or type(error).__name__


def _failing_line(error: BaseException) -> int:
    """Find the template's line in a traceback: Jinja names the template's frames `<template>`."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


Code = MutableMapping[bytes, CodeType]
"""Compiled templates by a digest of what they were compiled from, and how."""
COMPILED: Code = {}
"""Each template is compiled once: a change renders what was and what is to be, of the same templates."""


@cache
def _compiled(text: str, dialect: Dialect) -> JinjaTemplate:
    from jinja2 import Template

    environment, digest = _environment(dialect), _begun_digest(dialect).copy()
    digest.update(text.encode())
    key = digest.digest()
    if key not in COMPILED:
        expanded = expand_slots(text, variable=dialect.variable, block=dialect.block)
        COMPILED[key] = environment.compile(expanded)
    return Template.from_code(environment, COMPILED[key], environment.globals)


@cache
def _begun_digest(dialect: Dialect) -> blake2b:
    """Return the digest of how a dialect is compiled, to which a text is added."""
    from jinja2.bccache import bc_magic

    return blake2b(b"%b%b" % (bc_magic, repr(("sandbox", _OPTIONS, dialect)).encode()))


_GROWING = ("center", "format", "indent", "slice", "batch", "attr")
"""Filters that make much of little, and one that reaches attributes."""
_OPTIONS: Mapping[str, Any] = {"keep_trailing_newline": True, "trim_blocks": True, "lstrip_blocks": True}


@lru_cache(maxsize=2)
def _environment(dialect: Dialect) -> Environment:
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Templates only see values: no attribute of Python's own, no other file, nothing that grows huge."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            raise SecurityError(f"`{operator}` is not for templates")

    sandbox = Sandbox(
        loader=DictLoader({}),
        variable_start_string=dialect.variable[0],
        variable_end_string=dialect.variable[1],
        block_start_string=dialect.block[0],
        block_end_string=dialect.block[1],
        comment_start_string=dialect.comment[0],
        comment_end_string=dialect.comment[1],
        undefined=StrictUndefined,
        **_OPTIONS,
    )
    sandbox.globals.clear()
    for name in _GROWING:
        del sandbox.filters[name]
    return sandbox
