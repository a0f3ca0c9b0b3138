from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["commands", "slots"])
def test_the_page_is_current(name: str) -> None:
    tool = ROOT / "tools" / f"list_{name}.py"
    printed = subprocess.run([sys.executable, tool], capture_output=True, check=True, encoding="utf-8").stdout
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert page == printed, f"run `python tools/list_{name}.py --write`"
