"""Projects of earlier versions of flaskgen, whose requirements are in a requirements.in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from flaskgen import commands
from flaskgen.errors import FlaskgenError, ProjectOutdated
from flaskgen.planning.project.names import BASE_PATH
from flaskgen.planning.project.record import pack_base, unpack_base
from tests.commands.projects import FILES_ONLY, UPDATED_TOO, files_of, read_project, write_project
from tests.effects.tiny_packages import make_environment

PYPROJECT, REQUIREMENTS_IN = PurePosixPath("pyproject.toml"), PurePosixPath("requirements.in")


def as_earlier(files: dict[PurePosixPath, bytes]) -> dict[PurePosixPath, bytes]:
    """Return the files with their direct requirements in a requirements.in."""
    text = files[PYPROJECT].decode()
    requirements: list[str] = tomllib.loads(text)["project"]["dependencies"]
    for table in ("project", "build-system", "tool.uv"):
        text = re.sub(rf"\[{re.escape(table)}\]\n(?:.+\n)+\n", "", text)
    direct = "# What the application needs itself.\n" + "".join(f"{one}\n" for one in reversed(requirements))
    return {**files, PYPROJECT: text.encode(), REQUIREMENTS_IN: direct.encode()}


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    files = as_earlier(files_of(["mail"]))
    pristine = as_earlier({path: bytes(text) for path, text in unpack_base(files[BASE_PATH]).items()})  # type: ignore[arg-type]
    return write_project(tmp_path / "shop", {**files, BASE_PATH: pack_base(pristine)})


def dependencies(project: Path) -> list[str]:
    found: list[str] = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    return found


def test_an_update_moves_the_requirements_and_can_be_undone(earlier: Path) -> None:
    before = read_project(earlier)
    commands.update(earlier, settings=FILES_ONLY)
    assert read_project(earlier) == files_of(["mail"])
    commands.undo(earlier)
    assert read_project(earlier) == before


def test_an_update_keeps_what_the_user_wrote(earlier: Path) -> None:
    path = earlier / "requirements.in"
    path.write_text(
        path.read_text().replace("Flask-Mail>=0.10,<0.11", "Flask-Mail==0.10.0") + "requests # pay\n"
    )
    commands.add(earlier, ["wtf"], settings=UPDATED_TOO)
    assert {"Flask-Mail==0.10.0", "requests", "Flask-WTF>=1.2.2,<1.4"} <= set(dependencies(earlier))
    assert '    "requests",  # pay\n' in (earlier / "pyproject.toml").read_text()
    assert not path.exists()


def test_what_has_no_place_in_pyproject_stays_in_requirements_in(earlier: Path) -> None:
    path = earlier / "requirements.in"
    mine = path.read_text() + "requests\n-e ./lib\n"
    path.write_text(mine)
    commands.update(earlier, settings=FILES_ONLY)
    assert "requests" in dependencies(earlier)
    assert path.read_text() == mine


def test_it_is_not_frozen_before_it_is_updated(earlier: Path) -> None:
    make_environment(earlier / ".venv")
    with pytest.raises(ProjectOutdated, match=r"requirements\.in") as raised:
        commands.freeze(earlier)
    assert isinstance(raised.value, FlaskgenError)
    assert "flaskgen update" in (raised.value.hint or "")
