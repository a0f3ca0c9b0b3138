from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.era import (
    OF_FILES,
    Release,
    date_project,
    losing_wheels,
    of_its_time,
    rank_interpreters,
    read_releases,
)
from flaskgen.planning.foreign.requirements import Declared, Requirements

LINUX = ("manylinux1_x86_64", "linux_x86_64")
PURE = Release("flask", "1.0.2", "2018-05-02", ("Flask-1.0.2-py2.py3-none-any.whl",))
COMPILED = Release(
    "pyyaml",
    "3.13",
    "2018-07-05",
    ("PyYAML-3.13-cp36-cp36m-manylinux1_x86_64.whl", "PyYAML-3.13-cp37-cp37m-manylinux1_x86_64.whl"),
)


def _requirements(*lines):
    return Requirements(tuple(Declared(Requirement(line), PurePosixPath("r.txt")) for line in lines))


def _ranked(*minors, releases=(), until="", requires=(), asked=None):
    found = [Interpreter(Path("python"), f"{minor}.9") for minor in minors]
    ranked = rank_interpreters(
        found,
        releases,
        until=until,
        requires=requires,
        asked=asked,
        breaks=load_breaks().rows,
        platforms=LINUX,
    )
    return [one.minor for one in ranked]


def test_what_uv_writes_is_read():
    lock = (
        '[[packages]]\nname = "flask"\nversion = "0.12.2"\n'
        'sdist = { url = "https://x/Flask-0.12.2.tar.gz", upload-time = 2017-05-16T06:39:34Z }\n'
        'wheels = [{ url = "https://x/Flask-0.12.2-py2.py3-none-any.whl", upload-time = 2017-05-18T00:00:00Z'
        " }]\n"
    )
    assert read_releases(lock) == (
        Release("flask", "0.12.2", "2017-05-16", ("Flask-0.12.2-py2.py3-none-any.whl",)),
    )


@pytest.mark.parametrize(
    ("lines", "changed", "until"),
    [
        (["flask==1.0.2"], "2021-01-01", "2018-05-02"),
        (["flask==1.0.2", "rq"], "2019-01-01", "2019-01-01"),
        (["flask==1.0.2", "rq"], "2017-01-01", "2018-05-02"),
        (["flask==1.*"], "2021-01-01", "2018-05-02"),
        (["flask~=1.0"], "2017-01-01", "2017-01-01"),
        (["flask<2", "rq"], "2021-01-01", "2021-01-01"),
    ],
)
def test_pins_date_a_project_and_what_is_not_pinned_its_last_change(lines, changed, until):
    assert date_project(_requirements(*lines), [PURE], (changed, ""))[0] == until


def test_a_release_that_was_uploaded_again_years_after_all_others_dates_nothing():
    again = Release("markupsafe", "1.0", "2022-01-01", ())
    pins = _requirements("flask==1.0.2", "pyyaml==3.13", "markupsafe==1.0")
    assert date_project(pins, [PURE, COMPILED, again], ("", ""))[0] == "2018-07-05"


@pytest.mark.parametrize(("day", "until"), [("2026-01-01", "2018-05-02"), ("2019-06-01", "2019-06-01")])
def test_files_that_were_copied_years_after_the_pins_date_nothing(day: str, until: str):
    assert date_project(_requirements("flask==1.0.2", "click"), [PURE], (day, OF_FILES))[0] == until


def test_what_pins_flask_is_no_older_than_that_flask():
    old = Release("pytz", "2013b", "2013-03-14", ())
    assert (
        date_project(_requirements("flask==1.0.2", "pytz==2013b"), [PURE, old], ("", ""))[0] == "2018-05-02"
    )


def test_a_project_that_nothing_dates_takes_any_release():
    assert date_project(_requirements("flask"), [], ("", "")) == ("", "")


def test_the_newest_python_of_the_time_is_taken():
    assert _ranked("3.6", "3.8", "3.13", until="2020-03-01") == ["3.8", "3.6", "3.13"]


def test_if_all_are_newer_the_oldest_is_taken():
    assert _ranked("3.13", "3.11", "3.12", until="2018-01-01")[0] == "3.11"


def test_a_python_for_which_pins_have_wheels_goes_before_one_of_the_time():
    assert _ranked("3.6", "3.7", "3.8", releases=[PURE, COMPILED], until="2020-03-01")[0] == "3.7"


@pytest.mark.parametrize(
    ("old", "new", "lost"), [("3.7", "3.8", ["pyyaml"]), ("3.6", "3.7", []), ("3.8", "3.9", [])]
)
def test_what_is_compiled_on_a_newer_python_alone_loses_its_wheel(old: str, new: str, lost: list[str]):
    sdist = Release("sqlalchemy", "1.3.15", "2020-03-11", ())
    before, after = (Interpreter(Path("python"), f"{minor}.9") for minor in (old, new))
    found = losing_wheels([PURE, COMPILED, sdist], before, after, LINUX)
    assert [one.name for one in found] == lost


def test_a_python_that_the_project_asks_for_is_taken_if_its_pins_have_wheels():
    assert _ranked("3.6", "3.7", "3.8", until="2020-03-01", asked="3.6.8")[0] == "3.6"
    assert _ranked("3.6", "3.8", releases=[COMPILED], until="2020-03-01", asked="3.8")[0] == "3.6"


def test_a_python_that_the_pins_refuse_is_the_last():
    assert _ranked("3.8", "3.11", until="2020-03-01", requires=[">=3.9"]) == ["3.11", "3.8"]


def test_the_python_of_a_day_is_known():
    assert [of_its_time(day) for day in ("2015-01-01", "2019-02-24", "2026-01-01")] == [None, "3.7", "3.14"]
