from __future__ import annotations

from pathlib import Path

import pytest

from tests.package_tools.proofs import call, differing_files

PACKAGES = "lib/python3.13/site-packages"


def environment(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / PACKAGES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "bin/python"


def test_files_that_differ_or_are_missing_are_found(tmp_path: Path) -> None:
    one = environment(tmp_path / "one", {"a/b.py": "x = 1", "same.py": "", "pipe.py": "", "pip/x.py": "1"})
    other = environment(tmp_path / "other", {"a/b.py": "x = 2", "same.py": "", "c.py": ""})
    assert differing_files(one, other) == [Path("a/b.py"), Path("c.py"), Path("pipe.py")]


def test_who_installed_a_package_makes_no_difference(tmp_path: Path) -> None:
    one = environment(tmp_path / "one", {"a.dist-info/INSTALLER": "uv", "a/__pycache__/b.pyc": "1"})
    other = environment(tmp_path / "other", {"a.dist-info/INSTALLER": "pip", "pip-26.3.dist-info/RECORD": ""})
    assert differing_files(one, other) == []


def test_a_program_that_fails_is_an_error_with_what_it_says(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such index"):
        call("sh", "-c", "echo no such index; exit 1", cwd=tmp_path)
