"""The packages: whole, valid, and the same tool whichever way they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parent.parent
NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv", ".tox", ".hypothesis", "build", "dist", "shop", "*.egg-info", "*_cache", "__pycache__"
)

pytestmark = pytest.mark.e2e


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | {"PIP_NO_COMPILE": "0"},  # to pip, 0 is yes; little of it is run
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, since building writes beside them."""
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("checkout") / "flaskgen", ignore=NOT_SOURCE))


@pytest.fixture(scope="session")
def sources(checkout: Path) -> set[str]:
    """Every file of the sources, before anything is built."""
    return files_below(checkout)


@pytest.fixture(scope="session")
def distributions(
    checkout: Path, sources: set[str], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Path]:
    """The sdist, and the wheel that is made of it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, checkout, cwd=folder)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def test_the_wheel_holds_every_file_of_the_package_and_of_the_templates(
    distributions: Mapping[str, Path], sources: set[str]
) -> None:
    with zipfile.ZipFile(distributions["wheel"]) as wheel:
        inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    code = {name for name in sources if name.startswith("flaskgen/")}
    templates = {f"flaskgen/{name}" for name in sources if name.startswith("project_templates/")}
    assert any("/{{package}}/" in name for name in templates)
    assert any(Path(name).name.startswith(".") for name in templates)
    assert inside == code | templates


def test_the_sdist_holds_every_file_of_the_sources(
    distributions: Mapping[str, Path], sources: set[str]
) -> None:
    with tarfile.open(distributions["sdist"]) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    assert sources - inside == set()


def test_what_an_earlier_build_left_is_not_taken_along(checkout: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(checkout, tmp_path / "again", ignore=NOT_SOURCE))
    stale = (
        again / "build" / "lib" / "flaskgen" / "project_templates" / "extensions" / "gone" / "manifest.toml"
    )
    stale.parent.mkdir(parents=True)
    stale.write_text("title = 'from an older version'\n")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", again, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert not any("/gone/" in name for name in zipfile.ZipFile(wheel).namelist())


def test_the_index_would_take_both(distributions: Mapping[str, Path], tmp_path: Path) -> None:
    shown = run(sys.executable, "-m", "twine", "check", "--strict", *distributions.values(), cwd=tmp_path)
    assert shown.count("PASSED") == 2


def installed(requirement: list[str], folder: Path) -> Path:
    """Install into a fresh environment and return its `flaskgen`."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    into = folder / "env" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", into, "install", "--quiet", *requirement, cwd=folder)
    return folder / "env" / "bin" / "flaskgen"


def files_made(flaskgen: list[str | Path], folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    run(*flaskgen, "new", "shop", "--preset", "full", "--no-install", "--no-git", "--yes", cwd=folder)
    made = {name: (folder / "shop" / name).read_bytes() for name in files_below(folder / "shop")}
    assert made.pop(".env")  # has a random key
    made.pop("uv.lock", None)  # is only there if the cache of that uv has the packages
    return made


@pytest.fixture(scope="module")
def files_made_here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the flaskgen of the tests makes."""
    return files_made([sys.executable, "-m", "flaskgen"], tmp_path_factory.mktemp("here") / "made")


@pytest.mark.parametrize(
    # The wheel is made of the sdist, and the test below installs the checkout.
    "way",
    ["wheel", *(pytest.param(way, marks=pytest.mark.slow) for way in ("sdist", "editable"))],
)
def test_every_way_of_installing_makes_the_same_project_from_any_directory(
    way: str,
    distributions: Mapping[str, Path],
    checkout: Path,
    files_made_here: Mapping[str, bytes],
    tmp_path: Path,
) -> None:
    flaskgen = installed(
        [str(distributions[way])] if way in distributions else ["-e", str(checkout)], tmp_path
    )
    made = files_made([flaskgen], tmp_path / "elsewhere")
    assert {"README.md", ".gitignore", "shop/__init__.py", "requirements.txt"} <= made.keys()
    assert made == files_made_here


def test_the_oldest_requirements_that_it_names_are_enough(
    checkout: Path, files_made_here: Mapping[str, bytes], tmp_path: Path
) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    install = [uv.find_uv_bin(), "--no-config", "pip", "install", "--quiet", "--python", str(python)]
    run(*install, "--resolution", "lowest-direct", "-e", checkout, cwd=tmp_path)
    import_all = (
        "import flaskgen, pkgutil\n"
        "for module in pkgutil.walk_packages(flaskgen.__path__, 'flaskgen.'): __import__(module.name)"
    )
    run(python, "-c", import_all, cwd=tmp_path)
    assert files_made([python, "-m", "flaskgen"], tmp_path / "there") == files_made_here


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the sources as they are now in one commit."""
    folder = Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("origin") / "flaskgen", ignore=NOT_SOURCE))
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    run("git", *author, "commit", "--quiet", "--message", "All", cwd=folder)
    return folder


def clone_on_windows(repository: Path, folder: Path, attributes: str) -> Path:
    """Clone as Git for Windows does; ``attributes`` come before those of the repository."""
    windows = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    run("git", "clone", "--quiet", "--no-checkout", *windows, repository, folder, cwd=repository)
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "attributes").write_text(attributes)
    run("git", "checkout", "--quiet", "HEAD", "--", ".", cwd=folder)
    return folder


@pytest.mark.parametrize(
    ("attributes", "converted"),
    [
        pytest.param("", False, id="as-cloned", marks=pytest.mark.slow),
        pytest.param(
            "*.jinja text eol=crlf\n*.toml text eol=crlf\n*.lock text eol=crlf\n", True, id="converted"
        ),
    ],
)
def test_a_checkout_on_windows_makes_the_same_project(
    attributes: str,
    converted: bool,
    repository: Path,
    files_made_here: Mapping[str, bytes],
    tmp_path: Path,
) -> None:
    clone = clone_on_windows(repository, tmp_path / "clone", attributes)
    template = clone / "project_templates" / "base" / "files" / "README.md.jinja"
    assert (b"\r\n" in template.read_bytes()) == converted
    needed = ["hypothesis", "pytest", "pytest-xdist"]
    flaskgen = installed(["-e", str(clone), *needed], tmp_path)
    assert files_made([flaskgen], tmp_path / "there") == files_made_here
    tests = ["tests/planning/templates", "tests/effects/shipped", "tests/docs/test_slots.py"]
    run(flaskgen.with_name("python"), "-m", "pytest", "-q", "-n", "0", *tests, cwd=clone)
