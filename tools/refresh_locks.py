"""Remakes the locks of flaskgen/compatibility/ from the TOML beside them, at the newest versions it allows.

    python tools/refresh_locks.py [LINE ...]          remake these locks (default: all)
    python tools/refresh_locks.py --check [LINE ...]  write nothing; exit 4 when a direct requirement moves
    python tools/refresh_locks.py --check --strict    exit 4 when anything would change

One universal resolution by uv covers every Python that the line works on, every platform, all extensions, the
test tools and pip. Releases of Flask that the TOML does not know are named too. What it writes is
not yet tested: `pytest -m e2e tests/e2e/test_locked_versions.py` installs and exercises it on every
Python present.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uv
from lock_format import PROJECT, convert, pythons_of
from packaging.requirements import Requirement
from packaging.version import Version

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import Drift, FlaskgenError, UnknownVersion
from flaskgen.planning.flask.compatibility import ExtensionSupport, FlaskSeries, parse_series
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import DirectRequirements, requirements_for
from flaskgen.planning.packages.lock import parse_lock
from flaskgen.planning.packages.pins import normalized

DATA = Path(__file__).parent.parent / "flaskgen" / "compatibility"
_DATE = re.compile(r"^# Made on .*$", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh or check the locks that the arguments name, and return the exit code."""
    parser = argparse.ArgumentParser(description="Remake the locks of the compatibility data.")
    parser.add_argument("lines", nargs="*", metavar="LINE", help="a Flask line such as 3.1 (default: all)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 4 when a direct requirement would change"
    )
    parser.add_argument(
        "--strict", action="store_true", help="with --check: exit 4 when anything would change"
    )
    options = parser.parse_args(arguments)
    try:
        drifted = _refresh_all(options.lines, check=options.check, strict=options.strict)
    except FlaskgenError as error:
        print(f"error: {error.message}", *filter(None, [error.hint]), sep="\n", file=sys.stderr)
        return error.exit_code
    return Drift.exit_code if drifted and options.check else 0


def _refresh_all(names: Sequence[str], *, check: bool, strict: bool) -> bool:
    drifted = False
    for name in names or sorted((path.stem for path in DATA.glob("[0-9]*.toml")), key=Version):
        path = DATA / f"{name}.toml"
        if not path.is_file():
            raise UnknownVersion(f"there is no {path.name}")
        series = parse_series(path.read_text(encoding="utf-8"))
        for release in unknown_releases(series):
            print(f"{name}: Flask {release} is released, and {path.name} does not know it")
        drifted |= _refresh(series, path.with_suffix(".lock"), check=check, strict=strict)
    return drifted


def _refresh(series: FlaskSeries, path: Path, *, check: bool, strict: bool) -> bool:
    """Remake or check one lock, print what changes in it, and return whether that counts as drift."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new = convert(resolve(series), series, date=f"{datetime.now(UTC):%Y-%m-%d}")
    changed = _DATE.sub("", new) != _DATE.sub("", old)
    moved = _moved(_versions(old), _versions(new))
    direct = _direct(series)
    for name, change in moved.items():
        print(f"{path.name}: {name} {change}{'' if name in direct else ' (not required directly)'}")
    print(f"{path.name}: {('would change' if check else 'remade') if changed else 'up to date'}")
    if changed and not check:
        path.write_text(new, encoding="utf-8", newline="\n")
    return changed and (strict or not old or not direct.isdisjoint(moved))


def _versions(lock: str) -> dict[str, list[str]]:
    packages = parse_lock(lock).packages if "[[package]]" in lock else {}
    return {name: [package.version for package in several] for name, several in packages.items()}


def _moved(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the packages of which other versions are locked, with these: `8.1.8, 8.3.0 -> 8.1.8, 8.3.1`."""
    return {
        name: f"{', '.join(old.get(name, ['none']))} -> {', '.join(new.get(name, ['none']))}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }


def _direct(series: FlaskSeries) -> set[str]:
    """Return the packages that projects of a series name themselves, or that Flask does."""
    wanted = _wanted(series)
    texts = (*wanted.runtime, *wanted.dev, *wanted.environment, *wanted.constraints)
    return {normalized(Requirement(text).name) for text in texts}


def _wanted(series: FlaskSeries) -> DirectRequirements:
    names = [name for name in series.extensions if series.lacks(name) is None]
    marked = series._replace(extensions={name: _marked(one) for name, one in series.extensions.items()})
    return requirements_for(FlaskRelease(series.tested, marked), names, traits=series.conditions)


def _marked(support: ExtensionSupport) -> ExtensionSupport:
    """Return what an extension needs, with the Pythons that it works on as a marker."""
    if support.minimum is None:
        return support
    marker = f"; python_version >= '{support.minimum.version}'"
    return support._replace(
        requirements=tuple(text + marker for text in support.requirements),
        beside={traits: tuple(text + marker for text in texts) for traits, texts in support.beside.items()},
    )


def resolve(series: FlaskSeries) -> dict[str, Any]:
    """Return the uv.lock of one resolution over all that ``line`` can need, from the default index."""
    wanted = _wanted(series)
    pyproject = (
        f'[project]\nname = "{PROJECT}"\nversion = "0"\n'
        f'requires-python = "{pythons_of(series)}"\n'
        f"dependencies = {json.dumps([*wanted.runtime, *wanted.dev, *wanted.environment])}\n"
        f"[tool.uv]\nconstraint-dependencies = {json.dumps(wanted.constraints)}\n"
    )
    with tempfile.TemporaryDirectory(prefix="flaskgen-lock-") as folder:
        (Path(folder) / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        Session().run(
            [uv.find_uv_bin(), "lock", "--no-config", "--project", folder, "--python", sys.executable],
            environment=child_environment(_way_to_the_index()),
        )
        return tomllib.loads((Path(folder) / "uv.lock").read_text(encoding="utf-8"))


def _way_to_the_index() -> dict[str, str]:
    names = (
        "UV_INDEX",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NO_PROXY",
        "no_proxy",
    )
    return {name: os.environ[name] for name in names if name in os.environ}


def unknown_releases(series: FlaskSeries) -> list[str]:
    """Return the line's final releases that the index has and the TOML does not know, oldest first."""
    listing = Session().run([sys.executable, "-I", "-m", "pip", "index", "versions", "Flask"])
    # Not `--json`: the pip of Python 3.11 and 3.12 does not have it.
    available = listing.stdout.partition("Available versions: ")[2].partition("\n")[0]
    found = map(Version, available.split(", "))
    parts = Version(series.name).release
    return [
        str(version)
        for version in sorted(found)
        if version.release[: len(parts)] == parts and str(version) not in series.releases
    ]


if __name__ == "__main__":
    sys.exit(main())
