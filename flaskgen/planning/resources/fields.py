"""The fields of a resource, as they are typed: ``title:str(120)``, ``body:text?``, ``author:User``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flaskgen.errors import Fix, InvalidField, suggest
from flaskgen.planning.resources.types import FIELD_TYPES, FieldType
from flaskgen.planning.words import (
    AMBIGUOUS,
    RESERVED_IN_SQL,
    SNAKE_CASE,
    in_ascii,
    is_keyword,
    sentence,
    snake_case,
    words_in,
)

GRAMMAR = "NAME[:TYPE[(ARGUMENTS)]][?][^][=DEFAULT]"
_MODEL = re.compile(r"[A-Z][A-Za-z0-9]*", re.ASCII)
_TYPE = re.compile(
    r"(?P<type>\w+)(?:\((?P<arguments>[^()]*)\))?(?P<marks>[*?^]*)(?P<words>(?::[^:]+)*)", re.ASCII
)
_WORDS = {"many": "*", "optional": "?", "unique": "^"}
"""The marks as words, for shells in which they mean something else: ``body:text:optional``."""
_LONGEST_NAME = 26
# What models, forms and schemas have already, or use in their lines: a column of this name would hide it.
# `page`, `page_size` and `q` are parameters of lists; `delete` and `edit` pages of a row, beside its files.
_TAKEN = words_in("""
    are_different bool context created_at csrf_token data datetime db decimal declared_fields delete dict
    dict_class dump dump_fields dump_only dumps edit error_messages errors exclude fields float
    form_errors from_dict get_attribute handle_error has_digits hidden_tag id int is_address is_json
    is_line is_moment is_row is_slug is_submitted is_text is_url is_whole list load load_fields load_only
    loads meta metadata now on_bind_field opts or_none owner owner_id page page_size populate_obj
    post_process process q query query_class registry sa self set_class so str uuid validate
    validate_on_submit validators
