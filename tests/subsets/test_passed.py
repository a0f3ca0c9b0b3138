from __future__ import annotations

from pathlib import Path

from tests.project_templates.subsets import Subset
from tests.subsets.passed import read_passed, run_all


def prove(subset: Subset) -> str:
    assert "mail" not in subset, "no mail"
    return "1 passed in 0.1s"


def test_what_passed_is_kept_and_what_failed_is_returned(tmp_path: Path) -> None:
    kept = tmp_path / "build" / "passed.jsonl"
    assert read_passed(kept) == set()
    failures = list(run_all({"1": ("mail",), "2": ("wtf",), "3": ()}, prove, kept=kept))
    assert [(subset, said.splitlines()[0]) for subset, said in failures] == [(("mail",), "no mail")]
    assert read_passed(kept) == {"2", "3"}
