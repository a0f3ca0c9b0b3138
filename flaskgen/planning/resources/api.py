"""What a field is to API clients: marshmallow's statements for templates, and JSON for its tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flaskgen.planning.resources.code import MODULES, FieldCode, code_of, imports_of, names_in, quoted
from flaskgen.planning.resources.layout import Call, laid_out
from flaskgen.planning.resources.resource import Resource


class _Schema(NamedTuple):
    """A type in marshmallow and in JSON."""

    field: str
    samples: tuple[str, str] = ("", "")
    """Two valid values in the one form that responses have them, as Python; empty for those of forms."""
    bad: tuple[str, ...] = ()
    """What is refused beside null, as Python."""
    arguments: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    filter: str = ""
    """The field of a filter, as clients write it in a URL; empty for what nobody looks for by value."""


_TEXT = ("1", '"a\\0b"', '"\\ud800"')
_WHOLE = "fields.Integer(validate=is_whole)"
_SCHEMAS: Mapping[str, _Schema] = {
    "str": _Schema("String", bad=('""', '"a\\n"', *_TEXT), checks=("is_line",)),
    "text": _Schema("String", bad=('""', *_TEXT), checks=("is_text",)),
    "int": _Schema(
        *("Integer", ("7", "11"), ('"7"', "1.5", "True", "2**31"), ("strict=True",), ("is_whole",)),
        filter=_WHOLE,
    ),
    "float": _Schema(
        *("Float", ("1234567.875", "1.5"), ('"x"', "True", "1e101", 'float("nan")')),
        checks=("validate.Range(-1e100, 1e100)",),
    ),
    "decimal": _Schema(
        "Decimal",
        bad=('"x"', '"NaN"', '"1e99"'),
        arguments=("as_string=True", 'metadata={"type": "string", "format": "decimal"}'),
    ),
    "bool": _Schema(
        *("Boolean", ("True", "False"), ('"x"', "2"), ("truthy={True}", "falsy={False}")),
        filter="fields.Boolean()",
    ),
    "date": _Schema("Date", bad=('"x"', '"2030-02-30"'), filter="fields.Date()"),
    "time": _Schema(
        *("Time", ('"08:15:30"', '"23:45:00"'), ('"x"', '"25:00:00"', '"08:15:00+02:00"')),
        arguments=('format="%H:%M:%S"', 'metadata={"format": "time"}'),
    ),
    "datetime": _Schema(
        *("AwareDateTime", ('"2030-01-02T08:15:00+00:00"', '"2031-12-31T23:45:00+00:00"')),
        *(('"x"', '"2030-02-30T08:15:00"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59"'),),
        arguments=("default_timezone=datetime.timezone.utc",),
        checks=("is_moment",),
    ),
    "uuid": _Schema("UUID", bad=('"x"', "1"), filter="fields.UUID()"),
    "json": _Schema(
        *("Raw", ('{"a": 1}', '["b"]'), ('"\\ud800"', '{"a": float("nan")}', "10**101")), checks=("is_json",)
    ),
    "enum": _Schema("String", bad=('"no choice"', "1")),
    "email": _Schema(
        *("Email", ("", ""), ('"x"', '"é@example.com"', *_TEXT)),
        checks=("is_address",),
        filter="fields.String(validate=is_text)",
    ),
    "url": _Schema(
        *("String", ("", ""), ('"x"', '"https://ada:pw@example.com/"', '"https://example.com:65536/"')),
        arguments=('metadata={"format": "url"}',),
        checks=("is_line", "is_url"),
    ),
    "slug": _Schema(
        *("String", ("", ""), ('"A b"', '"-a"', '"a\\n"', "1")),
        arguments=('metadata={"format": "slug"}',),
        checks=("is_slug",),
        filter="fields.String(validate=is_text)",
    ),
    "file": _Schema(
        "",
        ('{"name": "tea.txt", "content": "VGVh"}', '{"name": "coffee.txt", "content": "Q29mZmVl"}'),
        ('"x"', '{"name": "tea.txt"}', '{"name": "tea.txt", "content": "?"}'),
    ),
    "one": _Schema(*("Integer", ("", ""), ('"1"', "0", "99999", "2**31"), ("strict=True",)), filter=_WHOLE),
    "many": _Schema("", bad=("1", '["x"]', "[99999]", "[2**63]"), filter=_WHOLE),
}


class ApiField(NamedTuple):
    """A field as the templates of an API see it."""

    code: FieldCode

    @property
    def name(self) -> str:
        """As in JSON."""
        return self.code.attribute

    @property
    def type(self) -> str:
        return self.code.type

    @property
    def made(self) -> str | None:
        """The row that the tests relate to, as Python; None if there is none, or the field is no relation."""
        return self.code.model.made if self.code.is_chosen else None

    @property
    def _schema(self) -> _Schema:
        return _SCHEMAS[self.code.type]

    @property
    def _checks(self) -> tuple[str, ...]:
        """The validators, beside the one of an enum."""
        field = self.code
        if field.target:
            return (f"is_row({field.target.name})",)
        if field.type == "decimal":
            return (f"has_digits({', '.join(field.field.arguments)})",)
        shortest = "1, " if self.type in ("str", "text") else "max="
        length = () if field.longest is None else (f"validate.Length({shortest}{field.longest})",)
        return (*length, *self._schema.checks)

    @property
    def statement(self) -> str:
        """The statement that declares it in the schema."""
        field, schema = self.code, self._schema
        if field.target and field.type == "many":
            rows = (f"RowField({field.target.name})", "load_default=list", "validate=are_different")
            return laid_out(Call(f"{self.name} = fields.List(", rows))
        if field.is_file:
            given = "required=True" if self.is_required else "load_default=None"
            return laid_out(Call(f"{self.name} = UploadField(", (*self._upload, given)))
        arguments: list[str | Call] = [*schema.arguments]
        if field.optional:
            arguments.append("allow_none=True")
        arguments.append("required=True" if self.is_required else f"load_default={self._default}")
        if field.choices:
            arguments.append(self._one_of)
        elif len(self._checks) == 1:
            arguments.append(f"validate={self._checks[0]}")
        elif self._checks:
            arguments.append(Call("validate=[", self._checks, "]"))
        return laid_out(Call(f"{self.name} = fields.{schema.field}(", tuple(arguments)))

    @property
    def change(self) -> str:
        """The statement that declares a file in the schema of changes: the one that is there can stay."""
        return laid_out(Call(f"{self.name} = UploadField(", self._upload))

    @property
    def _upload(self) -> tuple[str, ...]:
        endpoint = quoted(f".{self.name}_file")
        return (endpoint, *(["allow_none=True"] if self.code.optional else []))

    @property
    def _default(self) -> str | None:
        """What is stored if a client sends nothing; None if it has to send something."""
        return self.code.default or ("None" if self.code.optional else None)

    @property
    def is_required(self) -> bool:
        """Whether clients have to send something."""
        return self._default is None and self.type != "many"

    @property
    def found(self) -> bool:
        """Whether the tests send something to look for."""
        return not self.code.target or self.made is not None

    @property
    def _one_of(self) -> Call:
        choices = Call("[", tuple(map(quoted, self.code.choices)), "]")
        return Call("validate=validate.OneOf(", (choices,))

    @property
    def filter(self) -> str | None:
        """The statement that declares it in the schema of the query; None if nobody looks for it."""
        if self.code.choices:
            return laid_out(Call(f"{self.name} = fields.String(", (self._one_of,)))
        head, _, rest = self._schema.filter.partition("(")
        return laid_out(Call(f"{self.name} = {head}(", tuple(filter(None, [rest[:-1]])))) if head else None

    @property
    def helpers(self) -> frozenset[str]:
        """The names of the application's own schema fields and validators that it uses."""
        checks = {check.partition("(")[0] for check in self._checks}
        checks = {"RowField", "are_different"} if self.type == "many" else checks
        checks = {"UploadField"} if self.code.is_file else checks
        asked = self._schema.filter.partition("validate=")[2].removesuffix(")")
        searched = {"is_text"} if self.code.is_text else set()  # by a parameter of the list
        names = {*checks, asked, *searched}
        return frozenset(name for name in names if name and not name.startswith("validate."))

    @property
    def samples(self) -> tuple[str, str]:
        """Two values as clients send and receive them, as Python."""
        field = self.code
        if field.type == "decimal":
            digits, places = map(int, field.field.arguments)
            point = "." if places else ""
            nines = f"{'9' * (digits - places) or '0'}{point}{'9' * places}"
            return quoted(nines), quoted(f"0{point}{'0' * places}")
        return self._schema.samples if self._schema.samples[0] else field.typed

    @property
    def sent(self) -> str:
        """A value of the tests, as a line of a dictionary."""
        return f"    {quoted(self.name)}: {self.samples[0]},"

    @property
    def related(self) -> str | None:
        """The same of a relation, where a row is made for it."""
        if self.made is None:
            return None
        return f"{quoted(self.name)}: {f'[{self.made}]' if self.type == 'many' else self.made},"

    @property
    def refused(self) -> tuple[str, ...]:
        """What the API refuses, as lines of a list of pairs."""
        bad = list(self._schema.bad)
        if not self.code.optional:
            bad.append("None")
        if self.code.longest and self.type in ("str", "text", "slug"):
            bad.append(f'"x" * {self.code.longest + 1}')
        if self.type == "decimal":
            bad.append(quoted(f"0.{'0' * int(self.code.field.arguments[1])}1"))
        return tuple(f"({quoted(self.name)}, {value})," for value in bad)


