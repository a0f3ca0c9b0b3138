"""The pages of a generated resource, held against the rules for people, with Bootstrap and without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.chromium import chromium
from tests.browser.https_front import https_front
from tests.browser.npm import NodeModules
from tests.browser.people import PASSWORD, log_in
from tests.browser.production import Production, make_production
from tests.browser.survey import Survey

pytestmark = pytest.mark.e2e

EMAIL = "member@example.org"
FIELDS = """
    title:str(120) body:text? status:enum(draft,live)=draft price:decimal(10,2)=0 visible:bool=true due:date
    starts_at:time published_at:datetime? site:url? contact:email? extra:json? tag:Tag? more_tags:Tag*
    image:file scan:file?
"""
TYPED = {"title": "Teawithmilk" * 10, "price": "2.50", "site": f"https://example.com/{'a' * 200}"}
_FILL_DATABASE = """
import datetime
import io
from wsgi import app
from shop.auth.users import create
from shop.extensions import db
from shop.posts.models import Post
from shop.tags.models import Tag
from shop.uploads import Upload
with app.app_context():
    user = create({email!r}, {password!r})
    db.session.add(Tag(name="Hot" * 80))
    day = {{"due": datetime.date(2030, 1, 2), "starts_at": datetime.time(8, 15), "owner_id": user.id}}
    for _ in range(30):
        files = {{name: Upload.new("x" * 100, io.BytesIO(b"Tea")) for name in ("image", "scan")}}
        db.session.add(Post(**{typed!r}, **day, **files))
    db.session.commit()
"""


def make_project(folder: Path, extensions: str, cache: Path) -> Production:
    settings = {"TRUSTED_HOSTS": "localhost", "PROXY_HOPS": "1", "MAIL_SERVER": "127.0.0.1"}
    made = make_production(folder, "--with", extensions, cache=cache, **settings)
    for words in (["Tag", "name"], ["Post", *FIELDS.split(), "--owner"]):
        made.call(sys.executable, "-m", "flaskgen", "generate", "resource", *words)
    made.flask("init-db")
    made.call(made.python, "-c", _FILL_DATABASE.format(email=EMAIL, password=PASSWORD, typed=TYPED))
    return made


@pytest.mark.usefixtures("_chromium_is_installed")
@pytest.mark.parametrize("extensions", ["login", "login,bootstrap,moment"])
def test_every_page_of_a_resource_meets_wcag(
    extensions: str, tmp_path: Path, shared_cache: Path, certificate: Path, node_modules: NodeModules
) -> None:
    made = make_project(tmp_path, f"sqlalchemy,mail,{extensions}", shared_cache)
    (tmp_path / "chromium").mkdir()
    survey = Survey()
    with (
        made.serving() as port,
        https_front(certificate, port) as front,
        chromium(f"https://{front.host}", tmp_path / "chromium") as browser,
    ):
        log_in(browser, EMAIL)
        for path in (
            *("/posts/", "/posts/?page=2", "/posts/?q=nothing", "/posts/1"),
            *("/posts/new", "/posts/1/edit", "/posts/1/delete"),
            *("/tags/", "/tags/1", "/tags/1/delete"),
        ):
            browser.visit(path)
            assert browser.path == path
            survey.look_at(browser, path, node_modules.axe)
        browser.visit("/posts/new")
        browser.send_nothing()
        survey.look_at(browser, "/posts/new, sent empty", node_modules.axe)
    assert (survey.violations, survey.too_wide, survey.complaints) == ([], [], [])
