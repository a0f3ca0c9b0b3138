"""The attacks' grammar and table, without a server."""

from __future__ import annotations

from pathlib import PurePosixPath
from posixpath import normpath

import pytest

import tests.attack.subjects  # noqa: F401
from tests.attack.document import DOCUMENT, marks
from tests.attack.site import Site
from tests.attack.table import ATTACKS, Attack, Result, Try, run
from tests.attack.values import EVIL, encode, host_read_by_a_browser, look_alikes, targets
from tests.attack.weaknesses import WEAKNESSES
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import SHIPPED
from tests.project_templates.test_mutations import CONTROLS

SITE: Site = None  # type: ignore[assignment]  # for attacks that need none


def test_there_are_as_many_hostile_targets_as_in_the_penetration_test_and_each_once():
    found = list(targets())
    assert 92 <= len(found) == len(set(found)) <= 200
    assert all(encode(target).isascii() for target in found)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("/auth/account", None),
        ("account?next=//evil.example", None),
        ("https:/account", None),
        ("/%2f/evil.example", None),
        ("", None),
        (f"//{EVIL}", EVIL),
        (f"\\/{EVIL}/a", EVIL),
        (f"/\t/{EVIL}", EVIL),
        (f" \x01//localhost@{EVIL}:443/", f"{EVIL}:443"),
        (f"ht\ntps:\\\\{EVIL}", EVIL),
        (f"http:/{EVIL}", EVIL),
        ("https://[::1]/a", "[::1]"),
        ("javascript:alert(1)", "javascript:"),
    ],
)
def test_addresses_are_read_as_browsers_read_them(address: str, host: str | None):
    assert host_read_by_a_browser(address) == host


def test_most_targets_lead_away_where_nothing_checks_them():
    away = [target for target in targets() if host_read_by_a_browser(target)]
    assert len(away) > 60


def test_spellings_that_look_alike_differ():
    email = "user1@example.com"
    found = list(look_alikes(email))
    assert len({email, *found}) == len(found) + 1


def test_each_half_of_a_surrogate_pair_is_sent_as_its_bytes():
    assert encode("\ud800/ \x00") == "%ED%A0%80%2F%20%00"


def test_an_attack_that_gets_through_once_has_succeeded_and_is_shown_with_the_reason():
    def tries(site: Site):
        yield "a", True, 200
        yield "b", False, 500

    result = run(Attack("pages", "nothing breaks", "200", tries, known="a reason"), SITE)
    assert (result.tries, result.held) == (2, False)
    assert "FAILED (a reason): 1 got through" in str(result)
    assert "'b': 500" in str(result)


def test_an_attack_that_breaks_off_or_tries_nothing_was_not_withstood():
    def breaks_off(site: Site):
        yield "a", True, 200
        raise AssertionError("no account")

    def tries_nothing(site: Site):
        return iter(list[Try]())

    for tries in (breaks_off, tries_nothing):
        assert not run(Attack("pages", "nothing breaks", "200", tries), SITE).held


def test_an_attack_that_nothing_gets_through_is_withstood():
    assert Result(next(iter(ATTACKS.values())), tries=1).held


def test_weaknesses_belong_to_attacks_of_every_subject():
    named = {fact for weakness in WEAKNESSES for fact in weakness.facts}
    assert named <= set(ATTACKS)
    assert {ATTACKS[fact].subject for fact in named} == {attack.subject for attack in ATTACKS.values()}


def test_each_weakness_changes_the_application():
    tree = render_project(SHIPPED.presets["full"].extensions)
    for weakness in WEAKNESSES:
        assert weakness.edits or weakness.settings
        for module, old, new in weakness.edits:
            assert old != new
            times = str(tree[PurePosixPath(normpath(f"my_shop/{module}"))]).count(old)
            assert times == 1 or (times > 1 and (module, old, new) in CONTROLS), weakness.name


@pytest.mark.parametrize("weak", [False, True])
def test_the_document_has_a_place_for_the_results(weak: bool):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [text.count(mark) for mark in marks(weak)] == [1, 1]
