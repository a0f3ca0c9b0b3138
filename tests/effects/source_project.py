"""A source project that pip can build without an index: its build backend lies beside it."""

from __future__ import annotations

from pathlib import Path

_BACKEND = """
import zipfile

def build_wheel(folder, settings=None, metadata=None, module="VERSION = 1\\n", name="NAME.py"):
    wheel = "NAME-1.0-py3-none-any.whl"
    files = {
        name: module,
        "NAME-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: NAME\\nVersion: 1.0\\n",
        "NAME-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files["NAME-1.0.dist-info/RECORD"] = "".join(f"{path},,\\n" for path in files)
    with zipfile.ZipFile(f"{folder}/{wheel}", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel

def build_editable(folder, settings=None, metadata=None):
    import os
    return build_wheel(folder, module=os.getcwd() + "\\n", name="NAME.pth")
"""

_PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def make_source_project(folder: Path) -> Path:
    """Write a project into ``directory``, named like it, version 1.0."""
    folder.mkdir(parents=True)
    (folder / "backend.py").write_text(_BACKEND.replace("NAME", folder.name))
    (folder / "pyproject.toml").write_text(_PYPROJECT)
    return folder
