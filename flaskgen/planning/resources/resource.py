"""A resource: its names, its fields, and what a project has of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from flaskgen.errors import Fix, InvalidResource
from flaskgen.planning.resources.fields import Field, parse_fields
from flaskgen.planning.tables import Table
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

_NAME = re.compile(r"[A-Z][a-z0-9]*([A-Z][a-z0-9]+)*", re.ASCII)
_LONGEST, _LONGEST_PLURAL = 24, 30
APIS = ("smorest", "restful")
"""The extensions with which a resource has an API, the one to add first."""
# Names that generated modules import, or that Flask, SQLAlchemy and Python give another meaning.
_TAKEN = words_in("""
    Any Api App Base Blueprint Boolean Column Config Date DateField DateTime Decimal Enum Error ErrorDetails
    Exception False Field File Flask Float ForeignKey Form Index Integer IntegerField IntegrityError JSON Json
    Length List Mapped Me MethodView Model None Numeric PaginationMetadata PaginationParameters Query Request
    Response RowApi RowField Schema Select Session String Table Text TextAreaField Time TimeField True Type
    UUID Unicode Upload Uuid
""")
# What the generated functions call or have as variables: a row is a variable of its model's name in them.
_IN_FUNCTIONS = words_in("""
    abort bool bp created current_user datetime db dict exact_decimal exact_decimal_field find find_unchanged
    flash flask_restful form has_digits integrity_error is_address is_line is_row is_text is_url is_whole
    json_field load_json load_query location login_required method_view min mine name needs_token now number
    own page_number pagination_parameters redirect render_template request require_json require_token
    row_field rows_field sa save self send_upload sent setattr show_page so str tuple upload_field url_field
    url_for utc_date_time_field uuid_field validators
""")


class Resource(NamedTuple):
    """A model with its pages and its tests."""

    name: str
    """The model's: ``BlogPost``."""
    fields: tuple[Field, ...]
    plural: str
    """As in addresses, modules and tables: ``blog_posts``."""
    owner: bool = False
    """Whether each row belongs to the user who created it."""
    pages: bool = True
    """Whether people can see and change its rows."""
    api: bool = True
    """Whether API clients can, in a project that has an API."""
    form: bool = False
    """Whether it has a form class without pages; with pages, it has one anyway."""

    @property
    def singular(self) -> str:
        """As in variables: ``blog_post``."""
        return snake_case(self.name)

    @property
    def names(self) -> frozenset[str]:
        """Those of its model, its table, its module and its blueprint."""
        return frozenset({self.name, self.singular, self.plural})

    @property
    def words(self) -> str:
        """As people read it: ``blog post``."""
        return self.singular.replace("_", " ")

    @property
    def plural_words(self) -> str:
        return self.plural.replace("_", " ")

    @property
    def one(self) -> str:
        """With its article: ``a blog post``."""
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def title(self) -> str:
        """At the beginning of a sentence: ``Blog post``."""
        return sentence(self.singular)

    @property
    def plural_title(self) -> str:
        return sentence(self.plural)

    @property
    def path(self) -> str:
        """As in addresses: ``blog-posts``."""
        return self.plural.replace("_", "-")

    def as_dict(self) -> dict[str, Any]:
        """Return it as records and JSON have it."""
        facts = self._asdict()
        del facts["fields"]
        return {**facts, "fields": [str(field) for field in self.fields]}

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """The extensions that it requires: one of each group."""
        users = self.owner or "User" in self.targets
        apis = [APIS] if self.api and not self.pages else []
        return (("sqlalchemy",), *apis, *([("login",)] if users else []))

    @property
    def wants(self) -> tuple[tuple[str, ...], ...]:
        """What it requires, and what its form needs."""
        return (*self.needs, *([("wtf",)] if self.has_form else []))

    @property
    def has_form(self) -> bool:
        """Whether it has a form class, in a project with wtf."""
        return self.pages or self.form

    @property
    def targets(self) -> tuple[str, ...]:
        """The models that its relations lead to."""
        return tuple(dict.fromkeys(field.target for field in self.fields if field.target))

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the fields that are uploaded files."""
        return tuple(field.name for field in self.fields if field.type and field.type.name == "file")

    @property
    def traits(self) -> frozenset[str]:
        """What overlays of its templates ask for, beside the traits of the project."""
        types = {f"field-{field.type.name}" for field in self.fields if field.type}
        parts = {
            "with-pages": self.pages,
            "with-api": self.api,
            "with-form": self.has_form,
            "form-only": self.form,
        }
        return frozenset(types | {part for part, there in parts.items() if there})


def pluralize(word: str) -> str:
    """Return the plural that most English words have; ``--plural`` is for the others."""
    if re.search(r"(s|x|z|ch|sh)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


def parse_resource(
    name: str,
    fields: Iterable[str],
    *,
    plural: str | None = None,
    owner: bool = False,
    pages: bool = True,
    api: bool = True,
    form: bool = False,
    recorded: bool = False,
) -> Resource:
    """Read a resource as typed, or as ``recorded``: see ``parse_field``.

    Raises InvalidResource for a name that cannot be one, and InvalidField as ``parse_fields`` does.
    """
    check_resource_name(name, recorded=recorded)
    plural = pluralize(snake_case(name)) if plural is None else plural
    _check_plural(plural, recorded=recorded)
    read = parse_fields(fields, recorded=recorded)
    if not read:
        raise InvalidResource(
            f"{name} has no fields", hint=f"flaskgen generate resource {name} title:str body:text?"
        )
    return Resource(name, read, plural, owner, pages, api, form=form and not pages)


def read_resource(table: Table, *, recorded: bool = False) -> Resource:
    """Read a resource of JSON or of a record. Raises as ``parse_resource`` does, and the table's error."""
    given = {key: table.get(key, bool) for key in ("owner", "pages", "api", "form") if key in table.keys}
    plural = table.get("plural", str) if "plural" in table.keys else None
    name, fields = table.get("name", str), table.texts("fields")
    return parse_resource(name, fields, plural=plural, recorded=recorded, **given)


