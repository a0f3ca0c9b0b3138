"""Open a project that flaskgen made: its record, and its files as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from flaskgen import __version__
from flaskgen.effects.project.locating import locate_project, located
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.transaction.files import read_all_files
from flaskgen.errors import BrokenRecord, advice_on
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.record import (
    ProjectRecord,
    options_lost,
    parse_record,
    read_spec,
    unpack_base,
    with_base_name,
)
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import select_extensions
from flaskgen.planning.templates.tree import Tree


@dataclass(frozen=True)
class OpenProject:
    """A project on the disk, as far as its record tells."""

    path: Path
    record: ProjectRecord
    spec: ProjectSpec
    catalogue: Catalogue
    pristine: Tree | None
    """Its files as flaskgen last wrote them; None if this flaskgen can render them again."""

    @property
    def before(self) -> ProjectSpec:
        """What it was when its files were written: its extensions may need others today, or offer less."""
        return replace(self.spec, extensions=self.record.extensions, options=self.record.options)

    @property
    def evolved(self) -> tuple[str, ...]:
        """What today's extensions make different, a line each."""
        needed = select_extensions(self.record.extensions, self.catalogue).notes
        return (*needed, *options_lost(self.record.options, self.spec.options))

    @cached_property
    def package(self) -> PurePosixPath:
        """Where its package is, or its only module: the user may have renamed it, or moved it, as into src.

        Raises BrokenRecord if it is gone.
        """
        module = self.spec.module
        recorded = PurePosixPath(f"{module}.py" if self.spec.single else module)
        if (self.path / (recorded if self.spec.single else recorded / "__init__.py")).is_file():
            return recorded
        from flaskgen.planning.merging.renames import find_renames  # late: seldom needed

        written = self.pristine or render_project(self.spec, self.catalogue, secret_key="")
        package = {path: text for path, text in written.items() if recorded in (path, *path.parents)}
        found = find_renames(package, read_all_files(self.path), {}).paths
        if found:
            old, new = min(found.items())
            return PurePosixPath(*new.parts[: len(new.parts) - len(old.relative_to(recorded).parts)])
        kind = "module" if self.spec.single else "package"
        missing = f"`{self.path.name}` has no {kind} `{module}`, which its record names"
        raise located(BrokenRecord(missing, lost=recorded), self.path)


def open_project(
    path: Path, *, directories: Sequence[Path] = (), names: Sequence[str] | None = ()
) -> OpenProject:
    """Read a project's record, and the extensions that it has or that ``names`` ask for; None means all.

    Raises RecordTooNew, BrokenRecord or ExtensionMissing, and what ``load_catalogue`` raises.
    """
    try:
        record = parse_record(_read(path / RECORD_PATH))
        pristine = _read_pristine(path, record)
        record = with_base_name(record, pristine or {})
        catalogue = load_catalogue(directories, None if names is None else (*record.extensions, *names))
        spec = read_spec(record, catalogue=catalogue, all_series=load_series())
        return OpenProject(path, record, spec, catalogue, pristine)
    except BrokenRecord as error:
        raise located(error, path) from error.__cause__


def open_here(*, directories: Sequence[Path] = (), names: Sequence[str] | None = ()) -> OpenProject:
    """Open the project that the current directory is in. Raises NotAProject, and as ``open_project`` does."""
    return open_project(locate_project(Path()), directories=directories, names=names)


def _read_pristine(path: Path, record: ProjectRecord) -> Tree | None:
    if not (path / BASE_PATH).exists():
        if record.generator == __version__:
            return None
        what = f"the files as flaskgen {record.generator} generated them"
        raise BrokenRecord(f"{BASE_PATH} is missing; it has {what}", lost=BASE_PATH)
    return unpack_base(_read(path / BASE_PATH))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        advice = advice_on(error, "")
        lost = None if advice else RECORD_PATH.parent
        raise BrokenRecord(f"cannot read `{path}`: {error.strerror}", hint=advice, lost=lost) from error
