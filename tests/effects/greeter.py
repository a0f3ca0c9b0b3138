"""Environments with a small package, `greeter`, whose compiled files can be looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from flaskgen.effects.python.environments import Environment, create_environment
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter

GREETING = "def greet():\n    return 'hello'\n"


def own_interpreter() -> Interpreter:
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(Path(sys.executable), version, "CPython")


def greeter_environment(path: Path, *, like: Environment | None = None) -> Environment:
    """Make an environment with the package `greeter`; ``like`` links to the files of another, as uv does."""
    environment = create_environment(path, own_interpreter(), prompt="test", session=Session())
    if like:
        for name in ("greeter", "greeter-1.0.dist-info"):
            source = site(like) / name
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, site(environment) / name, copy_function=os.link, ignore=unwanted)
        return environment
    install_files(environment, {"greeter/__init__.py": "", "greeter/words.py": GREETING})
    return environment


def install_files(environment: Environment, files: dict[str, str], *, script: str = "") -> None:
    info = site(environment) / "greeter-1.0.dist-info"
    record = [f"{path},sha256=any,{len(text)}" for path, text in files.items()]
    for path, text in files.items():
        (site(environment) / path).parent.mkdir(exist_ok=True)
        (site(environment) / path).write_text(text)
    info.mkdir(exist_ok=True)
    (info / "RECORD").write_text("\n".join([*record, f"../../../bin/greet,sha256={script},300", ""]))


def run_python(environment: Environment, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [environment.python, "-c", code], capture_output=True, text=True, check=False, cwd=environment.path
    )


def greeting(environment: Environment) -> str:
    completed = run_python(environment, "from greeter.words import greet; print(greet(), end='')")
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def site(environment: Environment) -> Path:
    """Return the directory that packages are installed to."""
    return environment.site_packages[0]


def compiled_file(environment: Environment, module: str = "words") -> Path:
    tag = sys.implementation.cache_tag
    return site(environment) / "greeter" / "__pycache__" / f"{module}.{tag}.pyc"


def takes_compiled_file(environment: Environment) -> bool:
    """Return whether Python itself says that it took the compiled file."""
    completed = subprocess.run(
        [environment.python, "-v", "-c", "import greeter.words"], capture_output=True, text=True, check=True
    )
    return f"matches {site(environment) / 'greeter' / 'words.py'}" in completed.stderr
