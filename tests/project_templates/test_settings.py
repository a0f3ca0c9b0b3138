"""A person may set other values in a generated project: its tests still pass."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST, any_python_of
from tests.project_templates.served import Site
from tests.project_templates.subsets import (
    EVERYTHING,
    Files,
    PythonFor,
    Subset,
    closed,
    known_to,
    write_tree,
)

OTHER_VALUES = {
    "CACHE_TYPE": ('"SimpleCache"', '"NullCache"'),
    "CACHE_DEFAULT_TIMEOUT": ("3600", "20"),
    "SECRET_KEY": ('"change-me"', '""'),
    "SECRET_KEY_FALLBACKS": ('["0123456789abcdefghij"]', "[]"),
    "TRUSTED_HOSTS": ('["shop.example", ".shop.example"]', '["shop.example"]'),
    "PROXY_HOPS": ("2", "1"),
    "MAX_CONTENT_LENGTH": ("16 * 1024 * 1024", "64 * 1024"),
    "MAX_FORM_MEMORY_SIZE": ("1024 * 1024", "32 * 1024"),
    "SESSION_COOKIE_SAMESITE": ('"Strict"', '"Lax"'),
    "REMEMBER_COOKIE_SAMESITE": ('"Strict"', '"Strict"'),
    "DATABASE_URL": ('"sqlite:///elsewhere.sqlite3"', '"sqlite:///elsewhere.sqlite3"'),
    "PASSWORD_HASH_METHOD": ('"pbkdf2:sha256:1000000"', '"pbkdf2:sha256:700000"'),
    "RATELIMIT_STORAGE_URI": ('"redis://redis.example"', '"redis://redis.example:6380/1"'),
    "LOGIN_EMAIL": ('"boss@shop.example"', '"boss@shop.example"'),
    "LOGIN_PASSWORD_HASH": ('"pbkdf2:sha256:1$a$b"', '"pbkdf2:sha256:1$a$b"'),
    "MAIL_SERVER": ('"smtp.shop.example"', '"smtp.shop.example"'),
    "MAIL_PORT": ("587", "465"),
    "MAIL_USE_TLS": ("True", "False"),
    "MAIL_USE_SSL": ("False", "True"),
    "MAIL_USERNAME": ('"shop"', '"shop"'),
    "MAIL_PASSWORD": ('"secret"', '"secret"'),
    "MAIL_DEFAULT_SENDER": ('"Shop <office@shop.example>"', '"office@shop.example"'),
    "WTF_CSRF_TIME_LIMIT": ("86400", "300"),
    "CONTACT_ADDRESS": ('"office@shop.example"', '"office@shop.example"'),
    "PASSWORD_RESET_SECONDS": ("86400", "300"),
    "REDIS_URL": ('"redis://redis.example"', '"redis://redis.example"'),
    "JOBS_URL": ('"redis://redis.example"', '"rediss://redis.example:6380/1"'),
    "API_TOKENS": ('["0123456789abcdefghij"]', '["0123456789abcdefghij", "abcdefghij0123456789"]'),
}
"""For each setting two more values, a larger and a smaller one if it is a number."""
CONTROLS = {"SESSION_COOKIE_SECURE", "REMEMBER_COOKIE_SECURE", "REMEMBER_COOKIE_HTTPONLY"}
"""Settings that the tests watch: the defaults must stay safe."""
OTHER_CODE: dict[str, list[tuple[str, tuple[str, str]]]] = {
    "auth/attempts.py": [
        ("10 per 15 minutes", ("20 per hour", "3 per 10 minutes")),
        ("60 per 15 minutes", ("90 per hour", "30 per 10 minutes")),
    ],
    "auth/registration.py": [("5 per hour", ("8 per day", "2 per hour"))],
    "contact.py": [("10 per hour", ("20 per day", "3 per hour"))],
    "scores.py": [('"scores", 0, 9', ('"scores", 0, 24', '"scores", 0, 2'))],
    "security.py": [("max-age=63072000", ("max-age=63072000; includeSubDomains", "max-age=3600"))],
    "templates/base.html": [("My Shop", ("Corner & Sons", "S"))],
    "templates/main/index.html": [("My Shop", ("Corner & Sons", "S"))],
    "api/__init__.py": [("My Shop", ("Corner & Sons", "S"))],
}  # fmt: skip
"""Other limits and titles: what is replaced in a module or page, and the two replacements."""


def changed(files: Files, number: int) -> dict[str, str]:
    """Return the files of the package with other values, and assert that every setting has one."""
    package = {
        str(path.relative_to("my_shop")): text
        for path, text in files.items()
        if path.parts[0] == "my_shop" and isinstance(text, str)
    }
    config = package["config.py"]
    names = re.findall(r'^ {8}"([A-Z_]+)": ', config, re.MULTILINE)
    assert set(names) - CONTROLS <= OTHER_VALUES.keys()
    for name in set(names) - CONTROLS:
        value = OTHER_VALUES[name][number]
        config = re.sub(rf'(?<="{name}": ).*(?=,\n)', value.replace("\\", r"\\"), config)
    others = {"config.py": config}
    for path, replacements in OTHER_CODE.items():
        text = package.get(path, "")
        for old, new in replacements:
            text = text.replace(old, new[number])
        if text:
            others[path] = text
    return others


def test_every_other_value_is_one_of_a_generated_project():
    texts: dict[str, str] = defaultdict(str)
    for files in [
        render_project(("login",)),
        render_project(("smorest",)),
        *(render_project(tuple(known_to(series)), series=series) for series in ALL_SERIES),
    ]:
        for path, text in files.items():
            texts[str(path).removeprefix("my_shop/")] += str(text)
    assert [name for name in OTHER_VALUES if f'"{name}": ' not in texts["config.py"]] == []
    for module, replacements in OTHER_CODE.items():
        assert [old for old, _ in replacements if old not in texts[module]] == [], module


def prove_with_other_values(
    folder: Path, subset: Subset, python: Path, number: int, *, series: FlaskSeries = NEWEST
) -> None:
    files = render_project(subset, series=series)
    project = write_tree(folder / "my-shop", files)
    for path, text in changed(files, number).items():
        (project / "my_shop" / path).write_text(text, encoding="utf-8")
    said = Site(python, project).run_tests().splitlines()[-1]
    assert re.fullmatch(r"\d+ passed in .*", said), said


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("subset", "number"),
    [
        pytest.param(EVERYTHING, 0, id="everything-larger", marks=pytest.mark.slow),
        pytest.param(EVERYTHING, 1, id="everything-smaller"),
        pytest.param(closed(["login", "wtf"]), 0, id="login-larger"),
        pytest.param(closed(["login", "wtf"]), 1, id="login-smaller", marks=pytest.mark.slow),
    ],
)
def test_generated_tests_pass_with_other_values(
    tmp_path: Path, project_python: Path, subset: Subset, number: int
):
    prove_with_other_values(tmp_path, subset, project_python, number)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1], ids=["larger", "smaller"])
@pytest.mark.parametrize("series", ALL_SERIES[:-1], ids=lambda series: series.name)
def test_generated_tests_pass_with_other_values_on_every_older_series(
    tmp_path: Path, python_for: PythonFor, series: FlaskSeries, number: int
):
    python = python_for(series, any_python_of(series))
    prove_with_other_values(tmp_path, tuple(known_to(series)), python, number, series=series)
