"""How layers, slots and values become a tree."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue import PART
from flaskgen.planning.templates.render import Part, render
from tests.planning.templates.catalogues import build_catalogue
from tests.planning.templates.pages import fill, section

BASE = {"base/manifest.toml": b'title = "Base"\nsummary = "the base"\norder = 0\n'}


def extension(name: str, order: int, **more: str) -> dict[str, bytes]:
    lines = [
        f'title = "{name}"',
        'summary = "one"',
        f"order = {order}",
        *(f"{k} = {v}" for k, v in more.items()),
    ]
    return {f"extensions/{name}/manifest.toml": "\n".join(lines).encode()}


def rendered(files: dict[str, bytes], *traits: str, **values: object) -> dict[str, str | bytes]:
    tree = render(build_catalogue(BASE | files), traits=frozenset(traits), values=values)
    return {str(path): content for path, content in tree.items()}


def test_a_value_stands_in_contents_and_paths():
    files = {"base/files/{{package}}/app.py.jinja": b"NAME = '{{ package }}'\n"}
    assert rendered(files, package="shop") == {"shop/app.py": "NAME = 'shop'\n"}


def test_a_value_is_data_and_not_rendered_again():
    assert rendered({"base/files/a.txt.jinja": b"{{ title }}"}, title="{{7*7}}") == {"a.txt": "{{7*7}}\n"}


def test_an_application_template_keeps_its_own_tags():
    files = {
        "base/files/shop/templates/a.html.jinja": b"<h1>[[ title ]]</h1>{{ page }}{% block x %}{% endblock %}"
    }
    assert rendered(files, title="Shop") == {
        "shop/templates/a.html": "<h1>Shop</h1>{{ page }}{% block x %}{% endblock %}\n"
    }


def test_a_file_without_the_suffix_is_copied_as_it_is():
    assert rendered({"base/files/icon.png": b"\x89PNG{{ no }}"}) == {"icon.png": b"\x89PNG{{ no }}"}


def test_an_empty_slot_leaves_no_line():
    files = {"base/files/a.py.jinja": b'def init(app):\n    first()\n    {% slot "init" %}\n    last()\n'}
    assert rendered(files) == {"a.py": "def init(app):\n    first()\n    last()\n"}


def test_a_page_that_renders_to_nothing_is_not_made_but_an_empty_file_is():
    page = b'{% if filled("page") %}\n# Page\n{% slot "page" %}\n{% endif %}\n'
    files = {"base/files/page.md.jinja": page, "base/files/pkg/__init__.py.jinja": b""}
    more = extension("x", 1) | {"extensions/x/slots.jinja": fill('"page"', "line\n")}
    assert rendered(files | more) == {"pkg/__init__.py": ""}
    assert rendered(files | more, "x") == {"page.md": "# Page\nline\n", "pkg/__init__.py": ""}


def test_a_comment_behind_a_slot_is_not_rendered():
    files = {
        "base/files/a.txt.jinja": (
            b'{% slot "a" %} {# {{ nothing }} #}\n{% slot "b" default %}{# x #}\nb\n{% endslot %}\n'
        ),
        "base/files/x/templates/a.html.jinja": b'{% slot "c" %} {# x #}\n{# kept #}\n',
        "base/slots.jinja": fill('"a"', "a\n") + fill('"c"', "c\n"),
    }
    assert rendered(files) == {"a.txt": "a\nb\n", "x/templates/a.html": "c\n{# kept #}\n"}


def test_a_slot_takes_lines_in_the_order_of_extensions_and_indents_them():
    files = {
        "base/files/a.py.jinja": b'def init(app):\n    {% slot "init" %}\n',
        **extension("login", 2),
        **extension("mail", 1),
        "extensions/login/slots.jinja": fill('"init"', "login.init_app(app)\n"),
        "extensions/mail/slots.jinja": fill('"init"', "if app.debug:\n\n    mail.init_app(app)\n"),
    }
    assert rendered(files, "login", "mail") == {
        "a.py": "def init(app):\n    if app.debug:\n\n        mail.init_app(app)\n    login.init_app(app)\n"
    }


def test_a_sorted_slot_orders_imports_as_isort_does_and_drops_repeated_lines():
    files = {
        "base/files/a.py.jinja": b'{% slot "imports" sorted %}\n',
        **extension("login", 1),
        **extension("mail", 2),
        "extensions/login/slots.jinja": fill('"imports"', "from flask_login import A\nfrom flask import g\n"),
        "extensions/mail/slots.jinja": fill('"imports"', "import flask_mail\nfrom flask import g\n"),
    }
    assert rendered(files, "login", "mail") == {
        "a.py": "import flask_mail\nfrom flask import g\nfrom flask_login import A\n"
    }


def test_an_overlay_applies_when_all_its_traits_are_there():
    files = {
        **extension("login", 1),
        **extension("mail", 2),
        "extensions/login/files/a.py.jinja": b"alone\n",
        "extensions/login/with/mail+sql/files/a.py.jinja": b"three\n",
        "extensions/login/with/mail/files/a.py.jinja": b"two\n",
    }
    assert rendered(files, "login") == {"a.py": "alone\n"}
    assert rendered(files, "login", "mail") == {"a.py": "two\n"}
    assert rendered(files, "login", "mail", "sql") == {"a.py": "three\n"}
    assert rendered(files, "mail", "sql") == {}


def test_a_provided_trait_brings_its_overlays():
    files = {**extension("wtf", 1, provides='["forms"]'), "base/with/forms/files/ui.html.jinja": b"forms\n"}
    assert rendered(files, "wtf") == {"ui.html": "forms\n"}
    assert rendered(files) == {}


def test_a_named_part_of_a_slot_is_replaced_by_its_owners_overlay():
    files = {
        "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
        **extension("login", 1),
        "extensions/login/slots.jinja": (
            section("sql", fill('"lines" part "user"', "many users\n"))
            + fill('"lines" part "user"', "one user\n")
        ),
    }
    assert rendered(files, "login") == {"a.txt": "one user\n"}
    assert rendered(files, "login", "sql") == {"a.txt": "many users\n"}


def test_sections_add_lines_by_the_number_of_their_traits_and_then_by_name_wherever_they_stand():
    names = ("d", "b+c", "a+d", "b", "a+b+c")
    files = {
        "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
        "base/slots.jinja": b"".join(section(name, fill('"lines"', f"{name}\n")) for name in names)
        + fill('"lines"', "always\n"),
        "base/with/b+c/files/b.txt.jinja": b"of b and c\n",
    }
    assert rendered(files, "a", "b", "c", "d") == {
        "a.txt": "always\nb\nd\na+d\nb+c\na+b+c\n",
        "b.txt": "of b and c\n",
    }
    assert rendered(files, "b", "d") == {"a.txt": "always\nb\nd\n"}


def test_what_stands_in_a_slot_may_have_slots_itself():
    files = {
        "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
        **extension("login", 1),
        **extension("mail", 2),
        "extensions/login/slots.jinja": fill(
            '"lines"', '{% slot "inner" default %}\nown\n{% endslot %}\nlast\n'
        ),
        "extensions/mail/slots.jinja": section("login", fill('"inner"', "another\n")),
    }
    assert rendered(files, "login") == {"a.txt": "own\nlast\n"}
    assert rendered(files, "login", "mail") == {"a.txt": "another\nlast\n"}


def test_a_slot_cannot_stand_in_itself():
    files = {
        "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
        **extension("login", 1),
        "extensions/login/slots.jinja": fill('"lines"', '{% slot "lines" %}\n'),
    }
    with pytest.raises(TemplateDefect, match=r"the slot `lines` is already in base/files/a\.txt\.jinja"):
        rendered(files, "login")


@pytest.mark.parametrize(
    ("line", "words"), [("{{ unknown }}", "'unknown' is undefined"), ("{% if %}", "Expected an expression")]
)
def test_an_error_in_a_fill_names_its_line_in_the_page(line: str, words: str):
    files = {
        "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
        **extension("login", 1),
        "extensions/login/slots.jinja": b"\n" + section("x", fill('"lines"', f"one\n{line}\n")),
    }
    with pytest.raises(TemplateDefect, match=rf"^extensions/login/slots\.jinja:5: {words}"):
        rendered(files, "login", "x")


def test_a_file_ends_with_one_newline():
    files = {
        "base/files/a.txt.jinja": b"a\n\n\n",
        "base/files/b.txt.jinja": b"b",
        "base/files/c.txt.jinja": b"\n",
    }
    assert rendered(files) == {"a.txt": "a\n", "b.txt": "b\n", "c.txt": ""}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"fine\n{{ unknown }}\n", r"base/files/a\.txt\.jinja:2: 'unknown' is undefined"),
        (b"fine\nfine\n{% if %}\n", r"base/files/a\.txt\.jinja:3:"),
        (b'x {% slot "y" %}\n', "malformed slot tag"),
        (b'{% slot "y %}\n', "malformed slot tag"),
        (b"one\n\xff\n", r"a\.txt\.jinja:2: not UTF-8"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(content: bytes, words: str):
    with pytest.raises(TemplateDefect, match=words):
        rendered({"base/files/a.txt.jinja": content})


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "", ".git/hooks/x", ".venv/x", "a\\b", ".flaskgen/x", "a//b"]
)
def test_a_template_cannot_land_outside_the_project(name: str):
    with pytest.raises(TemplateDefect, match="cannot land"):
        rendered({"base/files/{{name}}.jinja": b"x"}, name=name)


def test_the_tree_is_sorted_and_the_same_each_time():
    files = {f"base/files/{name}.jinja": b"x" for name in "cab"}
    catalogue = build_catalogue(BASE | files)
    trees = [render(catalogue, traits=frozenset(), values={}) for _ in range(2)]
    assert list(trees[0]) == [PurePosixPath(name) for name in "abc"]
    assert trees[0] == trees[1]


def test_a_part_follows_its_values_its_traits_and_its_templates():
    template, overlay = "generated/files/{{ name }}.py.jinja", "generated/with/x/files/{{ name }}.py.jinja"
    files = {template: b"TITLE = '{{ title }}'\n", overlay: b"EXTENDED = '{{ title }}'\n"}

    def made(title: str, *traits: str, content: bytes = files[template]) -> str | bytes:
        catalogue = build_catalogue(BASE | files | {template: content})
        part = Part(PART, "send", {"name": "send", "title": title})
        return render(catalogue, traits=frozenset(traits), values={}, parts=[part])[PurePosixPath("send.py")]

    assert made("Send") == made("Send") == "TITLE = 'Send'\n"
    assert made("Post") == "TITLE = 'Post'\n"
    assert made("Post", "x") == "EXTENDED = 'Post'\n"
    assert made("Post", content=b"{{ title }}") == "Post\n"


def test_only_the_projects_own_templates_see_what_is_said_of_all_parts():
    catalogue = build_catalogue(
        BASE
        | dict.fromkeys(("base/files/all.txt.jinja", "generated/files/one.txt.jinja"), b"{{ commands }}\n")
    )
    traits, overview = frozenset[str](), {"commands": "send"}
    assert [*render(catalogue, traits=traits, values={}, overview=overview).values()] == ["send\n"]
    with pytest.raises(TemplateDefect, match=r"^generated/files/one\.txt\.jinja:1: 'commands' is undefined"):
        render(catalogue, traits=traits, values={}, overview=overview, parts=[Part(PART, "send", {})])
