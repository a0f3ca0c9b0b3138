from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from flaskgen import commands
from flaskgen.commands import freezing
from flaskgen.commands.verbs.freeze import FreezeOutcome
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.errors import CannotWrite, EnvironmentBroken, FlaskgenError, HashesUnavailable
from flaskgen.planning.packages.freeze import Frozen, Hashes, wanting
from flaskgen.planning.packages.pins import normalized
from tests.effects.source_project import make_source_project
from tests.effects.tiny_packages import (
    build_wheel,
    make_environment,
    make_project,
    make_real_environment,
    pip,
    pyproject,
    site_packages_of,
)

REQUIREMENTS = """\
# Frozen by `flaskgen freeze`: what is installed, at the versions that work together.
click==8.2
    # via flask
flask==3.1.3
    # via pyproject.toml
rich==14
    # via pip install
"""
DEV_REQUIREMENTS = """\
# Frozen by `flaskgen freeze`: what is installed, at the versions that work together.
-r requirements.txt
pluggy==1.5
    # via pytest
pytest==9
    # via pyproject.toml (dev)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    wheels = tmp_path / "wheels"
    return make_project(
        tmp_path / "shop",
        build_wheel(wheels, "Flask", "3.1.3", requires=["click"]),
        build_wheel(wheels, "click", "8.2"),
        build_wheel(wheels, "rich", "14"),
        build_wheel(wheels, "pytest", "9", requires=["pluggy", "click"]),
        build_wheel(wheels, "pluggy", "1.5"),
    )


def invented(frozen: Frozen) -> Hashes:
    return {(pin.name, pin.version): (f"sha256:{pin.name}",) for pin in wanting(frozen)}


def freeze(
    folder: Path,
    environment: Path | None = None,
    *,
    hashes: bool | None = None,
    check: bool = False,
    find_hashes: Callable[[Frozen], Hashes] = invented,
) -> tuple[FreezeOutcome, list[str]]:
    reporter = Reporter()
    with patch.object(freezing.Freezing, "_find_hashes", lambda _, frozen: find_hashes(frozen)):
        outcome = commands.freeze(
            folder,
            environment or folder / ".venv",
            hashes=hashes,
            check=check,
            session=Session(reporter),
        )
    return outcome, reporter.warnings


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in folder.glob("requirements*.txt")}


def test_both_files_are_written(project: Path) -> None:
    outcome, warnings = freeze(project)
    assert texts(project) == {"requirements.txt": REQUIREMENTS, "requirements-dev.txt": DEV_REQUIREMENTS}
    assert [file.changed for file in outcome.files] == [True, True]
    assert warnings == []


def test_a_second_freeze_touches_nothing(project: Path) -> None:
    freeze(project)
    before = [path.stat().st_ino for path in sorted(project.glob("requirements*.txt"))]
    outcome, _ = freeze(project)
    assert outcome.changed == ()
    assert [path.stat().st_ino for path in sorted(project.glob("requirements*.txt"))] == before


@pytest.mark.parametrize(
    "old",
    [
        b"",
        b"click==8.2\nflask==1.0\n",
        b"flask==3.1.3",
        "flask==3.1.3\r\n".encode("utf-16"),
    ],
)
def test_whatever_requirements_are_there_are_replaced(old: bytes, project: Path) -> None:
    (project / "requirements.txt").write_bytes(old)
    freeze(project)
    assert texts(project)["requirements.txt"] == REQUIREMENTS


def test_comments_above_the_pins_stay_byte_for_byte_in_any_encoding(project: Path) -> None:
    comment = "# -*- coding: latin-1 -*-\n# für Köln\n".encode("latin-1")
    (project / "requirements.txt").write_bytes(comment + b"flask==3.1\n")
    freeze(project)
    frozen = (project / "requirements.txt").read_bytes()
    assert comment in frozen
    assert b"flask==3.1.3\n" in frozen
    outcome, _ = freeze(project, check=True)
    assert outcome.changed == ()


def test_check_tells_the_difference_and_writes_nothing(project: Path) -> None:
    freeze(project)
    (project / "requirements.txt").write_text(REQUIREMENTS.replace("8.2", "8.1"))
    before = texts(project)
    outcome, _ = freeze(project, check=True)
    [changed] = outcome.changed
    assert (changed.before or b"").replace(b"click==8.1", b"click==8.2") == changed.after
    assert texts(project) == before


def test_without_test_tools_there_is_no_second_file(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    freeze(project)
    assert texts(project).keys() == {"requirements.txt"}
    assert "pytest==9" in texts(project)["requirements.txt"]


def test_the_second_file_is_emptied_when_the_test_tools_are_gone(project: Path) -> None:
    freeze(project)
    (project / "pyproject.toml").unlink()
    freeze(project)
    assert texts(project)["requirements-dev.txt"].splitlines()[1:] == ["-r requirements.txt"]


def test_the_second_file_keeps_the_test_tools_that_are_not_installed(project: Path) -> None:
    freeze(project)
    for info in ("pytest-9.dist-info", "pluggy-1.5.dist-info"):
        shutil.rmtree(site_packages_of(project / ".venv") / info)
    outcome, warnings = freeze(project)
    assert outcome.changed == ()
    assert warnings == ["`pytest` is not installed; requirements-dev.txt keeps what it has of the dev group"]
    assert texts(project)["requirements-dev.txt"] == DEV_REQUIREMENTS


def test_another_tools_second_file_is_left_alone(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "requirements-dev.txt").write_text("tox\n")
    freeze(elsewhere, project / ".venv")
    assert texts(elsewhere)["requirements-dev.txt"] == "tox\n"
    assert texts(elsewhere)["requirements.txt"].count("# via pip install") == 3


def test_hashes_are_added_kept_and_dropped(project: Path) -> None:
    asked: list[list[str]] = []

    def find(frozen: Frozen) -> Hashes:
        asked.append([pin.line for pin in wanting(frozen)])
        return invented(frozen)

    freeze(project, hashes=True, find_hashes=find)
    assert (
        "pluggy==1.5 \\\n    --hash=sha256:pluggy\n    # via pytest\n"
        in texts(project)["requirements-dev.txt"]
    )
    build_wheel(project.parent / "new", "added", "1")
    text = (project / "requirements.txt").read_text().replace("click==8.2", "click==8.1")
    (project / "requirements.txt").write_text(text)
    freeze(project, find_hashes=find)
    assert asked == [
        ["click==8.2", "flask==3.1.3", "rich==14", "pluggy==1.5", "pytest==9"],
        ["click==8.2"],
    ]
    assert "--hash=sha256:click" in texts(project)["requirements.txt"]
    freeze(project, hashes=False, find_hashes=find)
    assert texts(project) == {"requirements.txt": REQUIREMENTS, "requirements-dev.txt": DEV_REQUIREMENTS}


def test_a_hash_that_nobody_knows_is_an_error_and_nothing_is_written(project: Path) -> None:
    with pytest.raises(HashesUnavailable, match=r"click==8\.2, flask==3\.1\.3"):
        freeze(project, hashes=True, find_hashes=lambda frozen: {})
    assert texts(project) == {}


def test_an_install_that_can_have_no_hash_is_an_error(project: Path, tmp_path: Path) -> None:
    info = site_packages_of(project / ".venv") / "rich-14.dist-info"
    (info / "direct_url.json").write_text(
        '{"url": "https://x.org/r", "vcs_info": {"vcs": "git", "commit_id": "ab"}}'
    )
    with pytest.raises(HashesUnavailable, match="`rich` cannot have a hash"):
        freeze(project, hashes=True, find_hashes=invented)


def test_a_read_only_file_is_an_error_and_nothing_is_written(project: Path) -> None:
    (project / "requirements-dev.txt").write_text("old")
    (project / "requirements-dev.txt").chmod(0o444)
    with pytest.raises(CannotWrite, match=r"requirements-dev\.txt`: it is read-only"):
        freeze(project)
    assert texts(project) == {"requirements-dev.txt": "old"}


def test_a_folder_in_place_of_a_file_is_an_error(project: Path) -> None:
    (project / "requirements.txt").mkdir()
    with pytest.raises(FlaskgenError, match=r"requirements\.txt` is not a file"):
        freeze(project)


def test_a_partial_installation_is_an_error_and_nothing_is_written(project: Path) -> None:
    site_packages = site_packages_of(project / ".venv")
    for path in [*site_packages.glob("click*/*"), site_packages / "click.py"]:
        path.unlink()
    (site_packages / "click-8.2.dist-info").rmdir()
    with pytest.raises(EnvironmentBroken, match="requires click, which is not installed"):
        freeze(project)
    assert texts(project) == {}


def test_an_environment_that_sees_the_system_is_a_warning(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env", build_wheel(tmp_path, "click"), system=True)
    outcome, [warning] = freeze(tmp_path, environment)
    assert "system's packages" in warning
    assert [pin.name for file in outcome.files for pin in file.pins] == ["click"]


def requirements(text: str) -> set[str]:
    """Return the requirement lines, names as an index compares them."""
    lines = (line.rstrip() for line in text.splitlines() if line and not line.startswith(("#", " ", "-r ")))
    return {re.sub(r"^[\w.-]+(?===)", lambda name: normalized(name[0]), line) for line in lines}


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, timeout=60)


def test_the_files_hold_what_pip_freeze_lists(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    wheels = tmp_path / "wheels"
    build_wheel(wheels, "Flask_Thing", "1.0.0b1", requires=["click.utils[x]"])
    build_wheel(wheels, "click.utils", "2.0+local", requires=["extra; extra == 'x'"], extras=["x"])
    build_wheel(wheels, "extra", "3")
    build_wheel(wheels, "wheel", "9.9")
    build_wheel(wheels, "setuptools", "99")
    direct = build_wheel(tmp_path / "direct", "direct", "1")
    pip(python, "install", "-f", wheels, "Flask-Thing==1.0.0b1", "wheel", "setuptools", direct)
    freeze(tmp_path, tmp_path / "env")
    assert requirements(texts(tmp_path)["requirements.txt"]) == requirements(pip(python, "freeze"))
    assert "direct @ file://" in texts(tmp_path)["requirements.txt"]


def make_repository(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Start")


@pytest.mark.e2e
def test_source_installs_are_written_as_pip_freeze_writes_them_with_a_warning_each(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    names = ["a_folder", "b_git", "c_editable", "d_editable_in_git", "e_editable_with_remote", "f_Mono_Repo"]
    a, b, c, d, e, f = (make_source_project(tmp_path / "source" / name) for name in names)
    for folder in (b, d, e):
        make_repository(folder)
    git(e, "remote", "add", "fork", "git@example.org:fork/shop.git")
    git(e, "remote", "add", "origin", "https://example.org/shop.git")
    f = f.rename(make_source_project(tmp_path / "mono") / "f")
    make_repository(f.parent)
    git(f.parent, "remote", "add", "origin", f.parent.as_posix())
    pip(python, "install", a, f"git+{b.as_uri()}", *(part for one in (c, d, e, f) for part in ("-e", one)))
    _, warnings = freeze(tmp_path, tmp_path / "env")
    written = texts(tmp_path)["requirements.txt"].splitlines()[1:]
    assert [line for line in written if not line.startswith(" ")] == pip(python, "freeze").splitlines()
    assert [warning.partition(" ")[0] for warning in warnings] == [f"`{normalized(name)}`" for name in names]


@pytest.mark.e2e
def test_a_real_flask_project_is_frozen_as_pip_freeze_lists_it_and_installs_again(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    packages = ["Flask[async]", "Flask-SQLAlchemy", "Flask-WTF", "pytest"]
    install = [str(python), "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, *packages], check=True, timeout=300)
    text = pyproject("Flask[async]", "Flask-SQLAlchemy", "Flask-WTF", dev=["pytest"])
    (tmp_path / "pyproject.toml").write_text(text)
    reporter = Reporter()
    commands.freeze(tmp_path, tmp_path / "env", hashes=True, session=Session(reporter))
    written = texts(tmp_path)
    assert reporter.warnings == []
    assert "pip install" not in "".join(written.values())
    assert "asgiref==" in written["requirements.txt"]
    assert "pytest" not in written["requirements.txt"]
    pins = {line.removesuffix(" \\") for line in requirements("".join(written.values()))}
    assert pins == requirements(pip(python, "freeze"))
    again = [*install, "--dry-run", "--ignore-installed", "--require-hashes", "-r"]
    subprocess.run([*again, tmp_path / "requirements-dev.txt"], check=True, timeout=300, env=dict(os.environ))
    outcome, _ = freeze(tmp_path, tmp_path / "env", check=True)
    assert outcome.changed == ()
