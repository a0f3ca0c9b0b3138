"""Completion, in the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import Invoke

Flaskgen = Callable[..., subprocess.CompletedProcess[str]]

INSTALLED = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
PROMPT = "ready> "
_AS_TYPED = "'rea''dy> '"  # what is echoed is not the prompt
STARTS = {
    "bash": ["--norc", "--noprofile"],
    "zsh": ["-f"],
}
SET_UP = {
    "bash": f"PS1={_AS_TYPED}",
    "zsh": f"autoload -Uz compinit; compinit -D; PROMPT={_AS_TYPED}",
}
LINES = {
    "flaskgen ad": "flaskgen add ",
    "flaskgen new shop --with login,mig": "flaskgen new shop --with login,migrate ",
    "flaskgen new shop --with=login,mig": "flaskgen new shop --with=login,migrate ",
    "flaskgen new shop --preset mi": "flaskgen new shop --preset minimal ",
    "flaskgen new shop -o sqlalchemy.database=po": "flaskgen new shop -o sqlalchemy.database=postgresql ",
    "flaskgen new shop --no-inst": "flaskgen new shop --no-install ",
    "flaskgen new shop --flask late": "flaskgen new shop --flask latest ",
    "flaskgen versions 0.10.": "flaskgen versions 0.10.1 ",
    "flaskgen generate reso": "flaskgen generate resource ",
    "flaskgen generate field Po": "flaskgen generate field Post ",
    "flaskgen remove log": "flaskgen remove login ",
    "flaskgen remove login,po": "flaskgen remove login,post ",
    "flaskgen option sqlalchemy.database=my": "flaskgen option sqlalchemy.database=mysql ",
    "flaskgen add mail,mom": "flaskgen add mail,moment ",
    "flaskgen upgrade tes": "flaskgen upgrade tests/",
}


@pytest.fixture
def project(flaskgen: Flaskgen, tmp_path: Path) -> Path:
    """A project with login and a resource Post."""
    for arguments, folder in (
        (("new", "shop", "--with", "sqlalchemy,login", "--no-git", "--yes"), tmp_path),
        (("generate", "resource", "Post", "title:str"), tmp_path / "shop"),
    ):
        done = flaskgen(*arguments, "--no-install", cwd=folder)
        assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


@contextmanager
def at_shell(shell: str, folder: Path) -> Iterator[pexpect.spawn[str]]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    child = pexpect.spawn(
        shell,
        STARTS[shell],
        cwd=str(folder),
        env=os.environ | INSTALLED | {"TERM": "dumb"},
        dimensions=(40, 200),
        encoding="utf-8",
        timeout=60,
    )
    child.delaybeforesend = None
    try:
        child.sendline(SET_UP[shell])
        child.expect_exact(PROMPT)
        child.sendline(f'eval "$(flaskgen completion {shell})"')
        child.expect_exact(PROMPT)
        yield child
    finally:
        child.close(force=True)


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        pytest.param("bash", [*LINES][::4], id="some in bash"),
        pytest.param("bash", [*LINES], id="bash", marks=pytest.mark.e2e),
        pytest.param("zsh", [*LINES], id="zsh", marks=pytest.mark.e2e),
    ],
)
def test_a_shell_completes_what_is_typed(shell: str, lines: list[str], project: Path) -> None:
    with at_shell(shell, project) as child:
        for typed in lines:
            completed = LINES[typed]
            child.send(f"{typed}\t")
            child.expect_exact(completed.removeprefix(typed))
            child.sendline("\x15")  # nothing of it runs
            child.expect_exact(PROMPT)


@pytest.mark.e2e
def test_fish_completes_what_is_typed(project: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    lines = "; ".join(f"complete -C '{typed}'; echo ==" for typed in LINES)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"flaskgen completion fish | source; {lines}"],
        cwd=project,
        env=os.environ | INSTALLED,
        capture_output=True,
        text=True,
        check=True,
    )
    offered = [part.split("\t")[0].strip() for part in done.stdout.split("==\n")]
    for typed, completed in LINES.items():
        assert offered[list(LINES).index(typed)] == completed.split()[-1], typed


def test_the_resources_of_a_project_with_an_extension_of_its_own_are_completed(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("extension", "new", "pulse")
    monkeypatch.setenv("FLASKGEN_EXTENSIONS", str(tmp_path))
    invoke("new", "shop", "--with", "pulse,sqlalchemy", "--no-install")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("_FLASKGEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "flaskgen generate field No")
    monkeypatch.setenv("COMP_CWORD", "No")
    assert invoke().out == "plain,Note\n"


def test_nothing_is_completed_where_there_is_no_project(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_FLASKGEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "flaskgen generate field ")
    monkeypatch.setenv("COMP_CWORD", "")
    assert invoke() == invoke().__class__(0, "\n", "")


def test_a_shell_that_is_not_known_is_wrong_usage(invoke: Invoke) -> None:
    done = invoke("completion", "tcsh")
    assert done.code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.only("error")
