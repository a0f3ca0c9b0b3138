"""Names of the user's own that a change would bring a second time."""

from __future__ import annotations

from itertools import permutations
from pathlib import PurePosixPath

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.merging.clashes import find_clashes, names_of_packages
from flaskgen.planning.merging.definitions import Kind
from flaskgen.planning.templates.tree import encode
from tests.edits.cases import EDITS, Edit, as_bytes, renamed
from tests.edits.measure import EXTENSIONS, files_of
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST
from tests.project_templates.subsets import SHIPPED, Subset, closed, known_to
from tests.sampling import sampled
from tests.work import calls_of, grows_in_step

FLASKR_DB = '''\
import sqlite3

import click
from flask import current_app, g


def get_db():
    return g.setdefault("db", sqlite3.connect(current_app.config["DATABASE"]))


def init_db():
    get_db().executescript("DROP TABLE IF EXISTS user")


@click.command("init-db")
def init_db_command():
    """Clear the existing data and create new tables."""
    init_db()


def init_app(app):
    app.cli.add_command(init_db_command)
'''
PAGES = """\
from flask import Blueprint

pages = Blueprint("{name}", __name__{options})


@pages.{route}
def {view}():
    return ""
"""


def page(name="pages", route='route("/hello")', view="hello", options=""):
    return {"shop/pages.py": PAGES.format(name=name, route=route, view=view, options=options)}


def clashes(mine, added, *there, of_packages=frozenset()):
    """Return the messages about an extension that is added to a project with some files more."""
    base, theirs = files_of(frozenset(there)), files_of(frozenset({*there, *added.split(",")}))
    ours = dict(base)
    for path, text in mine.items():
        ours[path] = ours.get(path, "") + text
    found = find_clashes(*map(as_bytes, (base, ours, theirs)), of_packages=of_packages)
    return [clash.message(added) for clash in found]


def test_the_message_names_the_users_place_and_who_brings_the_name():
    assert clashes({"shop/db.py": FLASKR_DB}, "sqlalchemy") == [
        "`init-db` is already a command of yours (shop/db.py:16); sqlalchemy adds one as well"
    ]
    (clash,) = find_clashes({}, {PurePosixPath("a/x.py"): b""}, {PurePosixPath("a.py"): ""})
    assert clash.message() == "`a` is already a module of yours (a); the change adds one as well"
    assert clash.brought == PurePosixPath("a.py")


@pytest.mark.parametrize(
    ("mine", "added", "expected"),
    [
        ({"shop/auth.py": ""}, "login", ["`shop.auth` is already a module of yours (shop/auth.py)"]),
        ({"shop/mailer/outbox.py": ""}, "mail", ["`shop.mailer` is already a module of yours (shop/mailer)"]),
        ({"shop/auth/mine.py": "", "shop/auth/__init__.py": ""}, "login", []),
        ({"mailer/__init__.py": "", "shop/web/auth.py": ""}, "mail,login", []),
    ],
)
def test_modules_and_packages(mine, added, expected):
    assert clashes(mine, added) == [f"{text}; {added} adds one as well" for text in expected]


@pytest.mark.parametrize("path", ["redis.py", "redis/__init__.py"])
def test_a_module_that_hides_an_installed_package(path):
    of_packages = frozenset({(Kind.MODULE, "redis")})
    hidden = path.removesuffix("/__init__.py")
    assert clashes({path: ""}, "redis", of_packages=of_packages) == [
        f"`{hidden}` shadows the package `redis`, which redis installs"
    ]
    assert clashes({"redis/notes.py": "", "shop/redis.py": ""}, "redis", of_packages=of_packages) == []


CONTACT = 'route("/contact")'
LOGIN = 'get("/login/")'


@pytest.mark.parametrize(
    ("mine", "added", "expected"),
    [
        (page("contact"), "wtf", ["`contact` is already a blueprint"]),
        (page("auth", view="login"), "login", ["`auth` is already a blueprint"]),
        (page(route=CONTACT), "wtf", ["`GET /contact` is already a page"]),
        (page(route=LOGIN, options=', url_prefix="/auth"'), "login", ["`GET /auth/login` is already a page"]),
        (page(route='route("/contact", methods=["POST"])'), "wtf", ["`POST /contact` is already a page"]),
        (page(route='route("/contact", methods=["PUT"])'), "wtf", []),
        (page(route='put("/contact")'), "wtf", []),
        (page(route=CONTACT, options=', url_prefix="/about"'), "wtf", []),
        (page(route=CONTACT, options=", url_prefix=ABOUT"), "wtf", []),
    ],
)
def test_blueprints_and_pages(mine, added, expected):
    assert [text.partition(" of yours (shop/pages.py:")[0] for text in clashes(mine, added)] == expected


