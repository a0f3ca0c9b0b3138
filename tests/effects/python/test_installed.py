from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from flaskgen.effects.python.environments import read_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.packages.installed import InstalledDistribution, Origin
from tests.effects.tiny_packages import build_wheel, make_environment, site_packages_of


def read(environment: Path) -> tuple[dict[str, InstalledDistribution], list[str]]:
    reporter = Reporter()
    found = read_installed(read_environment(environment), session=Session(reporter))
    return {distribution.key: distribution for distribution in found}, reporter.warnings


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    wheels = tmp_path / "wheels"
    return make_environment(
        tmp_path / "env",
        build_wheel(wheels, "Flask", "3.1.3", requires=["click>=8", 'asgiref; extra == "async"']),
        build_wheel(wheels, "click", "8.2"),
    )


def test_distributions_are_read_with_what_they_require(environment: Path) -> None:
    found, warnings = read(environment)
    assert found == {
        "click": InstalledDistribution("click", "8.2"),
        "flask": InstalledDistribution("Flask", "3.1.3", ("click>=8", 'asgiref; extra == "async"')),
    }
    assert warnings == []


def test_nothing_of_the_environment_is_run(environment: Path, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    python = environment / "bin" / "python"
    python.unlink()
    python.write_text(f"#!/bin/sh\ntouch {witness}\n")
    python.chmod(0o755)
    site_packages = site_packages_of(environment)
    (site_packages / "evil.pth").write_text(f"import os; open({str(witness)!r}, 'w')\n")
    (site_packages / "sitecustomize.py").write_text(f"open({str(witness)!r}, 'w')\n")
    assert read(environment)[0].keys() == {"click", "flask"}
    assert not witness.exists()


def test_a_leftover_of_an_interrupted_uninstall_is_a_warning(environment: Path) -> None:
    site_packages = site_packages_of(environment)
    shutil.copytree(site_packages / "click-8.2.dist-info", site_packages / "~lick-8.2.dist-info")
    found, [warning] = read(environment)
    assert found.keys() == {"click", "flask"}
    assert "~lick-8.2.dist-info" in warning


def no_metadata(info: Path) -> None:
    (info / "METADATA").unlink()


def empty_metadata(info: Path) -> None:
    (info / "METADATA").write_bytes(b"")


def latin_metadata(info: Path) -> None:
    (info / "METADATA").write_bytes("Name: click\nVersion: 8.2\nAuthor: Jörg\n".encode("latin-1"))


def no_version(info: Path) -> None:
    (info / "METADATA").write_text("Name: click\n")


def no_record(info: Path) -> None:
    (info / "RECORD").unlink()


def missing_module(info: Path) -> None:
    (info.parent / "click.py").unlink()


def two_versions(info: Path) -> None:
    shutil.copytree(info, info.with_name("click-8.1.dist-info"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_metadata, "has no METADATA"),
        (empty_metadata, "has no Name"),
        (latin_metadata, "is not UTF-8"),
        (no_version, "has no Version"),
        (no_record, "has no RECORD"),
        (missing_module, "click.py is missing"),
        (two_versions, "click-8.1.dist-info and click-8.2.dist-info"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_partly_installed_package_is_a_clear_error(damage: object, words: str, environment: Path) -> None:
    damage(site_packages_of(environment) / "click-8.2.dist-info")  # type: ignore[operator]
    with pytest.raises(EnvironmentBroken) as raised:
        read(environment)
    assert "`click" in raised.value.message
    assert words in raised.value.message
    assert "install `click" in (raised.value.hint or "")


def write_direct_url(environment: Path, content: object) -> None:
    info = site_packages_of(environment) / "click-8.2.dist-info"
    (info / "direct_url.json").write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.mark.parametrize(
    ("direct_url", "origin", "reference"),
    [
        (
            {"url": "https://example.org/c.zip", "archive_info": {"hashes": {"sha256": "12"}}},
            Origin.URL,
            "click @ https://example.org/c.zip#sha256=12",
        ),
        (
            {"url": "file:///c.whl", "archive_info": {"hash": "sha256=12"}, "subdirectory": "a"},
            Origin.LOCAL,
            "click @ file:///c.whl#sha256=12&subdirectory=a",
        ),
        ({"url": "file:///c.whl", "archive_info": {}}, Origin.LOCAL, "click @ file:///c.whl"),
        ({"url": "file:///c", "dir_info": {}}, Origin.LOCAL, "click @ file:///c"),
        (
            {"url": "https://x.org/c", "vcs_info": {"vcs": "git", "commit_id": "ab"}, "subdirectory": "s"},
            Origin.VCS,
            "click @ git+https://x.org/c@ab#subdirectory=s",
        ),
        (
            {"url": "https://me:secret@x.org/c", "vcs_info": {"vcs": "git", "commit_id": "ab"}},
            Origin.VCS,
            "click @ git+https://x.org/c@ab",
        ),
        (
            {"url": "ssh://git@x.org/c", "vcs_info": {"vcs": "git", "commit_id": "ab"}},
            Origin.VCS,
            "click @ git+ssh://git@x.org/c@ab",
        ),
        (
            {"url": "https://ghp_token@x.org/c", "vcs_info": {"vcs": "git", "commit_id": "ab"}},
            Origin.VCS,
            "click @ git+https://x.org/c@ab",
        ),
        (
            {"url": "ssh://git:secret@x.org/c", "vcs_info": {"vcs": "git", "commit_id": "ab"}},
            Origin.VCS,
            "click @ git+ssh://x.org/c@ab",
        ),
        (
            {"url": "https://${USER}:secret@x.org/c.zip", "archive_info": {}},
            Origin.URL,
            "click @ https://x.org/c.zip",
        ),
        (
            {"url": "https://${TOKEN}@x.org/c.zip", "archive_info": {}},
            Origin.URL,
            "click @ https://${TOKEN}@x.org/c.zip",
        ),
        (
            {"url": "https://${USER}:${TOKEN}@x.org/c.zip", "archive_info": {}},
            Origin.URL,
            "click @ https://${USER}:${TOKEN}@x.org/c.zip",
        ),
        ("{broken", Origin.INDEX, None),
        ([], Origin.INDEX, None),
        ({"url": 3, "dir_info": {}}, Origin.INDEX, None),
        ({"url": "https://[x", "dir_info": {}}, Origin.INDEX, None),
        ({"url": "https://[x", "archive_info": {}}, Origin.INDEX, None),
        ({"url": "file:///x"}, Origin.INDEX, None),
    ],
)
def test_an_install_from_an_address_is_written_as_pip_writes_it(
    direct_url: object, origin: Origin, reference: str | None, environment: Path
) -> None:
    write_direct_url(environment, direct_url)
    click = read(environment)[0]["click"]
    assert (click.origin, click.reference) == (origin, reference)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def make_editable(environment: Path, folder: Path) -> InstalledDistribution:
    write_direct_url(environment, {"url": folder.as_uri(), "dir_info": {"editable": True}})
    return read(environment)[0]["click"]


def test_an_editable_install_is_its_folder(environment: Path, tmp_path: Path) -> None:
    source = tmp_path / "my source%20"
    source.mkdir()
    click = make_editable(environment, source)
    assert click.reference == f"-e {source}"
    assert click.notes == ("# Editable install with no version control (click==8.2)",)
    assert click.origin is Origin.EDITABLE


def test_an_editable_install_whose_folder_is_gone_is_still_its_folder(
    environment: Path, tmp_path: Path
) -> None:
    assert make_editable(environment, tmp_path / "gone").reference == f"-e {tmp_path / 'gone'}"


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://example.org/c.git", "https://example.org/c.git"),
        ("https://me:secret@example.org/c.git", "https://example.org/c.git"),
        ("https://ghp_token@example.org/c.git", "https://example.org/c.git"),
        ("https://me:secret@[x/c.git", "https://[x/c.git"),
        ("git@example.org:me/c.git", "ssh://git@example.org/me/c.git"),
    ],
)
def test_an_editable_checkout_is_its_remote_and_commit(
    remote: str, url: str, environment: Path, tmp_path: Path
) -> None:
    source = tmp_path / "repo" / "sub"
    source.mkdir(parents=True)
    (source / "pyproject.toml").touch()
    git(source.parent, "init", "-q")
    git(source.parent, "add", ".")
    git(source.parent, "commit", "-q", "-m", "Start")
    assert make_editable(environment, source).notes == ("# Editable Git install with no remote (click==8.2)",)
    git(source.parent, "remote", "add", "origin", remote)
    commit = git(source.parent, "rev-parse", "HEAD")
    click = make_editable(environment, source)
    assert click.reference == f"-e git+{url}@{commit}#egg=click&subdirectory=sub"
    assert click.notes == ()


def test_a_repository_cannot_make_git_run_a_program(environment: Path, tmp_path: Path) -> None:
    source = tmp_path / "repo"
    source.mkdir()
    (source / "setup.py").touch()
    git(source, "init", "-q")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "Start")
    git(source, "remote", "add", "origin", "https://example.org/c.git")
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "alias.rev-parse"):
        git(source, "config", key, str(program))
    git(source, "config", "core.hooksPath", str(tmp_path))
    assert (make_editable(environment, source).reference or "").startswith(
        "-e git+https://example.org/c.git@"
    )
    assert not (tmp_path / "ran").exists()


def test_a_develop_install_of_old_setuptools_is_editable(environment: Path, tmp_path: Path) -> None:
    source = tmp_path / "shop"
    (source / "My_Shop.egg-info").mkdir(parents=True)
    (source / "My_Shop.egg-info" / "PKG-INFO").write_text("Name: My_Shop\nVersion: 0.1\n")
    (source / "My_Shop.egg-info" / "requires.txt").write_text("click\n\n[async]\nasgiref\n")
    site_packages = site_packages_of(environment)
    (site_packages / "easy-install.pth").write_text(f"{source}\n")
    (site_packages / "My-Shop.egg-link").write_text(f"{source}\n.\n")
    shop = read(environment)[0]["my-shop"]
    assert shop.reference == f"-e {source}"
    assert shop.requires == ("click", 'asgiref; extra == "async"')


def test_metadata_of_distutils_is_read(environment: Path) -> None:
    (site_packages_of(environment) / "old-0.1-py3.egg-info").write_text("Name: old\nVersion: 0.1\n")
    assert read(environment)[0]["old"].version == "0.1"
