from __future__ import annotations

import importlib.metadata
import os
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from packaging.utils import canonicalize_name

from flaskgen.effects.foreign import files
from flaskgen.effects.foreign.files import find_files, find_last_change, known_names, read_foreign
from flaskgen.effects.system.session import Session
from flaskgen.errors import NotAProject

REQUIREMENTS = PurePosixPath("requirements.txt")
CODE = PurePosixPath("app.py")


def test_a_directory_without_python_is_no_project(tmp_path):
    with pytest.raises(NotAProject, match="no Python file"):
        read_foreign(tmp_path)
    with pytest.raises(NotAProject, match="not a directory"):
        read_foreign(tmp_path / "missing")


def test_environments_and_caches_are_not_read(tmp_path):
    for directory in ("env", "node_modules", "__pycache__", ".git"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "x.py").write_text("")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "app.py").write_text("")
    assert [str(path) for path in find_files(tmp_path).texts] == ["app.py"]


def test_a_link_out_of_the_project_is_told_and_not_followed(tmp_path):
    project = tmp_path / "shop"
    project.mkdir()
    (tmp_path / "secret.py").write_text("")
    (project / "link.py").symlink_to(tmp_path / "secret.py")
    (project / "up").symlink_to(tmp_path)
    (project / "loop").symlink_to(project)
    (project / "itself.py").symlink_to("itself.py")
    (project / "app.py").write_text("x = 1\n")
    (project / "same.py").symlink_to(project / "app.py")
    found = find_files(project)
    assert sorted(str(path) for path in found.texts) == ["app.py", "same.py"]
    assert [note.split(" is ")[0] for note in found.notes] == ["link.py", "up"]


def test_text_that_is_not_utf_8_is_read_and_told(tmp_path):
    (tmp_path / "declared.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n")
    (tmp_path / "undeclared.py").write_bytes(b"name = '\xe9'\n")
    (tmp_path / "requirements.txt").write_bytes("flask\n".encode("utf-16"))
    for name in ("binary.py", "._app.py", "image.ico"):
        (tmp_path / name).write_bytes(b"\0\1")
    (tmp_path / "poetry.lock").write_text("#" * ((1 << 20) + 1))
    project, found = read_foreign(tmp_path)
    assert [one.name for one in project.requirements.declared] == ["flask"]
    assert all("\xe9" in source.text for source in project.sources.values())
    assert sorted(note.split(" ")[0] for note in found.notes) == ["binary.py", "poetry.lock", "undeclared.py"]


def test_no_more_files_are_read_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST", 3)
    for number in range(5):
        (tmp_path / f"m{number}.py").write_text("")
    found = find_files(tmp_path)
    assert len(found.texts) == 3
    assert found.notes == ("only the first 3 files were read",)


def test_no_more_code_is_read_than_fits_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_CODE", 1 << 20)
    for number in range(3):
        (tmp_path / f"m{number}.py").write_text("#" * (1 << 19))
    found = find_files(tmp_path)
    assert (len(found.texts), found.notes) == (2, ("only the first 1 MB of Python code were read",))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "app.py").chmod(0)
    (tmp_path / "database").mkdir(mode=0)
    assert find_files(tmp_path).notes == (
        "app.py: Permission denied",
        f"{tmp_path / 'database'}: Permission denied",
    )


@pytest.mark.skipif(not os.path.exists("/proc/kmsg"), reason="a file whose reading waits is of Linux")
def test_files_whose_reading_would_wait_are_not_read():
    """All files in /proc have a size of zero, and reading this one takes forever."""
    assert files._read(Path("/proc/kmsg"), PurePosixPath("kmsg"), []) == ""


def test_each_of_a_thousand_files_is_read(tmp_path):
    text = "import os\n"
    for number in range(1000):
        (tmp_path / f"m{number}.py").write_text(text)
    assert len(read_foreign(tmp_path)[0].sources) == 1000


def test_the_names_of_imports_are_those_that_the_distributions_install():
    """Those that are installed here; tools/check_import_names.py compares what is installed elsewhere."""
    known = known_names().distributions
    installed = importlib.metadata.packages_distributions()
    checked = [name for name in known if name in installed]
    assert len(checked) > 10
    for name in checked:
        assert known[name] in {canonicalize_name(one) for one in installed[name]}, name


def _commit(project, day):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    dates = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z"}
    for command in (["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", project, *command], env=os.environ | dates, check=True)


def test_a_repository_tells_the_change_of_requirements_from_the_last_commit(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / REQUIREMENTS).write_text("flask\n")
    _commit(tmp_path, "2018-05-02")
    (tmp_path / CODE).write_text("")
    _commit(tmp_path, "2021-01-01")
    assert find_last_change(tmp_path, [REQUIREMENTS], [CODE], session=Session())[0] == "2018-05-02"
    assert find_last_change(tmp_path, [], [CODE], session=Session()) == ("2021-01-01", "its last commit")


def test_without_a_repository_the_newest_file_dates_a_project(tmp_path):
    for path, day in ((REQUIREMENTS, 0), (CODE, 86_400)):
        (tmp_path / path).write_text("")
        os.utime(tmp_path / path, (day, day))
    changed = find_last_change(tmp_path, [REQUIREMENTS], [REQUIREMENTS, CODE], session=Session())
    assert changed == ("1970-01-02", "its newest file")
