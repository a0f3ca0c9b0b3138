"""Edits that people make in a generated project, each as a function from its files to the edited ones."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from flaskgen.planning.merging.alignment import same_but_for_form
from flaskgen.planning.merging.syntax import says_the_same

Files = dict[str, str]
"""Text by path; line ends as they are."""


@dataclass(frozen=True)
class Edit:
    """One edit, with what it is in a few words."""

    title: str
    make: Callable[[Files], Files]
    comes_back: bool = True
    """Whether removing what was added gives the edited files back to the byte.

    Not where the edit gave another form or place to lines that an extension takes away and brings back.
    """


EDITS: list[Edit] = []


_Make = Callable[[Files], Files]


def edit(title: str, *, comes_back: bool = True) -> Callable[[_Make], _Make]:
    def register(make: _Make) -> _Make:
        EDITS.append(Edit(title, make, comes_back))
        return make

    return register


def replaced(files: Files, path: str, old: str, new: str) -> Files:
    assert old in files[path], f"{old!r} is not in {path}"
    return {**files, path: files[path].replace(old, new, 1)}


def appended(files: Files, path: str, text: str) -> Files:
    return {**files, path: files[path] + text}


def renamed(files: Mapping[str, str], old: str, new: str) -> Files:
    """Rename a file, or a directory by a name that ends with a slash."""
    return {new + path.removeprefix(old) if path.startswith(old) else path: files[path] for path in files}


@edit("a route at the end of a blueprint")
def add_route(files: Files) -> Files:
    route = '\n\n@bp.route("/about")\ndef about():\n    """Tell about us."""\n    return "about"\n'
    return appended(files, "shop/main.py", route)


@edit("a line after the last import of extensions.py, and an extension of one's own")
def add_own_extension(files: Files) -> Files:
    path = "shop/extensions.py"
    docstring, *imports = re.findall(r'^(?:"""|from |import ).*\n', files[path], re.MULTILINE)
    last = imports[-1] if imports else f"{docstring}\n"
    files = replaced(files, path, last, f"{last}from flask_cors import CORS\n")
    files = appended(files, path, "\ncors = CORS()\n")
    last = "    app.register_blueprint(main.bp)\n"
    return replaced(files, "shop/__init__.py", last, f"{last}    cors.init_app(app)\n")


@edit("a line before the first import of extensions.py")
def add_import(files: Files) -> Files:
    docstring = '``create_app``."""\n\n'
    return replaced(files, "shop/extensions.py", docstring, f"{docstring}from flask_cors import CORS\n")


@edit("the comments of extensions.py deleted")
def delete_comments(files: Files) -> Files:
    path = "shop/extensions.py"
    kept = [line for line in files[path].splitlines(keepends=True) if not line.lstrip().startswith("#")]
    return {**files, path: "".join(kept) + "mine = {}\n"}


@edit("a blueprint registered first, and one last")
def register_blueprints(files: Files) -> Files:
    path = "shop/__init__.py"
    first, last = (f"    app.register_blueprint({name}.bp)\n" for name in ("health", "main"))
    files = replaced(files, path, first, f"    app.register_blueprint(shop.bp)\n{first}")
    files = replaced(files, path, "from . import (\n", "from . import (\n    admin,\n")
    return replaced(files, path, last, f"{last}    app.register_blueprint(admin.bp)\n")


@edit("a model of one's own, or a class where there are no models")
def add_model(files: Files) -> Files:
    path = "shop/models.py" if "shop/models.py" in files else "shop/main.py"
    return appended(files, path, '\n\nclass Product:\n    """Something to sell."""\n\n    price = 1\n')


@edit("a class next to the user")
def add_beside_user(files: Files) -> Files:
    path = "shop/auth/users.py" if "shop/auth/users.py" in files else "shop/errors.py"
    return appended(files, path, '\n\nclass Group:\n    """Some users."""\n')


@edit("a changed navigation entry, and a new one behind it")
def change_navigation(files: Files) -> Files:
    path = "shop/templates/base.html"
    home = '{{ nav_link("main.index", "Home") }}\n'
    own = home.replace("Home", "Start") + '        <li><a href="/shop">Shop</a></li>\n'
    return replaced(files, path, home, own)


@edit("a link at the end of the navigation, and a footer")
def extend_navigation(files: Files) -> Files:
    path = "shop/templates/base.html"
    files = replaced(files, path, "      </ul>\n", '        <li><a href="/shop">Shop</a></li>\n      </ul>\n')
    return replaced(files, path, "  <footer>\n", '  <footer class="wide">\n    <p>Ltd.</p>\n')


