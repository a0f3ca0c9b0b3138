"""Where packages come from, as a value."""

from __future__ import annotations

import pytest

from flaskgen.planning.packages.sources import PUBLIC_INDEX, PackageSources, redact, with_options


def test_index_of_the_command_line_takes_over() -> None:
    configured = PackageSources(index_url="https://a/simple", certificate="ca.pem")
    assert with_options(configured, {"index_url": "https://b/simple"}) == PackageSources(
        index_url="https://b/simple", certificate="ca.pem"
    )
    assert with_options(configured, {}) == configured


def test_lists_of_the_command_line_extend_the_configured_ones() -> None:
    configured = PackageSources(extra_index_urls=("https://a",), find_links=("/wheels",))
    extended = with_options(
        configured,
        {"extra_index_url": ["https://a", "https://b"], "find_links": ["more"], "offline": True},
    )
    assert extended.extra_index_urls == ("https://a", "https://b")
    assert extended.find_links == ("/wheels", "more")
    assert extended.offline


def test_only_the_bare_default_is_public() -> None:
    assert not PackageSources(certificate="ca.pem", proxies={"HTTPS_PROXY": "http://p"}, offline=True).private
    assert PackageSources(index_url="https://a").private
    assert PackageSources(extra_index_urls=("https://a",)).private
    assert PackageSources(find_links=("wheels",)).private
    assert PackageSources(no_index=True).private


def test_the_public_index_can_be_left_out() -> None:
    assert PackageSources().without_public() == PackageSources(no_index=True)
    extra = PackageSources(extra_index_urls=("https://a", "https://b")).without_public()
    assert extra == PackageSources(index_url="https://a", extra_index_urls=("https://b",))
    named = PackageSources(index_url=PUBLIC_INDEX + "/", extra_index_urls=("https://a",)).without_public()
    assert named == PackageSources(index_url="https://a")
    links = PackageSources(index_url=PUBLIC_INDEX, find_links=("wheels",)).without_public()
    assert links == PackageSources(no_index=True, find_links=("wheels",))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/simple", "https://****@host/simple"),
        ("https://me:p@ss@host/simple", "https://****@host/simple"),
        (
            "https://token@host:8080/simple and http://a:b@c",
            "https://****@host:8080/simple and http://****@c",
        ),
        ("'http://a:b@c/d' (from http://a:b@c/)", "'http://****@c/d' (from http://****@c/)"),
        ("git+https://me:secret@host/repo@main", "git+https://****@host/repo@main"),
        ("https://host/simple?mail=a@b", "https://host/simple?mail=a@b"),
        ("flask @ file:///tmp/x", "flask @ file:///tmp/x"),
    ],
)
def test_credentials_are_blotted_out(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://packages.example.com/simple", "http://secure:1"),
        ("http://packages.example.com/simple", "socks5://all"),
        ("https://inner.example.org/simple", None),
        ("https://example.org:8443/simple", None),
        ("https://anexample.org/simple", "http://secure:1"),
        ("https://127.0.0.1/simple", None),
    ],
)
def test_proxy_is_that_of_the_scheme_unless_the_host_is_excepted(url: str, proxy: str | None) -> None:
    proxies = {
        "HTTPS_PROXY": "http://secure:1",
        "ALL_PROXY": "socks5://all",
        "NO_PROXY": "*.example.org, 127.0.0.1",
    }
    assert PackageSources(proxies=proxies).proxy_for(url) == proxy
    assert PackageSources(proxies=proxies | {"NO_PROXY": "*"}).proxy_for(url) is None
