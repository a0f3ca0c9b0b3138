"""uv, the program that chooses versions and installs them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flaskgen.effects.system.environment import uv_environment, uv_program
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Completed, Session
from flaskgen.errors import CommandFailed, InstallFailed, PackagesFailed, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin, format_pins, parse_pins
from flaskgen.planning.packages.sources import PUBLIC_INDEX, PackageSources
from flaskgen.reporting import advice_after, how_it_ended

if TYPE_CHECKING:
    from flaskgen.planning.foreign.era import Release


class Era(NamedTuple):
    """What the packages of an old project are chosen and built with."""

    until: str = ""
    """The last day whose releases are taken, such as ``2019-02-24``; empty for any."""
    exempt: Collection[str] = ()
    """Packages of which newer releases are taken as well."""
    build: tuple[str, ...] = ()
    """Constraints for the tools that build packages without a wheel."""
    wheels: Collection[str] = ()
    """Packages of which only releases with a wheel are taken."""

    @property
    def options(self) -> list[str]:
        newer = sorted({*self.exempt, *(re.split(r"[<>=!~]", tool)[0] for tool in self.build)})
        return [
            *(["--exclude-newer", f"{self.until}T23:59:59Z"] if self.until else []),
            *(f"--exclude-newer-package={name}=false" for name in newer if self.until),
            *(["--build-constraints", "build.txt"] if self.build else []),
            *(f"--only-binary={name}" for name in sorted(self.wheels)),
        ]


class Uv:
    """uv, with the places where packages come from.

    Raises InstallFailed if its program is missing; each method raises CommandFailed if a signal ends it.
    """

    def __init__(self, session: Session, sources: PackageSources, era: Era | None = None) -> None:
        self._program = uv_program()
        self.session, self.sources, self._era = session, sources, era or Era()
        self._expects_wheels = era is None

    def resolve(
        self,
        requirements: Sequence[str],
        *,
        interpreter: Interpreter,
        preferences: Sequence[Pin] = (),
        constraints: Sequence[str] = (),
        without: Sequence[str] = (),
        universal: bool = False,
        python_version: str | None = None,
    ) -> tuple[Pin, ...]:
        """Return the closure of ``requirements`` for ``interpreter``, with hashes and ``via``.

        A preferred version is taken if it fits, otherwise the newest that does. Packages can require what the
        closure is to be ``without``. ``universal`` is for every platform, each pin with its marker, from the
        interpreter's version of Python on, or from ``python_version``. Raises ResolutionFailed, with the true
        cause.
        """
        completed = self._run(
            *("pip", "compile", "requirements.in", "--output-file", "requirements.txt"),
            *("--generate-hashes", "--no-header"),
            *(["--universal"] if universal else []),
            *(["--python-version", python_version] if python_version else []),
            *(["--constraints", "constraints.txt"] if constraints else []),
            *(["--overrides", "overrides.txt"] if without else []),
            *self._options(interpreter.path),
            files={
                "requirements.in": _lines(requirements),
                # uv keeps the versions that an output file already has, if they fit.
                "requirements.txt": format_pins(preferences),
                "constraints.txt": _lines(constraints),
                "overrides.txt": _lines(f"{name} ; python_version < '0'" for name in without),
            },
        )
        return parse_pins(self._require(completed, ResolutionFailed).stdout)

    def look_up(self, requirements: Sequence[str], *, python: Path, at_least: str) -> str:
        """Return a pylock.toml of just what is required, with the files of each release for any platform.

        ``at_least`` is the oldest Python that is meant, such as ``3.6``. Raises ResolutionFailed.
        """
        completed = self._run(
            *("pip", "compile", "requirements.in", "--format", "pylock.toml", "--no-deps", "--no-header"),
            *("--universal", "--python-version", at_least, *self._options(python)),
            files={"requirements.in": _lines(requirements)},
        )
        return self._require(completed, ResolutionFailed).stdout

    def compiled_anew(
        self, pins: Iterable[Pin], *, old: Interpreter, new: Interpreter
    ) -> tuple[Release, ...]:
        """Return the pins of which the index has a wheel for one Python, and none for a newer one."""
        from packaging.tags import platform_tags

        from flaskgen.planning.foreign.era import losing_wheels, read_releases  # late: only upgrades ask

        lines = [pin.line for pin in pins if not pin.reference]
        if old.minor == new.minor or not lines:
            return ()
        try:
            found = self.look_up(lines, python=new.path, at_least=old.minor)
        except ResolutionFailed:  # the index does not say
            return ()
        return losing_wheels(read_releases(found), old, new, tuple(platform_tags()))

    def lock(
        self, pyproject: str, lock: str, *, interpreter: Interpreter, is_enough: Callable[[str], bool]
    ) -> str:
        """Return the uv.lock of a project, which keeps the versions of ``lock`` as far as they fit.

        What the cache has of the main index, else of all sources, is taken if that ``is_enough``: offline, uv
        passes over a version that the cache does not have from the index which is asked first. Raises
        ResolutionFailed.
        """
        cached = self.sources._replace(offline=True)
        main = cached._replace(extra_index_urls=(), find_links=())
        attempts = (main, cached, self.sources)
        for number, sources in enumerate(attempts):
            if sources in attempts[:number]:
                continue
            completed, locked = self._with(sources)._lock(pyproject, lock, python=interpreter.path)
            if locked is not None and (sources == self.sources or is_enough(locked)):
                return locked
        raise self._failed(completed, ResolutionFailed)

    def _lock(self, pyproject: str, lock: str, *, python: Path) -> tuple[Completed, str | None]:
        with scratch_folder() as directory:
            (directory / "pyproject.toml").write_text(pyproject, "utf-8")
            (directory / "uv.lock").write_text(lock, "utf-8")
            # The settings of the project are uv's; those of directories above it would be of anybody.
            own = [] if "[tool.uv" in pyproject else ["--no-config"]
            completed = self._run_in(directory, "lock", *self._options(python), *own)
            if completed.returncode != 0:
                return completed, None
            return completed, (directory / "uv.lock").read_text("utf-8")

    def install(
        self, pins: Sequence[Pin], *, python: Path, exact: bool = True, again: Sequence[str] = ()
    ) -> None:
        """Make the environment of ``python`` hold exactly ``pins``, verifying every hash that a pin carries.

        Unless it is to be ``exact``, what else is there stays. Packages that are to be installed ``again``
        are downloaded again: uv's cache of them is damaged. Warns of packages that a private index rebuilt:
        the same version with another hash than the pin's. From the public index such a package is refused.
        Raises InstallFailed.
        """
        if again:  # without a name, uv clears the whole cache
            self._run("cache", "clean", *again)
        # Exact versions with hashes leave nothing for an index to decide, and a warm cache answers in a
        # quarter of the time that asking it takes.
        at_once = _are_verified(pins) and not self.sources.offline and not again
        offline = self._with(self.sources._replace(offline=True))
        if at_once and offline._sync(pins, python=python, exact=exact).returncode == 0:
            return
        rebuilt: dict[str, Pin] = {}
        while True:
            completed = self._sync(pins, python=python, exact=exact, again=again)
            if completed.returncode == 0:
                break
            from flaskgen.effects.packages.causes import mismatched_names

            names = [name for name in mismatched_names(completed) if name not in rebuilt]
            served = self._privately_served(pins, names, python=python) if names else {}
            if not names or not set(names) <= served.keys():
                # Something else is wrong, or the public index itself serves another file.
                raise self._failed(completed, InstallFailed)
            rebuilt |= {
                pin.name: pin._replace(hashes=served[pin.name])
                for pin in pins
                if pin.name in served
                and (pin.name in names or (pin.hashes and not set(pin.hashes) & set(served[pin.name])))
            }
            pins = [rebuilt.get(pin.name, pin) for pin in pins]
        for name in sorted(rebuilt):
            self.session.reporter.warn(f"your index serves a different build of {name} than the tested one")

    def remove(self, names: Sequence[str], *, python: Path) -> None:
        """Uninstall packages from the environment of ``python``. Raises InstallFailed."""
        completed = self._run("pip", "uninstall", *names, "--python", str(python.absolute()))
        if completed.returncode != 0:
            raise self._failed(completed, InstallFailed, f"cannot uninstall {', '.join(names)}: ")

    def _privately_served(
        self, pins: Sequence[Pin], names: Sequence[str], *, python: Path
    ) -> dict[str, tuple[str, ...]]:
        """Return the hashes that private indexes serve: of all pins if they have all, else of ``names``."""
        if not self.sources.private:
            return {}
        private = Uv(self.session, self.sources.without_public())
        for chosen in (pins, [pin for pin in pins if pin.name in names]):
            completed = private._run(
                *("pip", "compile", "requirements.in", "--generate-hashes", "--no-header", "--no-deps"),
                *private._options(python),
                files={"requirements.in": _lines(pin.line for pin in chosen)},
            )
            if completed.returncode == 0:
                return {pin.name: pin.hashes for pin in parse_pins(completed.stdout) if pin.hashes}
        return {}

    def _require(self, completed: Completed, kind: type[PackagesFailed]) -> Completed:
        if completed.returncode != 0:
            raise self._failed(completed, kind)
        return completed

    def _failed(self, completed: Completed, kind: type[PackagesFailed], what: str = "") -> PackagesFailed:
        from flaskgen.effects.packages.causes import find_cause  # late: it loads TLS

        indexes = (self.sources.index_url or PUBLIC_INDEX, *self.sources.extra_index_urls)
        cause = find_cause(completed, self.sources, indexes)
        error = kind(f"{what}{cause.message}", hint=cause.hint)
        error.output = completed.stderr
        return error

    def _with(self, sources: PackageSources) -> Uv:
        other = copy(self)
        other.sources = sources
        return other

    def _sync(
        self,
        pins: Sequence[Pin],
        *,
        python: Path,
        exact: bool,
        again: Sequence[str] = (),
    ) -> Completed:
        completed = self._run(
            *("pip", "sync", "pins.txt", "--allow-empty-requirements")
            if exact
            else ("pip", "install", "--requirements", "pins.txt", "--no-deps"),
            *(["--require-hashes"] if _are_verified(pins) else []),
            *(option for name in again for option in ("--reinstall-package", name)),
            *self._options(python),
            files={"pins.txt": format_pins(pins, hashes=True)},
        )
        built_here = re.findall(r"^ +Built (\S+)", completed.stderr, re.MULTILINE)
        for built in built_here if self._expects_wheels else ():
            self.session.reporter.warn(f"{built} has no wheel for this Python: it was built from source")
        return completed

    def _options(self, python: Path) -> list[str]:
        return [
            *("--no-python-downloads", "--python", str(python.absolute())),
            # The newest of all indexes, as pip does; of a single one uv then hides that it refuses access.
            *(["--index-strategy", "unsafe-best-match"] if self.sources.extra_index_urls else []),
            *(["--no-index"] if self.sources.no_index else []),
            *(["--offline"] if self.sources.offline else []),
            *self._era.options,
        ]

    def _run(self, *arguments: str, files: Mapping[str, str] = {}) -> Completed:
        """Run uv in a temporary directory that holds ``files``."""
        with scratch_folder() as directory:
            build = {"build.txt": _lines(self._era.build)}
            for name, text in {**files, **build}.items():
                (directory / name).write_text(text, "utf-8")
            return self._run_in(directory, *arguments, "--no-config")

    def _run_in(self, directory: Path, *arguments: str) -> Completed:
        completed = self.session.run(
            [self._program, *arguments, "--color", "never"],
            cwd=directory,
            environment=uv_environment(self.sources),
            check=False,
        )
        if completed.returncode < 0:
            raise CommandFailed(
                f"uv {how_it_ended(completed.returncode)}", hint=advice_after(completed.returncode)
            )
        return completed


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _are_verified(pins: Sequence[Pin]) -> bool:
    return bool(pins) and all(pin.hashes and not pin.reference for pin in pins)
