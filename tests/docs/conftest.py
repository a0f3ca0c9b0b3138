from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def import_generator() -> Iterator[Callable[[str], ModuleType]]:
    """What imports a generator of the reference as docs/conf.py does: with docs/ on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "docs")
        yield lambda name: importlib.import_module(f"generators.{name}")