NOTE = "class Note(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
STARS = "    stars = db.Column(db.Integer)\n"


@pytest.mark.parametrize(
    ("merged", "found"),
    [(NOTE + STARS + STARS, [(Kind.COLUMN, "note.stars", 3)]), (NOTE + STARS, [])],
    ids=["a column twice", "a column that both have"],
)
def test_columns(merged, found):
    base, ours, theirs, result = (
        as_bytes({"shop/notes.py": text}) for text in (NOTE, NOTE + STARS, NOTE + STARS, merged)
    )
    got = find_clashes(base, ours, theirs, merged=result)
    assert [(clash.kind, clash.name, clash.line) for clash in got] == found


def test_a_table_stands_for_its_columns():
    ours = as_bytes({"shop/mine.py": NOTE + STARS})
    theirs = as_bytes({"shop/notes.py": NOTE + STARS})
    assert {clash.kind for clash in find_clashes({}, ours, theirs)} <= {Kind.TABLE, Kind.MODEL}


def test_the_prefix_that_a_blueprint_is_registered_with_counts():
    register = "\nfrom .pages import pages\napp.register_blueprint(pages, url_prefix='/about')\n"
    assert clashes({**page("site", CONTACT), "shop/blueprints.py": register}, "wtf") == []


@pytest.mark.parametrize(
    ("name", "call", "clash"),
    [
        ("contact", "app.register_blueprint(pages, name='site')", False),
        ("contact", "app.register_blueprint(pages, name=NAME)", False),
        ("contact", "app.register_blueprint(pages, url_prefix=PREFIX)", True),
        ("site", "app.register_blueprint(pages, name='contact')", True),
        ("site", "app.register_blueprint(pages)", True),
        ("site", "app.register_blueprint(pages, url_prefix=PREFIX)", False),
        ("site", "app.register_blueprint(pages, url_prefix='')", True),
        ("contact", "api = Blueprint('api', __name__)\napi.register_blueprint(pages)", False),
    ],
)
def test_how_a_blueprint_is_registered_counts_and_what_is_unknown_is_no_clash(name, call, clash):
    elsewhere = f"\nfrom flask import Blueprint\nfrom .pages import pages\n{call}\n"
    route = CONTACT if name == "site" else 'route("/about")'
    assert bool(clashes({**page(name, route), "shop/blueprints.py": elsewhere}, "wtf")) is clash


def test_the_commands_of_a_blueprint_are_in_a_group_of_the_name_that_it_is_registered_with():
    code = "bp = Blueprint('{}', __name__)\n@bp.cli.command('x')\ndef mine(): pass\n"
    code += "app.register_blueprint(bp, name='{}')\n"
    assert clashes({"shop/mine.py": code.format("mine", "init-db")}, "sqlalchemy")
    assert clashes({"shop/mine.py": code.format("init-db", "mine")}, "sqlalchemy") == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("@bp.route('/x')\ndef index():\n    pass\n", "main.index"),
        ("@bp.route('/x', endpoint='index')\ndef mine():\n    pass\n", "main.index"),
        ("@bp.get('/x')\nasync def index():\n    pass\n", "main.index"),
        ("bp.add_url_rule('/x', 'index', mine)\n", "main.index"),
        ("bp.add_url_rule('/x', view_func=index)\n", "main.index"),
        ("bp.add_url_rule('/x', view_func=Mine.as_view('index'))\n", "main.index"),
        ("@app.route('/x')\ndef api_docs():\n    pass\n", "api_docs"),
        ("def init(app):\n    app.add_url_rule('/x', endpoint='api_docs')\n", "api_docs"),
        ("site = Flask(__name__)\n@site.route('/x')\ndef api_docs():\n    pass\n", "api_docs"),
        ("@bp.route('/x')\ndef mine():\n    pass\n", None),
        ("@app.route('/x')\ndef index():\n    pass\n", None),
        ("@cache.get('/x')\ndef api_docs():\n    pass\n", None),
    ],
)
def test_endpoints_of_the_application_and_of_a_blueprint_that_is_there(code, name):
    base = {"shop/main.py": "from flask import Blueprint\nbp = Blueprint('main', __name__)\n"}
    base["shop/web.py"] = ""
    added = "@bp.route('/new')\ndef index(): pass\ndef init(app): app.add_url_rule('/docs', 'api_docs', f)\n"
    theirs = {**base, "shop/main.py": base["shop/main.py"] + added}
    for path, start in (
        ("shop/main.py", ""),
        ("shop/web.py", "from shop.main import bp\n"),
        ("shop/web.py", "from .main import bp\n"),
    ):
        ours = {**base, path: base[path] + start + code}
        found = find_clashes(*map(as_bytes, (base, ours, theirs)))
        assert [(clash.kind, clash.name) for clash in found] == ([(Kind.ENDPOINT, name)] if name else [])


