"""How the generated code writes each type of field, and values for its tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flaskgen.planning.resources.layout import Call


class TypeCode(NamedTuple):
    """A type in Python, SQLAlchemy and WTForms."""

    python: str
    column: str
    form: str
    samples: tuple[str, str]
    """Two valid values, as forms send them."""
    bad: tuple[str, ...] = ()
    """What forms refuse."""
    checks: tuple[str | Call, ...] = ()
    """Validators of the form."""


_WHOLE = "validators.NumberRange(-(2**31), 2**31 - 1)"
_SLUG = (r'r"[a-z0-9]+(-[a-z0-9]+)*\Z"', 'message="Use a-z, 0-9 and single hyphens."')
_UUIDS = ("6f2c1a2e-7a64-4b7c-8a51-0d3f5f3c2b11", "b3f7d1c4-92d6-4e0b-9d5c-5a8e1f6c7d22")
TYPE_CODES: Mapping[str, TypeCode] = {
    "str": TypeCode("str", "sa.String({0})", "fields.StringField", ("Tea", "Coffee"), ("a\0b", "a\n")),
    "text": TypeCode("str", "sa.Text", "TextAreaField", ("Tea", "Coffee"), ("a\0b",)),
    "int": TypeCode(
        *("int", "sa.Integer", "IntegerField", ("7", "11"), ("x", "1.5", "2147483648"), (_WHOLE,)),
    ),
    "float": TypeCode(
        *("float", "sa.Float", "fields.FloatField", ("1234567.875", "1.5"), ("x", "nan", "inf")),
        checks=("validators.NumberRange(-1e100, 1e100)",),
    ),
    "decimal": TypeCode(
        "decimal.Decimal", "ExactDecimal({0}, {1})", "ExactDecimalField", ("", "0"), ("x", "NaN", "1e9999999")
    ),
    "bool": TypeCode("bool", "sa.Boolean", "fields.BooleanField", ("y", "")),
    "date": TypeCode(
        "datetime.date", "sa.Date", "DateField", ("2030-01-02", "2031-12-31"), ("x", "2030-02-30")
    ),
    "time": TypeCode(*("datetime.time", "sa.Time", "TimeField", ("08:15:30", "23:45"), ("x", "25:00"))),
    "datetime": TypeCode(
        *("datetime.datetime", "UtcDateTime", "UtcDateTimeField"),
        *(("2030-01-02T08:15", "2031-12-31T23:45"), ("x", "2030-02-30T08:15", "9999-12-31T23:59")),
    ),
    "uuid": TypeCode("uuid.UUID", "sa.Uuid", "UuidField", _UUIDS, ("x",)),
    "json": TypeCode(
        "Any", "sa.JSON(none_as_null=True)", "JsonField", ('{"a": 1}', '["b"]'), ("{", "NaN", "1e101")
    ),
    "enum": TypeCode(
        *("str", "sa.Enum({all}, native_enum=False)", "fields.SelectField", ("", ""), ("no choice",)),
    ),
    "email": TypeCode(
        *("str", "sa.String(254)", "fields.EmailField"),
        *(("ada@example.com", "charles@example.com"), ("x",)),
        checks=("validators.Email(allow_smtputf8=False)",),
    ),
    "url": TypeCode(
        *("str", "sa.String(2000)", "UrlField", ("https://example.com:8080/a?b#c", "http://[::1]/b")),
        ("x", "javascript:alert(1)", "https://ada:pw@example.com/", "https://example.com:65536/"),
    ),
    "slug": TypeCode(
        *("str", "sa.String({0})", "fields.StringField", ("first-tea", "second-tea"), ("A b", "-a")),
        checks=(Call("validators.Regexp(", _SLUG),),
    ),
    "file": TypeCode("Upload", "UploadType", "UploadField", ("tea.txt", "coffee.txt")),
}
