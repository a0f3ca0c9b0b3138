"""Write what is installed into the texts of requirements.txt, requirements-dev.txt and uv.lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial

from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.environments import Environment, marker_environment, markers_of_minor
from flaskgen.effects.python.interpreters import find_of_minor, running_interpreter
from flaskgen.effects.shipped.compatibility_data import load_lock, load_series, locked_hashes
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.transaction import Contents
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.direct_requirements import PYPROJECT, ProjectRoots, read_roots
from flaskgen.planning.packages.elsewhere import (
    OLDEST_PYTHON,
    PinsElsewhere,
    is_of_a_python,
    join,
    keep_pins,
    keep_tools,
    take_pins,
)
from flaskgen.planning.packages.freeze import (
    DEV_FILE,
    FROZEN_FILES,
    RUNTIME_FILE,
    Frozen,
    FrozenFile,
    Hashes,
    compose_files,
    fill,
    freeze,
    hashes_of,
    require_hashable,
    require_hashed,
    wanting,
)
from flaskgen.planning.packages.installed import InstalledDistribution, applies
from flaskgen.planning.packages.lock import (
    LOCK_FILE,
    Versions,
    agrees,
    format_preferences,
    installed_versions,
    is_uv_project,
    read_versions,
)
from flaskgen.planning.packages.pins import DEV_LABEL, RUNTIME_LABEL, Pin, decode, names_of, parse_pins
from flaskgen.planning.templates.tree import Files, Tree, encode

FROZEN_OF = (PYPROJECT, *FROZEN_FILES)
"""The files of a project that freezing reads."""


def install_steps(before: Contents, after: Contents) -> tuple[str, ...]:
    """Return what to type to install what a project's requirements files pin now and did not before."""
    files = [path for path in (RUNTIME_FILE, DEV_FILE) if after.get(path) is not None]

    def pinned(contents: Contents) -> set[str]:
        return {pin.line for path in files for pin in parse_pins(decode(contents.get(path) or b""))}

    if pinned(after) <= pinned(before):
        return ()
    return (f"python -m pip install -r {files[-1]}  # into the project's environment",)


def roots_of(files: Tree) -> ProjectRoots:
    """Return the direct requirements of a project. Raises BrokenRecord."""
    return read_roots(decode(encode(files.get(PYPROJECT, b""))))


class Freezing:
    """How what is installed in an environment is written into the files of a project."""

    def __init__(
        self,
        environment: Environment,
        files: Files,
        *,
        generated: bool,
        session: Session,
        hashes: bool | None = None,
        uv: Uv | None = None,
    ) -> None:
        """``files`` are what they hold now; ``generated`` says whether flaskgen made the project.

        They get ``hashes`` by default if one of them has some. Without ``uv``, nothing there is run.
        """
        self._environment, self._files, self._generated = environment, files, generated
        self._session, self._hashes, self._given_uv = session, hashes, uv
        self._roots, self._markers = roots_of(files), marker_environment(environment.interpreter)
        self._pinned = {path: parse_pins(decode(files.get(path, b""))) for path in (RUNTIME_FILE, DEV_FILE)}

    def compose(self, installed: Sequence[InstalledDistribution]) -> tuple[FrozenFile, ...]:
        """Return the requirements files and uv.lock as what is installed makes them.

        Hashes that the files do not hold are those of flaskgen's lock, or of the index. Raises
        HashesUnavailable or ResolutionFailed.
        """
        frozen = freeze(installed, roots=self._roots, markers=self._markers)
        tools = [root for root in self._roots.dev if applies(root, self._markers)]
        frozen = self._with_elsewhere(keep_tools(frozen, tools, self._pinned[DEV_FILE]))
        for warning in frozen.warnings:
            self._session.reporter.warn(warning)
        kept = hashes_of(pin for pins in self._pinned.values() for pin in pins)
        hashed = bool(kept) if self._hashes is None else self._hashes
        if hashed:
            require_hashable(frozen)
            frozen = fill(frozen, kept)
            if wanting(frozen):
                frozen = fill(frozen, self._find_hashes(frozen))
            require_hashed(frozen)
        files = compose_files(frozen, self._files, hashes=hashed, generated=self._generated)
        pyproject, lock = self._files.get(PYPROJECT, b""), self._files.get(LOCK_FILE)
        if is_uv_project(pyproject) and (self._generated or lock is not None):
            new = lock_project(pyproject, lock, frozen.pins, interpreter=self._interpreter, uv=self._uv)
            files += tuple(FrozenFile(path, lock, content) for path, content in new.items())
        return files

    @cached_property
    def _uv(self) -> Uv:
        return self._given_uv or Uv(self._session, configured_sources())

    @cached_property
    def _interpreter(self) -> Interpreter:
        """The environment's, or another one of the same version if nothing of it is run."""
        own = self._environment.interpreter
        if self._given_uv:
            return own
        return find_of_minor(own.minor, session=self._session) or running_interpreter()

    def _with_elsewhere(self, frozen: Frozen) -> Frozen:
        """Pin what is required on other platforms or Pythons: as the files have it, else by a resolution."""
        found = []
        for path, label, roots in (
            (RUNTIME_FILE, RUNTIME_LABEL, self._roots.direct),
            (DEV_FILE, DEV_LABEL, self._roots.dev),
        ):
            pins = keep_pins(label, roots, self._markers, self._pinned[path])
            hashed = all(pin.hashes or pin.reference for pin in pins.pins)
            if pins.missing or (self._hashes and not hashed):
                pins = self._resolve_elsewhere(pins, frozen)
            found.append(pins)
        runtime, dev = found
        return join(frozen, runtime, dev)

    def _resolve_elsewhere(self, kept: PinsElsewhere, frozen: Frozen) -> PinsElsewhere:
        """Choose versions for other platforms and Pythons; those that are kept stay if none can be chosen."""
        names = names_of(kept.roots)
        # What is installed is for everywhere, so that nothing else can be required beside it.
        constraints = [pin.line for pin in frozen.pins if not pin.reference and pin.name not in names]
        bounds = self._roots.constraints
        resolved: list[Pin] = []
        try:
            for python, of_a_python in ((None, False), (OLDEST_PYTHON, True)):
                wanted = [str(root) for root in kept.roots if is_of_a_python(root) == of_a_python]
                if wanted:
                    resolved += self._uv.resolve(
                        wanted,
                        universal=True,
                        interpreter=self._interpreter,
                        constraints=bounds if of_a_python else [*bounds, *constraints],
                        preferences=kept.pins,
                        python_version=python,
                    )
        except ResolutionFailed as failure:
            self._session.reporter.warn(f"cannot resolve what is for other platforms: {failure.message}")
            return kept
        return take_pins(kept.label, kept.roots, resolved)

    def _find_hashes(self, frozen: Frozen) -> Hashes:
        """Return what is known of the missing hashes. Raises ResolutionFailed if the index lacks one."""
        locked = locked_hashes(next((pin.version for pin in frozen.runtime if pin.name == "flask"), None))
        left = wanting(fill(frozen, locked))
        if not left:
            return locked
        resolved = self._uv.resolve(
            [pin.line for pin in left],
            interpreter=self._interpreter,
            preferences=[pin for pin in frozen.pins if not pin.reference],
        )
        return {**hashes_of(resolved), **locked}