COMMANDS = {
    "@app.cli.command('init-db')\ndef mine(): pass\n": True,
    "@app.cli.command(name='init-db')\ndef mine(): pass\n": True,
    "@app.cli.command()\ndef init_db(): pass\n": True,
    "@app.cli.command\ndef init_db_command(): pass\n": True,
    "@app.cli.group()\ndef init_db_group(): pass\n": True,
    "@click.command()\n@with_appcontext\ndef init_db_cmd(): pass\n": True,
    "from click import command\n@command('init-db')\ndef mine(): pass\n": True,
    "AppGroup('init-db')\n": True,
    "app.cli.add_command(mine, 'init-db')\n": True,
    "app.cli.add_command(mine, name='init-db')\n": True,
    "manager.add_command('init-db', Mine())\n": True,
    "from .cli import cli\n@cli.command('init-db')\ndef mine(): pass\n": True,
    "bp = Blueprint('mine', __name__, cli_group=None)\n@bp.cli.command('init-db')\ndef mine(): pass\n": True,
    "bp = Blueprint('mine', __name__, cli_group='init-db')\n@bp.cli.command('x')\ndef mine(): pass\n": True,
    "bp = Blueprint('mine', __name__)\n@bp.cli.command('init-db')\ndef mine(): pass\n": False,
    "group = AppGroup('mine')\n@group.command('init-db')\ndef mine(): pass\n": False,
    "@click.group()\ndef cli(): pass\n@cli.command()\ndef init_db(): pass\n": False,
    "@app.cli.command(NAME)\ndef init_db(): pass\n": False,
    "def init_db(): pass\n": False,
    "@app.cli.command('init-db-again')\ndef init_db(): pass\n": False,
}


@pytest.mark.parametrize("code", COMMANDS)
def test_commands(code):
    found = clashes({"shop/mine.py": code}, "sqlalchemy")
    assert [text.partition(" of ")[0] for text in found] == ["`init-db` is already a command"] * COMMANDS[
        code
    ]


def test_names_that_packages_bring():
    extensions = SHIPPED.extensions
    of_packages = names_of_packages([extensions["migrate"], extensions["bootstrap"]])
    assert (Kind.MODULE, "alembic") in of_packages
    mine = {"shop/mine.py": "@app.cli.group()\ndef db(): pass\n", **page("bootstrap"), "mako.py": ""}
    assert clashes(mine, "bootstrap,migrate", "sqlalchemy", "wtf", of_packages=of_packages) == [
        "`mako.py` shadows the package `mako`, which bootstrap,migrate installs",
        "`bootstrap` is already a blueprint of yours (shop/pages.py:3); bootstrap,migrate adds one as well",
        "`db` is already a command of yours (shop/mine.py:2); bootstrap,migrate adds one as well",
    ]


KEY = "    id = db.Column(db.Integer, primary_key=True)\n"


@pytest.mark.parametrize(
    ("code", "clash"),
    [
        (f"class User(db.Model):\n{KEY}", "`user` is already a table"),
        (f"class User(UserMixin, db.Model):\n{KEY}", "`user` is already a table"),
        ("class Account(db.Model):\n    __tablename__ = 'user'\n", "`user` is already a table"),
        ("class User(db.Model):\n    __tablename__ = 'account'\n", "`User` is already a model"),
        ("user = db.Table('user', db.metadata, db.Column('id', db.Integer))\n", "`user` is already a table"),
        ("class User(Base):\n    id: Mapped[int] = mapped_column()\n", "`user` is already a table"),
        ("class User(Record):\n    id: Mapped[int] = mapped_column(primary_key=True)\n", "`user` is already"),
        ("class User(db.Model):\n    __bind_key__ = 'other'\n", "`User` is already a model"),
        (f"class User(db.Model):\n    __abstract__ = True\n{KEY}", None),
        ("class User:\n    name = 'x'\n", None),
        ("class User(BaseModel):\n    name: str\n", None),
        ("class UserMixin:\n    name = db.Column(db.Integer)\n", None),
        ("print(Table('user', 'id'))\n", None),
    ],
)
def test_tables_and_models(code, clash):
    found = clashes({"shop/models.py": code}, "login", "sqlalchemy")
    assert len(found) == (clash is not None)
    assert all(text.startswith(clash) and "(shop/models.py:" in text for text in found)


