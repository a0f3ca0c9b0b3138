"""What is exported where the tests are started changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.hostile import VARIABLES
from tests.surroundings import seen_by_tests

KEPT_ON_PURPOSE = {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"}
OTHERS = (
    "FLASKGEN_PRESET",
    "COLUMNS",
    "ALL_SERIES",
    "TERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "CI",
    "LC_ALL",
    "EDITOR",
)


def test_settings_of_other_programs_are_out_of_sight() -> None:
    hostile = {name for group in VARIABLES.values() for name in group} | {*OTHERS}
    assert seen_by_tests(dict.fromkeys(hostile, "x")).keys() & hostile <= KEPT_ON_PURPOSE


def test_this_test_sees_nothing_else() -> None:
    own = {"HOME", "XDG_CACHE_HOME"}
    assert os.environ.keys() - own == seen_by_tests(os.environ).keys() - own


def test_the_way_to_the_index_and_the_interpreters_stay(tmp_path: Path) -> None:
    (tmp_path / ".pyenv").mkdir()
    kept = {"PIP_INDEX_URL": "x", "https_proxy": "x", "SSL_CERT_FILE": "x", "HOME": str(tmp_path)}
    assert seen_by_tests(kept) == {**kept, "LANG": "C.UTF-8", "PYENV_ROOT": str(tmp_path / ".pyenv")}
