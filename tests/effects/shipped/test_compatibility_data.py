from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series, locked_hashes
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import TemplateDefect
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.packages.direct_requirements import DirectRequirements, requirements_for
from flaskgen.planning.packages.lock import select_pins

ALL_SERIES = load_series()
HOSTS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
}
MACHINES = {"linux": "x86_64", "windows": "AMD64", "macos": "arm64"}


def pythons_of(series: FlaskSeries) -> list[str]:
    first, last = (
        int(bound.version.split(".")[1]) for bound in (series.pythons.minimum, series.pythons.maximum)
    )
    return [f"3.{minor}" for minor in range(first, last + 1)]


def supported(series: FlaskSeries) -> tuple[str, ...]:
    return tuple(name for name in series.extensions if series.lacks(name) is None)


def subsets_of(series: FlaskSeries, host: str) -> Iterator[tuple[str, ...]]:
    """Yield nothing, all, and on one host each extension: a closure is the union of its roots' closures."""
    yield ()
    if host == "linux":
        yield from ((name,) for name in supported(series))
    yield supported(series)


@cache
def markers_for(python: str, host: str = "linux") -> dict[str, str]:
    interpreter = Interpreter(Path(sys.executable), f"{python}.0")
    running = {name: str(value) for name, value in default_environment().items()}
    return interpreter.markers({**running, **HOSTS[host], "platform_machine": MACHINES[host]})


def latest(series: FlaskSeries) -> FlaskRelease:
    return choose_release(series.name, ALL_SERIES)


ENVIRONMENTS = [
    pytest.param(series, python, id=f"{series.name}-{python}")
    for series in ALL_SERIES
    for python in pythons_of(series)
]
CLOSURES = [
    pytest.param(
        series, python, host, subset, id=f"{series.name}-{python}-{host}-{'all' if subset else 'none'}"
    )
    for series in ALL_SERIES
    for python in pythons_of(series)
    for host in HOSTS
    for subset in ((), supported(series.for_python(python)))
]


@pytest.mark.parametrize(("series", "python"), ENVIRONMENTS)
def test_the_lock_has_a_closure_for_every_extension_on_every_python(series: FlaskSeries, python: str) -> None:
    lock, on_python = load_lock(series), series.for_python(python)
    for host, subset in [(name, subset) for name in HOSTS for subset in subsets_of(on_python, name)]:
        requirements = requirements_for(latest(series), subset, traits=series.conditions)
        pins = select_pins(lock, requirements, markers=markers_for(python, host))
        versions = {pin.name: pin.version for pin in pins.all}
        assert versions["flask"] == series.tested
        assert {"pytest", "pip", "python-dotenv"} <= versions.keys()
        assert all(pin.hashes for pin in pins.all)
        assert ("colorama" in versions) == (host == "windows")
        for bound in series.core:
            assert SpecifierSet(bound.bounds).contains(versions[bound.name.lower()]), bound


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_every_series_says_something_of_each_extension_and_of_no_other(series: FlaskSeries) -> None:
    catalogue = load_catalogue()
    assert series.extensions.keys() == catalogue.extensions.keys()
    for release in series.releases:
        catalogue.on(FlaskRelease(release, series.for_release(release)))
    name = next(iter(series.extensions))
    others = {key: support for key, support in series.extensions.items() if key != name}
    with pytest.raises(TemplateDefect, match=rf"data of Flask {series.name} says nothing about `{name}`"):
        catalogue.complete(series._replace(extensions=others))


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_every_bound_is_closed_above_and_below(series: FlaskSeries) -> None:
    variants = [series, *(series.for_release(release) for release in series.releases)]
    extensions = [support for variant in variants for support in variant.extensions.values()]
    needed = {text for support in extensions for text in support.required_with(series.conditions)}
    core = {bound.requirement for variant in variants for bound in variant.core}
    for text in (*needed, *core, *series.base, *series.dev, *series.environment):
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators == {">=", "<"}, text


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_the_newest_release_of_a_series_is_the_tested_one(series: FlaskSeries) -> None:
    assert list(series.releases) == sorted(series.releases, key=Version)
    assert series.releases[-1] == series.tested
    assert series.tested not in {*series.yanked, *series.broken}


