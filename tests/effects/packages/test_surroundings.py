"""Settings around a run change where packages come from, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen.planning.packages.sources import PackageSources
from tests.effects.packages.conftest import ALPHA, BETA_1, Workbench, pinned

HOSTILE = {
    "PIP_TARGET": "{elsewhere}",
    "PIP_PREFIX": "{elsewhere}",
    "PIP_ROOT": "{elsewhere}",
    "PIP_USER": "1",
    "PIP_DRY_RUN": "1",
    "PIP_NO_DEPS": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_PYTHON": "/nowhere/python",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_NO_INDEX": "1",
    "PIP_CONSTRAINT": "/nowhere/constraints.txt",
    "PIP_ONLY_BINARY": ":none:",
    "PIP_NO_BINARY": ":all:",
    "PIP_PRE": "1",
    "PIP_REPORT": "{elsewhere}/report",
    "PIP_LOG": "{elsewhere}/log",
    "PIP_QUIET": "3",
    "UV_CONFIG_FILE": "/nowhere/uv.toml",
    "UV_INDEX_URL": "http://127.0.0.1:9/simple",
    "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    "UV_OFFLINE": "1",
    "UV_NO_CACHE": "1",
    "UV_PYTHON": "/nowhere/python",
    "UV_TARGET": "{elsewhere}",
    "UV_SYSTEM_PYTHON": "1",
    "UV_RESOLUTION": "lowest",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_CONSTRAINT": "/nowhere/constraints.txt",
    "UV_NO_BINARY": "1",
    "UV_LINK_MODE": "symlink",
    "UV_WORKING_DIR": "/nowhere",
    "UV_PROJECT": "/nowhere",
    "VIRTUALENV_NO_SEED": "1",
    "VIRTUALENV_SYSTEM_SITE_PACKAGES": "1",
    "VIRTUAL_ENV": "/nowhere",
    "CONDA_PREFIX": "/nowhere",
    "PYTHONPATH": "{elsewhere}",
    "PYTHONHOME": "/nowhere",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
}


def test_nothing_of_the_environment_changes_what_is_installed(
    bench: Workbench, sources: PackageSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value.format(elsewhere=elsewhere))

    pins = bench.resolve("alpha", sources=sources)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==2.0"]
    assert bench.install(*pins, sources=sources) == ()

    assert list(elsewhere.iterdir()) == []
    for name in HOSTILE:
        monkeypatch.delenv(name)
    assert (bench.version_of("alpha"), bench.version_of("beta")) == ("1.0", "2.0")


def test_nothing_in_the_working_directory_changes_what_is_installed(
    bench: Workbench, sources: PackageSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "project" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    (inside / "pip.py").write_text("raise SystemExit('the wrong pip')\n")
    (inside / "json.py").write_text("raise SystemExit('the wrong json')\n")
    broken_index = '[[tool.uv.index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n'
    (inside / "pyproject.toml").write_text(broken_index)
    (inside.parent / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\n')
    (inside / ".python-version").write_text("2.7\n")

    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    assert bench.version_of("alpha") == "1.0"


def test_configuration_files_of_pip_and_uv_are_not_read_by_them(
    bench: Workbench, sources: PackageSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    for folder, name, text in (
        ("pip", "pip.conf", "[global]\nindex-url = http://127.0.0.1:9/simple\n[install]\nuser = true\n"),
        ("uv", "uv.toml", 'index-url = "http://127.0.0.1:9/simple"\n'),
    ):
        (settings / folder).mkdir(parents=True)
        (settings / folder / name).write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))

    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    assert bench.version_of("alpha") == "1.0"


def test_nothing_is_left_in_the_temporary_folder(
    bench: Workbench, sources: PackageSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    bench.install(*bench.resolve("alpha", sources=sources), sources=sources)
    assert list(temporary.iterdir()) == []
