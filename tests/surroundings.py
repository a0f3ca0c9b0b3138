"""What a test sees of the machine: what programs need to start and to reach the package index."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# Where packages come from, and what is trusted on the way: a machine may reach its index in no other way.
_SOURCES = frozenset(
    {
        *(
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
            "PIP_FIND_LINKS",
            "PIP_CERT",
            "PIP_PROXY",
            "PIP_TRUSTED_HOST",
        ),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("TEST_PACKAGE_CACHE", "NPM_CONFIG_REGISTRY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    }
)
_SYSTEM = frozenset(
    {
        *(
            "PATH",
            "PATHEXT",
            "COMSPEC",
            "SHELL",
            "USER",
            "LOGNAME",
            "HOME",
            "TMPDIR",
            "TEMP",
            "TMP",
            "PYENV_ROOT",
        ),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    }
)
_PREFIXES = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_", "COVERAGE_", "NIX_", "PROCESSOR_")

MEASURED = {name: value for name, value in os.environ.items() if name == "COVERAGE_PROCESS_START"}
"""With this a process measures what it covers: one that may import and write as usual."""


def seen_by_tests(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what stays of an environment; interpreters that pyenv keeps in the home directory stay found."""
    seen = {
        name: value
        for name, value in environment.items()
        if name.upper() in _SOURCES or name in _SYSTEM or name.startswith(_PREFIXES)
    }
    if "HOME" in seen and (pyenv := Path(seen["HOME"], ".pyenv")).is_dir():
        seen.setdefault("PYENV_ROOT", str(pyenv))
    return {"LANG": "C.UTF-8", **seen}
