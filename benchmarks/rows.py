"""The rows of the table: what flaskgen does, and what people do who do not have it."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from pairs import Row, Side
from peers import Peers, peer_environment, prepare_peers
from sandbox import PROJECT, Sandbox, make_home
from scaffolds import ManyResources, django_scaffold, flaskgen_scaffold, rails_scaffold
from starting import seconds_to_home_page
from uv_project import UvProject, Versions, prepare_versions

_MORE_FILES = 2_000
_DIRECTORIES = 50
_MOMENT = "flask-moment"
_OLDER = "jinja2==3.1.5"  # than the tested version
_TIMES_NEW = 1.5  # what an upgrade may take, and the tests


class Bench:
    """What the rows measure, each in an empty directory, in seconds.

    What only some rows need is prepared when it is first used, which is in a run that does not count.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @cached_property
    def versions(self) -> Versions:
        return prepare_versions(self.sandbox)

    @cached_property
    def uv_project(self) -> UvProject:
        return self._checked(UvProject(self.sandbox, self.versions))

    @cached_property
    def exact_uv_project(self) -> UvProject:
        return self._checked(UvProject(self.sandbox, self.versions, exact=True))

    @cached_property
    def peers(self) -> Peers:
        return prepare_peers(self.sandbox)

    @cached_property
    def large_peers(self) -> Peers:
        return prepare_peers(self.sandbox, more_files=_MORE_FILES)

    @cached_property
    def many_resources(self) -> ManyResources:
        return ManyResources(self.sandbox)

    @cached_property
    def home_with_extensions(self) -> Path:
        """A home whose configuration has so many directories with extensions of others."""
        home = make_home(self.sandbox.root / "home-with-extensions")
        directories = [home / "extensions" / f"other{number}" for number in range(_DIRECTORIES)]
        for directory in directories:
            directory.mkdir(parents=True)
            name = directory.name
            self.sandbox.run(self.sandbox.flaskgen, "extension", "new", name, cwd=directory)
        configuration = home / ".config" / "flaskgen" / "flaskgen.toml"
        configuration.parent.mkdir(parents=True)
        configuration.write_text(f"extensions = {[str(directory) for directory in directories]}\n")
        return home

    def _checked(self, uv_project: UvProject) -> UvProject:
        with TemporaryDirectory(dir=self.sandbox.root) as name:
            uv_project.make(Path(name))
            uv_project.require_same_versions(Path(name))
        return uv_project

    # flaskgen

    def new(self, directory: Path, *options: str, home: Path | None = None) -> float:
        return self.sandbox.seconds(
            (self.sandbox.flaskgen, "new", PROJECT, "--preset", "web", "--yes", *options),
            cwd=directory,
            variables={"HOME": str(home)} if home else None,
        )

    def cold_new(self, directory: Path) -> float:
        return self.new(directory, home=make_home(directory / "home"))

    def new_without_verification(self, directory: Path) -> float:
        return self.new(directory, "--no-verify")

    def new_and_home_page(self, directory: Path) -> float:
        return self.new(directory) + seconds_to_home_page(self.sandbox, directory / PROJECT)

    def add(self, directory: Path) -> float:
        self.new(directory)
        project = directory / PROJECT
        taken = self.sandbox.seconds((self.sandbox.flaskgen, "add", "moment"), cwd=project)
        if self.versions.pins.pinned(_MOMENT) not in (project / "requirements.txt").read_text():
            sys.exit("flaskgen did not add the version of its lock")
        return taken

    def freeze(self, directory: Path) -> float:
        project = self.versions.project
        frozen = project / "requirements.txt"
        text = frozen.read_text()
        frozen.write_text(text[: text.rindex("\nwtforms==") + 1])  # so that there is something to write
        taken = self.sandbox.seconds((self.sandbox.flaskgen, "freeze"), cwd=project)
        if frozen.read_text() != text:
            sys.exit("flaskgen froze something else than it installed")
        return taken

    def upgrade(self, directory: Path) -> float:
        self.new(directory)
        project = directory / PROJECT
        python = project / ".venv" / "bin" / "python"
        self.sandbox.run(self.sandbox.uv, "pip", "install", "--quiet", "--python", python, _OLDER)
        taken = self.sandbox.seconds((self.sandbox.flaskgen, "upgrade"), cwd=project)
        installed = self.sandbox.run(self.sandbox.uv, "pip", "freeze", "--python", python)
        if self.versions.pins.pinned("jinja2") not in installed:
            sys.exit("flaskgen did not upgrade to the version of its lock")
        return taken

    def new_and_tests(self, directory: Path) -> float:
        made = self.new(directory)
        project = directory / PROJECT
        tests = (project / ".venv" / "bin" / "python", "-m", "pytest", "--quiet")
        return _TIMES_NEW * made + self.sandbox.seconds(tests, cwd=project)

    def help(self, directory: Path) -> float:
        return self.sandbox.seconds((self.sandbox.flaskgen, "--help"), cwd=directory)

    def new_files(self, directory: Path) -> float:
        return self.peers.flaskgen.make(self.sandbox, directory)

    def many_new_files(self, directory: Path) -> float:
        return self.large_peers.flaskgen.make(self.sandbox, directory)

    def new_files_among_others(self, directory: Path) -> float:
        return self.new(directory, "--no-install", "--no-git", home=self.home_with_extensions)

    def new_files_alone(self, directory: Path) -> float:
        return self.new(directory, "--no-install", "--no-git")

    def help_among_others(self, directory: Path) -> float:
        command = (self.sandbox.flaskgen, "--help")
        variables = {"HOME": str(self.home_with_extensions)}
        return self.sandbox.seconds(command, cwd=directory, variables=variables)

    def resource(self, directory: Path) -> float:
        return flaskgen_scaffold(self.sandbox, install=True).seconds(self.sandbox, directory)

    def resource_files(self, directory: Path) -> float:
        return flaskgen_scaffold(self.sandbox, install=False).seconds(self.sandbox, directory)

    def field_among_many(self, directory: Path) -> float:
        return self.many_resources.add_field(50)

    def field(self, directory: Path) -> float:
        return self.many_resources.add_field(1)

    # uv

    def uv(self, directory: Path) -> float:
        return self.uv_project.make(directory)

    def exact_uv(self, directory: Path) -> float:
        return self.exact_uv_project.make(directory)

    def uv_and_start(self, directory: Path) -> float:
        return self.uv_project.make(directory) + self.uv_project.start(directory)

    def exact_uv_and_start(self, directory: Path) -> float:
        return self.exact_uv_project.make(directory) + self.exact_uv_project.start(directory)

    def cold_uv(self, directory: Path) -> float:
        return self.uv_project.make(directory, home=make_home(directory / "home"))

    def cold_uv_and_start(self, directory: Path) -> float:
        return self.cold_uv(directory) + self.uv_project.start(directory)

    def uv_and_home_page(self, directory: Path) -> float:
        made = self.uv_project.make(directory)
        self.uv_project.write_application(directory)
        return made + seconds_to_home_page(self.sandbox, directory / PROJECT)

    def uv_add_and_start(self, directory: Path) -> float:
        self.uv_and_start(directory)
        return self.uv_project.add(directory, _MOMENT) + self.uv_project.start(directory, more=_USE_MOMENT)

    # others

    def pip_freeze(self, directory: Path) -> float:
        project = self.versions.project
        return self.sandbox.seconds(
            (project / ".venv" / "bin" / "python", "-m", "pip", "freeze"), cwd=project
        )

    def pip_install(self, directory: Path) -> float:
        virtualenv = peer_environment(self.sandbox) / "virtualenv"
        python = directory / ".venv" / "bin" / "python"
        requirements = self.versions.project / "requirements-dev.txt"
        return self.sandbox.seconds(
            (virtualenv, "--python", self.versions.python, ".venv"),
            (python, "-m", "pip", "install", "--quiet", "--requirement", requirements),
            (python, "-m", "pip", "freeze"),
            cwd=directory,
        )

    def import_click(self, directory: Path) -> float:
        return self.sandbox.seconds((self.sandbox.python, "-c", "import click"), cwd=directory)

    def startapp(self, directory: Path) -> float:
        return django_scaffold(self.sandbox).seconds(self.sandbox, directory)

    def rails_scaffold(self, directory: Path) -> float:
        return rails_scaffold().seconds(self.sandbox, directory)

    def cookiecutter(self, directory: Path) -> float:
        return self.peers.cookiecutter.make(self.sandbox, directory)

    def copier(self, directory: Path) -> float:
        return self.peers.copier.make(self.sandbox, directory)

    def copier_with_many_files(self, directory: Path) -> float:
        return self.large_peers.copier.make(self.sandbox, directory)


