"""Generated projects for tests: written as `flaskgen new --no-install` does, in some milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from unittest import mock

from flaskgen import __version__
from flaskgen.commands.changing import pins_of
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.python.environments import markers_of_minor
from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.packages.freeze import format_files
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH, ProjectName
from flaskgen.planning.project.record import format_record, pack_base
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, select_extensions
from flaskgen.planning.templates.tree import encode


class Meanwhile(Reporter):
    """Somebody who edits the project while a step is under way."""

    def __init__(self, step: str, edit: Callable[[], object]) -> None:
        super().__init__()
        self._step, self._edit = step, edit

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        if title.startswith(self._step):
            self._edit()
        yield


FILES_ONLY = ChangeSettings(install=False)
UPDATED_TOO = ChangeSettings(install=False, update=True)
ENV = PurePosixPath(".env")


@cache
def shipped() -> Catalogue:
    return load_catalogue()


def spec_of(
    extensions: Sequence[str],
    *,
    options: Sequence[str] = (),
    catalogue: Catalogue | None = None,
    flask: str = "latest",
    python: str = "3.13",
) -> ProjectSpec:
    used = catalogue or shipped()
    chosen = select_extensions(extensions, used).extensions
    release = used.on(choose_release(flask, load_series()))
    spec = ProjectSpec(ProjectName("shop"), release, python, chosen, parse_options(options, chosen, used))
    return spec.with_examples(used)


def files_of(
    extensions: Sequence[str],
    *,
    options: Sequence[str] = (),
    catalogue: Catalogue | None = None,
    generator: str = __version__,
    flask: str = "latest",
    python: str = "3.13",
) -> dict[PurePosixPath, bytes]:
    """Return all that a new project holds; its key is always the same."""
    if catalogue is None:
        return dict(_shipped_files_of(tuple(extensions), tuple(options), generator, flask, python))
    spec = spec_of(extensions, options=options, catalogue=catalogue, flask=flask, python=python)
    return _make(spec, catalogue, generator)


@cache
def _shipped_files_of(
    extensions: tuple[str, ...], options: tuple[str, ...], generator: str, flask: str, python: str
) -> Mapping[PurePosixPath, bytes]:
    spec = spec_of(extensions, options=options, flask=flask, python=python)
    return _make(spec, shipped(), generator)


def _make(spec: ProjectSpec, used: Catalogue, generator: str) -> dict[PurePosixPath, bytes]:
    rendered = render_project(spec, used, secret_key="a-key-0123456789-abcdefghij")
    files = {path: encode(text) for path, text in rendered.items()}
    pristine = {path: content for path, content in files.items() if path != ENV}
    markers = markers_of_minor(spec.python, _interpreter_of(spec.python))
    files |= format_files(pins_of(spec, used, markers), dev=spec.dev, hashes=spec.hashes)
    files[BASE_PATH] = pack_base(pristine)
    versions = used.versions(spec.extensions)
    files[RECORD_PATH] = format_record(spec, generator=generator, versions=versions).encode()
    return files


@cache
def _interpreter_of(minor: str) -> Interpreter | None:
    return find_of_minor(minor, session=Session())


def write_project(directory: Path, files: Mapping[PurePosixPath, bytes]) -> Path:
    for parent in {path.parent for path in files}:
        (directory / parent).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (directory / path).write_bytes(content)
    return directory


def read_project(directory: Path) -> dict[PurePosixPath, bytes]:
    """Return the files of a project, without what a change keeps to be undone, and what Python compiled."""
    found = {
        PurePosixPath(path.relative_to(directory).as_posix()): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    own = (".flaskgen/undo/", ".venv/", ".git/")
    return {path: content for path, content in found.items() if not str(path).startswith(own)}


def directories_of(directory: Path) -> set[str]:
    return {
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_dir() and ".flaskgen" not in str(path)
    }


def record_of(directory: Path) -> str:
    return (directory / RECORD_PATH).read_text()


@contextmanager
def templates_of(catalogue: Catalogue) -> Iterator[None]:
    """Let flaskgen ship other templates than it does."""
    with mock.patch("flaskgen.effects.project.opening.load_catalogue", return_value=catalogue):
        yield
