"""Generated resources: clean under ruff, and their own tests pass."""

from __future__ import annotations

import ast
import re
import subprocess
from dataclasses import replace
from pathlib import Path, PurePosixPath

import jinja2
import pytest

from flaskgen.errors import InvalidField, InvalidResource
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.project.spec import render_project
from flaskgen.planning.resources.fields import parse_field
from flaskgen.planning.resources.resource import APIS, Resource, check_resource_name, parse_resource
from flaskgen.planning.words import SNAKE_CASE
from tests.project_templates.rendering import spec_of
from tests.project_templates.series import ALL_SERIES, NEWEST, any_python_of, some_series
from tests.project_templates.served import Site
from tests.project_templates.subsets import SHIPPED, Files, PythonFor, known_to, write_tree
from tests.project_templates.test_lint import ruff
from tests.resources.generated import Project

WEB = ("sqlalchemy", "login", "mail", "wtf")
EVERY_TYPE = """
    title:str(120) body:text? status:enum(draft,live)=draft author:User published_at:datetime? due:date=today
    price:decimal(10,2)=0 tags:Tag* slug:slug^ site:url? visible:bool=true code:uuid extra:json?
    starts_at:time rating:int? share:float=0.5 contact:email? shelf:Shelf? photo:file scan:file?
"""
TAG = parse_resource("Tag", ["name:str(50)^"])
SHELF = parse_resource("Shelf", ["place:int"], plural="shelves")
POST = parse_resource("Post", EVERY_TYPE.split())
DIARY = parse_resource("Diary", ["day:date", "mood:int?", "sketch:file?"], owner=True)
SCAN = parse_resource("TestScan", ["post:Post", "sheet:file"])
"""Has a file, and relates to rows that have some, and a name like that of a class of tests."""
POLL = parse_resource("Poll", EVERY_TYPE.split(), pages=False, api=False, form=True)
PHOTO = parse_resource("Photo", ["title", "image:file", "scan:file?"])

RELATIONS = (
    parse_resource("Book", ["title", "user:User", "editor:User?", "note:Note?"], owner=True),
    parse_resource("Comment", ["text", "book:Book", "other:Book?"], owner=True),
    parse_resource("Page", ["title", "parent:Page?", "references:Page*"]),
    parse_resource("Pair", ["primary:Page", "away:Page"]),
    parse_resource("Vote", ["book:Book", "at:Page?"], owner=True, pages=False, api=False, form=True),
)


def render(
    *resources: Resource,
    extensions: tuple[str, ...] = WEB,
    series: FlaskSeries = NEWEST,
    options: tuple[str, ...] = (),
) -> Files:
    spec = spec_of(extensions, series=series, options=options)
    ordered = tuple(sorted((*spec.resources, *resources), key=lambda resource: resource.name))
    return render_project(
        replace(spec, resources=ordered),
        SHIPPED,
        secret_key="a-key-for-tests-0123456789-abcdefghij",
    )


def test_without_bootstrap_every_class_of_a_page_has_a_rule() -> None:
    files = {str(path): str(text) for path, text in render(POST, TAG, SHELF).items()}
    (style,) = (text for path, text in files.items() if path.endswith("style.css"))
    pages = "".join(text for path, text in files.items() if path.endswith(".html"))
    used = set(" ".join(re.findall(r'class="([^"{]*)"', pages)).split())
    bootstrap = {"btn", "btn-primary", "btn-secondary", "form-control"}
    assert {"rows", "search", "button"} <= used
    assert {name for name in used - bootstrap if f".{name}" not in style} == set()


def require_clean(folder: Path) -> None:
    check, formatted = ruff("check", "--no-cache", folder), ruff("format", "--no-cache", "--diff", folder)
    assert check.returncode == 0, check.stdout
    assert formatted.returncode == 0, formatted.stdout


def test_resources_are_clean_under_ruff(tmp_path: Path) -> None:
    few = ("sqlalchemy", "wtf")
    for extensions in (few, (*few, "restful"), (*WEB, "bootstrap", "moment", *APIS)):
        more = [POST, DIARY] if "login" in extensions else []
        write_tree(tmp_path / extensions[-1], render(TAG, SHELF, *more, extensions=extensions))
    require_clean(tmp_path)


def test_resources_of_each_series_are_clean_under_ruff(tmp_path: Path) -> None:
    owned = parse_resource("Plan", ["code:slug^", "place:str(9)^", "sign:uuid^"], owner=True)
    for series in ALL_SERIES:
        extensions = known_of((*WEB, *APIS), series)
        tree = render(TAG, SHELF, POST, DIARY, owned, extensions=extensions, series=series)
        write_tree(tmp_path / series.name, tree)
    require_clean(tmp_path)