def api_fields(resource: Resource, resources: Sequence[Resource]) -> tuple[ApiField, ...]:
    """Return the fields of a resource for the templates of its API."""
    return tuple(map(ApiField, code_of(resource, resources)))


def schema_fields(resources: Iterable[Resource]) -> frozenset[str]:
    """Return the names of the application's own schema fields and validators that any API uses."""
    known = tuple(resources)
    fields = (field for one in known if one.api for field in api_fields(one, known))
    names = {name for field in fields for name in field.helpers}
    return frozenset(names | ({"is_row"} if "RowField" in names else set()))


def api_values(
    resource: Resource, resources: Sequence[Resource], relating: FieldCode | None
) -> Mapping[str, object]:
    """Return what the templates of the API of a resource can name; ``relating`` may be a field of another."""
    fields = api_fields(resource, resources)
    schema = names_in(*(field.statement for field in fields), *(field.filter or "" for field in fields))
    helpers = {name for field in fields for name in field.helpers}
    makers = {field.made.partition("(")[0] for field in fields if field.made}
    if relating and relating.owner != resource:
        makers.add(f"make_{relating.owner.singular}")
    return {
        "api_fields": fields,
        "api_filters": [field for field in fields if field.filter],
        "api_modules": [one for one in MODULES if one in schema],
        "api_imports": imports_of((field.code for field in fields), "..schema_fields", helpers),
        "api_validates": "validate" in schema,
        "api_makers": sorted(makers),
        "api_changed": next(
            (one for one in fields if one.code.is_typed and one.type != "bool" and not one.code.unique),
            None,
        ),
    }
