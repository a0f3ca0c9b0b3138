from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

PHASES = Path(__file__).parents[2] / "benchmarks" / "phases.py"


def test_the_phases_of_new_add_up_to_what_it_takes(tmp_path: Path) -> None:
    started = time.time()
    ran = subprocess.run(
        [sys.executable, PHASES, repr(started), "new", "shop", "--no-install", "--git", "--yes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    whole = time.time() - started
    phases = json.loads(ran.stdout.splitlines()[-1])
    assert (tmp_path / "shop" / ".git").is_dir()
    assert {"start of Python", "imports"} <= phases.keys()
    assert any(part.startswith("effects.") for part in phases)
    of_main_thread = sum(seconds for part, seconds in phases.items() if not part.startswith("*"))
    assert 0 < of_main_thread <= whole
