"""Fields with defaults, added to a table that has a row: what the row has of them then, on any database."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from tests.project_templates.served import Site

FIELDS = (
    "price:decimal(10,2)=9.99",
    "discount:decimal(5,3)=-0.125",
    "stars:int=-3",
    "share:float=-0.5",
    "status:enum(draft,live)=draft",
    "visible:bool=true",
    "hidden:bool=false",
    'motto:str=It\'s "so" 100%: a\\b',
    'story:text=It\'s "so" 100%, :so \\:so: a\\b',
    "place:str='Zürich'",
    "due:date=2030-01-02",
    "at:time=08:15",
    "begins:datetime=2030-01-02T08:15",
    "day:date=today",
    "noticed_at:time=now",
    "seen_at:datetime=now",
    "rating:int?=5",
)
ADD_A_ROW = """
from flask.cli import load_dotenv
from shop import create_app
from shop.extensions import db
from shop.posts.models import Post

load_dotenv()
with create_app().app_context():
    db.session.add(Post(title="Tea"))
    db.session.commit()
"""
LOOK = """
import datetime
import decimal

from flask.cli import load_dotenv
from shop import create_app
from shop.extensions import db
from shop.posts.models import Post

now = datetime.datetime.now(datetime.timezone.utc)
minutes = datetime.timedelta(minutes=5)
moment = datetime.datetime(2030, 1, 2, 8, 15, tzinfo=datetime.timezone.utc)
values = dict(
    price=decimal.Decimal("9.99"), discount=decimal.Decimal("-0.125"), stars=-3, share=-0.5, status="draft",
    visible=True, hidden=False, motto="It's \\"so\\" 100%: a\\\\b", place="'Zürich'", rating=5,
    story="It's \\"so\\" 100%, :so \\\\:so: a\\\\b",
    due=datetime.date(2030, 1, 2), at=datetime.time(8, 15), begins=moment, day=datetime.date.today(),
)
load_dotenv()
with create_app().app_context():
    found = db.session.scalars(db.select(Post).filter_by(title="Tea")).one()
    assert {name: getattr(found, name) for name in values} == values
    assert abs(now - found.seen_at) < minutes
    assert abs(now - datetime.datetime.combine(now.date(), found.noticed_at, now.tzinfo)) < minutes
    assert db.session.scalars(db.select(Post).filter_by(**values)).one() is found
    assert db.session.scalars(db.select(Post).where(Post.seen_at > now - minutes)).one() is found

    new = Post(title="Coffee")
    db.session.add(new)
    db.session.commit()
    assert {name: getattr(new, name) for name in values} == values
    assert new.seen_at >= found.seen_at
"""


def assert_rows_get_the_defaults_of_new_columns(
    flaskgen: Callable[..., subprocess.CompletedProcess[str]], site: Site
) -> None:
    def change(*arguments: str) -> None:
        done = flaskgen("generate", *arguments, cwd=site.folder)
        assert done.returncode == 0, done.stderr
        assert "could not write" not in done.stdout + done.stderr
        site.run("db", "upgrade")

    def run(script: str) -> None:
        done = site.call([site.python, "-c", script], FLASK_DEBUG="1")
        assert done.returncode == 0, done.stderr

    change("resource", "Post", "title")
    run(ADD_A_ROW)
    change("field", "Post", *FIELDS)
    site.run("db", "check")
    run(LOOK)
