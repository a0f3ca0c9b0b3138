from __future__ import annotations

from pathlib import PurePosixPath

from flaskgen.commands.foreign.failures import is_the_same_again
from flaskgen.effects.foreign.files import known_names
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.project import read_project

PROJECT = read_project({PurePosixPath("app.py"): "from flask import Flask\n"}, known_names())


def _ends(error: str) -> list[bool]:
    failure = Failure(Stage.TEST, f"ERROR: test (T)\n{error}\n", "its tests fail: Ran 1 test, errors=1")
    return [is_the_same_again([failure] * number, PROJECT) for number in (1, 2, 3)]


def test_errors_of_tests_that_versions_do_not_change_end_the_attempts():
    assert _ends("ValueError: x") == [False, True, True]


def test_a_package_that_no_index_has_ends_the_attempts():
    absent = Failure(Stage.RESOLVE, "", "the index has no `shop-utils`")
    assert is_the_same_again([absent, absent], PROJECT)
    assert not is_the_same_again([absent, absent._replace(reason="flask<1 and flask>2 contradict")], PROJECT)


def test_errors_that_packages_can_raise_end_them_after_three():
    assert _ends("TypeError: x") == [False, False, True]