def test_a_default_that_reads_like_code_imports_nothing(tmp_path: Path) -> None:
    hint = parse_resource("Hint", ["note=see decimal.org", "old=default=datetime.x", "new:text=uuid.x"])
    for series in ALL_SERIES:
        extensions = known_of((*WEB, *APIS), series)
        write_tree(tmp_path / series.name, render(hint, extensions=extensions, series=series))
    require_clean(tmp_path)


def test_classic_models_leave_to_flask_sqlalchemy_3_what_it_has() -> None:
    series = next(one for one in ALL_SERIES if one.name == "2.2")
    release = SHIPPED.on(FlaskRelease("2.2.0", series.for_release("2.2.0")))
    spec = replace(spec_of(WEB), release=release, resources=(SHELF,))
    files = {str(path): str(text) for path, text in render_project(spec, SHIPPED, secret_key="a-key").items()}
    assert "place = db.Column(" in files["my_shop/shelves/models.py"]
    assert "Pagination" not in files["my_shop/extensions.py"]


def test_pytest_does_not_warn_of_a_model_that_is_named_like_tests() -> None:
    named = "cannot collect test class 'Testimonial"
    for resource in (parse_resource("Testimonial", ["quote"]), TAG):
        settings = str(render(resource)[PurePosixPath("pyproject.toml")])
        assert settings.count(f'"ignore:{named}') == resource.name.startswith("Test")


def test_a_page_shows_each_field_once_and_as_it_is() -> None:
    letter = parse_resource("Letter", ["subject", "body:text", "note:text?", "author:User", "editor:User?"])
    page = str(render(letter)[PurePosixPath("my_shop/templates/letters/show.html")])
    assert all(page.count(f"<dt>{field.label}</dt>") == 1 for field in letter.fields)
    assert page.count('<dd class="text">') == 2  # in which lines are kept
    shown = jinja2.Environment(autoescape=True).from_string(" ".join(re.findall("<dd.*?</dd>", page)[3:5]))
    assert shown.render(letter={"author_id": 7, "editor": "Ada", "editor_id": 8}).endswith("<dd>User 8</dd>")
    assert shown.render(letter={"author_id": 7, "editor": None}) == "<dd>User 7</dd> <dd>-</dd>"


def test_python_3_9_can_evaluate_the_annotations_of_columns() -> None:
    tree = {str(path): str(content) for path, content in render(POST, TAG, SHELF).items()}
    columns = [
        node.annotation
        for node in ast.walk(ast.parse(tree["my_shop/posts/models.py"]))
        if isinstance(node, ast.AnnAssign) and "mapped_column" in ast.unparse(node.value or node)
    ]
    assert sum("Optional" in ast.unparse(annotation) for annotation in columns) >= 3
    assert not [node for one in columns for node in ast.walk(one) if isinstance(node, ast.BinOp)]
    assert "keep-runtime-typing = true" in tree["pyproject.toml"]


def test_random_resources_are_clean_under_ruff(tmp_path: Path) -> None:
    for seed in range(6):
        write_tree(tmp_path / str(seed), Project(seed).files())
    require_clean(tmp_path)


@pytest.mark.e2e
@pytest.mark.parametrize(
    "resources", [(POST, TAG, SHELF, DIARY, SCAN, POLL), RELATIONS], ids=["types", "relations"]
)
def test_the_tests_of_resources_pass(
    resources: tuple[Resource, ...], project_python: Path, tmp_path: Path
) -> None:
    tree = render(*resources, extensions=(*WEB, "migrate", *APIS))
    theirs = [str(path) for path in tree if path.match("tests/test_*s_*.py")]
    assert len(theirs) >= 2 * len(resources)
    of_all = [f"tests/test_{subject}.py" for subject in ("migrations", "openapi", "routes")]
    Site(project_python, write_tree(tmp_path, tree)).run_tests(*of_all, *theirs)


@pytest.mark.e2e
def test_a_field_hides_nothing_of_the_classes_that_it_is_in(project_python: Path) -> None:
    code = """
from flask_sqlalchemy.model import Model
from flask_wtf import FlaskForm
from marshmallow import Schema
print(*{*dir(Model), *dir(FlaskForm), *dir(Schema)})"""
    names = subprocess.run([project_python, "-c", code], capture_output=True, text=True, check=True).stdout
    inherited = [name for name in names.split() if SNAKE_CASE.fullmatch(name)]
    assert {"is_submitted", "loads", "query"} <= {*inherited}
    for name in inherited:
        with pytest.raises(InvalidField):
            parse_field(name)


def known_of(extensions: tuple[str, ...], series: FlaskSeries) -> tuple[str, ...]:
    return tuple(name for name in extensions if name in known_to(series))


