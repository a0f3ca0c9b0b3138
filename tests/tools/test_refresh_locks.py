from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import PythonBound
from flaskgen.planning.packages.lock import parse_lock

NEWEST = load_series()[-1]
# Of the Pythons that are named below, whichever are tested by now.
SERIES = NEWEST._replace(
    pythons=NEWEST.pythons._replace(maximum=PythonBound("3.13", "the newest that it was tested on"))
)


@pytest.fixture(scope="module")
def tool(import_tool: Callable[[str], ModuleType]) -> ModuleType:
    return import_tool("refresh_locks")


def package(name: str, version: str, *files: str, **more: Any) -> dict[str, Any]:
    """Make a package as uv.lock has it; each file's digest is its name, without its dots."""
    listed = [
        {"url": f"https://example.org/1a/{file}", "hash": f"sha256:{file.replace('.', '')}"} for file in files
    ]
    archives = [file for file in listed if file["url"].endswith(".tar.gz")]
    wheels = [file for file in listed if file["url"].endswith(".whl")]
    return {
        "name": name,
        "version": version,
        "wheels": wheels,
        **({"sdist": archives[0]} if archives else {}),
        **more,
    }


def converted(tool: ModuleType, *packages: dict[str, Any]) -> str:
    series = SERIES._replace(name="3.1")
    text: str = tool.convert({"package": list(packages)}, series, date="2026-01-02")
    return text


def digests(tool: ModuleType, *files: str, **more: Any) -> list[str]:
    text = converted(tool, package("markupsafe", "3.0.4", *files, **more))
    (found,) = parse_lock(text).packages["markupsafe"]
    return [digest.removeprefix("sha256:") for digest in found.hashes]


def test_what_uv_locked_is_written_as_flaskgens_lock(tool: ModuleType) -> None:
    text = converted(
        tool,
        package("flaskgen-lock", "0", dependencies=[{"name": "flask"}]),
        package(
            "flask",
            "3.1.3",
            "flask-3.1.3-py3-none-any.whl",
            "flask-3.1.3.tar.gz",
            dependencies=[
                {"name": "click", "version": "8.5.1", "marker": "python_full_version >= '3.10'"},
                {"name": "click", "version": "8.1.8", "marker": "python_full_version < '3.10'"},
                {"name": "asgiref", "extra": ["a", "b"]},
            ],
            **{"optional-dependencies": {"async": [{"name": "asgiref"}]}},
        ),
        package(
            "click",
            "8.5.1",
            "click-8.5.1-py3-none-any.whl",
            **{"resolution-markers": ["python_full_version >= '3.11'", "python_full_version == '3.10.*'"]},
        ),
        package(
            "click",
            "8.1.8",
            "click-8.1.8-py3-none-any.whl",
            **{"resolution-markers": ["python_full_version < '3.10'"]},
        ),
    )
    assert (
        text
        == """\
# Versions for Flask 3.1, made by tools/refresh_locks.py: do not edit.
# For CPython 3.9 and newer; tested on 3.9 to 3.13.
# Made on 2026-01-02.

[[package]]
name = "click"
version = "8.1.8"
marker = "python_full_version < '3.10'"
sha256 = 'click-818-py3-none-anywhl'

[[package]]
name = "click"
version = "8.5.1"
marker = "python_full_version >= '3.11' or python_full_version == '3.10.*'"
sha256 = 'click-851-py3-none-anywhl'

[[package]]
name = "flask"
version = "3.1.3"
requires = ["asgiref[a,b]", "click; python_full_version < '3.10'", "click; python_full_version >= '3.10'"]
extras = { async = ["asgiref"] }
sha256 = 'flask-313-py3-none-anywhl'
"""
    )


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ("cp313-cp313-manylinux_2_17_x86_64", True),
        ("cp313-cp313t-win_amd64", True),
        ("cp315-cp315-musllinux_1_2_aarch64", True),
        ("cp39-cp39-macosx_11_0_arm64", True),
        ("cp37-abi3-win32", True),
        ("py2.py3-none-any", True),
        ("py3-none-win_amd64", True),
        ("cp38-cp38-manylinux_2_17_x86_64", False),
        ("cp27-cp27m-manylinux1_x86_64", False),
        ("py2-none-any", False),
        ("pp310-pypy310_pp73-win_amd64", False),
        ("graalpy312-graalpy250_312_native-win_amd64", False),
        ("cp313-cp313-pyodide_2025_0_wasm32", False),
        ("cp313-cp313-android_21_arm64_v8a", False),
        ("cp313-cp313-ios_13_0_arm64_iphoneos", False),
    ],
)
def test_only_wheels_that_can_be_installed_keep_their_hash(tool: ModuleType, tags: str, kept: bool) -> None:
    wheel = f"markupsafe-3.0.4-{tags}.whl"
    assert digests(tool, wheel) == ([wheel.replace(".", "")] if kept else [])


def test_wheels_for_pythons_that_are_refused_are_left_out(tool: ModuleType) -> None:
    closed = SERIES._replace(pythons=SERIES.pythons._replace(newer_tried=False))
    wheels = [f"markupsafe-2.0-cp{python}-cp{python}-win_amd64.whl" for python in ("38", "39", "313", "314")]
    text = tool.convert({"package": [package("markupsafe", "2.0", *wheels)]}, closed, date="2026-01-02")
    assert "# For CPython 3.9 to 3.13; tested on 3.9 to 3.13.\n" in text
    (found,) = parse_lock(text).packages["markupsafe"]
    assert found.hashes == (
        "sha256:markupsafe-20-cp313-cp313-win_amd64whl",
        "sha256:markupsafe-20-cp39-cp39-win_amd64whl",
    )


