"""What people read is written in the field's words: a list of phrases that do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Only what is wrong wherever it stands, so that no text is refused in error.
PHRASES = {
    r"\bfolders?\b(?<!instance folder)": "directory",
    r"\bupkeep\b": "status",
    r"\bis dead\b|\bare dead\b": "unmaintained",
    r"\bcomes? along\b|\btaken along\b": "added because ... requires it",
    r"\bgoes without\b|\bstays away\b": "skipped",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bfault of flaskgen\b": "bug in flaskgen",
    r"\bcut off\b": "interrupted",
    r"\bfirst page\b": "home page",
    r"\b[Ll]og-(in|out)s?\b": "login, log in",
    r"\be-mails?\b": "email",
    r"\bsurroundings\b": "environment variables",
    r"\bfor ever\b": "forever",
    r"\b[Pp]rograms with a token\b": "API client",
    r"\b(is|are|how far \w+ are) believed\b": "trusted",
    r"\bat hand\b": "available, loaded",
    r"\bleft out\b": "skipped",
    r"\btoo many tries\b": "too many attempts",
    r"\bmembers alone\b|\b[Oo]nly members\b": "logged-in users",
}
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs").glob("[!r]*/*.md"),  # without reference/, which is generated
)
VERBS = re.compile(r"(Gives?|Tells?) ")


def strings_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module with spaces in them, which are what people read, and its comments."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#"):
            yield number, line


def texts() -> Iterator[tuple[str, str]]:
    """Yield what people read, after its file and line."""
    for module in sorted((ROOT / "flaskgen").rglob("*.py")):
        for line, text in strings_of(module):
            yield f"{module.relative_to(ROOT)}:{line}", text
    generated = (p for p in (ROOT / "project_templates").rglob("*") if p.suffix in (".jinja", ".toml"))
    for path in [*DOCUMENTS, *generated]:
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{line}", text


def test_a_phrase_that_users_would_not_write_is_not_used() -> None:
    every = re.compile("|".join(PHRASES))
    found = [(place, text.strip(), name) for place, text in texts() if every.search(text) for name in PHRASES]
    assert [(place, text, PHRASES[name]) for place, text, name in found if re.search(name, text)] == []


def test_docstrings_say_what_is_returned() -> None:
    modules = (path for root in ("flaskgen", "tools") for path in sorted((ROOT / root).rglob("*.py")))
    found = [
        f"{module.relative_to(ROOT)}:{node.lineno}"
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and VERBS.match(ast.get_docstring(node) or "")
    ]
    assert found == []
