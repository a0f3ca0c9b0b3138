"""What uv puts into an environment, for real."""

from __future__ import annotations

from pathlib import Path

import pytest
import uv

from flaskgen.effects.packages.uv import Era, Uv
from flaskgen.effects.system.session import Session
from flaskgen.errors import InstallFailed
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, digest, make_sdist, make_wheel, serve, write_file_index
from tests.effects.packages.conftest import ALPHA, BETA_1, BETA_2, HERE, Workbench, pinned

REBUILT = make_wheel("beta", "1.0", text="# built again\n")
WRONG = Pin("beta", "1.0", hashes=("sha256:" + "0" * 64,))


def test_environment_holds_exactly_the_pins(bench: Workbench, sources: PackageSources) -> None:
    assert bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources) == ()
    assert bench.version_of("alpha") == "1.0"
    assert bench.version_of("beta") == "1.0"

    assert bench.install(pinned(BETA_2), sources=sources) == ()
    assert bench.version_of("beta") == "2.0"
    assert "No module named 'alpha'" in bench.version_of("alpha")


def test_pins_without_hashes_are_installed_beside_those_with(
    bench: Workbench, sources: PackageSources
) -> None:
    bench.install(Pin("alpha", "1.0"), pinned(BETA_1), sources=sources)
    assert (bench.version_of("alpha"), bench.version_of("beta")) == ("1.0", "1.0")


@pytest.mark.e2e
def test_hash_of_a_pin_is_verified_though_another_pin_has_none(
    bench: Workbench, index: LoopbackIndex, tmp_path: Path
) -> None:
    index.add(REBUILT)
    rebuilt = bench.install(Pin("alpha", "1.0"), pinned(BETA_1), sources=PackageSources(index_url=index.url))
    assert rebuilt == ("beta",)


def test_nothing_but_the_private_index_is_asked(bench: Workbench, index: LoopbackIndex) -> None:
    with serve(LoopbackIndex()) as elsewhere:
        proxies = {"HTTPS_PROXY": elsewhere.url, "HTTP_PROXY": elsewhere.url, "NO_PROXY": "127.0.0.1"}
        sources = PackageSources(index_url=index.url, proxies=proxies)
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
        assert elsewhere.requests == []
    assert "/files/alpha-1.0-py3-none-any.whl" in index.requests


def test_extra_index_counts(bench: Workbench, index: LoopbackIndex) -> None:
    with serve(LoopbackIndex()) as extra:
        extra.add(make_wheel("gamma", "3.0"))
        sources = PackageSources(index_url=index.url, extra_index_urls=(extra.url,))
        pins = bench.resolve("alpha", "gamma", sources=sources)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==2.0", "gamma==3.0"]


def test_newest_version_of_all_indexes_is_taken(bench: Workbench, index: LoopbackIndex) -> None:
    with serve(LoopbackIndex()) as extra:
        extra.add(make_wheel("beta", "1.5"))
        sources = PackageSources(index_url=extra.url, extra_index_urls=(index.url,))
        assert [pin.line for pin in bench.resolve("beta", sources=sources)] == ["beta==2.0"]
        sources = PackageSources(index_url=index.url, extra_index_urls=(extra.url,))
        assert [pin.line for pin in bench.resolve("beta", sources=sources)] == ["beta==2.0"]


@pytest.mark.parametrize("as_url", [True, False])
def test_find_links_count_and_a_missing_folder_does_not_matter(
    bench: Workbench, tmp_path: Path, as_url: bool
) -> None:
    folder = tmp_path / "my wheels, mine"
    folder.mkdir()
    (folder / ALPHA[0]).write_bytes(ALPHA[1])
    (folder / BETA_2[0]).write_bytes(BETA_2[1])
    links = (folder, tmp_path / "missing")
    sources = PackageSources(
        find_links=tuple(link.as_uri() if as_url else str(link) for link in links), no_index=True
    )
    pins = bench.resolve("alpha", sources=sources)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==2.0"]
    bench.install(*pins, sources=sources)
    assert bench.version_of("alpha") == "1.0"


@pytest.mark.e2e
def test_file_index_without_a_folder_for_every_package_works(
    bench: Workbench, index: LoopbackIndex, tmp_path: Path
) -> None:
    gamma = make_wheel("gamma", "3.0")
    extra = write_file_index(tmp_path / "simple", dict([gamma]))
    sources = PackageSources(
        index_url=index.url, extra_index_urls=(extra, (tmp_path / "no index at all").as_uri())
    )
    pins = bench.resolve("alpha", "gamma", sources=sources)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==2.0", "gamma==3.0"]
    bench.install(*pins, sources=sources)
    assert bench.version_of("gamma") == "3.0"


def test_package_that_a_private_index_rebuilt_is_installed_and_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(REBUILT)
    assert bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources) == ("beta",)
    assert "built again" in next(bench.environment.rglob("beta.py")).read_text()


@pytest.mark.e2e
def test_every_rebuilt_package_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(REBUILT, make_wheel("alpha", "1.0", text="# again\n", requires=("beta>=1",)))
    assert bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources) == ("alpha", "beta")