def check_resource_name(name: str, *, recorded: bool = False) -> None:
    """Raise InvalidResource for what cannot be the name of a model."""
    if not _NAME.fullmatch(name):
        words = re.findall("[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", in_ascii(name))
        fixed = "".join(word.capitalize() for word in words).lstrip("0123456789")
        raise InvalidResource(
            f"invalid resource name `{name}`: use capitalized words without separators",
            hint=f"try `{fixed}`" if _NAME.fullmatch(fixed) else "such as BlogPost",
            fix=Fix(name, fixed) if _NAME.fullmatch(fixed) else None,
        )
    if recorded:
        return
    reason = None
    if len(name) > _LONGEST:
        reason = f"it has more than {_LONGEST} characters"
    elif is_keyword(name.lower()):
        reason = "it is a Python keyword"
    elif name in _TAKEN or snake_case(name) in _IN_FUNCTIONS:
        reason = "the generated code has something of that name"
    elif AMBIGUOUS & {name, snake_case(name)}:
        reason = "it reads as a digit"
    elif snake_case(name) in RESERVED_IN_SQL:
        reason = "it is a reserved word of SQL"
    if reason:
        stem = name[: _LONGEST - len("Item")].rstrip(ascii_uppercase)
        raise InvalidResource(
            f"invalid resource name `{name}`: {reason}",
            hint=f"choose another: {stem}Item",
            fix=Fix(name, f"{stem}Item"),
        )


def _check_plural(plural: str, *, recorded: bool) -> None:
    if not SNAKE_CASE.fullmatch(plural) or (len(plural) > _LONGEST_PLURAL and not recorded):
        raise InvalidResource(
            f"invalid plural `{plural}`: at most {_LONGEST_PLURAL} lower-case letters, digits, single `_`",
            hint="--plural blog_posts",
        )
    if recorded:
        return
    if plural in RESERVED_IN_SQL or is_keyword(plural):
        raise InvalidResource(
            f"invalid plural `{plural}`: it is a reserved word",
            hint=f"--plural {plural}_list",
            fix=Fix(option=("--plural", f"{plural}_list")),
        )
    if plural in ("docs", "me") or plural.startswith(("api_", "rest_")):
        raise InvalidResource(
            f"invalid plural `{plural}`: APIs have something of that name",
            hint=f"--plural all_{plural}",
            fix=Fix(option=("--plural", f"all_{plural}")),
        )


def find_resource(name: str, resources: Sequence[Resource]) -> Resource | None:
    """Return the resource that a person means: by its name, in any case, or by its plural."""
    wanted = re.sub("[-_]", "", name.lower())
    for resource in resources:
        if wanted in {resource.name.lower(), resource.plural.replace("_", "")}:
            return resource
    return None
