from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.project_templates.subsets import Subset
from tests.subsets.passed import read_passed, run_all


def prove(subset: Subset) -> str:
    assert "mail" not in subset, "no mail"
    if "wtf" in subset:
        subprocess.run([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, timeout=0.01, check=False)
    return "1 passed in 0.1s"


def test_what_passed_is_kept_and_what_failed_is_returned(tmp_path: Path) -> None:
    kept = tmp_path / "build" / "passed.jsonl"
    assert read_passed(kept) == set()
    waiting: dict[str, Subset] = {"1": ("mail",), "2": ("login",), "3": ()}
    failures = list(run_all(waiting, prove, kept=kept))
    assert [(subset, said.splitlines()[0]) for subset, said in failures] == [(("mail",), "no mail")]
    assert read_passed(kept) == {"2", "3"}


def test_what_hangs_fails_and_the_others_run(tmp_path: Path) -> None:
    kept = tmp_path / "passed.jsonl"
    ((subset, said),) = run_all({"1": ("wtf",), "2": ()}, prove, kept=kept)
    assert subset == ("wtf",)
    assert "timed out" in said
    assert read_passed(kept) == {"2"}
