"""Change the resources of a project with an edit in them: fields, resources and extensions come and go."""

from __future__ import annotations

from collections.abc import Iterator

from flaskgen.planning.merging.plan import Merge
from flaskgen.planning.resources.resource import Resource, parse_resource
from tests.edits.cases import EDITS, Edit, Files, appended, renamed, replaced
from tests.edits.measure import Result, change_one, files_of

NEEDED = frozenset({"sqlalchemy", "wtf", "login"})
"""What these resources need."""
EXTENSIONS = ("bootstrap", "moment", "smorest", "mail", "docker")
FIELDS = (
    "price:decimal(10,2)=0",
    "rating:int?",
    "due:date=today",
    "published_at:datetime?",
    "visible:bool=true",
    "slug:slug^",
    "extra:json?",
    "reviewer:User?",
    "shelf:Shelf?",
    "labels:Label*",
)
_FIELDS = ("title:str(120)", "body:text?", "status:enum(draft,live)=draft", "author:User")
_BESIDE = (parse_resource("Label", ["name:str(50)^"]), parse_resource("Shelf", ["place:int"]))
_MORE = (
    parse_resource("Comment", ["text:text", "post:Post"]),
    parse_resource("Diary", ["day:date", "mood:int?"], owner=True),
)


def change_each_resource(edit: Edit, merge: Merge | None = None) -> Iterator[Result]:
    """Make each change, and the one that takes it back, in a project whose posts have an edit in them."""
    for (verb, inverse), what, fewer, more in _changes():
        yield change_one(edit, fewer, more, merge, (verb, what))
        yield change_one(edit, more, fewer, merge, (inverse, what))


def _changes() -> Iterator[tuple[tuple[str, str], str, Files, Files]]:
    extensions = NEEDED | {"migrate"}
    now = dict(files_of(extensions, posts_with()))
    for field in FIELDS:
        with_field = files_of(extensions, posts_with(field))
        yield ("generate field", "remove field"), field, now, dict(with_field)
    for other in _MORE:
        with_other = files_of(extensions, _by_name(*posts_with(), other))
        yield ("generate resource", "remove"), other.name, now, dict(with_other)
    for extension in EXTENSIONS:
        with_extension = files_of(extensions | {extension}, posts_with())
        yield ("add", "remove"), extension, now, dict(with_extension)


def posts_with(*fields: str) -> tuple[Resource, ...]:
    """Return posts with more fields, and the resources that these relate to."""
    return _by_name(*_BESIDE, parse_resource("Post", [*_FIELDS, *fields]))


def _by_name(*resources: Resource) -> tuple[Resource, ...]:
    return tuple(sorted(resources, key=lambda resource: resource.name))


RESOURCE_EDITS: list[Edit] = []
_MODELS, _FORMS, _VIEWS = (f"shop/posts/{name}.py" for name in ("models", "forms", "views"))
_PAGES = "shop/templates/posts/"


def _edit(title: str, *changes: tuple[str, str, str]) -> None:
    """Register an edit that replaces texts, each in a file; an empty one is the end of the file."""

    def make(files: Files) -> Files:
        for path, old, new in changes:
            files = replaced(files, path, old, new) if old else appended(files, path, new)
        return files

    RESOURCE_EDITS.append(Edit(title, make))


_edit("a longer column", (_MODELS, "sa.String(120)", "sa.String(200)"))
_edit(
    "a method and a property at the end of the model",
    (
        _MODELS,
        "",
        "\n    @property\n    def is_live(self) -> bool:\n"
        '        return self.status == "live"\n\n'
        "    def publish(self) -> None:\n"
        '        self.status = "live"\n',
    ),
)
_edit(
    "a relationship and an index of one's own",
    (_MODELS, "    body: so.", '    replies: so.Mapped[list["Reply"]] = so.relationship()\n    body: so.'),
    (
        _MODELS,
        '    """A post."""\n',
        '    """A post."""\n\n    __table_args__ = (sa.Index("by", "title"),)\n',
    ),
)
_edit(
    "a column of one's own after the last",
    (
        _MODELS,
        "    def __str__",
        "    clicks: so.Mapped[int] = so.mapped_column(default=0)\n\n    def __str__",
    ),
)
_edit("another text for a row", (_MODELS, "return self.title", 'return f"{self.title} ({self.status})"'))
_edit(
    "a validator in the form, and one that is a method",
    (_FORMS, "validators.Length(max=120)", "validators.Length(min=3, max=120)"),
    (_FORMS, "", "\n    def validate_title(self, field):\n        field.data = field.data.strip()\n"),
)
_edit("another label", (_FORMS, '"Title",', '"Headline",'))


