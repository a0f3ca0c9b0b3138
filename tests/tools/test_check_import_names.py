from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest


@pytest.fixture(scope="module")
def check(import_tool: Callable[[str], ModuleType]) -> ModuleType:
    return import_tool("check_import_names")


def install(directory: Path, name: str, *files: str) -> None:
    info = directory / "lib" / f"{name}.dist-info"
    info.mkdir(parents=True)
    own = (f"{info.name}/METADATA", f"{info.name}/RECORD", "../../bin/run.py")
    (info / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in (*files, *own)))


def test_the_modules_are_those_that_files_are_of(check: ModuleType, tmp_path: Path):
    install(
        tmp_path,
        "PyYAML-6.0",
        "yaml/__init__.py",
        "yaml/loader.py",
        "_yaml.cpython-311-x86_64.so",
        "notes.txt",
    )
    assert check.find_installed([tmp_path]) == {"pyyaml": {"yaml", "_yaml"}}


def test_a_wheel_has_modules_at_its_top_or_among_its_data(check: ModuleType, tmp_path: Path):
    with ZipFile(tmp_path / "Flask_Old-1.0-py3-none-any.whl", "w") as wheel:
        for file in (
            "flask_old.py",
            "Flask_Old-1.0.data/purelib/older/__init__.py",
            "Flask_Old-1.0.dist-info/RECORD",
        ):
            wheel.writestr(file, "")
    (tmp_path / "unpacked-1.0-py3-none-any.whl").mkdir()
    (tmp_path / "cut-1.0-py3-none-any.whl").write_bytes(b"PK")
    assert check.find_installed([tmp_path]) == {"flask-old": {"flask_old", "older"}}


def test_rows_are_confirmed_by_what_is_installed(
    check: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    install(tmp_path, "pyyaml-6.0", "yaml/__init__.py")
    install(tmp_path, "python_dateutil-2.9", "dateutil/__init__.py")
    assert check.main(["--list", str(tmp_path)]) == 0
    first, *unknown = capsys.readouterr().out.splitlines()
    assert first.endswith(f"rows: 2 confirmed, {len(unknown)} not installed")
    assert "flask_login" in unknown
    assert not {"yaml", "dateutil"} & set(unknown)


def test_a_row_of_another_module_is_wrong(
    check: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    install(tmp_path, "pyyaml-6.0", "yml/__init__.py")
    assert check.main([str(tmp_path)]) == 1
    assert "yaml: pyyaml installs yml" in capsys.readouterr().out.splitlines()