_USE_MOMENT = "\n\nfrom flask_moment import Moment\n\nMoment(app)\n"

_NEW = Side("flaskgen new", Bench.new)
_COLD_NEW = Side("flaskgen new, cold", Bench.cold_new)
_FILES = Side("flaskgen new --no-install", Bench.new_files)
_UV = Side("uv", Bench.uv)

ROWS = (
    Row("new", "`new`, verified, against uv", 0.8, _NEW, _UV),
    Row(
        "new-exact",
        "`new`, verified, against uv, given every package",
        0.8,
        _NEW,
        Side("uv, every package", Bench.exact_uv),
    ),
    Row(
        "new-start",
        "`new`, verified, against uv and a start",
        0.8,
        _NEW,
        Side("uv, start", Bench.uv_and_start),
    ),
    Row(
        "new-exact-start",
        "`new`, verified, against uv, given every package, and a start",
        0.8,
        _NEW,
        Side("uv, every package, start", Bench.exact_uv_and_start),
    ),
    Row(
        "no-verify",
        "`new --no-verify` against uv",
        0.65,
        Side("flaskgen new --no-verify", Bench.new_without_verification),
        _UV,
    ),
    Row(
        "cold",
        "`new`, verified, against uv, both cold",
        1.2,
        _COLD_NEW,
        Side("uv, cold", Bench.cold_uv),
    ),
    Row(
        "cold-start",
        "`new`, verified, against uv and a start, all cold",
        1.2,
        _COLD_NEW,
        Side("uv, cold, start", Bench.cold_uv_and_start),
    ),
    Row(
        "add",
        "`add moment`, verified, against `uv add` and a start",
        0.8,
        Side("flaskgen add moment", Bench.add),
        Side("uv add, start", Bench.uv_add_and_start),
        most_seconds=0.6,
    ),
    Row(
        "freeze",
        "`freeze` against `pip freeze`",
        0.6,
        Side("flaskgen freeze", Bench.freeze),
        Side("pip freeze", Bench.pip_freeze),
    ),
    Row(
        "upgrade",
        f"`upgrade` of an older package, tested and verified, against {_TIMES_NEW} times `new` and the tests",
        1,
        Side("flaskgen upgrade", Bench.upgrade),
        Side(f"{_TIMES_NEW} times flaskgen new, pytest", Bench.new_and_tests),
    ),
    Row(
        "help",
        '`--help` against `python -c "import click"`',
        1.1,
        Side("flaskgen --help", Bench.help),
        Side("import click", Bench.import_click),
    ),
    Row(
        "home-page",
        "`new` and `flask run` until the home page, against uv",
        0.65,
        Side("flaskgen new, flask run", Bench.new_and_home_page),
        Side("uv, flask run", Bench.uv_and_home_page),
    ),
    Row(
        "pip",
        "`new` against `virtualenv`, `pip install` and `pip freeze`",
        0.2,
        _NEW,
        Side("virtualenv, pip install, pip freeze", Bench.pip_install),
        most_pairs=5,
    ),
    Row(
        "cookiecutter",
        "`new --no-install` against cookiecutter, the same tree",
        0.6,
        _FILES,
        Side("cookiecutter", Bench.cookiecutter),
    ),
    Row(
        "copier",
        "`new --no-install` against copier, the same tree",
        0.3,
        _FILES,
        Side("copier", Bench.copier),
    ),
    Row(
        "many-files",
        f"`new --no-install` against copier, with {_MORE_FILES:,} more files",
        0.25,
        Side(f"flaskgen new --no-install, {_MORE_FILES:,} more files", Bench.many_new_files),
        Side(f"copier, {_MORE_FILES:,} more files", Bench.copier_with_many_files),
        most_pairs=2,
    ),
    Row(
        "resource",
        "`generate resource`, with a revision and verified, against Rails' `generate scaffold`",
        None,
        Side("flaskgen generate resource", Bench.resource),
        Side("rails generate scaffold", Bench.rails_scaffold),
        most_seconds=1.5,
    ),
    Row(
        "resource-files",
        "`generate resource` without an environment, against Django's `startapp`",
        None,
        Side("flaskgen generate resource, files alone", Bench.resource_files),
        Side("django startapp", Bench.startapp),
        most_seconds=0.25,
    ),
    Row(
        "field",
        "`generate field` in a project of 50 resources, against one of 1",
        1.5,
        Side("flaskgen generate field, 50 resources", Bench.field_among_many),
        Side("flaskgen generate field, 1 resource", Bench.field),
    ),
    Row(
        "others-new",
        f"`new --no-install` with {_DIRECTORIES} directories of other extensions, against none",
        1.1,
        Side(f"flaskgen new --no-install, {_DIRECTORIES} directories", Bench.new_files_among_others),
        Side("flaskgen new --no-install", Bench.new_files_alone),
    ),
    Row(
        "others-help",
        f"`--help` with {_DIRECTORIES} directories of other extensions, against none",
        1.1,
        Side(f"flaskgen --help, {_DIRECTORIES} directories", Bench.help_among_others),
        Side("flaskgen --help", Bench.help),
    ),
)
