from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.foreign.manifests import own_names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'Flask.Shop'\n"),
        ("pyproject.toml", "[tool.poetry]\nname = 'flask_shop'\n"),
        ("setup.cfg", "[metadata]\nname = flask-shop\n"),
        ("setup.py", "from setuptools import setup\nsetup(name='Flask-Shop')\n"),
    ],
)
def test_a_project_has_the_names_that_its_files_give_it(name: str, text: str):
    assert own_names({PurePosixPath(name): text}) == ("flask-shop",)
    assert own_names({PurePosixPath("other") / name: text}) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project]\nversion = '1'\n[tool.poetry]\nname = 1\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "project = 1\n"),
        ("setup.cfg", "name = shop\n"),
        ("setup.py", "setup(name=NAME)\nother(name='shop')\n"),
    ],
)
def test_a_name_that_is_not_written_out_is_none(name: str, text: str):
    assert own_names({PurePosixPath(name): text}) == ()