""")


class Field(NamedTuple):
    """A column of a resource, or what relates it to another model."""

    name: str
    type: FieldType | None
    """None for a relation to another model."""
    arguments: tuple[str, ...] = ()
    optional: bool = False
    unique: bool = False
    default: str | None = None
    target: str | None = None
    """The model that a relation leads to."""
    many: bool = False
    """Whether a relation leads to many rows."""

    def __str__(self) -> str:
        """Return the field as it is typed, in the one form that records have."""
        kind = self.target or (self.type.name if self.type else "")
        arguments = f"({','.join(self.arguments)})" if self.arguments else ""
        marks = f"{'*' if self.many else ''}{'?' if self.optional else ''}{'^' if self.unique else ''}"
        default = "" if self.default is None else f"={self.default}"
        return f"{self.name}:{kind}{arguments}{marks}{default}"

    @property
    def label(self) -> str:
        """What people read: ``Published at``."""
        return sentence(self.name)


def parse_fields(texts: Iterable[str], *, recorded: bool = False) -> tuple[Field, ...]:
    """Read fields. Raises InvalidField, with the field, for a wrong one and for two of one name."""
    fields: dict[str, Field] = {}
    for text in texts:
        field = parse_field(text, recorded=recorded)
        if field.name in fields:
            raise InvalidField(f"two fields have the name `{field.name}`", hint="rename or remove one")
        fields[field.name] = field
    return tuple(fields.values())


def parse_field(text: str, *, recorded: bool = False) -> Field:
    """Read a field. Raises InvalidField, naming it, with what would be valid.

    A record may have a name, a size or a default that was allowed when it was typed, and is not any more.
    """
    head, equals, default = text.partition("=")
    name, colon, kind = head.partition(":")
    if not colon:  # text is the default type: `title?` is `title:str?`
        bare = name.rstrip("?^*")
        name, kind = bare, "str" + name[len(bare) :]
    _check_name(name, kind, recorded=recorded)
    match = _TYPE.fullmatch(kind)
    if match is None:
        raise _invalid(text, "it has no type that flaskgen can read")
    arguments = None if match["arguments"] is None else match["arguments"].split(",")
    marks = match["marks"]
    for word in match["words"].split(":")[1:]:
        rest = word.rstrip("?^*")
        marks += word[len(rest) :]
        if rest in _WORDS and not (match["type"] == "enum" and arguments is None):
            marks += _WORDS[rest]
        elif arguments is None:
            arguments = rest.split(",")
        else:
            raise _invalid(text, f"`{rest}` is not `optional`, `unique` or `many`")
    if len(set(marks)) < len(marks):
        raise _invalid(text, f"the mark `{max(marks, key=marks.count)}` is there twice")
    given = tuple(argument.strip() for argument in arguments or ())
    field = Field(name, None, given, "?" in marks, "^" in marks, default if equals else None)
    if _MODEL.fullmatch(match["type"]):
        return _related(field, match["type"], "*" in marks, text)
    if "*" in marks:
        raise _invalid(text, "`*` is for models: many of them, as in `tags:Tag*`")
    return _typed(field, match["type"], text, recorded=recorded)


def _related(field: Field, model: str, many: bool, text: str) -> Field:
    if field.arguments or field.default is not None:
        raise _invalid(text, "a relation to a model takes no arguments and no default")
    if many and (field.optional or field.unique):
        raise _invalid(text, "many rows are never required and never unique: leave the other marks out")
    return field._replace(target=model, many=many)


def _typed(field: Field, name: str, text: str, *, recorded: bool) -> Field:
    if name not in FIELD_TYPES:
        known = f"choose from {', '.join(FIELD_TYPES)}, or name a model, such as User"
        hint, fix = suggest(name, FIELD_TYPES, otherwise=known)
        raise InvalidField(f"invalid field `{text}`: there is no type `{name}`", hint=hint, fix=fix)
    kind = FIELD_TYPES[name]
    arguments = field.arguments or kind.arguments
    if problem := kind.check_arguments(arguments):
        raise _invalid(text, problem)
    if field.unique and not kind.can_be_unique:
        raise _invalid(text, f"a field of the type {name} cannot be unique")
    if field.default is not None and (problem := kind.check_default(field.default, arguments)):
        raise _invalid(text, problem)
    if not recorded and (problem := kind.check_typed(arguments, field.default, unique=field.unique)):
        raise _invalid(text, problem)
    if field.unique and field.default is not None:
        raise _invalid(text, "a unique field cannot have a default: the second row would have the same value")
    return field._replace(type=kind, arguments=arguments)


def _check_name(name: str, kind: str, *, recorded: bool) -> None:
    """Raise InvalidField for what cannot be the name of a column, an attribute and a form field."""
    if not SNAKE_CASE.fullmatch(name):
        fixed = "_".join(re.findall("[a-z0-9]+", snake_case(in_ascii(name)))).lstrip("0123456789_")
        works = bool(SNAKE_CASE.fullmatch(fixed))
        raise InvalidField(
            f"invalid field name `{name}`: use lower-case letters, digits and single `_`",
            hint=f"try `{fixed}`" if works else "begin with a letter: published_at",
            fix=Fix(name, fixed) if works else None,
        )
    if recorded:
        return
    reason = None
    if len(name) > _LONGEST_NAME:
        reason = f"it has more than {_LONGEST_NAME} characters"
    elif is_keyword(name):
        reason = "it is a Python keyword"
    elif name in RESERVED_IN_SQL and not _MODEL.match(kind):  # the column of a relation is `user_id`
        reason = "it is a reserved word of SQL"
    elif name in AMBIGUOUS:
        reason = "it reads as a digit"
    elif name in _TAKEN:
        reason = "models, forms or pages have something of that name"
    if reason:
        other = f"{name[: _LONGEST_NAME - len('_value')].rstrip('_')}_value"
        raise InvalidField(
            f"invalid field name `{name}`: {reason}", hint=f"choose another: {other}", fix=Fix(name, other)
        )


def _invalid(text: str, reason: str) -> InvalidField:
    return InvalidField(f"invalid field `{text}`: {reason}", hint=f"fields are written {GRAMMAR}")


def remove_fields(fields: Sequence[Field], names: Iterable[str]) -> tuple[Field, ...]:
    """Return the others. Raises InvalidField for one that is not there, or if none would be left."""
    gone = tuple(names)
    known = [field.name for field in fields]
    for name in gone:
        if name not in known:
            hint, fix = suggest(name, known, otherwise=f"it has {', '.join(known)}")
            fix = fix and Fix(f"-{name}", f"-{fix.meant}")
            raise InvalidField(f"there is no field `{name}`", hint=hint, fix=fix)
    left = tuple(field for field in fields if field.name not in gone)
    if not left:
        raise InvalidField(
            "a resource has at least one field", hint="to remove the resource: flaskgen remove NAME"
        )
    return left
