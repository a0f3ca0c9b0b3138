"""What a project does with a real Redis, and without it when it stops and comes back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.e2e.queue_servers import RedisServer
from tests.project_templates.browser import Browser
from tests.project_templates.served import Site

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(flaskgen: Run, tmp_path: Path) -> Site:
    done = flaskgen("new", "shop", "--with", "redis", "--yes")
    assert done.returncode == 0, done.stderr
    project = tmp_path / "shop"
    return Site(project / ".venv/bin/python", project)


def statuses(browser: Browser, *paths: str) -> list[int]:
    return [status(browser.origin + path) for path in paths]


def status(url: str) -> int:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=30) as response:
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_generated_tests_pass_with_a_real_redis(site: Site, redis: RedisServer) -> None:
    without = site.run_tests("tests/test_scores.py")
    with_it = site.run_tests("tests/test_scores.py", TEST_REDIS_URL=redis.url(15))
    assert with_it.count(".") > without.count(".")


def test_a_score_written_by_a_command_is_on_the_page_and_outlives_the_server(
    site: Site, redis: RedisServer
) -> None:
    settings = {"REDIS_URL": redis.url()}
    for player, points in (("Zoë 🚀", "40"), ("Ada", "42")):
        done = site.call([*site.command, "add-score", player, points], **settings)
        assert done.returncode == 0, done.stderr
    with site.serving(**settings) as browser:
        page = browser.get("/scores/")
        assert page.index("Ada: 42 points") < page.index("Zoë 🚀: 40 points")
    with site.serving(**settings) as browser:
        assert browser.get("/scores/") == page


def test_pages_are_unavailable_while_redis_is_and_come_back_with_it(site: Site, redis: RedisServer) -> None:
    assert site.call([*site.command, "add-score", "Ada", "42"], REDIS_URL=redis.url()).returncode == 0
    with site.serving(REDIS_URL=redis.url(), FLASK_DEBUG="0", TRUSTED_HOSTS="127.0.0.1") as browser:
        assert statuses(browser, "/scores/", "/readyz") == [200, 200]
        redis.stop()
        assert statuses(browser, "/scores/", "/readyz", "/", "/healthz") == [503, 503, 200, 200]
        redis.start()
        assert statuses(browser, "/scores/", "/readyz") == [200, 200]
        assert "Ada: 42 points" in browser.get("/scores/")
    assert "Redis does not answer" in site.log
