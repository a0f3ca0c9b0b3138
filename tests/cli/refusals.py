"""How a refusal has to look, whatever is refused."""

from __future__ import annotations

from tests.cli.conftest import Result


def check_refused(result: Result, code: int, names: str) -> None:
    """Assert one error that names the value, one hint, nothing else, and all of it readable."""
    assert result.code == code, result.err
    assert names in result.only("error")
    assert result.only("hint")
    assert result.out == ""
    assert "Traceback" not in result.err
    assert all(line.isprintable() for line in result.err.splitlines())
