"""Packages put beside others, and taken out again, each for real."""

from __future__ import annotations

import pytest

from flaskgen.errors import InstallFailed
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_wheel
from tests.effects.packages.conftest import ALPHA, BETA_1, BETA_2, Workbench, pinned


def add(bench: Workbench, *pins: Pin, sources: PackageSources) -> tuple[str, ...]:
    bench.uv(sources).install(pins, python=bench.python, exact=False)
    return bench.take_rebuilt()


def remove(bench: Workbench, *names: str) -> None:
    bench.uv(PackageSources()).remove(names, python=bench.python)


def test_what_is_there_stays_and_nothing_else_comes(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    gamma = make_wheel("gamma", "3.0", requires=("delta",))
    index.add(gamma)
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    assert add(bench, pinned(gamma), sources=sources) == ()
    versions = [bench.version_of(name) for name in ("alpha", "beta", "gamma")]
    assert versions == ["1.0", "1.0", "3.0"]
    assert "No module named 'delta'" in bench.version_of("delta")


def test_a_version_replaces_another(bench: Workbench, sources: PackageSources) -> None:
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    add(bench, pinned(BETA_2), sources=sources)
    assert (bench.version_of("alpha"), bench.version_of("beta")) == ("1.0", "2.0")


def test_hashes_are_verified(bench: Workbench, public: PackageSources) -> None:
    wrong = Pin("beta", "1.0", hashes=("sha256:" + "0" * 64,))
    with pytest.raises(InstallFailed):
        add(bench, wrong, sources=public)
    assert "No module named 'beta'" in bench.version_of("beta")


def test_what_is_taken_out_is_gone_and_the_rest_stays(bench: Workbench, sources: PackageSources) -> None:
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    remove(bench, "alpha")
    assert "No module named 'alpha'" in bench.version_of("alpha")
    assert bench.version_of("beta") == "1.0"
    remove(bench, "alpha")
