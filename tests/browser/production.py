"""A generated project as it runs in production: installed, and served by gunicorn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import uv

from tests.project_templates.served import free_port, serving

# Settings of the person who runs the tests: what is started here gets its own.
_OTHERS = ("FLASK_", "PYTHON", "UV_", "VIRTUAL", "WORKON", "XDG_", "SECRET_KEY")

_LIST_RULES = """
import json
from wsgi import app
rules = app.url_map.iter_rules()
print(json.dumps([rule.rule for rule in rules if "GET" in rule.methods and rule.endpoint != "static"]))
"""

_ADD_NOTES = """
import sys
from wsgi import app
from shop.extensions import db
from shop.notes.models import Note

with app.app_context():
    db.session.add_all(Note(text=text) for text in sys.argv[1:])
    db.session.commit()
"""


@dataclass(frozen=True)
class Production:
    """A project with its environment, and what the application's surroundings set."""

    folder: Path
    settings: dict[str, str]

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    def call(self, *command: str | Path, **settings: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.settings | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def flask(self, *arguments: str) -> str:
        return self.call(self.python, "-m", "flask", *arguments)

    def add_notes(self, *texts: str) -> None:
        """Store rows of the example."""
        self.call(self.python, "-c", _ADD_NOTES, *texts)

    @property
    def rules(self) -> list[str]:
        """The addresses that answer GET, as the application's own map has them."""
        found: list[str] = json.loads(self.call(self.python, "-c", _LIST_RULES))
        return found

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    @contextmanager
    def serving(self) -> Iterator[int]:
        """Start gunicorn, and return its port."""
        port = free_port()
        command = [str(self.python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
        with serving(command, self.folder, self.settings, ask=lambda: _answers(port)):
            yield port


def _answers(port: int) -> None:
    """Raise URLError unless a server answers, if only that it does not know this host."""
    try:
        build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=10).close()
    except HTTPError as error:
        error.close()


def make_production(parent: Path, *choices: str, cache: Path, **settings: str) -> Production:
    """Make the project `shop` of these choices, with all that it needs, as its README says for production."""
    home = parent / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
    if "PYENV_ROOT" in os.environ:
        kept["PYENV_ROOT"] = os.environ["PYENV_ROOT"]
    made = Production(parent / "shop", kept | {"HOME": str(home), "XDG_CACHE_HOME": str(cache)} | settings)
    command = [sys.executable, "-m", "flaskgen", "new", "shop", *choices, "--yes", "--no-git"]
    done = subprocess.run(command, cwd=parent, env=made.settings, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout
    options = ["--no-config", "--cache-dir", str(cache / "uv"), "--quiet"]
    made.call(uv.find_uv_bin(), "pip", "install", *options, "--python", made.python, "gunicorn")
    return made


@contextmanager
def serve_redis(folder: Path) -> Iterator[str]:
    """Run a real Redis, and return its URL; nothing where none is installed: the application does without."""
    if shutil.which("redis-server") is None:
        yield ""
        return
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with serving(command, folder, os.environ, ask=lambda: create_connection(("127.0.0.1", port)).close()):
        yield f"redis://127.0.0.1:{port}/0"