@edit("a setting in the middle of the settings, and one at the end")
def add_settings(files: Files) -> Files:
    path = "shop/config.py"
    hosts = '        "TRUSTED_HOSTS": [],\n'
    files = replaced(files, path, hosts, f'{hosts}        # Ours.\n        "SHOP_OPEN": True,\n')
    return replaced(files, path, "\n    }\n", '\n        "SHOP_NAME": "Corner",\n    }\n')


@edit("changed values of the settings around the extensions'")
def change_settings(files: Files) -> Files:
    path = "shop/config.py"
    files = replaced(files, path, '"TRUSTED_HOSTS": [],', '"TRUSTED_HOSTS": ["shop.example"],')
    return replaced(files, path, "1024 * 1024,", "16 * 1024 * 1024,  # photographs")


@edit("the settings in alphabetical order", comes_back=False)
def sort_settings(files: Files) -> Files:
    path = "shop/config.py"
    settings = [line for line in files[path].splitlines(keepends=True) if re.match(r' {8}"[A-Z_]+": ', line)]
    block = "".join(settings)
    return replaced(files, path, block, "".join(sorted(settings)))


@edit("every Python file formatted by ruff with a shorter line length and single quotes", comes_back=False)
def reformat(files: Files) -> Files:
    return _ruff_formatted(files, 60)


@edit("every Python file formatted by ruff with single quotes, and a comment in it", comes_back=False)
def change_quotes(files: Files) -> Files:
    return add_comments(_ruff_formatted(files, 88))


def _ruff_formatted(files: Files, line_length: int) -> Files:
    settings = f'line-length = {line_length}\nformat.quote-style = "single"\n'
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ruff.toml").write_text(settings)
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        command = [sys.executable, "-m", "ruff", "format", "--config", "ruff.toml", "--no-cache", "-q", "."]
        subprocess.run(command, cwd=folder, check=True)
        return {path: Path(folder, path).read_bytes().decode() for path in files}


@edit("every file with CRLF line ends")
def line_ends(files: Files) -> Files:
    return {path: text.replace("\n", "\r\n") for path, text in files.items()}


@edit("every file with CRLF line ends and something of one's own in it")
def windows(files: Files) -> Files:
    return {path: text.replace("\n", "\r\n") for path, text in add_comments(files).items()}


@edit("every Python file indented by tabs")
def tabs(files: Files) -> Files:
    return {path: _with_tabs(text) if path.endswith(".py") else text for path, text in files.items()}


