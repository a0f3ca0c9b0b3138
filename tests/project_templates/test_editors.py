"""What .editorconfig and .gitattributes say is true of every generated file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from fnmatch import fnmatch
from functools import cache
from math import gcd
from pathlib import Path, PurePosixPath

import pytest

from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import EVERYTHING, Files, Subset, write_tree

Trees = Mapping[Subset, Files]


def alternatives(pattern: str) -> Iterator[str]:
    """Yield the patterns of one with braces, as `*.{py,toml}`."""
    before, brace, rest = pattern.partition("{")
    choices, _, after = rest.partition("}")
    yield from (f"{before}{choice}{after}" for choice in choices.split(",")) if brace else [pattern]


def settings_for(path: PurePosixPath, editor: ConfigParser) -> dict[str, str]:
    """Return what .editorconfig says of a file; later sections overrule earlier ones."""
    found: dict[str, str] = {}
    for section in editor.sections():
        if any(fnmatch(path.name, pattern) for pattern in alternatives(section)):
            found |= editor[section]
    return found


@cache
def read_editorconfig(text: str) -> ConfigParser:
    editor = ConfigParser(interpolation=None)
    assert "root = true\n" in text
    editor.read_string(text[text.index("[*]") :])
    return editor


def indents(text: str) -> set[int]:
    return {len(spaces) for spaces in re.findall(r"^( +)\S", text, re.MULTILINE)}


def test_every_file_is_as_editorconfig_says(trees: Trees):
    # Most files, and what .editorconfig says, are the same in many subsets.
    seen = {
        (str(files[PurePosixPath(".editorconfig")]), path, content)
        for files in trees.values()
        for path, content in files.items()
    }
    for said, path, content in seen:
        editor = read_editorconfig(said)
        settings = settings_for(path, editor)
        assert settings["charset"] == "utf-8"
        assert settings["insert_final_newline"] == settings["trim_trailing_whitespace"] == "true"
        text = content if isinstance(content, str) else content.decode("utf-8")
        assert text.endswith("\n") or not text, path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path
        if "indent_size" in settings:
            assert settings["indent_style"] == "space"
            assert not re.search(r"^ *\t", text, re.MULTILINE), path
            assert {width % int(settings["indent_size"]) for width in indents(text)} <= {0}, path


def test_the_indents_of_editorconfig_are_those_of_the_files():
    files = render_project(EVERYTHING)
    editor = read_editorconfig(str(files[PurePosixPath(".editorconfig")]))
    used: dict[tuple[str, int], set[int]] = {}
    for path, content in files.items():
        settings = settings_for(path, editor)
        if isinstance(content, str) and "indent_size" in settings:
            key = (path.suffix, int(settings["indent_size"]))
            used.setdefault(key, set()).update(indents(content))
    assert {".py", ".toml", ".html", ".css", ".js", ".yaml"} <= {suffix for suffix, _ in used}
    assert {key: gcd(*widths) for key, widths in used.items()} == {key: key[1] for key in used}


@pytest.mark.parametrize("autocrlf", ["true", "false"])
def test_a_checkout_has_unix_line_endings_where_they_are_needed(tmp_path: Path, autocrlf: str):
    project = write_tree(tmp_path, render_project(EVERYTHING))
    (project / "deploy.sh").write_bytes(b"echo\r\n")
    (project / "logo.png").write_bytes(b"\x89PNG\r\n")

    def git(*arguments: str) -> str:
        command = ["git", "-c", f"core.autocrlf={autocrlf}", "-c", "core.safecrlf=false", *arguments]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout

    git("init", "--quiet")
    git("add", "--all")
    kept = ("Dockerfile", "deploy.sh", "logo.png")
    for name in (*kept, "README.md"):
        (project / name).unlink()
    git("checkout", "--", *kept, "README.md")
    assert b"\r" not in (project / "Dockerfile").read_bytes() + (project / "deploy.sh").read_bytes()
    assert (project / "logo.png").read_bytes() == b"\x89PNG\r\n"
    assert (b"\r" in (project / "README.md").read_bytes()) == (autocrlf == "true")