def test_templates_of_one_name():
    mine = {"shop/site/templates/auth/login.html": "", "shop/site/templates/site.html": ""}
    assert clashes({**mine, "docs/auth/login.html": ""}, "login") == [
        "`auth/login.html` is already a template of yours (shop/site/templates/auth/login.html); "
        "login adds one as well"
    ]


@pytest.mark.parametrize(
    "path",
    ["tests/test_db.py", "tests/app.py", "shop/test_mine.py", "build/lib/db.py", ".venv/lib/db.py", "db.txt"],
)
def test_code_that_is_not_the_applications_does_not_count(path):
    assert clashes({path: FLASKR_DB}, "sqlalchemy") == []


def test_a_file_that_cannot_be_read_does_not_count():
    mine = {"shop/db.py": FLASKR_DB + "def broken(:\n", "shop/null.py": FLASKR_DB + "\0"}
    assert clashes(mine, "sqlalchemy") == []


def test_a_new_file_that_is_there_already_is_left_to_the_merge():
    with_it = files_of(frozenset({"login", "sqlalchemy"}))
    mine = {path: with_it[path] + "# mine\n" for path in with_it if "auth" in path}
    assert clashes(mine, "login", "sqlalchemy") == []


def test_what_the_user_moved_is_no_name_of_the_users():
    base = files_of(frozenset({"sqlalchemy"}))
    ours = renamed(base, "shop/database.py", "shop/pages.py")
    theirs = files_of(frozenset({"sqlalchemy", "login"}))
    assert find_clashes(*map(as_bytes, (base, ours, theirs))) == ()


# Whatever is added to whatever, harmless code is no clash.

ADMIN = ", url_prefix='/admin'"
HARMLESS = {
    "shop/pages.py": PAGES.format(name="pages", route='route("/about/contact")', view="login", options=""),
    "shop/products.py": f"class Product(db.Model):\n{KEY}",
    "shop/tasks.py": "@app.cli.command('import-products')\ndef init_db(user, note):\n    'create-user'\n",
    "shop/admin/__init__.py": PAGES.format(name="admin", route='get("/")', view="index", options=ADMIN),
    "shop/admin/auth.py": PAGES.format(name="admin_auth", route=LOGIN, view="login", options=ADMIN),
    "shop/admin/templates/admin/login.html": "",
    "tests/test_pages.py": FLASKR_DB + PAGES.format(name="contact", route=CONTACT, view="index", options=""),
    "migrations/versions/1.py": "user = sa.Table('user', meta, sa.Column('id'))\n",
}


@pytest.mark.parametrize(
    "series", sampled([ALL_SERIES[0], ALL_SERIES[4], NEWEST], [NEWEST]), ids=lambda series: series.name
)
def test_nothing_that_is_added_to_anything_clashes_with_it_or_with_harmless_code(series: FlaskSeries):
    names = known_to(series)
    trees: dict[Subset, dict[PurePosixPath, bytes]] = {}
    pairs = [((), name) for name in names] + [((there,), name) for there, name in permutations(names, 2)]
    for there, added in pairs:
        before, after = closed(there), closed({*there, added})
        for subset in {before, after} - trees.keys():
            tree = render_project(subset, name="shop", series=series)
            trees[subset] = {path: encode(content) for path, content in tree.items()}
        ours = {**trees[before], **as_bytes(HARMLESS)}
        assert find_clashes(trees[before], ours, trees[after]) == (), (there, added)


@pytest.mark.parametrize("edit", sampled(EDITS, EDITS[::3]), ids=lambda edit: edit.title.replace(" ", "-"))
def test_no_usual_edit_is_a_clash(edit: Edit):
    base = files_of(frozenset())
    ours = edit.make(dict(base))
    for extension in EXTENSIONS:
        assert find_clashes(*map(as_bytes, (base, ours, files_of(frozenset({extension}))))) == ()


def test_more_files_take_more_work_in_step():
    base, theirs = (as_bytes(files_of(chosen)) for chosen in (frozenset(), frozenset(EXTENSIONS)))
    text = FLASKR_DB.replace("init", "do").replace("user", "customer").encode()

    def work(count: int) -> int:
        mine = {PurePosixPath(f"shop/mine/module{number}.py"): text for number in range(count)}
        return calls_of(lambda: find_clashes(base, {**base, **mine}, theirs))

    assert grows_in_step(work, 100)
