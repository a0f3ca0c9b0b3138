"""Every line of Flask, as `flaskgen new` makes it: a cell each, and exact releases that people ask for."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import choose_release
from tests.matrix.refused import Forced, fail_as_recorded, sample
from tests.matrix.supported import serve

pytestmark = pytest.mark.e2e

Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]
ALL_SERIES = load_series()
EXTENSIONS = "sqlalchemy,login,mail,wtf"
# 0.10 and 1.0 as releases are written with their zero, since they are also lines.
RELEASES = (
    *("0.10.0", "0.10.1", "0.11.1", "0.12.5", "1.0.0", "1.0.4", "1.1.0", "1.1.4", "2.0.0", "2.0.3"),
    *("2.1.0", "2.1.3", "2.2.0", "2.2.5", "2.3.0", "2.3.3", "3.0.0", "3.0.3", "3.1.0", "latest"),
)


def make(flaskgen: Flaskgen, *options: str) -> dict[str, Any]:
    done = flaskgen("new", "shop", *options, "--no-git", "--yes", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_a_project_of_every_series_is_made_verified_and_serves(
    series: FlaskSeries, flaskgen: Flaskgen, tmp_path: Path
) -> None:
    told = make(flaskgen, "--flask", series.name, "--with", EXTENSIONS)
    assert [one for one in told["warnings"] if "was built from source" not in one] == []
    pins = (tmp_path / "shop" / "requirements.txt").read_text().splitlines()
    assert f"flask=={series.tested}" in pins
    serve(tmp_path / "shop")


@pytest.mark.slow
@pytest.mark.parametrize("text", RELEASES)
def test_an_exact_release_passes_its_tests_and_serves(text: str, flaskgen: Flaskgen, tmp_path: Path) -> None:
    make(flaskgen, "--flask", text, "--with", EXTENSIONS, "--test")
    pins = (tmp_path / "shop" / "requirements.txt").read_text().splitlines()
    assert f"flask=={choose_release(text, ALL_SERIES).version}" in pins
    serve(tmp_path / "shop")


@pytest.mark.slow
@pytest.mark.parametrize("forced", list(sample()), ids=lambda one: f"{one.release}-{one.interpreter.minor}")
def test_a_refused_pair_fails_as_recorded_when_it_is_forced(forced: Forced, tmp_path: Path) -> None:
    assert fail_as_recorded(forced, tmp_path)


def test_a_series_that_was_made_once_is_made_again_without_a_network(
    flaskgen: Flaskgen, tmp_path: Path
) -> None:
    oldest = next(series for series in ALL_SERIES if series.name == "1.0")
    make(flaskgen, "--flask", oldest.name, "--with", EXTENSIONS)
    os.rename(tmp_path / "shop", tmp_path / "first")
    nowhere = {f"{scheme}_PROXY": "http://127.0.0.1:9" for scheme in ("HTTP", "HTTPS", "ALL")}
    done = flaskgen(
        "new", "shop", "--flask", oldest.name, "--with", EXTENSIONS, "--no-git", "--yes", **nowhere
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop" / "requirements.txt").read_bytes() == (
        tmp_path / "first" / "requirements.txt"
    ).read_bytes()


def test_an_exact_release_that_is_not_the_locked_one_stays_near_to_the_lock(
    flaskgen: Flaskgen, tmp_path: Path
) -> None:
    done = flaskgen("new", "shop", "--flask", "2.0.1", "--no-verify", "--no-git", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    pins = (tmp_path / "shop" / "requirements.txt").read_text().splitlines()
    assert {"flask==2.0.1", "werkzeug==2.0.3"} <= set(pins)
    assert [warning for warning in told["warnings"] if "were not tested together" in warning]


@pytest.mark.skipif(
    not {"3.11", "3.13"} <= {found.minor for found in find_interpreters(Session())},
    reason="needs 3.11 and 3.13",
)
def test_an_impossible_pair_is_refused_before_anything_is_written(flaskgen: Flaskgen, tmp_path: Path) -> None:
    done = flaskgen("new", "shop", "--flask", "0.10.1", "--python", "3.13", "--yes")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: Flask 0.10.1 does not work on Python 3.13 (it imports `imp`, removed in 3.12)",
        "hint: --python 3.11 is installed and works; or --flask 0.12",
    ]
    assert not (tmp_path / "shop").exists()
