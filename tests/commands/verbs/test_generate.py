"""Resources are generated, changed and removed, and the user's edits stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.effects.project.opening import open_project
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.errors import (
    InvalidField,
    InvalidResource,
    NameClash,
    UnknownExtension,
    UsageError,
)
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project
from tests.project_templates.series import some_series
from tests.sampling import sampled

API_MODULES = [("smorest", "api.py"), ("restful", "rest.py")]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def make_project(parent: Path) -> Path:
    return write_project(parent / "shop", files_of(["sqlalchemy", "login", "mail", "wtf"]))


@pytest.fixture(scope="module")
def with_posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for tests of what is refused, which leaves it as it is."""
    project = make_project(tmp_path_factory.mktemp("with_posts"))
    generate(project, "Post", "title", "kind")
    commands.generate_part(project, "page", "about", settings=FILES_ONLY)
    return project


@pytest.fixture(scope="module")
def with_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, of which every name is taken."""
    project = make_project(tmp_path_factory.mktemp("with_books"))
    generate(project, "Tag", "name")
    generate(project, "Book", "title", "tags:Tag*")
    commands.generate_part(project, "page", "drafts", settings=FILES_ONLY)
    return project


def generate(project: Path, name: str, *fields: str) -> None:
    commands.generate(project, name, fields, settings=FILES_ONLY)


def change(project: Path, name: str, *fields: str, remove: tuple[str, ...] = ()) -> None:
    commands.generate_fields(project, name, fields, remove=remove, settings=FILES_ONLY)


def test_a_resource_is_generated_recorded_and_removed(shop: Path) -> None:
    before = read_project(shop)
    generate(shop, "Post", "title:str(120)", "author:User")
    assert (shop / "shop" / "posts" / "models.py").is_file()
    [_note, post] = open_project(shop).spec.resources
    assert [str(field) for field in post.fields] == ["title:str(120)", "author:User"]
    commands.remove(shop, ["post"], settings=FILES_ONLY)
    assert read_project(shop) == before


def test_a_field_that_the_model_has_as_a_column_of_the_users_is_refused(shop: Path) -> None:
    models = shop / "shop" / "notes" / "models.py"
    text = "    text: so.Mapped[str] = so.mapped_column(sa.String(500))\n"
    assert text in models.read_text()
    models.write_text(models.read_text().replace(text, text + "    stars: so.Mapped[int]\n"))
    with pytest.raises(NameClash, match=r"`note\.stars` is already a column of yours \(shop/notes/models"):
        change(shop, "Note", "stars:int")


@pytest.mark.parametrize("fields", [("author:User", "author_id:int"), ("tags:Note*", "tag_tags:int")])
def test_a_field_of_the_name_that_a_relation_needs_is_refused(shop: Path, fields: tuple[str, ...]) -> None:
    with pytest.raises(InvalidField, match="which is a field as well"):
        generate(shop, "Tag", *fields)


def test_an_update_after_a_merge_by_git_adds_nothing_twice(shop: Path) -> None:
    generate(shop, "Tag", "name")
    models = shop / "shop" / "notes" / "models.py"
    models.write_text(
        models.read_text().replace("    created_at:", "    mine = so.synonym('text')\n    created_at:")
    )
    base = (shop / BASE_PATH).read_bytes()
    change(shop, "Note", "stars:int", "tags:Tag*")  # on another branch
    merged = read_project(shop)
    (shop / BASE_PATH).write_bytes(base)
    commands.update(shop, settings=FILES_ONLY)
    assert read_project(shop) == merged


def test_what_can_be_removed_is_named_where_a_name_is_wrong(shop: Path) -> None:
    generate(shop, "Post", "title")
    with pytest.raises(UnknownExtension) as near:
        commands.remove(shop, ["psot"], settings=FILES_ONLY)
    with pytest.raises(UnknownExtension) as far:
        commands.remove(shop, ["zzz"], settings=FILES_ONLY)
    extensions = ", ".join(open_project(shop).spec.extensions)
    assert near.value.hint == "did you mean `post`?"
    assert far.value.hint == f"choose from {extensions}, note, post"


FIELD_HINT = "to remove a field: flaskgen generate field NAME -- -FIELD"
OPTION_HINT = "change it: flaskgen option sqlalchemy.database=VALUE"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Post.kind", "`Post.kind` is a field of Post", "remove it: flaskgen generate field Post -- -kind"),
        ("posts.kind", "`posts.kind` is a field of Post", "remove it: flaskgen generate field Post -- -kind"),
        ("kind", "`kind` is a field of Post", "remove it: flaskgen generate field Post -- -kind"),
        ("post.kin", "`post.kin` is not an extension", FIELD_HINT),
        ("pots.kind", "`pots.kind` is not an extension", FIELD_HINT),
        ("login.mail", "`login.mail` is not an extension", FIELD_HINT),
        ("sqlalchemy.database", "`sqlalchemy.database` is an option of sqlalchemy", OPTION_HINT),
        ("main.abuot", "`main.abuot` is not an extension", "did you mean `main.about`?"),
    ],
)
def test_a_part_is_never_taken_for_the_whole(with_posts: Path, name: str, message: str, hint: str) -> None:
    before = read_project(with_posts)
    with pytest.raises(UsageError) as refused:
        commands.remove(with_posts, [name], settings=FILES_ONLY)
    assert read_project(with_posts) == before
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_undo_takes_a_resource_back(shop: Path) -> None:
    before = read_project(shop)
    generate(shop, "Post", "title")
    commands.undo(shop, settings=FILES_ONLY)
    assert read_project(shop) == before


def test_the_order_of_what_is_generated_does_not_matter(tmp_path: Path) -> None:
    steps = {
        "tag": lambda project: generate(project, "Tag", "name:str(50)^"),
        "post": lambda project: generate(project, "Post", "title", "body:text?"),
        "field": lambda project: change(project, "Post", "price:decimal(10,2)=0"),
        "add": lambda project: commands.add(project, ["bootstrap,smorest"], settings=FILES_ONLY),
    }
    # Of each two steps, either one is done first in some order: only a field needs its resource.
    orders = ("tag post field add", "add post field tag", "post add tag field")
    ends = []
    for order in orders:
        project = write_project(tmp_path / order / "shop", files_of(["sqlalchemy", "wtf"]))
        for name in order.split():
            steps[name](project)
        ends.append(read_project(project))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize(("extension", "module"), sampled(API_MODULES, [("smorest", "api.py")]))
def test_without_the_extension_of_its_api_a_resource_is_as_before(
    shop: Path, extension: str, module: str
) -> None:
    generate(shop, "Post", "title", "body:text?")
    before = read_project(shop)
    commands.add(shop, [extension], settings=FILES_ONLY)
    assert (shop / "shop" / "posts" / module).is_file()
    commands.remove(shop, [extension], settings=FILES_ONLY)
    assert read_project(shop) == before


def test_a_field_merges_into_an_edited_api(shop: Path) -> None:
    commands.add(shop, ["smorest"], settings=FILES_ONLY)
    generate(shop, "Post", "title:str(120)", "body:text?")
    folder = shop / "shop" / "posts"
    schemas, api = folder / "schemas.py", folder / "api.py"
    schemas.write_text(schemas.read_text().replace("validate.Length(1, 120)", "validate.Length(5, 120)"))
    api.write_text(api.read_text().replace("Post.id.desc()", "Post.title"))
    change(shop, "Post", "rating:int?", "slug:slug^")
    assert all(text in schemas.read_text() for text in ("validate.Length(5, 120)", "    rating = fields.Int"))
    assert all(
        text in api.read_text() for text in ("order_by(Post.title)", "Post.slug.icontains", "CONFLICT")
    )


def test_a_form_without_pages_comes_before_or_after_its_model(shop: Path, tmp_path: Path) -> None:
    at_once = write_project(tmp_path / "other" / "shop", read_project(shop))
    commands.generate(at_once, "Post", ["title"], pages=False, api=False, form=True, settings=FILES_ONLY)
    commands.generate(shop, "Post", ["title"], pages=False, api=False, settings=FILES_ONLY)
    commands.generate(shop, "Post", [], pages=False, api=False, form=True, settings=FILES_ONLY)
    assert "wtf" in open_project(shop).spec.extensions
    assert read_project(shop) == read_project(at_once)
    assert {path.name for path in shop.glob("tests/test_posts_*")} == {
        "test_posts_form.py",
        "test_posts_model.py",
    }
    change(shop, "Post", "rating:int?")
    assert "rating" in (shop / "shop" / "posts" / "forms.py").read_text()


def test_pages_bring_the_form_that_a_resource_has(shop: Path, tmp_path: Path) -> None:
    at_once = write_project(tmp_path / "other" / "shop", read_project(shop))
    generate(at_once, "Post", "title")
    commands.generate(shop, "Post", ["title"], pages=False, api=False, form=True, settings=FILES_ONLY)
    commands.generate(shop, "Post", [], settings=FILES_ONLY)
    assert read_project(shop) == read_project(at_once)


def test_an_api_for_a_resource_brings_its_extension(shop: Path) -> None:
    generate(shop, "Post", "title")
    commands.generate(shop, "Post", [], pages=False, settings=FILES_ONLY)
    assert (shop / "shop" / "posts" / "api.py").is_file()
    assert (shop / "shop" / "posts" / "views.py").is_file()


def api_modules(project: Path) -> set[str]:
    return {path.name for path in project.glob("shop/posts/*.py")} & {"api.py", "rest.py"}


def test_an_api_is_made_with_the_extension_that_is_there(shop: Path) -> None:
    commands.add(shop, ["restful"], settings=FILES_ONLY)
    commands.generate(shop, "Post", ["title"], pages=False, settings=FILES_ONLY)
    assert api_modules(shop) == {"rest.py"}
    with pytest.raises(UsageError, match="the resource post requires restful"):
        commands.remove(shop, ["restful"], settings=FILES_ONLY)
    commands.add(shop, ["smorest"], settings=FILES_ONLY)
    assert api_modules(shop) == {"api.py", "rest.py"}
    commands.remove(shop, ["restful"], settings=FILES_ONLY)
    assert api_modules(shop) == {"api.py"}


def test_where_smorest_does_not_work_an_api_is_made_with_restful(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["sqlalchemy"], flask="1.1"))
    commands.generate(project, "Post", ["title"], pages=False, settings=FILES_ONLY)
    assert api_modules(project) == {"rest.py"}


def test_no_extension_has_a_file_of_a_resource(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"]))
    commands.generate(project, "Meeting", ["name"], plural="sessions", settings=FILES_ONLY)
    commands.add(project, ["login,smorest"], settings=FILES_ONLY)
    assert {"test_sessions.py", "test_sessions_api.py"} <= {
        path.name for path in (project / "tests").iterdir()
    }


@pytest.mark.parametrize(("extension", "module"), sampled(API_MODULES, [("restful", "rest.py")]))
def test_the_api_of_an_owners_rows_is_for_the_user_of_the_token(
    shop: Path, extension: str, module: str
) -> None:
    commands.add(shop, [extension], settings=FILES_ONLY)
    commands.generate(shop, "Diary", ["day:date"], owner=True, pages=False, settings=FILES_ONLY)
    assert {"login", extension} <= {*open_project(shop).spec.extensions}
    api = (shop / "shop" / "diaries" / module).read_text()
    assert api.count("owner_id=g.user_id") == 4
    assert "bp.before_request(check_token)" in api


def test_rows_of_an_owner_are_not_shown_to_everybody(shop: Path) -> None:
    commands.generate(shop, "Diary", ["day:date"], owner=True, settings=FILES_ONLY)
    with pytest.raises(
        InvalidField, match="everybody sees entries, and each diary belongs to one user"
    ) as raised:
        generate(shop, "Entry", "text", "diary:Diary")
    assert raised.value.hint == "generate Entry with --owner: then each entry belongs to a user as well"
    commands.generate(shop, "Entry", ["text", "diary:Diary"], owner=True, settings=FILES_ONLY)
    commands.generate(shop, "Mark", ["diary:Diary"], pages=False, api=False, settings=FILES_ONLY)
    with pytest.raises(InvalidField, match="everybody sees marks"):
        commands.generate(shop, "Mark", [], settings=FILES_ONLY)


def test_a_field_merges_into_an_edited_resource(shop: Path) -> None:
    generate(shop, "Post", "title:str(120)", "body:text?")
    model = shop / "shop" / "posts" / "models.py"
    edited = model.read_text().replace("sa.String(120)", "sa.String(150)")
    edited += "\n    def shout(self) -> str:\n        return self.title.upper()\n"
    model.write_text(edited)
    form = shop / "shop" / "posts" / "forms.py"
    form.write_text(form.read_text().replace('"Title"', '"Headline"'))
    change(shop, "Post", "rating:int?")
    assert "rating: so.Mapped[Optional[int]] = so.mapped_column(sa.Integer)" in model.read_text()
    assert "sa.String(150)" in model.read_text()
    assert "def shout" in model.read_text()
    assert '"Headline"' in form.read_text()
    change(shop, "Post", remove=("rating", "body"))
    for line in (
        "from typing import Optional",
        "    body: so.Mapped[Optional[str]] = so.mapped_column(sa.Text)",
    ):
        edited = edited.replace(f"{line}\n", "")
    assert model.read_text() == edited


def test_a_required_field_without_a_default_comes_with_what_to_do_about_rows(shop: Path) -> None:
    generate(shop, "Post", "title")
    fields = ("stars:int", "price:int=0", "rating:int?", "author:User", "code:str(5)^")
    done = commands.generate_fields(shop, "Post", fields, settings=FILES_ONLY)
    assert done.plan.notes == (
        "rows that exist have no value for `stars:int`: "
        "`stars:int=DEFAULT` gives them one, `stars:int?` makes it optional",
        "rows that exist have no value for `author:User`: `author:User?` makes it optional",
        "rows that exist have no value for `code:str(5)^`: `code:str(5)?^` makes it optional",
    )


def test_uploaded_files_stay_and_it_is_said_where(shop: Path) -> None:
    before = read_project(shop)
    generate(shop, "Photo", "title", "image:file", "scan:file?")
    assert (shop / "shop" / "uploads.py").is_file()
    done = commands.generate_fields(shop, "Photo", remove=["scan", "title"], settings=FILES_ONLY)
    assert done.plan.notes == (
        "the uploaded files of Photo.scan stay in UPLOAD_FOLDER, by default instance/uploads",
    )
    done = commands.remove(shop, ["photo"], settings=FILES_ONLY)
    assert done.plan.notes == (
        "the uploaded files of Photo.image stay in UPLOAD_FOLDER, by default instance/uploads",
        "an existing database keeps `photo` and the rows: drop a table before another gets its name",
    )
    assert read_project(shop) == before
    generate(shop, "Photo", "title", "image:file")
    reporter = Reporter()
    commands.undo(shop, settings=FILES_ONLY, session=Session(reporter))
    assert tuple(reporter.notes) == done.plan.notes


def test_extensions_that_a_resource_requires_are_added(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of([]))
    done = commands.generate(project, "Diary", ["day:date"], owner=True, settings=FILES_ONLY)
    needed = {f"adding {name} (required by Diary)" for name in ("sqlalchemy", "wtf", "login")}
    assert {*done.plan.notes} == {*needed, "adding production (required by wtf)"}
    record = (project / RECORD_PATH).read_text()
    assert all(f'"{name}"' in record for name in ("sqlalchemy", "wtf", "login"))
    with pytest.raises(UsageError, match="the resource diary requires login"):
        commands.remove(project, ["login,wtf"], settings=FILES_ONLY)


def test_without_forms_the_pages_of_a_resource_only_show_its_rows(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["sqlalchemy"]))
    generate(project, "Post", "title")
    before = read_project(project)
    commands.remove(project, ["wtf"], settings=FILES_ONLY)
    views = (project / "shop" / "posts" / "views.py").read_text()
    assert re.findall(r"def (\w+)", views) == ["index", "show"]
    assert sorted(path.name for path in project.glob("shop/templates/posts/*")) == ["index.html", "show.html"]
    commands.add(project, ["wtf"], settings=FILES_ONLY)
    assert read_project(project) == before


@pytest.mark.parametrize(
    ("name", "fields", "error", "said"),
    [
        ("Note", ["text"], InvalidResource, "already has the resource Note"),
        ("User", ["text"], InvalidResource, "reserved word"),
        ("Comment", ["post:Post"], InvalidField, "there is no model Post"),
        ("Page", ["parent:Page"], InvalidField, "the first row could not be created"),
        ("Post", [], InvalidResource, "has no fields"),
    ],
)
def test_what_cannot_be_generated_is_refused(
    shop: Path, name: str, fields: list[str], error: type[Exception], said: str
) -> None:
    before = read_project(shop)
    with pytest.raises(error, match=said):
        generate(shop, name, *fields)
    assert read_project(shop) == before


def test_a_row_that_mysql_cannot_store_is_refused_and_takes_texts_in_other_databases(shop: Path) -> None:
    links = [f"link{number}:url:optional" for number in range(9)]
    generate(shop, "Page", *links)
    commands.remove(shop, ["page"], settings=FILES_ONLY)
    commands.option(shop, ["sqlalchemy.database=mysql"], settings=FILES_ONLY)
    before = read_project(shop)
    with pytest.raises(InvalidResource, match="Page has rows of up to 72,018 bytes, and MySQL stores"):
        generate(shop, "Page", *links)
    assert read_project(shop) == before
    generate(shop, "Page", *links[1:], "text:text")
    with pytest.raises(InvalidResource, match="rows of up to 72,018 bytes"):
        change(shop, "Page", links[0])


def test_a_resource_cannot_take_the_name_of_the_users_own_code(shop: Path) -> None:
    (shop / "shop" / "posts.py").write_text("x = 1\n")
    with pytest.raises(NameClash):
        generate(shop, "Post", "title")


def test_a_model_of_the_users_can_be_related_to(shop: Path) -> None:
    models = shop / "shop" / "models.py"
    models.write_text(
        models.read_text()
        + "\n\nclass Shelf(db.Model):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    with pytest.raises(InvalidField, match="could not create a row of Shelf"):
        generate(shop, "Book", "title", "shelf:Shelf")
    generate(shop, "Book", "title", "shelf:Shelf?")
    assert "from ..models import Shelf" in (shop / "shop" / "books" / "forms.py").read_text()


SHELF = "class Shelf(db.Model):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"


@pytest.mark.parametrize("package", sampled(["shop", "src/shop", "store"], ["src/shop"]))
def test_a_model_that_the_package_of_models_imports_can_be_related_to(shop: Path, package: str) -> None:
    moved = shop / package
    moved.parent.mkdir(exist_ok=True)
    (shop / "shop").rename(moved)
    (moved / "models").mkdir()
    (moved / "models.py").rename(moved / "models" / "times.py")
    (moved / "models" / "shelves.py").write_text(SHELF)
    models = moved / "models" / "__init__.py"
    models.write_text("from .times import UtcDateTime, now\n")
    with pytest.raises(InvalidField, match=r"`models` lacks Shelf, which is in models/shelves\.py"):
        generate(shop, "Book", "title", "shelf:Shelf?")
    models.write_text(models.read_text() + "from .shelves import Shelf\n")
    generate(shop, "Book", "title", "shelf:Shelf?")
    text = (moved / "books" / "models.py").read_text()
    assert "from ..models import UtcDateTime, now" in text
    assert "from ..models import Shelf" in text


def test_tables_that_would_refer_to_each_other_are_refused(shop: Path) -> None:
    generate(shop, "Page", "title", "parent:Page?")
    generate(shop, "Shelf", "first:Page")
    generate(shop, "Book", "shelf:Shelf")
    with pytest.raises(InvalidField, match="Book relates to Page, so that neither table"):
        change(shop, "Page", "book:Book?")
    change(shop, "Page", "books:Book*")


def test_a_resource_that_others_relate_to_stays(shop: Path) -> None:
    generate(shop, "Post", "title")
    generate(shop, "Comment", "text", "post:Post")
    with pytest.raises(UsageError, match="Comment relates to Post") as raised:
        commands.remove(shop, ["Post"], settings=FILES_ONLY)
    assert raised.value.hint == "remove both: flaskgen remove Post,comment"
    generate(shop, "LateReply", "text", "to:Comment")
    generate(shop, "Answer", "text", "to:LateReply*")
    with pytest.raises(UsageError, match="Comment relates to Post") as raised:
        commands.remove(shop, ["post"], settings=FILES_ONLY)
    assert raised.value.hint == "remove all: flaskgen remove post,comment,late_reply,answer"
    commands.remove(shop, ["post,comment,late-reply,answer"], settings=FILES_ONLY)
    assert [one.name for one in open_project(shop).spec.resources] == ["Note"]


def test_the_same_again_is_nothing_or_is_refused(shop: Path) -> None:
    generate(shop, "Post", "title")
    with pytest.raises(InvalidResource, match="already has the resource Post"):
        generate(shop, "Post", "title")
    assert not commands.generate_fields(shop, "Post", ["title"], settings=FILES_ONLY).made
    with pytest.raises(InvalidField, match="already has the field"):
        change(shop, "Post", "title:text")


def test_what_a_resource_has_is_recorded_and_stays(shop: Path) -> None:
    commands.generate(shop, "Post", ["title"], pages=False, api=False, settings=FILES_ONLY)
    change(shop, "Post", "body:text?")
    commands.add(shop, ["smorest"], settings=FILES_ONLY)
    [_note, resource] = open_project(shop).spec.resources
    assert (resource.pages, resource.api) == (False, False)
    made = {path.name for path in (shop / "shop" / "posts").iterdir()}
    assert made == {"__init__.py", "models.py"}
    assert [path.name for path in shop.glob("tests/test_posts*")] == ["test_posts_model.py"]


@some_series
def test_a_series_before_sqlalchemy_2_gets_classic_models(series: FlaskSeries, tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"], flask=series.tested))
    generate(project, "Post", "title")
    assert (project / "shop" / "posts" / "views.py").is_file()
    typed = series.name in ("2.2", "2.3", "3.0", "3.1")
    column = "title: so.Mapped[str] = so.mapped_column(" if typed else "title = db.Column("
    assert column in (project / "shop" / "posts" / "models.py").read_text()


@pytest.mark.parametrize(
    ("name", "fields", "plural", "said"),
    [
        ("Lambda", ["text"], None, "it is a Python keyword"),
        ("Order", ["text"], None, "it is a reserved word of SQL"),
        ("Session", ["text"], None, "the generated code has something of that name"),
        ("Flash", ["text"], None, "the generated code has something of that name"),
        ("Post", ["text"], "notes", "already has the module `notes`"),
        ("Post", ["text"], "main", "already has the module `main`"),
        ("Post", ["text"], "mailer", "already has the module `mailer`"),
        ("Post", ["text"], "drafts", "already has the page `GET /drafts`"),
        ("BookTags", ["text"], None, "already has the table `book_tags`"),
        ("Post", ["lambda:str"], None, "it is a Python keyword"),
        ("Post", ["order:int"], None, "it is a reserved word of SQL"),
        ("Post", ["metadata:json"], None, "models, forms or pages have something of that name"),
        ("Post", ["csrf_token"], None, "models, forms or pages have something of that name"),
        ("Post", ["size:int", "filter_size:int"], None, "forms call what has this name for `size`"),
    ],
)
def test_a_reserved_name_is_refused_with_a_suggestion(
    with_books: Path, name: str, fields: list[str], plural: str | None, said: str
) -> None:
    before = read_project(with_books)
    with pytest.raises(UsageError) as raised:
        commands.generate(with_books, name, fields, plural=plural, settings=FILES_ONLY)
    assert said in raised.value.message
    assert raised.value.hint
    assert read_project(with_books) == before


def test_a_relation_cannot_take_the_table_of_a_resource(shop: Path) -> None:
    generate(shop, "Tag", "name")
    generate(shop, "BookTags", "text")
    generate(shop, "Book", "title")
    with pytest.raises(UsageError, match="`book_tags`"):
        change(shop, "Book", "tags:Tag*")
