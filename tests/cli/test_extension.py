"""`flaskgen extension`: what it creates passes its check, and the check finds what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Invoke


@pytest.fixture
def pulse(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert invoke("extension", "new", "pulse").code == 0
    return tmp_path / "pulse"


def test_what_it_creates_is_fine_and_is_created_once(invoke: Invoke, pulse: Path) -> None:
    assert invoke("extension", "check", "pulse").code == 0
    assert "exists" in invoke("extension", "new", "pulse").only("error")
    assert "has an extension `login` itself" in invoke("extension", "new", "login").only("error")
    assert "cannot name" in invoke("extension", "new", "../x").only("error")


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("manifest.toml", "0.10 to 3.1", "1.0 to 3.0", "nothing is said of Flask 0.10 to 0.12"),
        ("manifest.toml", "0.10 to 3.1", "1.0 to 3.0", "nothing is said of Flask 3.1"),
        ("manifest.toml", "PULSE_GREETS", "OTHER", "[configuration] does not explain PULSE_GREETS"),
        ("manifest.toml", "order", "ordre", "unknown key `ordre`; did you mean `order`?"),
        ("manifest.toml", '"0.1.0"', '"new"', "manifest.toml:3: `version` is `new`"),
        ("slots.jinja", "| `PULSE_GREETS`", "| `OTHER`", '"readme.settings" explains PULSE_GREETS'),
        ("slots.jinja", '"config.settings"', '"config.setting"', "did you mean `config.settings`?"),
        ("files/{{package}}/pulse.py.jinja", "def index", "def", "pulse.py is not valid"),
        ("files/{{package}}/pulse.py.jinja", '"pulse"', "{{ nothing }}", "'nothing' is undefined"),
    ],
)
def test_the_check_says_what_is_wrong(
    invoke: Invoke, pulse: Path, path: str, old: str, new: str, said: str
) -> None:
    text = (pulse / path).read_text(encoding="utf-8")
    assert old in text
    (pulse / path).write_text(text.replace(old, new), encoding="utf-8")
    result = invoke("extension", "check", "pulse")
    assert result.code == 1
    assert said in result.err


def test_a_series_without_data_is_refused(invoke: Invoke, pulse: Path) -> None:
    manifest = pulse / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("0.10 to 3.1", "3.0 to 3.1"))
    result = invoke(
        "new", "x", "--flask", "2.2", "--with", "pulse", "--extensions", ".", "--no-install", "--yes"
    )
    assert result.code == 1
    assert "its manifest says nothing of that series" in result.only("error")
    assert not (pulse.parent / "x").exists()


def test_two_extensions_of_one_name_are_an_error_that_names_both_places(invoke: Invoke, pulse: Path) -> None:
    (pulse.parent / "more").mkdir()
    pulse.rename(pulse.parent / "more" / "login")
    error = invoke("extensions", "--extensions", "more").only("error")
    assert "`login`: in flaskgen itself and in" in error
    assert "more/login" in error
