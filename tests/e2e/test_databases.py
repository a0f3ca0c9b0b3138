"""Generated projects with real database servers: their own tests, their migrations, and a served page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.e2e.database_servers import PASSWORD, DatabaseServer, running_mariadb, running_postgresql
from tests.e2e.new_defaults import assert_rows_get_the_defaults_of_new_columns
from tests.project_templates.served import Site, free_port
from tests.project_templates.test_lint import ruff

pytestmark = pytest.mark.e2e

Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]
Make = Callable[..., Site]
"""Makes a project of these options."""
EXTENSIONS = "sqlalchemy,migrate,login,mail,wtf"
EVERY_USE = ("--with", "smorest,restful,deploy")
"""What else uses a database: APIs, and backups."""
DATABASE_INPUT = Path(__file__).with_name("exercised") / "database_input.py"
TEXT = "Grüße aus Zürich, 日本 & 🎉"


SERVERS = {"postgresql": running_postgresql, "mariadb": running_mariadb}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    with SERVERS[request.param]() as server:
        yield server


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each kind of project is made once, to be copied for each test."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def make(server: DatabaseServer, flaskgen: Flaskgen, kept: Path, tmp_path: Path) -> Make:
    database = f"sqlalchemy.database={server.option}"

    def make(*options: str) -> Site:
        original = kept / " ".join([server.option, *options])
        if not original.exists():
            original.mkdir()
            extensions = ("--with", EXTENSIONS, "-o", database)
            done = flaskgen("new", "shop", *extensions, *options, "--no-git", "--yes", "--json", cwd=original)
            assert done.returncode == 0, done.stdout + done.stderr
            assert json.loads(done.stdout)["verified"]["status"] == 200
        project = shutil.copytree(original / "shop", tmp_path / "shop", symlinks=True)
        return Site(project / ".venv/bin/python", project)

    return make


def assert_it_is_clean(site: Site) -> None:
    for arguments in (["check"], ["format", "--check"]):
        done = ruff(*arguments, "--no-cache", site.folder)
        assert done.returncode == 0, done.stdout


def set_address(site: Site, url: str) -> None:
    with (site.folder / ".env").open("a") as settings:
        settings.write(f"DATABASE_URL={url}\n")


def assert_migrations_go_up_and_down(site: Site) -> None:
    (revision,) = (site.folder / "migrations/versions").glob("*.py")
    text = revision.read_text()
    assert all(f"op.create_table('{table}'" in text for table in ("note", "user"))
    site.run("db", "upgrade")
    site.run("db", "check")
    site.run("db", "downgrade", "base")
    site.run("db", "upgrade")


def assert_a_note_is_kept(site: Site) -> None:
    earliest = datetime.now(UTC)
    site.add_note(TEXT)
    with site.serving() as browser:
        assert TEXT in html.unescape(browser.get("/notes/"))
        page = browser.get("/notes/1")
        ready = build_opener(ProxyHandler({})).open(f"{browser.origin}/readyz", timeout=30)
        with ready:
            assert ready.status == 200
    shown = re.search(r'<time datetime="([^"]+)"', page)
    assert shown
    written = datetime.fromisoformat(shown[1])
    assert written.utcoffset() == timedelta(0)
    assert earliest <= written <= datetime.now(UTC)


def assert_it_is_not_ready_while_its_database_does_not_answer(site: Site, url: str) -> None:
    with site.serving(DATABASE_URL=url) as browser:
        asked = build_opener(ProxyHandler({}))
        with asked.open(f"{browser.origin}/healthz", timeout=30) as healthy:
            assert healthy.status == 200
        with pytest.raises(HTTPError) as refused:
            asked.open(f"{browser.origin}/readyz", timeout=30)
        refused.value.close()
        assert refused.value.code == 503


def test_a_project_passes_its_tests_migrates_and_serves_on_a_real_server(
    server: DatabaseServer, make: Make
) -> None:
    """Whatever clients send is kept as it is or refused, as the tests that are added say."""
    site = make(*EVERY_USE)
    assert_it_is_clean(site)
    shutil.copy(DATABASE_INPUT, site.folder / "tests" / "test_database_input.py")
    told = site.run_tests(TEST_DATABASE_URL=server.database("tests"))
    assert "skipped" not in told
    address = server.database("shop")
    set_address(site, address)
    assert_migrations_go_up_and_down(site)
    assert_a_note_is_kept(site)
    gone = address.replace(f":{server.port}/", f":{free_port()}/")
    assert_it_is_not_ready_while_its_database_does_not_answer(site, gone)


def test_a_backup_restores_what_was_there_through_a_pipe_and_a_part_of_one_nothing(
    server: DatabaseServer, make: Make
) -> None:
    site = make(*EVERY_USE)
    set_address(site, server.database("backups"))
    site.run("db", "upgrade")
    site.add_note(TEXT)

    def pipe(*command: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*site.command, *command],
            cwd=site.folder,
            env=site.environment(),
            input=sent,
            capture_output=True,
            timeout=60,
        )

    backup = pipe("backup-db", "-")
    assert backup.returncode == 0, backup.stderr
    site.run("db", "downgrade", "base")
    refused = pipe("restore-db", "--yes", "-", sent=backup.stdout[: len(backup.stdout) // 2])
    assert refused.returncode == 1
    assert b"only a part" in refused.stderr
    restored = pipe("restore-db", "--yes", "-", sent=backup.stdout)
    assert restored.returncode == 0, restored.stderr
    site.run("db", "check")
    with site.serving() as browser:
        assert TEXT in html.unescape(browser.get("/notes/"))
    assert PASSWORD not in backup.stdout.decode() + restored.stderr.decode()


def test_resources_that_relate_to_each_other_come_and_go(
    server: DatabaseServer, flaskgen: Flaskgen, make: Make
) -> None:
    site = make()
    set_address(site, server.database("related"))
    every_type = (
        "day:date at:datetime? opens:time share:float price:decimal(10,2)=0 status:enum(draft,live)=draft "
        "code:uuid short:str(2)^ extra:json?"
    )

    def change(*step: str) -> None:
        done = flaskgen(*step, cwd=site.folder)
        assert done.returncode == 0, done.stderr

    change("generate", "resource", "Tag", "name:str(50)^")
    change("generate", "resource", "Post", "title:str(120)", "user:User", "tags:Tag*", *every_type.split())
    change("generate", "field", "Tag", "best:Post?")
    site.run("db", "upgrade")
    of_resources = [str(path) for path in (site.folder / "tests").glob("test_*s_*.py")]
    come = server.database("come")
    site.run_tests("tests/test_migrations.py", *of_resources, TEST_DATABASE_URL=come)
    change("generate", "field", "Post", "--", "-user", "-tags")
    change("remove", "tag")
    site.run("db", "upgrade")
    gone = server.database("gone")
    site.run_tests("tests/test_migrations.py", TEST_DATABASE_URL=gone)
    site.run("db", "downgrade", "base")


def test_rows_that_exist_get_the_defaults_of_new_columns(
    server: DatabaseServer, flaskgen: Flaskgen, make: Make
) -> None:
    site = make()
    set_address(site, server.database("defaults"))
    assert_rows_get_the_defaults_of_new_columns(flaskgen, site)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["0.10", "1.1", "2.2"])
def test_a_project_of_an_older_series_does_so_too(server: DatabaseServer, line: str, make: Make) -> None:
    site = make("--flask", line)
    name = line.replace(".", "_")
    site.run_tests(TEST_DATABASE_URL=server.database(f"tests_{name}"))
    set_address(site, server.database(f"shop_{name}"))
    assert_migrations_go_up_and_down(site)
    assert_it_is_clean(site)
    assert_a_note_is_kept(site)


@pytest.mark.slow  # test_revisions.py does so with SQLite
def test_tables_of_before_the_first_revision_are_taken_over(
    server: DatabaseServer, flaskgen: Flaskgen, tmp_path: Path
) -> None:
    database = f"sqlalchemy.database={server.option}"
    done = flaskgen("new", "shop", "--with", "sqlalchemy", "-o", database, "--no-git", "--yes")
    assert done.returncode == 0, done.stderr
    site = Site(tmp_path / "shop/.venv/bin/python", tmp_path / "shop")
    set_address(site, server.database("grown"))
    site.run("init-db")
    site.add_note(TEXT)
    added = flaskgen("add", "migrate,login", cwd=site.folder)
    assert added.returncode == 0, added.stderr
    site.run("init-db")
    site.run("db", "check")
    with site.serving() as browser:
        assert TEXT in html.unescape(browser.get("/notes/"))
