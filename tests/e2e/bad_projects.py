"""What can be typed in a project and cannot be, and what can be wrong with one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, cast

from flaskgen.effects.transaction.log import LOG, UNDO, Log, LoggedFile, LoggedPackages
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from tests.e2e.bad_inputs import FAILURE, USAGE, Case

Damage = Callable[[Path], object]

_UNKNOWN = ("nope", "maill", "./mail", "mail==1", "mail[x]", "base", "flask", "git+https://x", "x" * 10_000)
_NO_OPTION = ("", " ", "x", "=x", "login=x", "login.=1", ".x=1", "a.b")
IN_A_PROJECT: list[Case] = [
    *(([verb, text], USAGE, "is not an extension") for verb in ("add", "remove") for text in _UNKNOWN),
    *(([verb, "login", "nope"], USAGE, "`nope`") for verb in ("add", "remove")),
    *(([verb, "-r x"], USAGE, "-r") for verb in ("add", "remove")),
    *(([verb, "login", "-q", "-v"], USAGE, "--quiet and --verbose") for verb in ("add", "remove")),
    *(([verb, "login", "--index-url"], USAGE, "--index-url") for verb in ("add", "remove")),
    *(([verb], USAGE, "") for verb in ("add", "remove", "option")),
    *((["option", text], USAGE, "is not EXT.KEY=VALUE") for text in _NO_OPTION),
    *((["add", "mail", "--option", text], USAGE, "is not EXT.KEY=VALUE") for text in ("", "x", "=x", ".x=1")),
    (["add", "mail", "--option", "login.x=1"], USAGE, "the project already has login"),
    *(
        (["option", text], USAGE, "has no option")
        for text in ("login.x=1", "mail.x=1", "login.x=\0", "wtf.x=\n")
    ),
    *((["option", text], USAGE, "is not an extension") for text in ("nope.x=1", "a.b.c=d", "{{7*7}}.x=1")),
    (["add", "mail", "--option", "mail.x=1"], USAGE, "has no option"),
    (["add", "mail", "--conflict", "mine"], USAGE, "mine"),
    (["update", "--conflict", "mine"], USAGE, "mine"),
    (["add", "--preset", "web"], USAGE, "--preset"),
    (["undo"], FAILURE, "nothing to undo"),
    (["freeze"], FAILURE, "there is no virtual environment"),
]


def record(old: str, new: str) -> Damage:
    def change(project: Path) -> None:
        text = (project / RECORD_PATH).read_text()
        assert old in text
        (project / RECORD_PATH).write_text(text.replace(old, new, 1))

    return change


def written(name: str | PurePosixPath, content: bytes, *, after: bool = False) -> Damage:
    def write(project: Path) -> None:
        before = (project / name).read_bytes() if after else b""
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(before + content)

    return write


def replaced(name: str | PurePosixPath, make: Damage) -> Damage:
    def replace(project: Path) -> None:
        path = project / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        make(path)

    return replace


def nothing(path: Path) -> None:
    """Leave nothing in its place."""


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def to_parent(path: Path) -> None:
    path.symlink_to("..")


def logged(**facts: Any) -> bytes:
    """Return the log of a change, as a run that was killed leaves it."""
    log = vars(Log(Path(), **{"title": "add mail", **facts}))
    return json.dumps({key: in_json(value) for key, value in log.items() if key != "directory"}).encode()


def in_json(value: Any) -> Any:
    """Return a value of a log as its file has it: with names."""
    if isinstance(value, LoggedFile | LoggedPackages):
        return value._asdict()
    return [in_json(one) for one in value] if isinstance(value, tuple) else value


OUTSIDE = logged(files=(LoggedFile("../x", None, None),))
LOGS = [
    *(b"", b"x", b"[]", b"{}", b"\xff", b"[" * 100_000),
    OUTSIDE,
    *(logged(trees=(path,)) for path in ("/x", "..", "")),
    logged(directories=("a/../../x",)),
    logged(outside=("x",)),
    logged(undoes="../x"),
    *(logged(files=(LoggedFile("x", *facts),)) for facts in ((1, None), (None, 1), (None, None, "x"))),
    *(logged(**{key: "yes"}) for key in ("creates", "committed")),
    logged(packages=LoggedPackages(cast("Any", (1,)))),
    logged(title=1),
    logged(files=1),
    logged(packages=[]),
]
_TOML = "is not valid TOML"
RECORDS: list[tuple[Damage, str]] = [
    *((written(RECORD_PATH, text), "`generator` is missing") for text in (b"", b"\n\n", b"schema = 1\n")),
    *((written(RECORD_PATH, text), "is not UTF-8 text (line 1)") for text in (b"\xff", b"a = '\x80'")),
    *(
        (written(RECORD_PATH, text), _TOML)
        for text in (b"\0", b'{"a": 1}', b"[", b"a = '" + b"x" * 5_000_000)
    ),
    *((written(RECORD_PATH, text), "column") for text in (b"a = \r\n", b"\xef\xbb\xbfa = \n")),
    (written(RECORD_PATH, b"<<<<<<< ours\n"), "conflict markers"),
    (written(RECORD_PATH, b"a = " + b"[" * 100_000), "nested too deeply"),
    (written(RECORD_PATH, b"\n[project]\n", after=True), "twice"),
    (written(RECORD_PATH, b"\n[options]\nproduction = 1\n", after=True), "`options.production`"),
    (written(RECORD_PATH, b"\n[options.production]\nx = '1'\n", after=True), "has no option `x`"),
    (written(RECORD_PATH, b"\n[options.nope]\nx = '1'\n", after=True), "`nope`"),
    (written(RECORD_PATH, b"\n[environment]\npath = 1\n", after=True), "`environment.path`"),
    (record('name = "shop"\n', ""), "`project.name` is missing"),
    (record('name = "shop"', "name = 1"), "`project.name` is not text"),
    (record('name = "shop"', 'name = "../x"'), "`../x`"),
    (record('name = "shop"', 'name = "class"'), "`class`"),
    (record('flask = "3', 'flask = "x3'), "is not a Flask version"),
    (record('flask = "', 'flask = "9.9" # '), "Flask 9.9"),
    (record("flask = ", "flask = 3 #"), "`project.flask` is not text"),
    *((record('"3.13"', f'"{text}"'), f"`{text}`") for text in ("3", "3.13; rm", "x", "")),
    (record("extensions = [", 'extensions = "login" # ['), "`project.extensions` is not a list"),
    (record("extensions = [", "extensions = [1] # ["), "`project.extensions` is not a list"),
    (record("extensions = [", 'extensions = ["nope"] # ['), "`nope`"),
    (record("dev = true", 'dev = "yes"'), "`project.dev`"),
    (record("hashes = false", "hashes = 0"), "`project.hashes`"),
    *((record("schema = 2", f"schema = {text}"), "`schema`") for text in ("0", "-1", '"1"', "true", "1.5")),
    *((record("schema = 2", f"schema = {text}"), "was created by") for text in ("3", "99")),
    (record('generator = "', 'generator = "99.'), "flaskgen 99."),
    (record('generator = "', 'generator = "x'), "`generator`"),
    (record("[project]", "[projekt]"), "`project` is missing"),
    *((replaced(RECORD_PATH, make), "record") for make in (nothing, Path.mkdir, os.mkfifo, loop, dangling)),
]
FILES: list[tuple[Damage, str]] = [
    *(
        (written(BASE_PATH.as_posix(), text), "base.zip cannot be read")
        for text in (b"", b"x", b"PK\x05\x06 x")
    ),
    (replaced(BASE_PATH.as_posix(), Path.mkdir), "base.zip"),
    (replaced("shop", nothing), "has no package `shop`"),
    (replaced("shop", Path.touch), "has no package `shop`"),
    (written(f"{LOG}/log.json", logged(creates=True)), "`shop` is incomplete"),
    *((written(f"{LOG}/log.json", text), "is not as flaskgen wrote it") for text in LOGS),
    *(
        (replaced(path, make), f"{path}` is a link")
        for path in (LOG.as_posix(), UNDO.as_posix(), ".flaskgen/lock")
        for make in (dangling, to_parent)
    ),
    *((replaced("requirements.txt", make), "requirements.txt") for make in (Path.mkdir, os.mkfifo, loop)),
    *((replaced("pyproject.toml", make), "pyproject.toml") for make in (Path.mkdir, os.mkfifo, loop)),
    *((replaced("shop/extensions.py", make), "extensions.py") for make in (Path.mkdir, os.mkfifo, loop)),
    (written("shop/extensions.py", bytes(range(256))), "your edits and the change conflict in 1 place"),
    (written("shop/extensions.py", b"def (\n"), "your edits and the change conflict in 1 place"),
    *((replaced(".venv", make), "virtual environment") for make in (Path.mkdir, Path.touch, loop, dangling)),
    (written(".venv/pyvenv.cfg", b""), "which Python version"),
    (written(".venv/pyvenv.cfg", b"version = 3.13.0\n"), "contains no Python"),
]
FROZEN = [
    *(damage for damage, names in FILES if "virtual environment" in names),
    written(".venv/pyvenv.cfg", b"\xff\0"),
    written(".venv/pyvenv.cfg", b"version = x\n"),
    written(f"{LOG}/log.json", OUTSIDE),
    *(
        written(RECORD_PATH, text)
        for text in (b"a = " + b"[" * 100_000, b"\xff", b"[environment]\npath = '~nobody-x'\n")
    ),
    written(RECORD_PATH, b"[environment]\npath = 'a\\u0000b'\n"),
    written(RECORD_PATH, b'[environment]\npath = "a\\u0000b"\n'),
]
SETTINGS: list[tuple[str, bytes, str]] = [
    (".config/pip/pip.conf", b"\xff", "pip.conf cannot be read"),
    *((".config/pip/pip.conf", text, "line: 1") for text in (b"index-url = x\n", b"x\n")),
    (".config/pip/pip.conf", b"[global]\nx\n", "[line 2]"),
    (".config/pip/pip.conf", b"[global]\n[global]\n", "already exists"),
    *(
        (".config/uv/uv.toml", text, "uv.toml")
        for text in (b"[", b"\xff", b"a = " + b"[" * 100_000, b"x\r\n")
    ),
]
