"""Cookiecutter and copier: an environment with both, and templates for them that render flaskgen's tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from surroundings import Surroundings

PACKAGE = "shop"
# Rendered with this name, a project shows where its name stands. It sorts as PACKAGE does.
_STAND_IN = "shopzq"
_JINJA = re.compile(r"\{\{|\{%|\{#")

Tree = dict[str, bytes]


def read_tree(project: Path) -> Tree:
    """Give the files that a generator made, without flaskgen's own record of them."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".flaskgen" not in path.parts
    }


@dataclass(frozen=True)
class Peer:
    """One generator, and its template of the tree."""

    name: str
    version: str
    command: tuple[str | Path, ...]

    def make(self, surroundings: Surroundings, folder: Path) -> float:
        """Render into ``folder / PACKAGE``, and give the seconds."""
        return surroundings.seconds(self.command, cwd=folder)


@dataclass(frozen=True)
class Peers:
    """Both generators, ready to be timed."""

    cookiecutter: Peer
    copier: Peer
    python: Path


def prepare_peers(surroundings: Surroundings) -> Peers:
    """Install both, write their templates, and stop unless each renders what flaskgen does."""
    python = surroundings.root / "peers" / "bin" / "python"
    surroundings.run(surroundings.uv, "venv", "--python", surroundings.python, surroundings.root / "peers")
    surroundings.run(
        *(surroundings.uv, "pip", "install", "--compile-bytecode", "--python", python),
        *("cookiecutter", "copier"),
    )
    files = _as_template(_generate(surroundings, _STAND_IN))
    folder = surroundings.root / "templates"
    cookiecutter = _write_cookiecutter(folder / "cookiecutter", files)
    copier = _write_copier(folder / "copier", files)
    peers = Peers(
        Peer(
            "cookiecutter",
            _version(surroundings, python, "cookiecutter"),
            (python.with_name("cookiecutter"), "--no-input", cookiecutter, f"package={PACKAGE}"),
        ),
        Peer(
            "copier",
            _version(surroundings, python, "copier"),
            (
                *(python.with_name("copier"), "copy", "--defaults", "--quiet"),
                *("--data", f"package={PACKAGE}", copier, PACKAGE),
            ),
        ),
        python,
    )
    wanted = _generate(surroundings, PACKAGE)
    for peer in (peers.cookiecutter, peers.copier):
        _require_same(surroundings, peer, wanted)
    return peers


def _generate(surroundings: Surroundings, name: str) -> Tree:
    folder = surroundings.root / "rendered"
    folder.mkdir(exist_ok=True)
    surroundings.run(
        *(surroundings.flaskgen, "new", name, "--preset", "web", "--no-install", "--no-git", "--yes"),
        cwd=folder,
    )
    return read_tree(folder / name)


def _version(surroundings: Surroundings, python: Path, name: str) -> str:
    code = f"from importlib.metadata import version; print(version({name!r}), end='')"
    return surroundings.run(python, "-c", code)


def _as_template(tree: Tree) -> dict[str, str]:
    """Make text of a rendered tree in which the project's name is a variable called NAME or TITLE."""
    return {_with_variables(path): _with_variables(content.decode()) for path, content in tree.items()}


def _with_variables(text: str) -> str:
    return "".join(_escaped(re.split(f"({_STAND_IN}|{_STAND_IN.title()})", text)))


def _escaped(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        if part == _STAND_IN:
            yield "{{ NAME }}"
        elif part == _STAND_IN.title():
            yield "{{ NAME.title() }}"
        elif _JINJA.search(part):
            yield f"{{% raw %}}{part}{{% endraw %}}"
        else:
            yield part


def _write_cookiecutter(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        _write(folder / "{{cookiecutter.package}}" / path, text, path, name="cookiecutter.package")
    (folder / "cookiecutter.json").write_text(json.dumps({"package": PACKAGE}))
    return folder


def _write_copier(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        _write(folder / f"{path}.jinja", text, f"{path}.jinja", name="package")
    (folder / "copier.yml").write_text(f"package:\n  type: str\n  default: {PACKAGE}\n")
    return folder


def _write(target: Path, text: str, path: str, *, name: str) -> None:
    place = Path(str(target).removesuffix(path)) / path.replace("NAME", name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(re.sub(r"\{\{ NAME(.*?) \}\}", rf"{{{{ {name}\1 }}}}", text))


def _require_same(surroundings: Surroundings, peer: Peer, wanted: Tree) -> None:
    folder = surroundings.root / "rendered" / peer.name
    folder.mkdir()
    peer.make(surroundings, folder)
    made = read_tree(folder / PACKAGE)
    secret = {".env"}  # holds a random key
    different = {path for path in wanted.keys() | made.keys() if wanted.get(path) != made.get(path)} - secret
    if different:
        raise SystemExit(f"{peer.name} does not render the same tree: {', '.join(sorted(different))}")
