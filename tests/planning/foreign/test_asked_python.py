from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.foreign.asked_python import AskedPython, asked_python


def _asked(**files: str) -> AskedPython | None:
    return asked_python({PurePosixPath(name.replace("__", ".")): text for name, text in files.items()})


@pytest.mark.parametrize(
    ("name", "text", "python"),
    [
        (".python-version", "3.6.8\n", "3.6.8"),
        ("runtime.txt", "python-3.8.1\n", "3.8.1"),
        (".tool-versions", "nodejs 12.1\npython 3.9.1 3.8.2\n", "3.9.1"),
        ("Pipfile", "[packages]\nflask = '*'\n[requires]\npython_version = '3.7'\n", "3.7"),
        ("Pipfile", '[requires]\npython_full_version = "3.7.3"\n', "3.7.3"),
        ("Dockerfile", "FROM node:12 AS js\nFROM --platform=linux/amd64 python:3.7-alpine\n", "3.7"),
        ("Dockerfile", "ARG PYTHON=3.10\nFROM docker.io/library/python:${PYTHON}-slim\n", "3.10"),
        ("Dockerfile", "FROM python:3.7 AS build\nRUN x\nFROM python:3.8-slim\nRUN y\n", "3.8"),
        ("backend/Dockerfile", "from python:3.7\nFROM python:3.8.1\n", "3.8.1"),
        ("environment.yml", "dependencies:\n  - flask=1.0\n  - python=3.6\n", "3.6"),
        ("app.yaml", "runtime: python39\n", "3.9"),
    ],
)
def test_the_python_that_a_file_pins_is_read(name, text, python):
    assert _asked(**{name: text}) == AskedPython(python, PurePosixPath(name))


@pytest.mark.parametrize(
    ("name", "text", "python"),
    [
        (
            ".travis.yml",
            "language: python\npython:\n  - '2.7'\n  - '3.6'\n  - 3.5\ninstall:\n  - x==3.9\n",
            "3.6",
        ),
        (".travis.yml", "python:\n- 3.6\n- pypy3.5\n- nightly\nscript:\n- pytest\n", "3.6"),
        (
            ".travis.yml",
            'matrix:\n  include:\n    - python: "3.6"\n    - python: 3.7\n      dist: xenial\n',
            "3.7",
        ),
        (".github/workflows/test.yml", "matrix:\n  python-version: ['3.9', '3.10']\n", "3.10"),
        ("tox.ini", "[tox]\nenvlist = py27,py{36,37}-flask{0.12,1.0},py310\n", "3.10"),
        ("tox.ini", "[tox]\nenvlist = py{27, 36, 37}-flask{12, 20}\n", "3.7"),
        ("tox.ini", "[tox]\nenvlist = py3.8, pypy3\n", "3.8"),
        (
            "setup.py",
            "classifiers=['Programming Language :: Python :: 3.9', 'Programming Language :: Python :: 3.10']",
            "3.10",
        ),
        ("pyproject.toml", "[project]\nclassifiers = ['Programming Language :: Python :: 3.7']\n", "3.7"),
    ],
)
def test_of_the_pythons_that_a_project_is_tested_on_the_newest_is_read(name, text, python):
    assert _asked(**{name: text}) == AskedPython(python, PurePosixPath(name), tested=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".python-version", "2.7.18\n"),
        ("runtime.txt", "python-2.7.15\n"),
        ("Dockerfile", "FROM python:3\nRUN pip install flask==3.1.0\n"),
        ("Dockerfile", "FROM python:${PYTHON}\n"),
        pytest.param("Dockerfile", "\n" * 1_000_000, id="a million empty lines"),
        ("a/b/Dockerfile", "FROM python:3.7\n"),
        (".travis.yml", "python: 2.7\ninstall: pip install flask==3.1\n"),
        ("tox.ini", "[tox]\nenvlist = py, django31, lint\n"),
        ("setup.py", "setup(classifiers=['Programming Language :: Python :: 3'])"),
    ],
)
def test_a_file_that_names_no_minor_version_of_python_3_says_nothing(name, text):
    assert _asked(**{name: text}) is None


def test_what_runs_the_application_goes_before_what_tests_it():
    tested = {"tox__ini": "envlist = py310", "Dockerfile": "FROM python:3.7"}
    assert _asked(**tested) == AskedPython("3.7", PurePosixPath("Dockerfile"))
    assert _asked(**tested, runtime__txt="python-3.6.9") == AskedPython("3.6.9", PurePosixPath("runtime.txt"))


def test_the_nearest_file_of_a_name_counts():
    found = _asked(**{"worker/Dockerfile": "FROM python:3.6", "Dockerfile": "FROM python:3.8"})
    assert found == AskedPython("3.8", PurePosixPath("Dockerfile"))