def test_only_the_newest_series_is_supported_upstream() -> None:
    assert [series.name for series in ALL_SERIES if series.upstream.supported] == [ALL_SERIES[-1].name]


def test_the_series_are_all_since_0_10() -> None:
    names = "0.10 0.11 0.12 1.0 1.1 2.0 2.1 2.2 2.3 3.0 3.1"
    assert [series.name for series in ALL_SERIES] == names.split()


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_every_trait_is_explained(series: FlaskSeries) -> None:
    document = (Path(__file__).parents[3] / "docs" / "compatibility.md").read_text(encoding="utf-8")
    for variant in (series, *(series.for_release(release) for release in series.releases)):
        for trait in variant.traits:
            assert f"| `{trait}` |" in document


def test_no_address_is_in_the_data_of_a_series() -> None:
    folder = Path(__file__).parents[3] / "flaskgen" / "compatibility"
    for path in folder.glob("[0-9]*"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert ".org" not in text


def compiled(
    requirements: DirectRequirements, python: str, host: str, series: FlaskSeries, path: Path
) -> set[str]:
    """Return what uv resolves when it may take nothing but the lock's versions."""
    constraints = [
        f"{package.name}=={package.version}" + (f" ; {package.marker}" if package.marker else "")
        for packages in load_lock(series).packages.values()
        for package in packages
    ]
    path.write_text("\n".join(constraints), encoding="utf-8")
    roots = "\n".join((*requirements.runtime, *requirements.dev, *requirements.environment))
    # Without --python, uv would fetch the interpreter of the version that it resolves for.
    options = ["--no-config", "--no-python-downloads", "--python", sys.executable, "--python-version", python]
    options += ["--python-platform", host, "--no-header", "--no-annotate"]
    command = [uv.find_uv_bin(), "pip", "compile", "-", "-c", str(path), *options]
    done = subprocess.run(command, input=roots, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


def assert_closure_is_uvs(
    series: FlaskSeries, python: str, host: str, subset: tuple[str, ...], tmp_path: Path
) -> None:
    requirements = requirements_for(latest(series), subset, traits=series.conditions)
    pins = select_pins(load_lock(series), requirements, markers=markers_for(python, host))
    assert {pin.line for pin in pins.all} == compiled(
        requirements, python, host, series, tmp_path / "constraints.txt"
    )


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("python", "host"), [("3.9", "linux"), ("3.10", "macos"), ("3.11", "linux"), ("3.13", "windows")]
)
def test_the_closure_is_the_one_uv_resolves(python: str, host: str, tmp_path: Path) -> None:
    assert_closure_is_uvs(
        ALL_SERIES[-1], python, host, supported(ALL_SERIES[-1].for_python(python)), tmp_path
    )


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize(("series", "python", "host", "subset"), CLOSURES)
def test_every_closure_is_the_one_uv_resolves(
    series: FlaskSeries, python: str, host: str, subset: tuple[str, ...], tmp_path: Path
) -> None:
    assert_closure_is_uvs(series, python, host, subset, tmp_path)


def test_the_lock_has_hashes_of_flask() -> None:
    versions = {version: hashes for (name, version), hashes in locked_hashes().items() if name == "flask"}
    assert versions
    assert all(one.startswith("sha256:") for hashes in versions.values() for one in hashes)


def test_a_version_in_several_locks_has_the_hashes_of_all_or_of_the_own_line() -> None:
    name, version = "markupsafe", "3.0.4"  # on Python 3.9 in the lock of 3.0, which has older ones too
    per_line = {
        series.tested: package.hashes
        for series in load_series()
        for package in load_lock(series).packages.get(name, ())
        if package.version == version
    }
    everything = {one for hashes in per_line.values() for one in hashes}
    assert len({frozenset(hashes) for hashes in per_line.values()}) > 1
    assert set(locked_hashes()[name, version]) == everything
    for tested, hashes in per_line.items():
        assert locked_hashes(tested)[name, version] == hashes