@pytest.mark.e2e
@pytest.mark.parametrize(
    "series",
    [
        # From 2.2 on, models, views and APIs are those of the newest series.
        pytest.param(one, id=one.name, marks=() if one.name == "0.10" else pytest.mark.slow)
        for one in ALL_SERIES[:-1]
    ],
)
def test_the_tests_of_resources_pass_on_every_older_series(
    series: FlaskSeries, python_for: PythonFor, tmp_path: Path
) -> None:
    extensions = known_of((*WEB, "migrate", *APIS), series)
    tree = render(POST, TAG, SHELF, DIARY, *RELATIONS[:3], extensions=extensions, series=series)
    theirs = [str(path) for path in tree if path.match("tests/test_*s_*.py")]
    site = Site(python_for(series, any_python_of(series)), write_tree(tmp_path, tree))
    of_all = [f"tests/test_{subject}.py" for subject in ("database", "migrations", "routes", "uploads")]
    site.run_tests(*of_all, *theirs)


RELATE = """
from my_shop.extensions import db
from my_shop.books.models import Book
from my_shop.comments.models import Comment
from my_shop.auth.users import create

user = create("ada@example.com", "a long password")
book = Book(title="kept", user=user, owner_id=user.id)
db.session.add(Comment(text="kept", book=book, owner_id=user.id))
db.session.commit()
"""
LOOK = """
from my_shop.comments.models import Comment
from my_shop.extensions import db

print(db.session.scalars(db.select(Comment)).one().book.title)
"""


@pytest.mark.e2e
def test_a_revision_makes_a_table_anew_that_others_relate_to(project_python: Path, tmp_path: Path) -> None:
    folder = write_tree(tmp_path, render(*RELATIONS, extensions=(*WEB, "migrate")))

    def flask(*arguments: str, typed: str = "") -> str:
        command = [str(project_python), "-m", "flask", "--app", "my_shop", *arguments]
        done = subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    flask("init-db")
    flask("shell", typed=RELATE)
    models = folder / "my_shop" / "books" / "models.py"
    models.write_text(models.read_text().replace("sa.String(255)", "sa.String(100)"))
    flask("db", "migrate", "-m", "shorter")
    flask("db", "upgrade")
    flask("db", "check")
    assert "kept" in flask("shell", typed=LOOK)


def names_called(module: str) -> set[str]:
    """Return the names that functions call, are decorated with, or pass on as a keyword's value."""
    called = set()
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.Call):
            called.add(node.func)
        elif isinstance(node, ast.FunctionDef):
            called |= {*node.decorator_list}
        elif isinstance(node, ast.ClassDef):
            called |= {*node.bases}
    return {node.id for node in called if isinstance(node, ast.Name)}


def test_no_resource_has_the_name_of_what_its_functions_call() -> None:
    every = (*WEB, *APIS, "bootstrap", "moment")
    zebra = parse_resource("Zebra", [field for field in EVERY_TYPE.split() if "User" not in field])
    owned = parse_resource("Zebu", ["code:str(5)^"], owner=True)
    modules = [
        str(content)
        for path, content in render(zebra, owned, TAG, SHELF, extensions=every).items()
        if path.suffix == ".py" and {"zebras", "zebus"} & {*path.parts}
    ]
    called = set[str]().union(*map(names_called, modules))
    assert called > {"render_template", "save", "find"}
    for name in called:
        if not name.startswith(("Zebra", "Zebu")):
            camel = name if name[0].isupper() else "".join(word.capitalize() for word in name.split("_"))
            with pytest.raises(InvalidResource):
                check_resource_name(camel)


def names_in_classes(module: str) -> set[str]:
    """Return the names that the bodies of classes load, and not those of their methods."""
    found = set()
    classes = (node for node in ast.walk(ast.parse(module)) if isinstance(node, ast.ClassDef))
    waiting: list[ast.AST] = [part for node in classes for part in node.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return found


@some_series
def test_no_field_has_a_name_that_the_lines_of_other_fields_use(series: FlaskSeries) -> None:
    resources = (TAG, SHELF, POST, DIARY, SCAN, PHOTO)
    files = render(*resources, extensions=known_of((*WEB, *APIS), series), series=series)
    packages = {resource.plural for resource in resources}
    modules = [
        str(content)
        for path, content in files.items()
        if path.name in ("models.py", "forms.py", "schemas.py") and path.parent.name in packages
    ]
    used = set[str]().union(*map(names_in_classes, modules))
    assert used > {"datetime", "fields", "validators"}
    own = {"post_tags", *(f"{field.name}_id" for one in resources for field in one.fields if field.target)}
    for name in used - own:
        with pytest.raises(InvalidField):
            parse_field(name)
