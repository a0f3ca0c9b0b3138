"""Named parts of slots, and traits that extensions provide."""

from __future__ import annotations

import pytest

from flaskgen.errors import TemplateDefect
from flaskgen.planning.catalogue_reading import build_catalogue
from flaskgen.planning.render import render


def manifest(order: int, more: str = "") -> bytes:
    return f'title = "T"\nsummary = "S"\norder = {order}\n{more}'.encode()


FILES = {
    "base/manifest.toml": manifest(0),
    "base/files/a.txt.jinja": b'{% slot "lines" %}\n',
    "extensions/one/manifest.toml": manifest(1, 'provides = ["sums"]\n'),
    "extensions/one/slots/lines.jinja": b"always\n",
    "extensions/one/slots/lines/user.jinja": b"alone\n",
    "extensions/two/manifest.toml": manifest(2, 'provides = ["sums"]\n'),
    "extensions/two/slots/lines/user.jinja": b"of two\n",
    "extensions/one/with/two/slots/lines/user.jinja": b"together\n",
    "extensions/one/with/two/slots/lines.jinja": b"more\n",
    "base/with/sums/slots/lines.jinja": b"sums\n",
}


def lines(*traits: str) -> list[str]:
    [content] = render(build_catalogue(FILES), traits=frozenset(traits), values={}).values()
    return str(content).split()


def test_an_overlay_replaces_a_named_part_of_its_own_extension_where_it_stood():
    assert lines("one", "two") == ["always", "together", "of", "two", "sums", "more"]


def test_without_the_overlay_the_part_stays():
    assert lines("one") == ["always", "alone", "sums"]


def test_a_provided_trait_is_there_once_whoever_brings_it():
    assert lines() == []
    assert lines("two") == ["of", "two", "sums"]


def test_a_part_of_a_slot_that_nobody_offers_is_a_defect():
    files = FILES | {"extensions/one/slots/nothing/part.jinja": b"x\n"}
    with pytest.raises(TemplateDefect, match="no file offers the slot `nothing`"):
        build_catalogue(files)
