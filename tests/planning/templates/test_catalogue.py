"""What a template directory must be, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue_checks import Slot, find_slots
from flaskgen.planning.templates.slots import SlotKind
from tests.planning.templates.catalogues import build_catalogue

MANIFEST = b'title = "T"\nsummary = "s"\norder = 1\n'
OPTION = b'[options.a]\nhelp = "h"\nchoices = ["b", "c"]\ndefault = "b"\nneeds = ["sqlalchmy"]\n'
BASE = {"base/manifest.toml": MANIFEST, "base/files/a.py.jinja": b'{% slot "init" %}\n'}


def test_extensions_come_in_the_order_of_their_manifests():
    files = {
        "extensions/alpha/manifest.toml": MANIFEST.replace(b"1", b"2"),
        "extensions/zeta/manifest.toml": MANIFEST,
    }
    assert list(build_catalogue(BASE | files).extensions) == ["zeta", "alpha"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"extensions/x/manifest.toml": b"title = "},
            r"extensions/x/manifest\.toml is not valid TOML: Invalid",
        ),
        ({"extensions/x/manifest.toml": b'title = "T"\nsummary = "s"\n'}, "order"),
        ({"extensions/x/manifest.toml": MANIFEST + b"colour = 1\n"}, "`colour` is an unknown key"),
        ({"extensions/x/manifest.toml": MANIFEST + b'status = "fresh"\n'}, "fresh"),
        ({"extensions/x/files/b.py.jinja": b""}, r"extensions/x/manifest\.toml is missing"),
        ({"extensions/x/manifest.toml": MANIFEST + b'needs = ["y"]\n'}, "needs unknown `y`"),
        ({"extensions/x/manifest.toml": MANIFEST + OPTION}, "needs unknown `sqlalchmy`"),
        (
            {"extensions/x/manifest.toml": MANIFEST + b'[[resources]]\nname = "post"\nfields = ["title"]\n'},
            r"manifest\.toml:\d+: `resources\[0\]\.name` is wrong: invalid resource name `post`",
        ),
        (
            {"extensions/x/manifest.toml": MANIFEST + b'[[resources]]\nname = "Post"\nfields = ["title"]\n'},
            r"extensions/x/manifest\.toml: the resource Post requires sqlalchemy",
        ),
        (
            {"extensions/x/manifest.toml": MANIFEST, "extensions/x/files/a.py.jinja": b""},
            "is already that of base/files",
        ),
        (
            {"extensions/x/manifest.toml": MANIFEST, "extensions/x/files/A.py.jinja": b""},
            "is already that of base/files",
        ),
        (
            {"extensions/x/manifest.toml": MANIFEST, "extensions/x/files/b.py.jinja": b'{% slot "init" %}\n'},
            "the slot `init` is already in",
        ),
    ],
)
def test_a_wrong_template_folder_is_refused_with_the_file(files: dict[str, bytes], words: str):
    with pytest.raises(TemplateDefect, match=words):
        build_catalogue(BASE | files)


def test_a_folder_without_a_base_is_refused():
    with pytest.raises(TemplateDefect, match="no base"):
        build_catalogue({"extensions/x/manifest.toml": MANIFEST})


def test_a_slot_of_another_extension_needs_that_extension():
    files = {
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/x/files/b.py.jinja": b'{% slot "b" %}\n',
        "extensions/y/manifest.toml": MANIFEST,
    }
    page = b'{% with "x" %}\n{% fill "b" %}\nx\n{% endfill %}\n{% endwith %}\n'
    build_catalogue(BASE | files | {"extensions/y/slots.jinja": page})
    with pytest.raises(TemplateDefect) as defect:
        build_catalogue(BASE | files | {"extensions/y/slots.jinja": page.replace(b'with "x"', b'with "z"')})
    assert defect.value.message == "extensions/y/slots.jinja:2: no file offers the slot `b` without x"
    assert defect.value.hint == 'fill it between {% with "x+z" %} and {% endwith %}'


@pytest.mark.parametrize("need", ["x", "w"])
def test_an_extension_fills_the_slots_of_what_it_needs(need: str):
    files = {
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/x/files/b.py.jinja": b'{% slot "b" %}\n',
        "extensions/w/manifest.toml": MANIFEST + b'needs = ["x"]\n',
        "extensions/y/manifest.toml": MANIFEST + f'needs = ["{need}"]\n'.encode(),
        "extensions/y/slots.jinja": b'{% fill "b" %}\nx\n{% endfill %}\n',
    }
    assert find_slots(build_catalogue(BASE | files))["b"].conditions == (frozenset({"x"}),)


def test_a_slot_knows_its_file_through_the_slots_that_it_stands_in():
    files = {
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/x/slots.jinja": (
            b'{% fill "init" %}\n{% slot "outer" sorted %} {# what is outside #}\n{% endfill %}\n'
            b'{% fill "outer" %}\n{% slot "inner" %}\n{% endfill %}\n{% with "y" %}\n'
            b'{% fill "outer" %}\n{% slot "inner" %} {# what is inside #}\n{% endfill %}\n{% endwith %}\n'
        ),
    }
    x = frozenset({"x"})
    slots = find_slots(build_catalogue(BASE | files))
    assert slots["outer"] == Slot("outer", SlotKind.SORTED, "a.py", "what is outside", (x,))
    assert slots["inner"] == Slot("inner", SlotKind.PLAIN, "a.py", "what is inside", (x, x | {"y"}))


def test_slots_that_only_stand_in_each_other_are_refused():
    files = {
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/x/slots.jinja": (
            b'{% fill "one" %}\n{% slot "two" %}\n{% endfill %}\n'
            b'{% fill "two" %}\n{% slot "one" %}\n{% endfill %}\n'
        ),
    }
    with pytest.raises(TemplateDefect, match=r"^extensions/x/slots\.jinja: the slot `two` is in no file$"):
        build_catalogue(BASE | files)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("inti", "did you mean `init`?"), ("nope", "the documentation lists the slots")],
)
def test_a_fill_of_an_unknown_slot_is_refused_with_its_line(name: str, hint: str):
    files = {
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/x/slots.jinja": f'{{# a #}}\n{{% fill "{name}" %}}\nx\n{{% endfill %}}\n'.encode(),
    }
    words = rf"^extensions/x/slots\.jinja:2: no file offers the slot `{name}`$"
    with pytest.raises(TemplateDefect, match=words) as defect:
        build_catalogue(BASE | files)
    assert defect.value.hint == hint


@pytest.mark.parametrize(
    "path",
    ["slot.jinja", "slots/init.jinja", "with/slots.jinja", "with/y/file/a.jinja", "slots.jinja/a.jinja"],
)
def test_a_template_in_no_known_place_is_refused(path: str):
    files = {"extensions/x/manifest.toml": MANIFEST, f"extensions/x/{path}": b""}
    with pytest.raises(TemplateDefect, match=rf"^extensions/x/{path}: a template is below files/"):
        build_catalogue(BASE | files)


def test_a_page_of_fills_below_with_is_refused_with_the_section_that_they_belong_in():
    files = {"extensions/x/manifest.toml": MANIFEST, "extensions/x/with/y+z/slots.jinja": b""}
    with pytest.raises(TemplateDefect) as defect:
        build_catalogue(BASE | files)
    place = "extensions/x/with/y+z/slots.jinja"
    assert defect.value.message == f"{place}: these fills belong in a section of extensions/x/slots.jinja"
    assert defect.value.hint == 'move them between {% with "y+z" %} and {% endwith %}'


def test_notes_of_an_author_are_no_templates():
    files = {"extensions/x/manifest.toml": MANIFEST, "extensions/x/README.md": b"{% slot %}"}
    assert "x" in build_catalogue(BASE | files).extensions


def test_a_preset_can_have_every_extension_of_some_states():
    files = {
        "presets.toml": b'[full]\nsummary = "s"\nstatus = ["maintained", "dormant"]\n',
        "extensions/x/manifest.toml": MANIFEST,
        "extensions/y/manifest.toml": MANIFEST + b'status = "dormant"\n',
        "extensions/z/manifest.toml": MANIFEST + b'status = "unmaintained"\n',
    }
    assert build_catalogue(BASE | files).presets["full"].extensions == ("x", "y")
    files["presets.toml"] += b'without = ["y"]\n'
    assert build_catalogue(BASE | files).presets["full"].extensions == ("x",)


def test_the_presets_have_extensions_that_there_are():
    catalogue = load_catalogue()
    assert all(set(preset.extensions) <= catalogue.extensions.keys() for preset in catalogue.presets.values())


def test_modules_of_every_extension_are_reserved():
    files = {"extensions/x/manifest.toml": MANIFEST + b'modules = ["flask_x"]\n'}
    assert "flask_x" in build_catalogue(BASE | files).reserved_modules
