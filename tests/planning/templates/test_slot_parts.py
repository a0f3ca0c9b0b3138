"""Named parts of slots, and traits that extensions provide."""

from __future__ import annotations

import pytest

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.render import render
from tests.planning.templates.catalogues import build_catalogue
from tests.planning.templates.pages import fill, section


def manifest(order: int, more: str = "") -> bytes:
    return f'title = "T"\nsummary = "S"\norder = {order}\n{more}'.encode()


FILES = {
    "base/manifest.toml": manifest(0),
    "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
    "extensions/one/manifest.toml": manifest(1, 'provides = ["sums"]\n'),
    "extensions/one/slots.jinja": (
        fill('"lines"', "always\n")
        + fill('"lines" part "user"', "alone\n")
        + section("two", fill('"lines" part "user"', "together\n") + fill('"lines"', "more\n"))
    ),
    "extensions/two/manifest.toml": manifest(2, 'provides = ["sums"]\n'),
    "extensions/two/slots.jinja": fill('"lines" part "user"', "of two\n"),
    "base/slots.jinja": section("sums", fill('"lines"', "sums\n")),
}


def lines(*traits: str) -> list[str]:
    tree = render(build_catalogue(FILES), traits=frozenset(traits), values={})
    return [line for content in tree.values() for line in str(content).split()]


def test_an_overlay_replaces_a_named_part_of_its_own_extension_where_it_stood():
    assert lines("one", "two") == ["always", "together", "of", "two", "sums", "more"]


def test_without_the_overlay_the_part_stays():
    assert lines("one") == ["always", "alone", "sums"]


def test_a_provided_trait_is_there_once_whoever_brings_it():
    assert lines() == []
    assert lines("two") == ["of", "two", "sums"]


def test_a_part_of_a_slot_that_nobody_offers_is_a_defect():
    files = FILES | {"extensions/one/slots.jinja": section("three", fill('"nothing" part "x"', "x\n"))}
    with pytest.raises(TemplateDefect, match="jinja:2: no file offers the slot `nothing`"):
        build_catalogue(files)


DEFAULT = {
    "base/manifest.toml": manifest(0),
    "base/files/a.txt.jinja": (
        b'first\n{% slot "middle" default %}\n    own\n{% endslot %}\nlast {{ word }}\n{{ missing }}\n'
    ),
    "base/files/app/templates/a.html.jinja": (
        b'{% slot "page" default %}\n{% if own %}\n{% endslot %}\n{% endif %}\n'
    ),
    "base/slots.jinja": (
        section("old", fill('"middle"', "of {{ word }}\n") + fill('"page"', "{% if [[ word ]] %}\n"))
        + section("older", fill('"middle"', ""))
    ),
}


def filled(*traits: str) -> dict[str, str]:
    files = DEFAULT | {
        "base/files/a.txt.jinja": DEFAULT["base/files/a.txt.jinja"].replace(b"{{ missing }}\n", b"")
    }
    tree = render(build_catalogue(files), traits=frozenset(traits), values={"word": "words"})
    return {path.name: str(content) for path, content in tree.items()}


def test_the_lines_in_a_slot_with_a_default_stay_where_nobody_fills_it():
    assert filled() == {"a.txt": "first\n    own\nlast words\n", "a.html": "{% if own %}\n{% endif %}\n"}


def test_what_fills_a_slot_with_a_default_takes_the_place_of_its_lines():
    assert filled("old") == {
        "a.txt": "first\nof words\nlast words\n",
        "a.html": "{% if words %}\n{% endif %}\n",
    }


def test_an_empty_contribution_takes_the_lines_of_the_default_away():
    assert filled("older")["a.txt"] == "first\nlast words\n"


@pytest.mark.parametrize("traits", [(), ("old",)])
def test_an_error_behind_a_default_names_its_true_line(traits: tuple[str, ...]):
    with pytest.raises(TemplateDefect, match=r"base/files/a\.txt\.jinja:6: 'missing' is undefined"):
        render(build_catalogue(DEFAULT), traits=frozenset(traits), values={"word": "words"})
