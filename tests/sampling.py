"""What of a long table the default tests run: one row of each kind. `-m e2e` runs the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def sampled(rows: Iterable[Any], chosen: Collection[Any]) -> list[Any]:
    """Return the rows for `parametrize`, all but the chosen ones marked `e2e`."""
    table = list(rows)
    assert all(row in table for row in chosen), chosen
    return [row if row in chosen else _only_e2e(row) for row in table]


def _only_e2e(row: Any) -> Any:
    return pytest.param(*row if type(row) is tuple else (row,), marks=pytest.mark.e2e)
