"""mypy, in its strict mode, and pyright have nothing to say about what is generated."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.browser.npm import NodeModules
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import EVERYTHING, closed, name_of, sample_of, write_tree
from tests.project_templates.test_resources import DIARY, POST, RELATIONS, SHELF, TAG, WEB, render
from tests.project_templates.type_checkers import TypeCheckers

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def checkers(
    project_python: Path, node_modules: NodeModules, tmp_path_factory: pytest.TempPathFactory
) -> TypeCheckers:
    return TypeCheckers(project_python, node_modules, tmp_path_factory.mktemp("mypy"))


def test_no_type_checker_complains_of_a_sample_of_the_subsets(checkers: TypeCheckers, tmp_path: Path):
    sample = sample_of(NEWEST, most=1)
    projects = [write_tree(tmp_path / name_of(subset), render_project(subset)) for subset in sample]
    celery = render_project(EVERYTHING, options=("jobs.engine=celery",))
    projects.append(write_tree(tmp_path / "celery", celery))
    for name, subset in {"codes": closed(["login", "sqlalchemy"]), "every": EVERYTHING}.items():
        codes = render_project(subset, options=("login.totp=yes",))
        projects.append(write_tree(tmp_path / f"totp-{name}", codes))
    found = checkers.diagnostics(projects)
    assert not found, "\n".join(f"--- {project.name}\n{said}" for project, said in found.items())


def test_no_type_checker_complains_of_resources(checkers: TypeCheckers, tmp_path: Path):
    projects = [
        write_tree(tmp_path / "types", render(POST, TAG, SHELF, DIARY)),
        write_tree(tmp_path / "relations", render(*RELATIONS, extensions=(*WEB, "migrate"))),
        write_tree(tmp_path / "few", render(TAG, SHELF, extensions=("sqlalchemy", "wtf"))),
        write_tree(tmp_path / "rest", render(TAG, SHELF, extensions=("sqlalchemy", "wtf", "restful"))),
        write_tree(tmp_path / "every", render(POST, TAG, SHELF, DIARY, extensions=EVERYTHING)),
    ]
    found = checkers.diagnostics(projects)
    assert not found, "\n".join(f"--- {project.name}\n{said}" for project, said in found.items())


def test_both_would_find_a_fault(checkers: TypeCheckers, tmp_path: Path):
    project = write_tree(tmp_path / "project", render_project(EVERYTHING))
    main = project / "my_shop" / "main.py"
    main.write_text(f"{main.read_text()}\n\ndef count() -> int:\n    return index()\n")
    assert checkers.diagnostics([project])[project].count("my_shop/main.py") == 2


def test_they_do_not_complain_of_a_revision_that_a_command_writes(checkers: TypeCheckers, tmp_path: Path):
    project = write_tree(tmp_path / "project", render_project(("migrate",)))
    command = [str(checkers.python), "-m", "flask", "db", "migrate", "-m", "first"]
    subprocess.run(command, cwd=project, env={"FLASK_DEBUG": "1", "PATH": ""}, check=True)
    assert list(project.glob("migrations/versions/*_first.py"))
    assert not checkers.diagnostics([project])
