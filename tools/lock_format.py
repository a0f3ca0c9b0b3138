"""Writes what uv locked as a lock of flaskgen's: no addresses, and hashes only of what can be installed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from flaskgen.planning.flask.compatibility import FlaskSeries

PROJECT = "flaskgen-lock"
# Where flaskgen cannot make an environment.
_ELSEWHERE = re.compile(r"emscripten|wasm|wasi|pyodide|android|ios_")


def pythons_of(series: FlaskSeries) -> str:
    """Return the Pythons that a lock is for, as a specifier: without newer ones where those are refused."""
    pythons = series.pythons
    major, minor = pythons.maximum.version.split(".")
    above = "" if pythons.newer_tried else f",<{major}.{int(minor) + 1}"
    return f">={pythons.minimum.version}{above}"


def convert(uv_lock: dict[str, Any], series: FlaskSeries, *, date: str) -> str:
    """Write uv's lock as flaskgen's."""
    packages = [package for package in uv_lock["package"] if package["name"] != PROJECT]
    versions = Counter(package["name"] for package in packages)
    oldest, newest = series.pythons.minimum.version, series.pythons.maximum.version
    newer = f"{oldest} and newer" if series.pythons.newer_tried else f"{oldest} to {newest}"
    header = (
        f"# Versions for Flask {series.name}, made by tools/refresh_locks.py: do not edit.\n"
        f"# For CPython {newer}; tested on {oldest} to {newest}.\n"
        f"# Made on {date}.\n"
    )
    packages.sort(key=lambda package: (package["name"], Version(package["version"])))
    pythons = SpecifierSet(pythons_of(series))
    return header + "".join(
        _format(package, several=versions[package["name"]] > 1, pythons=pythons) for package in packages
    )


def _format(package: dict[str, Any], *, several: bool, pythons: SpecifierSet) -> str:
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
    rows.append(f"sha256 = '{' '.join(_digests(package, marker, pythons))}'")
    return "\n".join(rows) + "\n"


def _edges(dependencies: Iterable[dict[str, Any]]) -> str:
    edges = set()
    for dependency in dependencies:
        extras = f"[{','.join(dependency['extra'])}]" if "extra" in dependency else ""
        marker = f"; {dependency['marker']}" if "marker" in dependency else ""
        edges.add(f"{dependency['name']}{extras}{marker}")
    return json.dumps(sorted(edges))


def _digests(package: dict[str, Any], marker: str, pythons: SpecifierSet) -> list[str]:
    """Return the digests of wheels that can be installed, and the sdist's unless a wheel fits everywhere."""
    wheels = {wheel["url"].rpartition("/")[2]: wheel["hash"] for wheel in package.get("wheels", ())}
    files = {name: digest for name, digest in wheels.items() if _installable(name, marker, pythons)}
    if "sdist" in package and not any(name.endswith("-none-any.whl") for name in files):
        files["sdist"] = package["sdist"]["hash"]
    return sorted(digest.removeprefix("sha256:") for digest in files.values())


def _installable(wheel: str, marker: str, pythons: SpecifierSet) -> bool:
    return any(
        not _ELSEWHERE.search(tag.platform) and _fits(tag.interpreter, tag.abi, marker, pythons)
        for tag in parse_wheel_filename(wheel)[3]
    )


def _fits(interpreter: str, abi: str, marker: str, pythons: SpecifierSet) -> bool:
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
    return holds and pythons.contains(version)