def _with_tabs(text: str) -> str:
    return re.sub(r"^( {4})+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.MULTILINE)


@edit("a byte order mark, and no newline at the end")
def byte_order_mark(files: Files) -> Files:
    marked = {path: "\ufeff" + text for path, text in add_comments(files).items()}
    return {path: text.removesuffix("\n") for path, text in marked.items()}


@edit("a comment at the end of every file")
def add_comments(files: Files) -> Files:
    return {path: text + _comment(path) for path, text in files.items()}


def _comment(path: str) -> str:
    if path.endswith((".html", ".svg", ".md")):
        return "<!-- mine -->\n"
    return "/* mine */\n" if path.endswith(".css") else "# mine\n"


@edit("a module renamed")
def rename_module(files: Files) -> Files:
    files = renamed(files, "shop/errors.py", "shop/problems.py")
    files = replaced(files, "shop/__init__.py", "    errors,\n", "    problems,\n")
    return replaced(files, "shop/__init__.py", "errors.init_app", "problems.init_app")


@edit("extensions.py renamed")
def rename_extensions(files: Files) -> Files:
    files = renamed(files, "shop/extensions.py", "shop/ext.py")
    return {path: text.replace(".extensions import", ".ext import") for path, text in files.items()}


@edit("tests deleted")
def delete_tests(files: Files) -> Files:
    return {
        path: text
        for path, text in files.items()
        if path not in {"tests/test_config.py", "tests/test_main.py"}
    }


@edit("dependencies edited by hand")
def edit_requirements(files: Files) -> Files:
    mine = ['    # Ours.\n    "Flask-Cors",', '    "requests>=2,<3",  # for the payment service']
    head, rest = files["pyproject.toml"].split("dependencies = [\n")
    lines, rest = rest.split("\n]\n", 1)
    kept = "\n".join(sorted([*lines.splitlines(), *mine], key=lambda line: line.partition('"')[2].lower()))
    return {**files, "pyproject.toml": f"{head}dependencies = [\n{kept}\n]\n{rest}"}


@edit(".env.example with one's own variables")
def edit_env_example(files: Files) -> Files:
    return appended(files, ".env.example", "\n# The payment service.\nPAYMENT_KEY=\n")


@edit(".env.example written anew", comes_back=False)
def rewrite_env_example(files: Files) -> Files:
    return {**files, ".env.example": "SECRET_KEY=change-me\nPAYMENT_KEY=change-me\n"}


@edit("a section in the README, and a row in its table")
def extend_readme(files: Files) -> Files:
    files = replaced(files, "README.md", "| `pytest` |", "| `make all` | makes all |\n| `pytest` |")
    return appended(files, "README.md", "\n## Releases\n\nPush to `main`.\n")


@edit("the README written anew")
def rewrite_readme(files: Files) -> Files:
    return {**files, "README.md": "# Shop\n\nWe sell things.\n\n## Run it\n\n`make run`\n"}


@edit("a fixture at the end of conftest.py, and one after `client`")
def add_fixtures(files: Files) -> Files:
    path = "tests/conftest.py"
    own = '\n\n@pytest.fixture\ndef {}(app):\n    """Ours."""\n    return app.{}\n'
    client = "    return app.test_client()\n"
    files = replaced(files, path, client, client + own.format("shop", "shop"))
    return appended(files, path, own.format("catalogue", "catalogue"))


@edit("more settings for the tests, and lines around the application")
def change_app_fixture(files: Files) -> Files:
    path = "tests/conftest.py"
    files = replaced(files, path, '"TESTING": True,\n', '"TESTING": True,\n            "SHOP": True,\n')
    before, line, after = files[path].rpartition("    yield app\n")  # the one that all tests share yields too
    assert line
    return {**files, path: f"{before}    app.shop = 1\n{line}    app.shop = 0\n{after}"}


@edit("rules at the end of the style sheet, and another colour")
def change_style(files: Files) -> Files:
    path = "shop/static/style.css"
    files = replaced(files, path, "--accent: #0f5f68", "--accent: #600")
    return appended(files, path, "\n.shop {\n  color: red;\n}\n")


@edit("a rule in the style sheet right after the footer's")
def change_style_within(files: Files) -> Files:
    path = "shop/static/style.css"
    footer = "  color: var(--muted);\n  font-size: 0.9rem;\n}\n"
    return replaced(files, path, footer, footer + "\n.shop {\n  color: red;\n}\n")


@edit("more in pyproject.toml")
def change_pyproject(files: Files) -> Files:
    path = "pyproject.toml"
    files = replaced(files, path, 'testpaths = ["tests"]', 'testpaths = ["tests", "more"]\naddopts = "-q"')
    files = replaced(files, path, '    "error",\n', '    "error",\n    "ignore::ResourceWarning",\n')
    return appended(files, path, "\n[tool.mypy]\nstrict = true\n")


@edit("another home page")
def rewrite_first_page(files: Files) -> Files:
    path = "shop/templates/main/index.html"
    files = replaced(files, path, "Welcome to", "What we sell:")
    return replaced(files, path, '<ul class="cards">\n', '<ul class="cards">\n  <li>Things</li>\n')


@edit("a syntax error")
def break_syntax(files: Files) -> Files:
    files = appended(files, "shop/config.py", "\ndef broken(:\n")
    return appended(files, "shop/extensions.py", "\ndef broken(:\n")


@edit("the factory and the configuration extended")
def extend_factory(files: Files) -> Files:
    path = "shop/__init__.py"
    files = replaced(files, path, "    return app\n", '    app.logger.info("ready")\n    return app\n')
    return replaced(files, "shop/config.py", "import os\n", "import json\nimport os\n")


def lines_of_the_user(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the lines that an edit added, by path, for they may not be lost; their form aside."""
    changed = {path: text for path, text in after.items() if text != before.get(path)}
    return {path: lines_added(path_of(path), before.get(path), text) for path, text in changed.items()}


@cache
def lines_added(path: PurePosixPath, before: str | None, after: str) -> tuple[str, ...]:
    if before is not None and says_the_same(path, after.encode(), before.encode()):
        return ()
    there = [same_but_for_form(line) for line in (before or "").splitlines()]
    added = []
    for line in (line.strip().removeprefix("\ufeff") for line in after.splitlines()):
        if same_but_for_form(line) in there:
            there.remove(same_but_for_form(line))
        elif line:
            added.append(line)
    return tuple(added)


path_of = cache(PurePosixPath)
"""Keeps a path, whose parts and hash take most of the time of a plan, for the next one."""


def as_bytes(files: Mapping[str, str]) -> dict[PurePosixPath, bytes]:
    return {path_of(path): text.encode() for path, text in files.items()}
