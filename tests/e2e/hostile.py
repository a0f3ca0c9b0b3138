"""Settings and files around a run that would lead pip, uv, git or Python astray if they counted.

``{trap}`` is a directory with such files.
"""

from __future__ import annotations

import sys
from pathlib import Path

PIP = {
    "PIP_TARGET": "{trap}",
    "PIP_PREFIX": "{trap}",
    "PIP_ROOT": "{trap}",
    "PIP_USER": "1",
    "PIP_DRY_RUN": "1",
    "PIP_NO_DEPS": "1",
    "PIP_PYTHON": "{trap}/nowhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_REQUIREMENT": "{trap}/nowhere",
    "PIP_CONSTRAINT": "{trap}/nowhere",
    "PIP_EDITABLE": "{trap}/nowhere",
    "PIP_NO_BINARY": ":all:",
    "PIP_ONLY_BINARY": ":none:",
    "PIP_PRE": "1",
    "PIP_PLATFORM": "win32",
    "PIP_PYTHON_VERSION": "2.7",
    "PIP_IGNORE_INSTALLED": "1",
    "PIP_FORCE_REINSTALL": "1",
    "PIP_REQUIRE_HASHES": "1",
    "PIP_REPORT": "{trap}/report",
    "PIP_LOG": "{trap}/log",
    "PIP_QUIET": "3",
    "PIP_COMPILE": "0",
    "PIP_SRC": "{trap}",
}
UV = {
    "UV_CONFIG_FILE": "{trap}/uv.toml",
    "UV_PROJECT_ENVIRONMENT": "{trap}",
    "UV_PROJECT": "{trap}",
    "UV_WORKING_DIR": "{trap}",
    "UV_PYTHON": "3.9",
    "UV_PYTHON_PREFERENCE": "only-managed",
    "UV_SYSTEM_PYTHON": "1",
    "UV_TARGET": "{trap}",
    "UV_PREFIX": "{trap}",
    "UV_NO_BUILD": "1",
    "UV_NO_BINARY": "1",
    "UV_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "UV_CONSTRAINT": "{trap}/nowhere",
    "UV_OVERRIDE": "{trap}/nowhere",
    "UV_BUILD_CONSTRAINT": "{trap}/nowhere",
    "UV_EXCLUDE_NEWER": "2015-01-01",
    "UV_RESOLUTION": "lowest",
    "UV_PRERELEASE": "allow",
    "UV_REQUIRE_HASHES": "1",
    "UV_LINK_MODE": "bogus",
    "UV_NO_CACHE": "1",
    "UV_INDEX_STRATEGY": "bogus",
    "UV_CONCURRENT_INSTALLS": "none",
    "UV_NO_VERIFY_HASHES": "1",
    "UV_VENV_SEED": "1",
    "UV_VENV_CLEAR": "1",
    "UV_VENV_RELOCATABLE": "1",
    "UV_BREAK_SYSTEM_PACKAGES": "1",
}
OTHERS = {
    "PYTHONPATH": "{trap}",
    "PYTHONHOME": sys.base_prefix,
    "PYTHONSTARTUP": "{trap}/flask.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPYCACHEPREFIX": "{trap}/pycache",
    "PYTHONINSPECT": "1",
    "PYTHONPLATLIBDIR": "trap",
    "PYTHONUSERBASE": "{trap}",
    "VIRTUAL_ENV": "{trap}",
    "CONDA_PREFIX": "{trap}",
    "CONDA_DEFAULT_ENV": "trap",
    "FLASK_APP": "nowhere",
    "FLASK_DEBUG": "1",
    "FLASK_SKIP_DOTENV": "1",
    "SECRET_KEY": "ambient",
    "PYTEST_ADDOPTS": "--bogus",
    "PYTEST_PLUGINS": "nowhere",
    "GIT_DIR": "{trap}/repository",
    "GIT_WORK_TREE": "{trap}",
    "GIT_INDEX_FILE": "{trap}/index",
    "GIT_TEMPLATE_DIR": "{trap}/template",
    "GIT_CONFIG_GLOBAL": "{trap}/gitconfig",
    "GIT_AUTHOR_DATE": "never",
    "EDITOR": "{trap}/editor",
    "LC_ALL": "C",
}
VARIABLES = {"pip": PIP, "uv": UV, "others": OTHERS}

HOME_FILES = {
    ".config/pip/pip.conf": "[global]\nuser = 1\ndry-run = 1\n[install]\ntarget = {trap}\nno-deps = true\n",
    ".pip/pip.conf": "[install]\nprefix = {trap}\nrequire-virtualenv = true\n",
    ".config/uv/uv.toml": "offline = true\n[pip]\ntarget = '{trap}'\nno-deps = true\nonly-binary = ['x']\n",
    ".pydistutils.cfg": "[install]\nprefix = {trap}\n",
    ".config/python/usercustomize.py": "raise SystemExit('misled')\n",
    ".gitconfig": "[user]\n\tname = Ada\n\temail = a@example.org\n[core]\n\thooksPath = {trap}/hooks\n"
    "[init]\n\ttemplateDir = {trap}/template\n[alias]\n\tcommit = !false\n[commit]\n\tgpgSign = true\n",
}
"""Settings in a user's home."""

WORKING_FILES = {
    **{
        f"{name}.py": "raise SystemExit('misled')\n"
        for name in (
            "pip",
            "json",
            "venv",
            "flask",
            "sitecustomize",
            "usercustomize",
            "site",
            "typing",
            "marshal",
        )
    },
    "pytest.ini": "[pytest]\naddopts = --bogus\n",
    "conftest.py": "raise SystemExit('misled')\n",
    "setup.cfg": "[install]\nprefix = {trap}\n",
    ".python-version": "2.7\n",
    ".env": "FLASK_APP=nowhere\nSECRET_KEY=ambient\n",
    ".flaskenv": "FLASK_APP=nowhere\n",
    "requirements.txt": "nowhere==1\n",
    "uv.toml": "this is not TOML [",
    "../uv.toml": "no-index = true\n",
    "../pyproject.toml": "[tool.uv]\nno-index = true\n[tool.pytest.ini_options]\naddopts = '--bogus'\n",
    "../uv.lock": "bogus",
}
"""Files in the working directory, and above it."""


def lay_trap(folder: Path) -> Path:
    """Make the directory that the variables lead to."""
    for name in ("flask.py", "pip.py", "json.py", "sitecustomize.py", "editor"):
        write(folder / name, "raise SystemExit('misled')\n")
    write(folder / "uv.toml", 'index-url = "http://127.0.0.1:9/simple"\nno-index = true\n')
    write(folder / "gitconfig", "[core]\n\thooksPath = hooks\n")
    for hook in ("pre-commit", "post-commit", "post-checkout", "commit-msg"):
        write(folder / "hooks" / hook, "#!/bin/sh\nexit 1\n").chmod(0o755)
    write(folder / "template" / "planted", "")
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
