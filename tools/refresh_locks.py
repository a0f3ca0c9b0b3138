"""Remakes the locks of flaskgen/compatibility/ from the TOML beside them, at the newest versions it allows.

    python tools/refresh_locks.py [LINE ...]          remake these locks (default: all)
    python tools/refresh_locks.py --check [LINE ...]  write nothing; exit 4 when a lock would change

One universal resolution by uv covers every Python from the line's minimum on, every platform, all extensions,
the test tools and pip. Releases of Flask that the TOML does not know are named too. What it writes is
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
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uv
from packaging.markers import Marker
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from flaskgen.effects.processes import child_environment, run
from flaskgen.errors import Drift, FlaskgenError, UnknownVersion
from flaskgen.planning.compatibility import FlaskLine, parse_line
from flaskgen.planning.direct_requirements import requirements_for
from flaskgen.planning.releases import FlaskRelease
from flaskgen.reporting import SilentReporter

DATA = Path(__file__).parent.parent / "flaskgen" / "compatibility"
PROJECT = "flaskgen-lock"
_DATE = re.compile(r"^# Made on .*$", re.MULTILINE)
# Where flaskgen cannot make an environment.
_ELSEWHERE = re.compile(r"emscripten|wasm|wasi|pyodide|android|ios_")


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh or check the locks that the arguments name, and give the exit code."""
    parser = argparse.ArgumentParser(description="Remake the locks of the compatibility data.")
    parser.add_argument("lines", nargs="*", metavar="LINE", help="a Flask line such as 3.1 (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 4 when a lock would change")
    options = parser.parse_args(arguments)
    try:
        drifted = _refresh_all(options.lines, check=options.check)
    except FlaskgenError as error:
        print(f"error: {error.message}", *filter(None, [error.hint]), sep="\n", file=sys.stderr)
        return error.exit_code
    return Drift.exit_code if drifted and options.check else 0


def _refresh_all(names: Sequence[str], *, check: bool) -> bool:
    drifted = False
    for name in names or sorted(path.stem for path in DATA.glob("*.toml")):
        path = DATA / f"{name}.toml"
        if not path.is_file():
            raise UnknownVersion(f"there is no {path.name}")
        line = parse_line(path.read_text(encoding="utf-8"), source=path.name)
        for release in unknown_releases(line):
            print(f"{name}: Flask {release} is released, and {path.name} does not know it")
        drifted |= _refresh(line, path.with_suffix(".lock"), check=check)
    return drifted


def _refresh(line: FlaskLine, path: Path, *, check: bool) -> bool:
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new = convert(resolve(line), line, date=f"{datetime.now(UTC):%Y-%m-%d}")
    changed = _DATE.sub("", new) != _DATE.sub("", old)
    print(f"{path.name}: {('would change' if check else 'remade') if changed else 'up to date'}")
    if changed and not check:
        path.write_text(new, encoding="utf-8", newline="\n")
    return changed