def test_damaged_download_is_not_taken_for_a_rebuilt_package(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    damaged = BETA_1[1].replace(b"1.0", b"6.6", 1)
    index.intercept = lambda path: (200, {}, damaged) if path.endswith(BETA_1[0]) else None
    with pytest.raises(InstallFailed, match=r"Failed to download `beta==1\.0`: .*Bad CRC"):
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    assert "No module named 'beta'" in bench.version_of("beta")


@pytest.mark.e2e
def test_changed_file_of_the_public_index_is_refused(bench: Workbench, public: PackageSources) -> None:
    pin = Pin("itsdangerous", "2.2.0", hashes=WRONG.hashes)
    with pytest.raises(InstallFailed, match=r"itsdangerous==2\.2\.0 .* hash differs"):
        bench.install(pin, sources=public)


@pytest.mark.e2e
def test_changed_file_of_the_public_index_is_refused_beside_a_private_one(
    bench: Workbench, index: LoopbackIndex, public: PackageSources
) -> None:
    pin = Pin("itsdangerous", "2.2.0", hashes=WRONG.hashes)
    both = PackageSources(extra_index_urls=(index.url,), certificate=public.certificate)
    with pytest.raises(InstallFailed, match=r"itsdangerous==2\.2\.0 .* hash differs"):
        bench.install(pin, sources=both)


def test_warm_cache_is_enough_and_the_index_is_not_asked(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    bench.install(pinned(BETA_1), sources=sources)
    index.requests.clear()
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    assert bench.version_of("alpha") == "1.0"
    assert index.requests == []


def test_uv_installs_offline_from_its_cache(bench: Workbench, index: LoopbackIndex) -> None:
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=PackageSources(index_url=index.url))
    bench.install(sources=PackageSources(index_url=index.url))
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=PackageSources(index_url=index.url, offline=True))
    assert bench.version_of("alpha") == "1.0"


def test_repair_brings_back_a_file_that_was_damaged_in_the_cache_too(
    bench: Workbench, sources: PackageSources
) -> None:
    bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)
    installed = next(bench.environment.rglob("beta.py"))
    with installed.open("r+") as file:  # in place: uv's file and its cache's are one by a hard link
        file.truncate()
    assert "has no attribute" in bench.version_of("beta")
    assert bench.repair(pinned(ALPHA), pinned(BETA_1), names=["beta"], sources=sources) == ()
    assert bench.version_of("beta") == "1.0"


@pytest.mark.e2e
def test_repair_without_a_name_leaves_the_cache_alone(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    bench.install(pinned(BETA_1), sources=sources)
    bench.repair(pinned(BETA_1), names=[], sources=sources)
    bench.install(sources=sources)
    index.requests.clear()
    bench.install(pinned(BETA_1), sources=sources)
    assert index.requests == []


@pytest.mark.e2e
def test_repair_names_a_rebuilt_package_too(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(REBUILT)
    assert bench.install(pinned(BETA_1), sources=sources) == ("beta",)
    assert bench.repair(pinned(BETA_1), names=["beta"], sources=sources) == ("beta",)
    assert bench.version_of("beta") == "1.0"


def test_package_without_a_wheel_is_built_and_said_to_be(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    source = make_sdist("omega", "1.0")
    index.add(source)
    bench.install(Pin("omega", "1.0", hashes=(digest(source[1]),)), sources=sources)
    assert bench.version_of("omega") == "1.0"
    (warning,) = bench.reporter.warnings
    assert warning.startswith("omega")
    assert "built from source" in warning


def test_of_what_is_not_compiled_the_newest_with_a_wheel_is_taken(
    index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("omega", "1.0"), make_sdist("omega", "1.1"))
    for wheels, version in ((), "1.1"), (("omega",), "1.0"):
        uv = Uv(Session(), sources, Era(wheels=wheels))
        assert [pin.version for pin in uv.resolve(["omega"], interpreter=HERE)] == [version]


def test_preferred_version_is_kept_where_it_fits(bench: Workbench, sources: PackageSources) -> None:
    preferred = (Pin("beta", "1.0"),)
    pins = bench.resolve("alpha", sources=sources, preferences=preferred)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==1.0"]
    pins = bench.resolve("alpha", "beta>=2", sources=sources, preferences=preferred)
    assert [pin.line for pin in pins] == ["alpha==1.0", "beta==2.0"]


def test_resolution_tells_hashes_and_who_wants_what(bench: Workbench, sources: PackageSources) -> None:
    alpha, beta = bench.resolve("alpha", sources=sources)
    assert alpha == Pin("alpha", "1.0", ("-r requirements.in",), (digest(ALPHA[1]),))
    assert beta == Pin("beta", "2.0", ("alpha",), (digest(BETA_2[1]),))


def test_missing_program_of_uv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FileNotFoundError("nowhere")

    monkeypatch.setattr(uv, "find_uv_bin", missing)
    with pytest.raises(InstallFailed, match="uv is missing from flaskgen's environment") as caught:
        Uv(Session(), PackageSources())
    assert "--force-reinstall uv" in str(caught.value.hint)