def test_wheels_for_pythons_that_take_another_version_are_left_out(tool: ModuleType) -> None:
    files = [f"markupsafe-2.0-cp{python}-cp{python}-win_amd64.whl" for python in ("39", "310", "311")]
    packages = [
        package("markupsafe", "2.0", *files, **{"resolution-markers": ["python_full_version < '3.10'"]}),
        package("markupsafe", "3.0", **{"resolution-markers": ["python_full_version >= '3.10'"]}),
    ]
    found = parse_lock(converted(tool, *packages)).packages["markupsafe"]
    assert found[0].hashes == ("sha256:markupsafe-20-cp39-cp39-win_amd64whl",)


def test_a_version_for_some_platforms_keeps_the_wheels_of_every_python(tool: ModuleType) -> None:
    wheel = "markupsafe-2.0-cp312-cp312-win_amd64.whl"
    packages = [
        package("markupsafe", "2.0", wheel, **{"resolution-markers": ["sys_platform == 'win32'"]}),
        package("markupsafe", "3.0", **{"resolution-markers": ["sys_platform != 'win32'"]}),
    ]
    found = parse_lock(converted(tool, *packages)).packages["markupsafe"]
    assert found[0].hashes == ("sha256:markupsafe-20-cp312-cp312-win_amd64whl",)


def test_an_sdist_is_kept_where_no_wheel_fits_every_platform(tool: ModuleType) -> None:
    archive, narrow, wide = (
        "markupsafe-3.0.4.tar.gz",
        "markupsafe-3.0.4-cp313-cp313-win32.whl",
        "markupsafe-3.0.4-py3-none-any.whl",
    )
    assert digests(tool, archive, narrow) == [narrow.replace(".", ""), archive.replace(".", "")]
    assert digests(tool, archive, narrow, wide) == [narrow.replace(".", ""), wide.replace(".", "")]


def test_an_unknown_series_is_named(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["4.2"]) == 1
    assert capsys.readouterr().err == "error: there is no 4.2.toml\n"


LOCK = """\
[[package]]
name = "{name}"
version = "{version}"
sha256 = 'aa'
"""


def lock_of(**versions: str) -> str:
    return "".join(
        LOCK.format(name=name.replace("_", "-"), version=version) for name, version in versions.items()
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "strict", "said"),
    [
        ({"flask": "3.1.2"}, {"flask": "3.1.3"}, 4, 4, "3.1.lock: flask 3.1.2 -> 3.1.3"),
        ({"mako": "1.3"}, {"mako": "1.4"}, 0, 4, "3.1.lock: mako 1.3 -> 1.4 (not required directly)"),
        ({"mako": "1.3"}, {}, 0, 4, "3.1.lock: mako 1.3 -> none (not required directly)"),
        ({"pip": "26.0"}, {"pip": "26.1"}, 4, 4, "3.1.lock: pip 26.0 -> 26.1"),
        ({"werkzeug": "3.1.8"}, {"werkzeug": "3.1.9"}, 4, 4, "3.1.lock: werkzeug 3.1.8 -> 3.1.9"),
        ({"flask": "3.1.3"}, {"flask": "3.1.3"}, 0, 0, "3.1.lock: up to date"),
    ],
)
def test_a_check_names_what_moved_and_fails_for_what_projects_name(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    old: dict[str, str],
    new: dict[str, str],
    code: int,
    strict: int,
    said: str,
) -> None:
    shutil.copy(Path(tool.DATA) / "3.1.toml", tmp_path)
    (tmp_path / "3.1.lock").write_text(lock_of(**old), encoding="utf-8")
    monkeypatch.setattr(tool, "DATA", tmp_path)
    monkeypatch.setattr(tool, "unknown_releases", lambda line: [])
    monkeypatch.setattr(tool, "resolve", lambda line: {})
    monkeypatch.setattr(tool, "convert", lambda *arguments, **more: lock_of(**new))
    assert tool.main(["--check"]) == code
    assert said in capsys.readouterr().out.splitlines()
    assert tool.main(["--check", "--strict"]) == strict
    assert (tmp_path / "3.1.lock").read_text(encoding="utf-8") == lock_of(**old)


@pytest.mark.e2e
def test_a_stale_lock_is_found_and_remade_and_then_left_alone(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(Path(tool.DATA) / "3.1.toml", tmp_path)
    monkeypatch.setattr(tool, "DATA", tmp_path)
    lock = tmp_path / "3.1.lock"
    lock.write_text("# Made on 2020-01-01.\n", encoding="utf-8")

    assert tool.main(["--check"]) == 4
    assert capsys.readouterr().out.splitlines()[-1] == "3.1.lock: would change"
    assert lock.read_text(encoding="utf-8") == "# Made on 2020-01-01.\n"

    assert tool.main(["3.1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3.1.lock: remade"
    assert "flask" in parse_lock(lock.read_text(encoding="utf-8")).packages

    lock.write_text(
        tool._DATE.sub("# Made on 2020-01-01.", lock.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert tool.main(["--check", "3.1"]) == 0
    assert tool.main(["3.1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3.1.lock: up to date"
    assert "# Made on 2020-01-01." in lock.read_text(encoding="utf-8")


@pytest.mark.e2e
def test_a_release_that_the_data_does_not_know_is_found(tool: ModuleType) -> None:
    forgetful = SERIES._replace(releases=tuple(release for release in SERIES.releases if release != "3.1.2"))
    assert "3.1.2" in tool.unknown_releases(forgetful)
    assert "3.0.3" not in tool.unknown_releases(forgetful)
