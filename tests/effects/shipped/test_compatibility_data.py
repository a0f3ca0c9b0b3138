from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.effects.shipped.compatibility_data import load_lines, load_lock
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import TemplateDefect
from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.packages.direct_requirements import DirectRequirements, requirements_for
from flaskgen.planning.packages.lock import select_pins

LINES = load_lines()
HOSTS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
}
MACHINES = {"linux": "x86_64", "windows": "AMD64", "macos": "arm64"}


def pythons_of(line: FlaskLine) -> list[str]:
    first, last = (int(bound.version.split(".")[1]) for bound in (line.pythons.minimum, line.pythons.maximum))
    return [f"3.{minor}" for minor in range(first, last + 1)]


def supported(line: FlaskLine) -> tuple[str, ...]:
    return tuple(name for name in line.extensions if line.lacks(name) is None)


def subsets_of(line: FlaskLine) -> Iterator[tuple[str, ...]]:
    """Yield nothing, each extension alone, and all: a closure is the union of its roots' closures."""
    yield ()
    yield from ((name,) for name in supported(line))
    yield supported(line)


def markers_for(python: str, host: str = "linux") -> dict[str, str]:
    interpreter = Interpreter(Path(sys.executable), f"{python}.0")
    running = {name: str(value) for name, value in default_environment().items()}
    return interpreter.markers({**running, **HOSTS[host], "platform_machine": MACHINES[host]})


def latest(line: FlaskLine) -> FlaskRelease:
    return choose_release(line.name, LINES)


ENVIRONMENTS = [
    pytest.param(line, python, host, id=f"{line.name}-{python}-{host}")
    for line in LINES
    for python in pythons_of(line)
    for host in HOSTS
]
CLOSURES = [
    pytest.param(line, python, host, subset, id=f"{line.name}-{python}-{host}-{'all' if subset else 'none'}")
    for line in LINES
    for python in pythons_of(line)
    for host in HOSTS
    for subset in ((), supported(line))
]


@pytest.mark.parametrize(("line", "python", "host"), ENVIRONMENTS)
def test_the_lock_has_a_closure_for_every_extension_on_every_python(
    line: FlaskLine, python: str, host: str
) -> None:
    lock = load_lock(line)
    for subset in subsets_of(line):
        requirements = requirements_for(latest(line), subset, traits=line.conditions)
        pins = select_pins(lock, requirements, markers=markers_for(python, host))
        versions = {pin.name: pin.version for pin in pins.all}
        assert versions["flask"] == line.tested
        assert {"pytest", "pip", "python-dotenv"} <= versions.keys()
        assert all(pin.hashes for pin in pins.all)
        assert ("colorama" in versions) == (host == "windows")
        for bound in line.core:
            assert SpecifierSet(bound.bounds).contains(versions[bound.name.lower()]), bound


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_line_says_something_of_each_extension_and_of_no_other(line: FlaskLine) -> None:
    catalogue = load_catalogue()
    assert line.extensions.keys() == catalogue.extensions.keys()
    for release in line.releases:
        catalogue.on(FlaskRelease(release, line.for_release(release)))
    name = next(iter(line.extensions))
    others = {key: support for key, support in line.extensions.items() if key != name}
    with pytest.raises(TemplateDefect, match=rf"data of Flask {line.name} says nothing of `{name}`"):
        catalogue.complete(replace(line, extensions=others))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_bound_is_closed_above_and_below(line: FlaskLine) -> None:
    variants = [line, *(line.for_release(release) for release in line.releases)]
    extensions = [support for variant in variants for support in variant.extensions.values()]
    needed = {text for support in extensions for text in support.required_with(line.conditions)}
    core = {bound.requirement for variant in variants for bound in variant.core}
    for text in (*needed, *core, *line.base, *line.dev, *line.environment):
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators == {">=", "<"}, text


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_the_newest_release_of_a_line_is_the_tested_one(line: FlaskLine) -> None:
    assert list(line.releases) == sorted(line.releases, key=Version)
    assert line.releases[-1] == line.tested
    assert line.tested not in {*line.yanked, *line.broken}


def test_only_the_newest_line_is_supported_upstream() -> None:
    assert [line.name for line in LINES if line.upstream.supported] == [LINES[-1].name]


def test_the_lines_are_all_since_0_10() -> None:
    names = "0.10 0.11 0.12 1.0 1.1 2.0 2.1 2.2 2.3 3.0 3.1"
    assert [line.name for line in LINES] == names.split()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_trait_is_explained(line: FlaskLine) -> None:
    document = (Path(__file__).parents[3] / "docs" / "compatibility.md").read_text(encoding="utf-8")
    for variant in (line, *(line.for_release(release) for release in line.releases)):
        for trait in variant.traits:
            assert f"| `{trait}` |" in document


def test_reading_the_data_takes_no_time_that_anyone_would_notice() -> None:
    load_lines.cache_clear()
    begun = time.process_time()
    load_lines()
    assert time.process_time() - begun < 0.1


def test_no_address_is_in_the_data_of_a_series() -> None:
    folder = Path(__file__).parents[3] / "flaskgen" / "compatibility"
    for path in folder.glob("[0-9]*"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert ".org" not in text


def compiled(
    requirements: DirectRequirements, python: str, host: str, line: FlaskLine, path: Path
) -> set[str]:
    """Return what uv resolves when it may take nothing but the lock's versions."""
    constraints = [
        f"{package.name}=={package.version}" + (f" ; {package.marker}" if package.marker else "")
        for packages in load_lock(line).packages.values()
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
    line: FlaskLine, python: str, host: str, subset: tuple[str, ...], tmp_path: Path
) -> None:
    requirements = requirements_for(latest(line), subset, traits=line.conditions)
    pins = select_pins(load_lock(line), requirements, markers=markers_for(python, host))
    assert {pin.line for pin in pins.all} == compiled(
        requirements, python, host, line, tmp_path / "constraints.txt"
    )


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("python", "host"), [("3.9", "linux"), ("3.10", "macos"), ("3.11", "linux"), ("3.13", "windows")]
)
def test_the_closure_is_the_one_uv_resolves(python: str, host: str, tmp_path: Path) -> None:
    assert_closure_is_uvs(LINES[-1], python, host, supported(LINES[-1]), tmp_path)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize(("line", "python", "host", "subset"), CLOSURES)
def test_every_closure_is_the_one_uv_resolves(
    line: FlaskLine, python: str, host: str, subset: tuple[str, ...], tmp_path: Path
) -> None:
    assert_closure_is_uvs(line, python, host, subset, tmp_path)
