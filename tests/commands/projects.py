"""Generated projects for tests: written as `flaskgen new --no-install` does, in some milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from flaskgen.commands.add import Wanted, with_extensions
from flaskgen.commands.change import ChangeOutcome, apply_change
from flaskgen.commands.change_packages import pins_of
from flaskgen.commands.change_proposal import ChangeSettings, propose_change
from flaskgen.commands.option import with_options
from flaskgen.commands.remove import without_extensions

from flaskgen import __version__
from flaskgen.effects.project.opening import OpenProject, open_project
from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.packages.freeze import format_files
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.project.paths import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.record import format_record, pack_base
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, select_extensions
from flaskgen.planning.templates.tree import encode

FILES_ONLY = ChangeSettings(install=False)
ENV = PurePosixPath(".env")


@cache
def shipped() -> Catalogue:
    return load_catalogue()


def spec_of(
    extensions: Sequence[str], *, options: Sequence[str] = (), catalogue: Catalogue | None = None
) -> ProjectSpec:
    used = catalogue or shipped()
    chosen = select_extensions(extensions, used).extensions
    release = choose_release("latest", load_lines())
    return ProjectSpec(ProjectName("shop"), release, "3.13", chosen, parse_options(options, chosen, used))


def files_of(
    extensions: Sequence[str],
    *,
    options: Sequence[str] = (),
    catalogue: Catalogue | None = None,
    generator: str = __version__,
) -> dict[PurePosixPath, bytes]:
    """Give all that a new project holds; its key is always the same."""
    used = catalogue or shipped()
    spec = spec_of(extensions, options=options, catalogue=used)
    rendered = render_project(spec, used, secret_key="a-key-0123456789-abcdefghij")
    files = {path: encode(text) for path, text in rendered.items()}
    pristine = {path: content for path, content in files.items() if path != ENV}
    frozen = format_files(pins_of(spec, used), dev=spec.dev, hashes=spec.hashes)
    files |= {PurePosixPath(name): text.encode() for name, text in frozen.items()}
    files[BASE_PATH] = pack_base(pristine)
    files[RECORD_PATH] = format_record(spec, generator=generator).encode()
    return files


def write_project(folder: Path, files: Mapping[PurePosixPath, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def read_project(folder: Path) -> dict[PurePosixPath, bytes]:
    """Give the files of a project, without what a change keeps for itself."""
    found = {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    own = (".flaskgen/backup/", ".venv/", ".git/")
    return {path: content for path, content in found.items() if not str(path).startswith(own)}


def folders_of(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_dir() and ".flaskgen" not in str(path)
    }


@dataclass(frozen=True)
class Change:
    """How a test changes a project; by default its files only, with what ships."""

    settings: ChangeSettings = FILES_ONLY
    catalogue: Catalogue | None = None
    session: Session = field(default_factory=Session)

    def make(
        self, folder: Path, want: Callable[[OpenProject], Wanted], title: str, *, upgrade: bool = False
    ) -> ChangeOutcome:
        project = open_project(folder, catalogue=self.catalogue or shipped())
        proposal = propose_change(
            project,
            want(project).spec,
            self.settings,
            title=title,
            session=self.session,
            upgrade=upgrade,
        )
        return apply_change(proposal, session=self.session)


def add(folder: Path, *names: str, options: Sequence[str] = (), **how: Any) -> ChangeOutcome:
    title = f"add {','.join(names)}"
    return Change(**how).make(folder, lambda project: with_extensions(project, names, options), title)


def remove(folder: Path, *names: str, **how: Any) -> ChangeOutcome:
    title = f"remove {','.join(names)}"
    return Change(**how).make(folder, lambda project: without_extensions(project, names), title)


def change_options(folder: Path, *texts: str, **how: Any) -> ChangeOutcome:
    title = f"option {' '.join(texts)}"
    return Change(**how).make(folder, lambda project: with_options(project, texts), title)


def update(folder: Path, **how: Any) -> ChangeOutcome:
    return Change(**how).make(folder, lambda project: Wanted(project.spec), "update", upgrade=True)


def record_of(folder: Path) -> str:
    return (folder / RECORD_PATH).read_text()