def resolve(line: FlaskLine) -> dict[str, Any]:
    """Give the uv.lock of one resolution over all that ``line`` can need, from the default index."""
    names = [name for name, support in line.extensions.items() if support.unsupported is None]
    wanted = requirements_for(FlaskRelease(line.tested, line), names)
    pyproject = (
        f'[project]\nname = "{PROJECT}"\nversion = "0"\n'
        f'requires-python = ">={line.pythons.minimum.version}"\n'
        f"dependencies = {json.dumps([*wanted.runtime, *wanted.dev, *wanted.environment])}\n"
        f"[tool.uv]\nconstraint-dependencies = {json.dumps(wanted.constraints)}\n"
    )
    with tempfile.TemporaryDirectory(prefix="flaskgen-lock-") as folder:
        (Path(folder) / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        run(
            [uv.find_uv_bin(), "lock", "--no-config", "--project", folder, "--python", sys.executable],
            reporter=SilentReporter(),
            environment=child_environment(_way_to_the_index()),
        )
        return tomllib.loads((Path(folder) / "uv.lock").read_text(encoding="utf-8"))


def _way_to_the_index() -> dict[str, str]:
    names = (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NO_PROXY",
        "no_proxy",
    )
    return {name: os.environ[name] for name in names if name in os.environ}


def unknown_releases(line: FlaskLine) -> list[str]:
    """Give the line's final releases that the index has and the TOML does not know, oldest first."""
    versions = run(
        [sys.executable, "-I", "-m", "pip", "index", "versions", "Flask", "--json"], reporter=SilentReporter()
    )
    found = (Version(version) for version in json.loads(versions.stdout)["versions"])
    parts = Version(line.name).release
    return [
        str(version)
        for version in sorted(found)
        if version.release[: len(parts)] == parts and str(version) not in line.releases
    ]


def convert(uv_lock: dict[str, Any], line: FlaskLine, *, date: str) -> str:
    """Write uv's lock as flaskgen's: no addresses, and hashes only of what a supported Python can install."""
    packages = [package for package in uv_lock["package"] if package["name"] != PROJECT]
    versions = Counter(package["name"] for package in packages)
    oldest, newest = line.pythons.minimum.version, line.pythons.maximum.version
    header = (
        f"# Versions for Flask {line.name}, made by tools/refresh_locks.py: do not edit.\n"
        f"# For CPython {oldest} and newer; tested on {oldest} to {newest}.\n"
        f"# Made on {date}.\n"
    )
    packages.sort(key=lambda package: (package["name"], Version(package["version"])))
    return header + "".join(
        _format(package, several=versions[package["name"]] > 1, oldest=oldest) for package in packages
    )


def _format(package: dict[str, Any], *, several: bool, oldest: str) -> str:
    marker = " or ".join(package["resolution-markers"]) if several else ""
    rows = ["", "[[package]]", f'name = "{package["name"]}"', f'version = "{package["version"]}"']
    if marker:
        rows.append(f'marker = "{marker}"')
    if requires := package.get("dependencies"):
        rows.append(f"requires = {_edges(requires)}")
    if extras := package.get("optional-dependencies"):
        rows.append(
            f"extras = {{ {', '.join(f'{name} = {_edges(extras[name])}' for name in sorted(extras))} }}"
        )
    # One literal string parses ten times as fast as an array of strings.
    rows.append(f"sha256 = '{' '.join(_digests(package, marker, oldest))}'")
    return "\n".join(rows) + "\n"


def _edges(dependencies: Iterable[dict[str, Any]]) -> str:
    edges = set()
    for dependency in dependencies:
        extras = f"[{','.join(dependency['extra'])}]" if "extra" in dependency else ""
        marker = f"; {dependency['marker']}" if "marker" in dependency else ""
        edges.add(f"{dependency['name']}{extras}{marker}")
    return json.dumps(sorted(edges))


def _digests(package: dict[str, Any], marker: str, oldest: str) -> list[str]:
    """Give the digests of wheels that can be installed, and the sdist's unless a wheel fits everywhere."""
    wheels = {wheel["url"].rpartition("/")[2]: wheel["hash"] for wheel in package.get("wheels", ())}
    files = {name: digest for name, digest in wheels.items() if _installable(name, marker, oldest)}
    if "sdist" in package and not any(name.endswith("-none-any.whl") for name in files):
        files["sdist"] = package["sdist"]["hash"]
    return sorted(digest.removeprefix("sha256:") for digest in files.values())


def _installable(wheel: str, marker: str, oldest: str) -> bool:
    return any(
        not _ELSEWHERE.search(tag.platform) and _fits(tag.interpreter, tag.abi, marker, oldest)
        for tag in parse_wheel_filename(wheel)[3]
    )


def _fits(interpreter: str, abi: str, marker: str, oldest: str) -> bool:
    if interpreter.startswith("py3"):
        return True
    python = re.fullmatch(r"cp3(\d+)", interpreter)
    if python is None or abi == "abi3":
        return python is not None
    version = f"3.{python[1]}"
    # A marker that asks for more than the Python can be true of some platform.
    narrowing = marker and not re.search(r"platform|sys_|os_name|implementation", marker)
    holds = not narrowing or Marker(marker).evaluate(
        {"python_version": version, "python_full_version": f"{version}.0"}
    )
    return holds and Version(version) >= Version(oldest)


if __name__ == "__main__":
    sys.exit(main())