def _reorder(files: Files) -> Files:
    head, first, *rest = files[_FORMS].split("\n    title = ", 1)[0], *_statements(files[_FORMS])
    return {**files, _FORMS: "\n".join([head, *rest, first]) + "\n"}


def _statements(form: str) -> list[str]:
    """Return the fields of a form, each with its lines."""
    fields: list[str] = []
    for line in form[form.index("    title = ") :].rstrip("\n").split("\n"):
        if line.startswith("    ") and line[4].isalpha():
            fields.append(line)
        else:
            fields[-1] += f"\n{line}"
    return fields


RESOURCE_EDITS.append(Edit("the first field of the form put last", _reorder))
_edit("another order of the list", (_VIEWS, "Post.id.desc()", "Post.title"))
_edit(
    "a view that only some may see",
    (_VIEWS, "from ..database", "from ..auth import admin_only\nfrom ..database"),
    (_VIEWS, "def delete(", "@admin_only\ndef delete("),
)
_edit(
    "a view of one's own at the end, and one between",
    (
        _VIEWS,
        '\n\n@bp.route("/new"',
        '\n\n@bp.route("/latest")\ndef latest():\n    return index()\n\n\n@bp.route("/new"',
    ),
    (_VIEWS, "", '\n\n@bp.route("/export")\ndef export():\n    return [str(post) for post in posts()]\n'),
)
_edit(
    "what happens when a row is saved",
    (
        _VIEWS,
        "    form.populate_obj(post)\n",
        "    form.populate_obj(post)\n    post.title = post.title.strip()\n",
    ),
)
_edit(
    "the page of a row restyled",
    (f"{_PAGES}show.html", "<dl>", '<dl class="wide">'),
    (f"{_PAGES}show.html", "<h1>", '<h1 class="big">'),
)
_edit(
    "a value of the page of a row removed, and another shown",
    (f"{_PAGES}show.html", "  <dt>Title</dt>\n  <dd>{{ post.title }}</dd>\n", ""),
    (f"{_PAGES}show.html", "</dl>", "  <dt>Number</dt>\n  <dd>{{ post.id }}</dd>\n</dl>"),
)
_edit(
    "more in the list",
    (f"{_PAGES}index.html", "</a></li>", "</a> <small>{{ post.status }}</small></li>"),
)
_edit("a note in the form", (f"{_PAGES}form.html", "{{ render_form", "<p>Be kind.</p>\n{{ render_form"))
RESOURCE_EDITS.append(
    Edit("the pages moved", lambda files: renamed(files, "shop/templates/posts/", "shop/templates/blog/"))
)
RESOURCE_EDITS.append(Edit("the package renamed", lambda files: renamed(files, "shop/posts/", "shop/blog/")))
_edit(
    "a test of one's own, and one that is stricter",
    (
        "tests/test_posts_pages.py",
        "",
        "\n\ndef test_ours(client):\n    assert client.get(URL).status_code == 308\n",
    ),
    ("tests/test_posts_pages.py", '"Post created." in', '"Post created." in  # said once\\\n       '),
)
_edit("other values in the factory", ("tests/factories.py", '"title": "Tea"', '"title": "Our tea"'))
RESOURCE_EDITS += [one for one in EDITS if "every Python file" in one.title or "every file" in one.title]
