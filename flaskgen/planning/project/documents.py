"""Read the JSON that flaskgen prints: resources, and the plan of a new project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from flaskgen import __version__
from flaskgen.errors import InvalidDocument, UsageError, suggest
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.project.spec import Answers
from flaskgen.planning.resources.fields import parse_field
from flaskgen.planning.resources.generated import Generated, read_generated
from flaskgen.planning.resources.resource import Resource, check_resource_name, read_resource
from flaskgen.planning.tables import JsonObject
from flaskgen.planning.templates.catalogue import SINGLE


def parse_generated_list(content: bytes, source: str) -> tuple[Resource | Generated, ...]:
    """Read a resource, or a list of what is generated. Raises InvalidDocument, naming the place."""
    document = _Document(source, "generated")
    value = document.parse(content)
    if not isinstance(value, list):
        return (document.generated(document.object(value)),)
    return tuple(document.generated(document.object(one, f"[{number}]")) for number, one in enumerate(value))


def parse_plan(content: bytes, source: str) -> tuple[Answers, str | None]:
    """Read what `new --dry-run --json` printed: what is created, and where its environment is, if it has one.

    Raises InvalidDocument, naming the place in ``source``, and for the plan of another flaskgen, whose
    templates are others.
    """
    document = _Document(source, "plan")
    plan = document.object(document.parse(content))
    if (generator := plan.get("generator", str)) != __version__:
        raise document.wrong(
            "generator",
            f"{generator}, and this is flaskgen {__version__}",
            f"plan it again, or install that one: python -m pip install flaskgen-cli=={generator}",
        )
    spec = plan.table("spec")
    options = spec.table("options")
    if next(spec.tables("generated"), None):
        raise document.wrong(
            "spec.generated",
            "not empty, but a new project has none",
            "remove them, and generate them afterwards: flaskgen generate resource --from FILE",
        )
    answers = Answers(
        destination=plan.get("project", str),
        name=spec.get("name", str),
        extensions=spec.texts("extensions") or ("none",),
        preset=SINGLE if spec.get("single", bool) else None,
        flask=spec.get("flask", str),
        python=spec.get("python", str),
        options=option_texts({name: options.table(name).all_texts() for name in options.keys}),
        git=plan.get("git", bool),
        resources=tuple(document.resource(one) for one in spec.tables("resources")),
        dev=spec.get("dev", bool),
        hashes=spec.get("hashes", bool),
        versions=plan.table("versions").all_texts(),
    )
    return answers, None if plan.is_null("environment") else plan.get("environment", str)


class _Document:
    """A file of JSON that is to be as one of the schemas says."""

    def __init__(self, source: str, schema: str) -> None:
        self._source, self._hint = source, f"see `flaskgen schema {schema}`"

    def parse(self, content: bytes) -> object:
        try:
            return json.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise self._invalid("is not UTF-8 text") from error
        except json.JSONDecodeError as error:
            raise self._invalid(
                f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
            ) from error
        except RecursionError as error:
            raise self._invalid("is nested too deeply") from error

    def object(self, value: object, path: str = "") -> JsonObject:
        if not isinstance(value, dict):
            raise self.wrong(path, "not an object") if path else self._invalid("is not a JSON object")
        return JsonObject(value, self.wrong, f"{path}." if path else "")

    def generated(self, table: JsonObject) -> Resource | Generated:
        keys = (Generated if "kind" in table.keys else Resource)._fields
        for key in table.keys:
            if key not in keys:
                near, _ = suggest(key, keys, otherwise="")
                raise table.defect(key, f"unknown; {near}" if near else "unknown")
        if "kind" in table.keys:
            with self._at(table, "kind"):
                return read_generated(table)
        return self.resource(table)

    def resource(self, table: JsonObject) -> Resource:
        with self._at(table, "name"):
            check_resource_name(table.get("name", str))
        for number, text in enumerate(table.texts("fields")):
            with self._at(table, f"fields[{number}]"):
                parse_field(text)
        with self._at(table, "fields"):
            return read_resource(table)

    @contextmanager
    def _at(self, table: JsonObject, key: str) -> Iterator[None]:
        try:
            yield
        except InvalidDocument:
            raise
        except UsageError as error:
            raise InvalidDocument(
                f"{self._source}: {table.path}{key}: {error.message}", hint=error.hint or self._hint
            ) from error

    def wrong(self, path: str, what: str, hint: str | None = None) -> InvalidDocument:
        return InvalidDocument(f"{self._source}: `{path}` is {what}", hint=hint or self._hint)

    def _invalid(self, what: str) -> InvalidDocument:
        return InvalidDocument(f"{self._source} {what}", hint=self._hint)
