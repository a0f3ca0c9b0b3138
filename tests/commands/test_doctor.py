from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.commands.doctor import examine
from flaskgen.planning.foreign.diagnosis import Level
from tests.commands.projects import files_of, write_project
from tests.effects.tiny_packages import make_environment
from tests.work import calls_of, grows_in_step

CODE = """from flask import Flask, escape

app = Flask(__name__)


@app.route("/{0}")
def page_{0}():
    return escape("{0}" * 10)
"""


def written(directory: Path, count: int) -> Path:
    directory.mkdir()
    (directory / "requirements.txt").write_text("Flask==2.3.3\n")
    for number in range(count):
        (directory / f"module_{number}.py").write_text(CODE.format(number) * 5)
    return directory


def everything(directory: Path) -> Iterator[tuple[str, bytes, int]]:
    for path in sorted(directory.rglob("*")):
        yield str(path), path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns


def test_more_files_take_more_work_in_step(tmp_path: Path) -> None:
    examine(written(tmp_path / "first", 1))

    def work(count: int) -> int:
        project = written(tmp_path / str(count), count)
        return calls_of(lambda: examine(project))

    assert grows_in_step(work, 20)


def test_nothing_is_run_and_nothing_is_written(tmp_path: Path) -> None:
    project = written(tmp_path / "shop", 2)
    (project / "setup.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n")
    (project / "module_1.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n")
    before = list(everything(tmp_path))
    examine(project)
    assert list(everything(tmp_path)) == before


def test_the_versions_of_a_rescued_project_count(tmp_path: Path) -> None:
    project = written(tmp_path / "shop", 2)
    (project / "requirements.txt").write_text("Flask==1.1.2\n")
    assert not examine(project).starts
    (project / "requirements.rescued.txt").write_text("Flask==2.3.3\n")
    assert examine(project).starts


def findings(project: Path) -> list[str]:
    return [finding.what for finding in examine(project).findings]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["wtf"]))


def test_a_project_of_flaskgen_lacks_nothing_but_its_environment(own: Path) -> None:
    lacking = [f"There is no virtual environment at `{own / '.venv'}`"]
    assert findings(own) == findings(own / "tests") == lacking


@pytest.mark.parametrize(("flask", "python"), [("latest", "3.13"), ("1.1", "3.9")])
def test_nothing_that_flaskgen_makes_fails_in_use(flask: str, python: str, tmp_path: Path) -> None:
    """Not the pages of its models, and not the address of its database."""
    extensions = ["migrate", "login", "mail", "wtf", "restful", "caching", "redis"]
    project = write_project(tmp_path / "shop", files_of(extensions, flask=flask, python=python))
    assert "paginate(" in "".join(path.read_text() for path in (project / "shop").rglob("*.py"))
    (environment,) = (one for one in examine(project).findings if one.level < Level.ADVICE)
    assert environment.level is Level.ENVIRONMENT


def test_its_environment_is_described_with_the_name_of_the_file(own: Path) -> None:
    make_environment(own / ".venv", version="3.11.9")
    older = f"`{own / '.venv'}` has Python 3.11.9, and pyproject.toml requires >=3.13"
    assert older in findings(own)
    pyproject = own / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(">=3.13", ">=3.8"))
    assert [what for what in findings(own) if what.startswith("pyproject.toml requires ")]


def test_an_old_pin_a_broken_record_and_an_interrupted_change_are_found(own: Path) -> None:
    requirements = own / "requirements.txt"
    requirements.write_text(requirements.read_text().replace("flask-wtf==", "flask-wtf==0.1+"))
    assert any(what.startswith("Older than the tested versions: flask-wtf 0.1") for what in findings(own))
    requirements.write_text(requirements.read_text(), encoding="utf-16")
    assert any(what.startswith("Older than the tested versions: flask-wtf 0.1") for what in findings(own))
    requirements.unlink()
    assert not any("project.toml" in what for what in findings(own))
    (own / ".flaskgen" / "project.toml").write_text("generator = 3")
    assert len([what for what in findings(own) if "project.toml" in what]) == 1
