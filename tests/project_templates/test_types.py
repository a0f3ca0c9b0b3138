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


@pytest.mark.parametrize("most", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_type_checkers_find_the_fault_that_was_put_in_and_nothing_else(
    most: int, checkers: TypeCheckers, tmp_path: Path
) -> None:
    """In one run of pyright, which reads each package once; the slow one has each extension alone as well."""
    faulty = with_a_fault(tmp_path)
    trees = [*of_subsets(tmp_path, most=most), *of_resources(tmp_path)]
    projects = [*trees, with_a_revision(checkers, tmp_path), faulty]
    found = checkers.diagnostics(projects)
    assert found.pop(faulty, "").count("my_shop/main.py") == 2
    assert not found, "\n".join(f"--- {project.name}\n{said}" for project, said in found.items())


def of_subsets(parent: Path, *, most: int) -> list[Path]:
    """Everything is what has options here, and resources below."""
    subsets = [subset for subset in sample_of(NEWEST, most=most) if subset != EVERYTHING]
    trees = {name_of(subset): render_project(subset) for subset in subsets}
    trees["options"] = render_project(EVERYTHING, options=("jobs.engine=celery", "login.totp=yes"))
    trees["codes"] = render_project(closed(["login", "sqlalchemy"]), options=("login.totp=yes",))
    return [write_tree(parent / name, tree) for name, tree in trees.items()]


def of_resources(parent: Path) -> list[Path]:
    forms = ("sqlalchemy", "wtf")
    trees = {
        "types": render(POST, TAG, SHELF, DIARY),
        "relations": render(*RELATIONS, extensions=(*WEB, "migrate")),
        "few": render(TAG, SHELF, extensions=forms),
        "rest": render(TAG, SHELF, extensions=(*forms, "restful")),
        "resources-every": render(POST, TAG, SHELF, DIARY, extensions=EVERYTHING),
    }
    return [write_tree(parent / name, tree) for name, tree in trees.items()]


def with_a_revision(checkers: TypeCheckers, parent: Path) -> Path:
    """Return a project with a revision that a command of its own wrote."""
    project = write_tree(parent / "revision", render_project(("migrate",)))
    command = [str(checkers.python), "-m", "flask", "db", "migrate", "-m", "first"]
    subprocess.run(command, cwd=project, env={"FLASK_DEBUG": "1", "PATH": ""}, check=True)
    assert list(project.glob("migrations/versions/*_first.py"))
    return project


def with_a_fault(parent: Path) -> Path:
    project = write_tree(parent / "faulty", render_project(()))
    main = project / "my_shop" / "main.py"
    main.write_text(f"{main.read_text()}\n\ndef count() -> int:\n    return index()\n")
    return project
