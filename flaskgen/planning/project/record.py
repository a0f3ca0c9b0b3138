"""The record of a project: what flaskgen has to know to change it later, and the files as it wrote them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

from packaging.version import InvalidVersion, Version

from flaskgen import __version__
from flaskgen.errors import (
    BrokenRecord,
    ExtensionMissing,
    FlaskgenError,
    RecordTooNew,
    TemplateDefect,
    UsageError,
)
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import recorded_release
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH, ProjectName, parse_project_name
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.resources.generated import Generated, pages_of, read_generated
from flaskgen.planning.resources.resource import Resource, read_resource
from flaskgen.planning.tables import Table, read_toml
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import (
    Options,
    parse_extension_names,
    parse_options,
    select_extensions,
)
from flaskgen.planning.templates.tree import Tree, encode, landing_path

Read = TypeVar("Read")
SCHEMA = 2
"""Since 2 a record says which examples of its extensions a project has; before, it had all of them."""
_PYTHON = re.compile(r"3\.\d{1,2}", re.ASCII)


def _not_read(message: str, hint: str | None = None) -> BrokenRecord:
    return BrokenRecord(message, hint=hint or "fix it", lost=RECORD_PATH.parent)


class ProjectRecord(NamedTuple):
    """What project.toml says, before it is compared with what this flaskgen has."""

    generator: str
    """The flaskgen whose templates the project follows."""
    name: str
    flask: str
    python: str
    extensions: tuple[str, ...]
    dev: bool
    hashes: bool
    options: Mapping[str, Mapping[str, str]] = {}
    environment: str | None = None
    """Where the virtual environment is, if a person wrote that down."""
    versions: Mapping[str, str] = {}
    """Those of the extensions that flaskgen does not ship."""
    resources: tuple[Resource, ...] = ()
    generated: tuple[Generated, ...] = ()
    single: bool = False
    schema: int = SCHEMA
    earlier: bool = False
    """Whether an earlier flaskgen wrote it."""


def format_record(
    spec: ProjectSpec,
    *,
    generator: str,
    environment: str | None = None,
    versions: Mapping[str, str] | None = None,
) -> str:
    """Write project.toml: the specification, and which flaskgen and extensions made the project of it."""
    lines = [
        "# How flaskgen created this project. Commit this file: `flaskgen add` and `remove` read it.",
        f"schema = {SCHEMA}",
        f"generator = {_toml(generator)}",
        "",
        "[project]",
        f"name = {_toml(spec.name.text)}",
        f"flask = {_toml(spec.release.version)}",
        f"python = {_toml(spec.python)}",
        f"extensions = [{', '.join(map(_toml, spec.extensions))}]",
        f"dev = {_toml(spec.dev)}",
        f"hashes = {_toml(spec.hashes)}",
        *(["single = true"] if spec.single else []),
    ]
    for extension, values in spec.options.items():
        lines += ["", f"[options.{extension}]"]
        lines += [f"{option} = {_toml(value)}" for option, value in values.items()]
    for resource in spec.resources:
        lines += ["", "[[resources]]", *_resource_lines(resource)]
    for one in spec.generated:
        lines += ["", "[[generated]]", *(f"{key} = {_toml(value)}" for key, value in one.as_dict().items())]
    if versions:
        lines += ["", "[versions]", *(f"{name} = {_toml(version)}" for name, version in versions.items())]
    if environment is not None:
        lines += ["", "[environment]", f"path = {_toml(environment)}"]
    return "\n".join(lines) + "\n"


def _resource_lines(resource: Resource) -> Iterator[str]:
    """Write a resource with a line for each field, so that changes of several people merge."""
    facts = resource.as_dict()
    fields = facts.pop("fields")
    for key, value in facts.items():
        if value != getattr(Resource, key, None):  # the default
            yield f"{key} = {_toml(value)}"
    yield "fields = ["
    yield from (f"    {_toml(field)}," for field in fields)
    yield "]"


def _toml(value: str | bool) -> str:
    """Write a value: for plain text, as names and versions are, TOML is JSON."""
    return json.dumps(value)


def parse_record(content: bytes, *, reader: str = __version__) -> ProjectRecord:
    """Read project.toml, where ``reader`` is the version of this flaskgen.

    Raises RecordTooNew for what a newer flaskgen wrote, and BrokenRecord, with line or key, for what none
    did.
    """
    if re.search(rb"^<<<<<<< ", content, re.MULTILINE):
        raise BrokenRecord(
            f"{RECORD_PATH} has conflict markers of git",
            hint=f"keep the lines of both sides, and either {BASE_PATH}; then run `flaskgen update`",
        )
    document = read_toml(content, lambda what: _not_read(f"{RECORD_PATH} {what}"))
    record = Table(document, _broken)
    generator = record.get("generator", str)
    schema = record.get("schema", int)
    _check_age(schema, generator, reader)
    project, options = record.table("project"), record.optional("options")
    return ProjectRecord(
        generator=generator,
        name=project.get("name", str),
        flask=project.get("flask", str),
        python=project.get("python", str),
        extensions=project.texts("extensions"),
        dev=project.get("dev", bool),
        hashes=project.get("hashes", bool),
        options={name: options.table(name).all_texts() for name in options.keys},
        versions=record.optional("versions").all_texts(),
        environment=record.table("environment").get("path", str) if "environment" in document else None,
        resources=tuple(
            _read(lambda one: read_resource(one, recorded=True), table)
            for table in record.tables("resources")
        ),
        generated=tuple(_read(read_generated, table) for table in record.tables("generated")),
        single=project.get("single", bool, False),
        schema=schema,
        earlier=generator != reader,
    )


def _read(read: Callable[[Table], Read], table: Table) -> Read:
    try:
        return read(table)
    except UsageError as error:
        raise _not_read(f"{RECORD_PATH}: {error.message}", error.hint) from error


def _check_age(schema: int, generator: str, reader: str) -> None:
    try:
        newer = schema > SCHEMA or Version(generator) > Version(reader)
    except InvalidVersion as error:
        raise _broken("generator", f"`{generator}`, which is not a version") from error
    if newer:
        raise RecordTooNew(
            f"the project was created by flaskgen {generator}, and this is flaskgen {reader}",
            hint=f"upgrade: python -m pip install 'flaskgen-cli>={generator}'",
        )
    if schema < 1:
        raise _broken("schema", f"{schema}, which is unknown")


def _broken(key: str, what: str) -> BrokenRecord:
    return _not_read(f"{RECORD_PATH}: `{key}` is {what}")


def read_spec(
    record: ProjectRecord, *, catalogue: Catalogue, all_series: Sequence[FlaskSeries]
) -> ProjectSpec:
    """Return the specification that a record stands for, as today's extensions have it.

    Where an extension is another one than when the record was written, options and values that it does not
    have any more are skipped, and what it needs by now is there. Raises BrokenRecord if the record names
    something that this flaskgen does not have.
    """
    _check_versions(record, catalogue)
    name = _name_of(record)
    try:
        release = catalogue.on(recorded_release(record.flask, all_series))
        chosen = parse_extension_names(record.extensions, catalogue)
        selection = select_extensions(chosen, catalogue)
        texts = option_texts(_options_left(record, catalogue))
        options = parse_options(texts, selection.extensions, catalogue, choose=lambda _: (None, None))
    except FlaskgenError as error:
        raise _not_read(f"{RECORD_PATH}: {error.message}", error.hint) from error
    for needed, by in selection.taken_along.items():
        if not _is_another(by, record, catalogue):
            raise _broken("project.extensions", f"without `{needed}`, which {by} requires")
    if not _PYTHON.fullmatch(record.python):
        raise _broken("project.python", f"`{record.python}`, which is not a version such as 3.13")
    if release.version != record.flask:
        raise _broken("project.flask", f"`{record.flask}`, which is not a release")
    resources = tuple(sorted(record.resources, key=lambda resource: resource.name))
    if resources and "sqlalchemy" not in selection.extensions:
        raise _broken("project.extensions", "without `sqlalchemy`, which resources require")
    generated = tuple(sorted(record.generated))
    for one in generated:
        if one.kind == "page" and one.blueprint not in pages_of(generated):
            raise _broken("generated", f"without the blueprint `{one.blueprint}` of {one}")
    if record.single and (selection.extensions or resources or generated):
        raise _broken("project.single", "true, and a project of one file has no extensions and no resources")
    spec = ProjectSpec(
        name,
        release.on_python(record.python),
        record.python,
        selection.extensions,
        options,
        record.dev,
        record.hashes,
        resources,
        generated,
        record.single,
    )
    return spec if record.schema == SCHEMA else spec.with_examples(catalogue)


def _name_of(record: ProjectRecord) -> ProjectName:
    try:
        return parse_project_name(record.name)
    except UsageError as error:
        raise _not_read(f"{RECORD_PATH}: {error.message}", error.hint) from error


def _is_another(name: str, record: ProjectRecord, catalogue: Catalogue) -> bool:
    """Return whether an extension is another one than when the record was written, or was not there."""
    extension = catalogue.extensions[name]
    changed = extension.version != record.versions.get(name) if extension.place else record.earlier
    return changed or name not in record.extensions


def _options_left(record: ProjectRecord, catalogue: Catalogue) -> Options:
    """Return the recorded options without what extensions that changed do not offer any more."""
    left = dict(record.options)
    for name in record.options.keys() & catalogue.extensions.keys():
        if _is_another(name, record, catalogue):
            offered = {option.name: option.choices for option in catalogue.extensions[name].options}
            left[name] = {
                key: value for key, value in record.options[name].items() if value in offered.get(key, ())
            }
    return left


def _check_versions(record: ProjectRecord, catalogue: Catalogue) -> None:
    """Refuse a project that has an extension which is not here, or a newer version of it."""
    for name, version in record.versions.items():
        extension = catalogue.extensions.get(name)
        if extension is None or not extension.place:
            raise ExtensionMissing(
                f"the project has the extension {name} {version}, which was not found",
                hint="install the package that contains it, or name its directory: --extensions DIR",
            )
        try:
            newer = Version(version) > Version(extension.version)
        except InvalidVersion as error:
            raise _broken(f"versions.{name}", f"`{version}`, which is not a version") from error
        if newer:
            raise RecordTooNew(
                f"the project was created with {name} {version}, but only {extension.version} was found",
                hint=f"upgrade the package or the directory that has {name}: {extension.place}",
            )


def option_texts(options: Options) -> tuple[str, ...]:
    """Write options as they are typed."""
    return tuple(f"{ext}.{key}={value}" for ext, keys in options.items() for key, value in keys.items())


def options_lost(before: Options, after: Options) -> tuple[str, ...]:
    """Return what to say of options that are not the same afterwards, a line each."""
    there = option_texts(after)
    return tuple(f"{text} no longer applies" for text in option_texts(before) if text not in there)


_LARGEST_BASE = 50_000_000
# Zip files hold no earlier time; the files' own would make every record another one.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack_base(tree: Tree) -> bytes:
    """Return the pristine render as a zip file that is the same wherever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(tree.items()):
            info = zipfile.ZipInfo(str(path), _EPOCH)
            info.create_system = 3  # Unix, on every system
            archive.writestr(info, encode(content))
    return buffer.getvalue()


def unpack_base(packed: bytes) -> Tree:
    """Return the files of a pristine render. Raises BrokenRecord for what is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _LARGEST_BASE:
                raise ValueError("its files are larger than any that flaskgen writes")
            names = archive.namelist()
            return {landing_path(name, source=str(BASE_PATH)): archive.read(name) for name in names}
    except TemplateDefect as error:  # in a clone it may be anyone's file
        raise BrokenRecord(error.message, lost=BASE_PATH.parent) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise BrokenRecord(f"{BASE_PATH} cannot be read: {error}", lost=BASE_PATH.parent) from error


def with_base_name(record: ProjectRecord, base: Tree) -> ProjectRecord:
    """Return a record with the name that the project was created with, which the base says.

    People who rename a project replace it in the record as well. Raises BrokenRecord for what is no name.
    """
    _name_of(record)
    text = encode(base.get(PurePosixPath("pyproject.toml"), b""))
    match read_toml(text, lambda what: BrokenRecord(f"{BASE_PATH} {what}", lost=BASE_PATH.parent)):
        case {"project": {"name": str(name)}} if normalized(name) != normalized(record.name):
            return record._replace(name=name)
    return record
