"""What one run compiled of the templates, the next one renders with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from flaskgen.effects.shipped.rendering import keep_code, read_code, render_projects
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.planning.templates.render import COMPILED, _begun_digest, _compiled
from flaskgen.planning.templates.tree import Tree
from tests.project_templates.rendering import spec_of

CATALOGUE = load_catalogue()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled = dict(COMPILED)
    yield tmp_path / "flaskgen" / "templates"
    COMPILED.update(compiled)  # for other tests


def in_a_new_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where it is noted what is compiled from now on; nothing is in memory yet."""
    noted: list[str] = []
    compile_ = Environment.compile

    def compile_and_note(self, source):
        noted.append(source)
        return compile_(self, source)

    monkeypatch.setattr(Environment, "compile", compile_and_note)
    COMPILED.clear()
    _compiled.cache_clear()
    _begun_digest.cache_clear()
    return noted


def render_project() -> Tree:
    (tree,) = render_projects([spec_of(())], CATALOGUE, secret_key="a-key")
    return tree


def test_the_second_run_compiles_nothing_and_renders_the_same(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = in_a_new_run(monkeypatch)
    first = render_project()
    assert compiled
    compiled = in_a_new_run(monkeypatch)
    assert render_project() == first
    assert compiled == []
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("keep", [0, 31, -1])
def test_a_damaged_cache_is_made_again(keep: int, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_new_run(monkeypatch)
    first = render_project()
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:keep])
    assert read_code(file) == {}
    in_a_new_run(monkeypatch)
    assert render_project() == first
    assert read_code(file).keys() == COMPILED.keys()


def test_what_was_compiled_with_other_options_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_new_run(monkeypatch)
    render_project()
    compiled = in_a_new_run(monkeypatch)
    monkeypatch.setattr("flaskgen.planning.templates.render._OPTIONS", {"trim_blocks": False})
    render_project()
    assert compiled


def test_a_cache_that_is_no_directory_stops_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parent.mkdir()
    cache.write_text("a file")
    in_a_new_run(monkeypatch)
    assert render_project()
    assert cache.read_text() == "a file"


def test_too_many_old_forms_are_dropped(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = compile("", "<template>", "exec")
    in_a_new_run(monkeypatch)
    render_project()
    (file,) = cache.iterdir()
    keep_code(file, {str(number).encode(): code for number in range(3000)})
    in_a_new_run(monkeypatch)
    render_project()
    in_a_new_run(monkeypatch)
    render_project()
    assert 0 < len(read_code(file)) < 3000
