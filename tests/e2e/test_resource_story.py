"""A project that grows by resources while people edit it and use it: its tests pass and its data stays."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.project_templates.browser import Browser
from tests.project_templates.served import Site

pytestmark = pytest.mark.e2e

Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]


class Story:
    """What happens to one project, and what has to hold after each step."""

    def __init__(self, flaskgen: Flaskgen, folder: Path) -> None:
        self._flaskgen = flaskgen
        self.site = Site(folder / "shop/.venv/bin/python", folder / "shop")
        self._run("new", "shop", "--preset", "web", "--with", "migrate", "--yes", "--no-git", cwd=folder)

    def flaskgen(self, *arguments: str) -> None:
        """Run a command, and apply the revision that it wrote."""
        self._run(*arguments, cwd=self.site.folder)
        self.site.run("db", "upgrade")

    def test(self, *resources: str) -> None:
        """Let the tests of resources pass, and those of the revisions."""
        found = [(self.site.folder / "tests").glob(f"test_{name}_*.py") for name in resources]
        files = [str(file) for files in found for file in files]
        assert len(files) >= 2 * len(resources)
        self.site.run_tests("tests/test_migrations.py", *files)

    def _run(self, *arguments: str, cwd: Path) -> None:
        done = self._flaskgen(*arguments, cwd=cwd)
        assert done.returncode == 0, done.stderr + done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.site.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def text(self, path: str) -> str:
        return (self.site.folder / path).read_text()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.site.folder / "instance/shop.sqlite3")) as connection:
            return list(connection.execute(query))


EMAIL, PASSWORD = "ada@example.com", "analytical engine"
EDITS = (
    ("shop/posts/models.py", "sa.String(120)", "sa.String(200)"),
    ("shop/posts/models.py", "return self.title", "return self.title.upper()"),
    ("shop/posts/forms.py", '"Title",', '"Headline",'),
    ("shop/posts/views.py", "per_page=20", "per_page=15"),
    ("shop/templates/posts/show.html", "<dl>", '<p class="ours">Ours</p>\n<dl>'),
    ("tests/test_posts_pages.py", "import re\n", "import re  # ours\n"),
)


def test_two_resources_grow_with_edits_and_data_in_place(flaskgen: Flaskgen, tmp_path: Path) -> None:
    story = Story(flaskgen, tmp_path)
    story.flaskgen("generate", "resource", "Post", "title:str(120)", "body:text?", "--owner")
    story.flaskgen("generate", "resource", "Comment", "text:str", "post:Post", "--owner")
    story.site.run("create-user", EMAIL, "--password", PASSWORD)
    with logged_in(story.site) as browser:
        assert "Tea with milk" in browser.submit("/posts/new", {"title": "Tea with milk"})
        assert "How nice" in browser.submit("/comments/new", {"text": "How nice", "post": "1"})

    for path, old, new in EDITS:
        story.edit(path, old, new)
    story.site.run("db", "migrate", "-m", "Longer titles")
    story.site.run("db", "upgrade")

    story.flaskgen("generate", "field", "Post", "price:decimal(10,2)=0", "rating:int?")
    story.flaskgen("add", "bootstrap,smorest")
    story.test("posts", "comments")
    story.site.run("db", "check")
    assert story.rows("SELECT title, rating FROM post") == [("Tea with milk", None)]
    with logged_in(story.site) as browser:
        page = browser.get("/posts/1")
        assert "TEA WITH MILK" in page
        assert "Ours" in page
        assert "2.50" in browser.submit("/posts/1/edit", {"title": "Tea", "price": "2.50"})

    story.flaskgen("remove", "comment")
    assert story.rows("SELECT name FROM sqlite_master WHERE name = 'comment'") == []
    story.flaskgen("generate", "field", "Post", "--", "-rating")
    story.test("posts")
    story.site.run("db", "downgrade")
    story.flaskgen("undo")
    story.test("posts")
    assert "rating" in story.text("shop/posts/models.py")
    assert all(new in story.text(path) for path, _, new in EDITS)
    assert story.rows("SELECT title FROM post") == [("Tea",)]
    story.site.run("db", "check")


@contextmanager
def logged_in(site: Site) -> Iterator[Browser]:
    with site.serving() as browser:
        browser.submit("/auth/login", {"email": EMAIL, "password": PASSWORD})
        yield browser
