"""Tiny wheels, and environments that hold them, made of real files in a moment."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
VERSION = sys.version.split()[0]


def build_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: Iterable[str] = (),
    extras: Iterable[str] = (),
) -> Path:
    """Write a wheel with one module and true hashes."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Provides-Extra: {extra}" for extra in extras]
    metadata += [f"Requires-Dist: {one}" for one in requires]
    files = {
        f"{name.replace('-', '_').lower()}.py": f"VERSION = {version!r}\n",
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def make_environment(path: Path, *wheels: Path, version: str = VERSION, system: bool = False) -> Path:
    """Lay an environment of the running interpreter out as ``venv`` does, and unpack wheels into it."""
    minor = ".".join(version.split(".")[:2])
    site_packages = path / "lib" / f"python{minor}" / "site-packages"
    site_packages.mkdir(parents=True)
    (path / "bin").mkdir()
    base = path.with_name(f"{path.name}-base") / f"python{minor}"
    base.parent.mkdir()
    base.symlink_to(Path(sys.executable).resolve())
    (path / "bin" / "python").symlink_to(base)
    (path / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = {str(system).lower()}\nversion = {version}\n"
    )
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site_packages)
    return path


def pyproject(*requirements: str, dev: Sequence[str] = (), name: str = "") -> str:
    """Write a pyproject.toml; one without a name is no project of uv's."""
    named = f'name = "{name}"\nversion = "0.1.0"\nrequires-python = ">={MINOR}"\n' if name else ""
    lists = (f"[project]\n{named}dependencies = [", requirements), ("[dependency-groups]\ndev = [", dev)
    return "\n".join(
        "\n".join([head, *(f"    '''{line}'''," for line in lines), "]\n"]) for head, lines in lists
    )


def make_project(directory: Path, *wheels: Path) -> Path:
    """Make what `flaskgen freeze` needs of a project, with wheels in its environment."""
    (directory / ".flaskgen").mkdir(parents=True)
    (directory / ".flaskgen" / "project.toml").touch()
    (directory / "pyproject.toml").write_text(pyproject("Flask>=3", dev=["pytest"]))
    make_environment(directory / ".venv", *wheels)
    return directory


def site_packages_of(environment: Path) -> Path:
    """Return the one site-packages directory of an environment."""
    [folder] = environment.glob("lib/python*/site-packages")
    return folder


def make_real_environment(path: Path) -> Path:
    """Make an environment with pip in it, by virtualenv, and return its Python."""
    import virtualenv

    arguments = [str(path), "--no-download", "--no-periodic-update", "--no-vcs-ignore"]
    session = virtualenv.cli_run(
        [*arguments, "--app-data", str(path.with_name(f"{path.name}-app-data"))],
        setup_logging=False,
        env={"PATH": os.environ["PATH"], "VIRTUALENV_CONFIG_FILE": os.devnull},
    )
    return Path(session.creator.exe)


def pip(python: Path, *arguments: str | Path) -> str:
    """Run an environment's pip without an index, and return what it prints."""
    from flaskgen.effects.system.environment import child_environment
    from flaskgen.effects.system.session import Session

    environment = child_environment(
        {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"}
    )
    command: list[str | Path] = [python, "-I", "-m", "pip", *arguments]
    return Session().run(command, environment=environment).stdout
