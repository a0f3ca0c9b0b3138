from __future__ import annotations

import os
import subprocess
from pathlib import PurePosixPath

from flaskgen.effects.foreign.dating import find_dates
from flaskgen.effects.system.session import Session

REQUIREMENTS = PurePosixPath("requirements.txt")
CODE = PurePosixPath("app.py")


def _commit(project, day):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    dates = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z"}
    for command in (["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", project, *command], env=os.environ | dates, check=True)


def test_a_repository_tells_the_change_of_requirements_from_the_last_commit(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / REQUIREMENTS).write_text("flask\n")
    _commit(tmp_path, "2018-05-02")
    (tmp_path / CODE).write_text("")
    _commit(tmp_path, "2021-01-01")
    dates = find_dates(tmp_path, [REQUIREMENTS], [CODE], session=Session())
    assert (dates.requirements, dates.commit) == ("2018-05-02", "2021-01-01")


def test_without_a_repository_the_newest_file_dates_a_project(tmp_path):
    for path, day in ((REQUIREMENTS, 0), (CODE, 86_400)):
        (tmp_path / path).write_text("")
        os.utime(tmp_path / path, (day, day))
    dates = find_dates(tmp_path, [REQUIREMENTS], [REQUIREMENTS, CODE], session=Session())
    assert dates == ("", "", "1970-01-02")
