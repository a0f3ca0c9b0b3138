"""Several runs at once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.runs import start

pytestmark = pytest.mark.e2e


def finish(runs: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    return [(run.returncode, *printed) for run in runs if (printed := run.communicate(timeout=120))]


@pytest.mark.parametrize("options", [("--no-install",), ()], ids=["files", "installed"])
@pytest.mark.parametrize("number", [2, 8])
def test_one_of_several_runs_on_one_destination_wins(
    number: int, options: tuple[str, ...], tmp_path: Path
) -> None:
    runs = [
        start("new", "shop", "-x", "login", "--json", "--git", *options, cwd=tmp_path) for _ in range(number)
    ]
    ended = finish(runs)
    won = [json.loads(out) for code, out, _ in ended if code == 0]
    lost = [json.loads(out)["error"] for code, out, _ in ended if code != 0]
    assert len(won) == 1
    assert [code for code, _, _ in ended if code not in {0, 1}] == []
    for error in lost:
        assert error["kind"] == "project-exists"
        assert "another flaskgen is creating" in error["message"] or "already" in error["message"]
    project = tmp_path / "shop"
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"project.toml", "base.zip"}
    assert [name for name in won[0]["files"] if not (project / name).is_file()] == []
    assert (project / ".venv" / "bin" / "flask").exists() == (not options)
    assert (project / ".git").is_dir()


def test_runs_on_different_destinations_all_win(tmp_path: Path) -> None:
    runs = [start("new", f"shop-{number}", "--json", cwd=tmp_path) for number in range(4)]
    ended = finish(runs)
    assert [code for code, _, _ in ended] == [0] * 4, ended
    for number in range(4):
        assert (tmp_path / f"shop-{number}" / ".flaskgen" / "project.toml").exists()
