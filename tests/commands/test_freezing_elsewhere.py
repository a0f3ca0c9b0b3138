"""`flaskgen freeze` of a project that requires packages on other platforms and Pythons."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.system.session import Reporter, Session
from tests.effects.tiny_packages import build_wheel, make_project, pyproject

OTHER = "win32" if sys.platform != "win32" else "linux"
HERE, ELSEWHERE = f'sys_platform != "{OTHER}"', f'sys_platform == "{OTHER}"'


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that can be chosen from, without a network."""
    wheels = tmp_path / "wheels"
    for version in ("2.1", "3.0", "3.1"):
        build_wheel(wheels, "waitress", version, requires=["helper", "click", f"local; {HERE}"])
    build_wheel(wheels, "helper", "1.0", requires=[f"deeper; {ELSEWHERE}"])
    for version in ("8.2", "9.0"):
        build_wheel(wheels, "click", version)
    for name in ("deeper", "local", "tomli", "gevent"):
        build_wheel(wheels, name)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return wheels


@pytest.fixture
def project(tmp_path: Path, wheels: Path) -> Path:
    return make_project(
        tmp_path / "shop",
        build_wheel(wheels, "Flask", "3.1.3", requires=["click"]),
        wheels / "click-8.2-py3-none-any.whl",
        build_wheel(wheels, "pytest", "9"),
    )


def require(project: Path, *lines: str) -> None:
    (project / "pyproject.toml").write_text(pyproject("Flask>=3", *lines, dev=["pytest"]))


def pins(project: Path, name: str = "requirements.txt") -> list[str]:
    """Return the lines of a frozen file that are for elsewhere, and no other."""
    lines = (project / name).read_text().splitlines()
    return [line.rstrip("\\ ") for line in lines if " ; " in line]


def freeze(project: Path, *, check: bool = False, hashes: bool | None = None) -> list[str]:
    """Freeze, and return the warnings."""
    reporter = Reporter()
    outcome = commands.freeze(project, check=check, hashes=hashes, session=Session(reporter))
    assert not (check and outcome.changed)
    return reporter.warnings


@pytest.fixture
def no_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("nothing has to be resolved")

    monkeypatch.setattr(Uv, "__init__", refuse)


@pytest.mark.parametrize(
    ("line", "pinned"),
    [
        (f"waitress<3; {ELSEWHERE}", f"waitress==2.1 ; {ELSEWHERE}"),
        ('tomli; python_version < "3.9"', 'tomli==1.0 ; python_version < "3.9"'),
        ('gevent; platform_machine == "pdp11"', 'gevent==1.0 ; platform_machine == "pdp11"'),
        ('gevent; implementation_name == "pypy"', 'gevent==1.0 ; implementation_name == "pypy"'),
    ],
)
def test_a_requirement_whose_marker_is_false_here_is_pinned_with_its_marker(
    project: Path, line: str, pinned: str
) -> None:
    require(project, line)
    assert freeze(project) == []
    assert pinned in pins(project)
    freeze(project, check=True)


def test_what_it_requires_there_is_pinned_as_well_and_what_is_installed_is_not_doubled(project: Path) -> None:
    require(project, f"waitress>=3; {ELSEWHERE}")
    freeze(project)
    assert pins(project) == [
        f"{name} ; {ELSEWHERE}" for name in ("deeper==1.0", "helper==1.0", "waitress==3.1")
    ]
    assert "click==8.2\n    # via flask\n" in (project / "requirements.txt").read_text()


@pytest.mark.usefixtures("wheels")
def test_what_is_pinned_already_is_not_resolved_again(project: Path, request: pytest.FixtureRequest) -> None:
    require(project, f"waitress<3.1; {ELSEWHERE}")
    freeze(project)
    before = (project / "requirements.txt").read_bytes()
    require(project, f"waitress; {ELSEWHERE}")
    request.getfixturevalue("no_resolution")
    assert freeze(project) == []
    assert (project / "requirements.txt").read_bytes() == before


@pytest.mark.usefixtures("no_resolution")
def test_without_such_a_requirement_nothing_is_resolved(project: Path) -> None:
    require(project, f"click; {HERE}")
    freeze(project)
    assert pins(project) == []


def test_a_requirement_that_goes_takes_its_pins_along(project: Path) -> None:
    require(project, f"waitress; {ELSEWHERE}", 'tomli; python_version < "3.9"')
    freeze(project)
    require(project, 'tomli; python_version < "3.9"')
    freeze(project)
    assert pins(project) == ['tomli==1.0 ; python_version < "3.9"']


def test_a_marker_that_is_true_here_stays_as_well(project: Path, wheels: Path) -> None:
    require(project, f"rich; {HERE}", f"rich<1; {ELSEWHERE}")
    build_wheel(wheels, "rich", "0.9")
    environment = next(project.glob(".venv/lib/python*/site-packages"))
    import zipfile

    with zipfile.ZipFile(build_wheel(wheels, "rich", "14")) as archive:
        archive.extractall(environment)
    freeze(project)
    assert sorted(pins(project)) == [f"rich==0.9 ; {ELSEWHERE}", f"rich==14 ; {HERE}"]
    freeze(project, check=True)


def test_test_tools_for_elsewhere_are_in_their_own_file(project: Path) -> None:
    tools = ["pytest", f"gevent; {ELSEWHERE}"]
    (project / "pyproject.toml").write_text(pyproject("Flask>=3", dev=tools))
    freeze(project)
    assert pins(project) == []
    assert pins(project, "requirements-dev.txt") == [f"gevent==1.0 ; {ELSEWHERE}"]
    freeze(project, check=True)


def test_hashes_are_those_of_every_file(project: Path) -> None:
    require(project, f"waitress; {ELSEWHERE}")
    freeze(project)
    freeze(project, hashes=True)
    text = (project / "requirements.txt").read_text()
    assert f"waitress==3.1 ; {ELSEWHERE} \\\n    --hash=sha256:" in text
    freeze(project, check=True)


def test_the_constraints_of_uvs_settings_count(project: Path) -> None:
    require(project, f"waitress; {ELSEWHERE}")
    with (project / "pyproject.toml").open("a") as file:
        file.write('[tool.uv]\nconstraint-dependencies = ["waitress<3"]\n')
    freeze(project)
    assert f"waitress==2.1 ; {ELSEWHERE}" in pins(project)


@pytest.mark.parametrize("there", [False, True])
def test_what_cannot_be_resolved_is_named_and_keeps_its_pins(project: Path, there: bool) -> None:
    require(project, f"waitress; {ELSEWHERE}")
    if there:
        freeze(project)
    require(project, f"waitress; {ELSEWHERE}", f"nowhere; {ELSEWHERE}")
    warnings = freeze(project)
    assert any(f"`nowhere; {ELSEWHERE}` is not pinned" in warning for warning in warnings)
    assert (f"waitress==3.1 ; {ELSEWHERE}" in pins(project)) == there
