"""Other programs, at pinned versions, and templates of flaskgen's tree for those that render one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import PROJECT, Sandbox

_REQUIREMENTS = Path(__file__).with_name("peers.txt")
# Rendered with this name, a project shows where its name stands. It sorts as PROJECT does.
_STAND_IN = "shopzq"
_JINJA = re.compile(r"\{\{|\{%|\{#")
_MODULE = '''\
"""Module {number} of {{{{ package }}}}."""

from __future__ import annotations

NAME = "{{{{ package }}}}-{number}"


def describe(title: str = NAME) -> str:
    """Describe module {number}."""
    return f"{{title}} of {{{{ package }}}}"
'''

Tree = dict[str, bytes]


@dataclass(frozen=True)
class Generator:
    """A program that renders the tree."""

    command: tuple[str | Path, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    def make(self, sandbox: Sandbox, directory: Path) -> float:
        """Render into ``directory / PROJECT``, and return the seconds."""
        return sandbox.seconds(self.command, cwd=directory, variables=self.variables)


@dataclass(frozen=True)
class Peers:
    """Flaskgen and both others, ready to render the same tree."""

    flaskgen: Generator
    cookiecutter: Generator
    copier: Generator


def prepare_peers(sandbox: Sandbox, *, more_files: int = 0) -> Peers:
    """Install both, write their templates, and stop unless each renders what flaskgen does.

    With ``more_files``, the tree has so many more files than flaskgen's templates have.
    """
    root = sandbox.root / f"peers-{more_files}"
    root.mkdir()
    variables = _add_files(sandbox, root, more_files) if more_files else {}
    files = _as_template(_render(sandbox, _flaskgen(sandbox, _STAND_IN, variables), root, _STAND_IN))
    programs = peer_environment(sandbox)
    peers = Peers(
        _flaskgen(sandbox, PROJECT, variables),
        _cookiecutter(programs, root / "cookiecutter", files),
        _copier(programs, root / "copier", files),
    )
    wanted = _render(sandbox, peers.flaskgen, root, PROJECT)
    for name in ("cookiecutter", "copier"):
        made = _render(sandbox, getattr(peers, name), root, PROJECT)
        different = {path for path in wanted.keys() | made.keys() if wanted.get(path) != made.get(path)}
        if different - {".env"}:  # which holds a random key
            raise SystemExit(f"{name} does not render the same tree: {', '.join(sorted(different))}")
    return peers


def peer_environment(sandbox: Sandbox) -> Path:
    """Install the other programs, unless they are, and return the directory that has them."""
    environment = sandbox.root / "peers"
    if not environment.exists():
        sandbox.run(sandbox.uv, "venv", "--python", sandbox.python, environment)
        install = (sandbox.uv, "pip", "install", "--compile-bytecode", "--python", environment)
        sandbox.run(*install, "--requirement", _REQUIREMENTS)
    return environment / "bin"


def peer_versions() -> str:
    """Return the names and versions of these programs."""
    pins = re.findall(
        r"^(cookiecutter|copier|django|virtualenv)==(\S+)", _REQUIREMENTS.read_text(), re.MULTILINE
    )
    return ", ".join(f"{name} {version}" for name, version in pins)


def _add_files(sandbox: Sandbox, root: Path, more_files: int) -> dict[str, str]:
    """Copy flaskgen, with more files in its templates, and return the variables with which it is run."""
    installed = sandbox.run(sandbox.python, "-c", "import flaskgen; print(*flaskgen.__path__, end='')")
    copy = root / "flaskgen"
    shutil.copytree(installed, copy)
    for number in range(more_files):
        name = f"part_{number // 100:03}/module_{number:05}.py.jinja"
        target = copy / "project_templates" / "base" / "files" / "{{package}}" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(_MODULE.format(number=number))
    return {"PYTHONPATH": str(root)}


def _flaskgen(sandbox: Sandbox, name: str, variables: Mapping[str, str]) -> Generator:
    options = ("--preset", "web", "--no-install", "--no-git", "--yes")
    return Generator((sandbox.flaskgen, "new", name, *options), variables)


def _render(sandbox: Sandbox, generator: Generator, root: Path, name: str) -> Tree:
    """Return the files that a generator makes, without flaskgen's record of them."""
    directory = root / "rendered"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    generator.make(sandbox, directory)
    return {
        path.relative_to(directory / name).as_posix(): path.read_bytes()
        for path in sorted((directory / name).rglob("*"))
        if path.is_file() and ".flaskgen" not in path.parts
    }


def _as_template(tree: Tree) -> dict[str, str]:
    """Return a rendered tree in which the project's name is a variable called NAME."""
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


def _cookiecutter(programs: Path, template: Path, files: Mapping[str, str]) -> Generator:
    for path, text in files.items():
        _write(template / "{{cookiecutter.package}}", path, text, name="cookiecutter.package")
    (template / "cookiecutter.json").write_text(json.dumps({"package": PROJECT}))
    return Generator((programs / "cookiecutter", "--no-input", template, f"package={PROJECT}"))


def _copier(programs: Path, template: Path, files: Mapping[str, str]) -> Generator:
    for path, text in files.items():
        _write(template, f"{path}.jinja", text, name="package")
    (template / "copier.yml").write_text(f"package:\n  type: str\n  default: {PROJECT}\n")
    options = ("--defaults", "--quiet", "--data", f"package={PROJECT}")
    return Generator((programs / "copier", "copy", *options, template, PROJECT))


def _write(template: Path, path: str, text: str, *, name: str) -> None:
    target = template / path.replace("NAME", name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(re.sub(r"\{\{ NAME(.*?) \}\}", rf"{{{{ {name}\1 }}}}", text))