def lock_project(
    pyproject: bytes,
    before: bytes | None,
    pins: Iterable[Pin],
    *,
    interpreter: Interpreter,
    uv: Uv,
) -> Files:
    """Return the uv.lock of a project that has ``pins``, where ``before`` is what it has now.

    A lock that is right stays as it is. What the pins do not decide, for other platforms, stays at the
    version that it has, else is that of flaskgen's lock. Nothing, with a warning, if uv cannot lock the
    project.
    """
    installed, there = installed_versions(pins), read_versions(before)
    text = decode(pyproject)
    lock_with = partial(
        uv.lock,
        text,
        interpreter=interpreter,
        is_enough=lambda lock: agrees(read_versions(lock.encode()), installed),
    )
    try:
        if before is not None and agrees(there, installed) and not _lacks(there, text, installed):
            locked = lock_with(decode(before))
            if locked.splitlines() == decode(before).splitlines():
                return {LOCK_FILE: before}
        kept = {name: min(versions) for name, versions in there.items() if len(versions) == 1}
        wanted = format_preferences(pyproject, _tested(installed, interpreter), kept, installed)
        lock = lock_with(wanted).encode()
    except ResolutionFailed as failure:
        if uv.sources.offline:
            uv.session.reporter.note(
                f"{LOCK_FILE} was not written ({failure.message}): `flaskgen freeze` writes it"
            )
        else:
            uv.session.reporter.warn(f"{LOCK_FILE} was not written: {failure.message}")
        return {}
    if not agrees(read_versions(lock), installed):
        uv.session.reporter.warn(
            f"{LOCK_FILE} has other versions than are installed, as pyproject.toml requires"
        )
    return {LOCK_FILE: lock}


def _lacks(lock: Versions, pyproject: str, installed: Mapping[str, str]) -> bool:
    """Return whether a lock has not all of what is required directly, and installed from an index."""
    roots = read_roots(pyproject)
    return not names_of((*roots.direct, *roots.dev)) & installed.keys() <= lock.keys()


def _tested(installed: Mapping[str, str], interpreter: Interpreter) -> dict[str, str]:
    """Return the versions that the installed release of Flask was tested with."""
    newest_first = reversed(load_series())
    series = next((series for series in newest_first if installed.get("flask") in series.releases), None)
    tested = tested_for(series, interpreter.minor) if series else ()
    return {pin.name: pin.version for pin in tested}


def tested_for(series: FlaskSeries, python: str) -> tuple[Pin, ...]:
    """Return the versions that are tested today with a series of Flask, on a Python such as ``3.13``."""
    return load_lock(series).preferences(markers_of_minor(python))
