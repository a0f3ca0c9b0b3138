"""The revision that an application's models need, written in the project's own interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.effects.python.verification import Answer, Application
from flaskgen.effects.system.session import Session

pytestmark = pytest.mark.e2e
TAG = """

class Tag(Model):
    id: so.Mapped[int] = so.mapped_column(primary_key=True)
    name: so.Mapped[str] = so.mapped_column(sa.String(50), index=True)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    command = [sys.executable, "-m", "flaskgen", "new", "shop", "--with", "migrate", "--no-git", "-q", "-y"]
    subprocess.run(command, cwd=tmp_path, check=True)
    return tmp_path / "shop"


def revised(project: Path, *, title: str = "add tag", **variables: str) -> Answer:
    python = project / ".venv" / "bin" / "python"
    environment = {**os.environ, **variables}
    return Application(project, "shop", python, Session(), environment).check(title)


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def files(project: Path) -> dict[str, bytes]:
    parts = (project / name for name in ("migrations", "instance", "shop"))
    found = (path for part in parts for path in part.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found if "__pycache__" not in path.parts}


def test_the_revision_holds_what_the_models_have_and_the_revisions_lack(shop: Path):
    assert revised(shop).revision is None, "nothing differs"
    append(shop / "shop" / "notes" / "models.py", TAG)
    before = files(shop)
    answer = revised(shop)
    assert (answer.status, answer.no_revision) == (200, None)
    assert answer.revision is not None
    path, text = answer.revision
    assert path.startswith("migrations/versions/")
    assert path.endswith("_add_tag.py")
    assert "op.create_table('tag'" in text
    assert "note" not in text
    assert files(shop) == before


def test_no_database_of_the_application_is_opened(shop: Path, tmp_path: Path):
    append(shop / "shop" / "notes" / "models.py", TAG)
    answer = revised(shop, DATABASE_URL=f"sqlite:///{tmp_path}/missing/shop.sqlite3")
    assert (answer.status, answer.no_revision) == (200, None)
    assert answer.revision is not None
    env = shop / "migrations" / "env.py"
    env.write_text(
        env.read_text().replace(
            "db.engine.connect()", "__import__('sqlalchemy').create_engine('sqlite://').connect()"
        )
    )
    append(
        shop / "shop" / "notes" / "models.py",
        "\n\nTag.__table__.append_column(so.mapped_column('more', sa.String(3)).column)\n",
    )
    answer = revised(shop)
    assert answer.revision is None
    assert answer.no_revision == "RuntimeError: the revisions connect to another database"


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("second.py", "down_revision = None", "down_revision = None  # another", "already exists"),
        (None, "    op.create_table", "    raise ValueError('no')\n    op.create_table", "ValueError: no"),
    ],
)
def test_revisions_that_cannot_be_applied_are_the_reason_for_none(
    shop: Path, name: str | None, old: str, new: str, problem: str
):
    append(shop / "shop" / "notes" / "models.py", TAG)
    (first,) = (shop / "migrations" / "versions").glob("*.py")
    text = first.read_text().replace(old, new)
    if name:
        text = text.replace("revision = '", "revision = '1", 1)
    first.with_name(name or first.name).write_text(text)
    answer = revised(shop)
    assert answer.status == 200
    assert answer.revision is None
    assert answer.no_revision is not None
    assert problem in answer.no_revision


def test_an_application_with_several_databases_needs_a_person(shop: Path):
    factory = shop / "shop" / "__init__.py"
    append(shop / "shop" / "config.py", "\n")
    text = factory.read_text()
    mark = "    with reading("
    assert mark in text
    factory.write_text(
        text.replace(mark, f'    app.config["SQLALCHEMY_BINDS"] = {{"other": "sqlite://"}}\n{mark}', 1)
    )
    assert revised(shop).no_revision == "RuntimeError: the application has several databases"


UPGRADE = """
import sys
from alembic.migration import MigrationContext
from alembic.operations import Operations

options = {"as_sql": True, "output_buffer": sys.stdout}
context = MigrationContext.configure(dialect_name=sys.argv[1], opts=options)
revision = {}
exec(sys.stdin.read(), revision)
with Operations.context(context):
    revision["upgrade"]()
"""


def test_a_default_of_a_text_is_an_expression_in_mysql_alone(shop: Path):
    model = shop / "shop" / "notes" / "models.py"
    append(model, '    body: so.Mapped[str] = so.mapped_column(sa.Text, default="It\'s \\\\ 5:pm")\n')
    answer = revised(shop)
    assert answer.revision is not None
    defaults = {
        "mysql": r"DEFAULT ('It''s \\ 5:pm')",
        "sqlite": r"DEFAULT 'It''s \ 5:pm'",
    }
    for dialect, default in defaults.items():
        command = [str(shop / ".venv" / "bin" / "python"), "-c", UPGRADE, dialect]
        run = subprocess.run(command, input=answer.revision[1], capture_output=True, text=True, check=True)
        assert default in run.stdout
