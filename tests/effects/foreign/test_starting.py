"""What the code of a foreign project runs in."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.foreign.starting import Sandbox
from flaskgen.effects.system.session import Session


def test_the_home_of_foreign_code_is_not_the_users_on_any_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, "/home/ada")
    copy = tmp_path / "files" / "shop"
    copy.mkdir(parents=True)
    sandbox = Sandbox(copy, Path(sys.executable), Session())
    show = ["-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    environment = json.loads(sandbox.run(show, PurePosixPath(), {"SECRET_KEY": "dev"}, 30).stdout)
    assert "/home/ada" not in environment.values()
    assert environment["HOME"] == environment["USERPROFILE"] == str(copy.parent)
    assert environment["SECRET_KEY"] == "dev"
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
