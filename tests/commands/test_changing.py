"""Changing what a project is made of, without installing."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flaskgen import __version__
from flaskgen.commands import add, generate_part, option, remove, undo, update
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.project.opening import open_project
from flaskgen.effects.shipped.templates import load_catalogue_from
from flaskgen.errors import (
    BrokenRecord,
    CannotWrite,
    InvalidOption,
    MergeConflict,
    ProjectOutdated,
    UsageError,
)
from flaskgen.planning.merging.plan import ConflictPolicy, Status
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.record import unpack_base
from flaskgen.planning.templates.catalogue import Catalogue
from tests.commands.projects import (
    ENV,
    FILES_ONLY,
    UPDATED_TOO,
    directories_of,
    files_of,
    read_project,
    record_of,
    shipped,
    spec_of,
    templates_of,
    write_project,
)
from tests.project_templates.pairs import meet
from tests.sampling import sampled

EXTENSIONS = tuple(shipped().extensions)
TEMPLATES = Path(__file__).parents[2] / "project_templates"
PAIRS = [pair for pair in permutations(EXTENSIONS, 2) if pair[1] not in spec_of(pair[:1]).extensions]
MEETING = [pair for pair in combinations(EXTENSIONS, 2) if pair in PAIRS and meet(*pair)]
"""Those of which something comes only with both; by default some of them run, each second the other way."""
subsets = st.sets(st.sampled_from(EXTENSIONS))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def make(*extensions: str, **options: Any) -> Path:
        return write_project(tmp_path / "shop", files_of(extensions, **options))

    return make


@pytest.mark.parametrize(
    ("first", "second"),
    sampled(PAIRS, [*MEETING[::6], *(pair[::-1] for pair in MEETING[3::6] if pair[::-1] in PAIRS)]),
)
def test_to_add_is_as_to_have_chosen_at_the_start_and_to_remove_as_not_to_have(make, first, second):
    project = make(first)
    directories = directories_of(project)
    add(project, [second], settings=FILES_ONLY)
    assert read_project(project) == files_of([first, second])
    came = {*spec_of([first, second]).extensions} - {*spec_of([first]).extensions}
    remove(project, [*came], settings=FILES_ONLY)
    assert read_project(project) == files_of([first])
    assert directories_of(project) == directories


@given(before=subsets, after=subsets)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_every_way_from_one_choice_to_another_gives_the_same_project(tmp_path_factory, before, after):
    before, after = (set(spec_of(tuple(names)).extensions) for names in (before, after))
    project = write_project(tmp_path_factory.mktemp("made") / "shop", files_of(tuple(before)))
    for name in sorted(after - before):
        add(project, [name], settings=FILES_ONLY)
    if before - after:
        remove(project, [*(before - after)], settings=FILES_ONLY)
    assert read_project(project) == files_of(tuple(after))


def test_it_is_what_new_makes(make, flaskgen, tmp_path):
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    options = ("--with", "sqlalchemy", "--python", python, "-y", "--no-install", "--no-git")
    (tmp_path / "made").mkdir()
    done = flaskgen("new", "shop", *options, cwd=tmp_path / "made")
    assert done.returncode == 0, done.stderr
    made = read_project(tmp_path / "made" / "shop")
    expected = files_of(["sqlalchemy"], python=python)
    made.pop(PurePosixPath("uv.lock"), None)  # it is written if uv has all that it needs in its cache
    assert made.keys() == expected.keys()
    assert {path for path in made if made[path] != expected[path]} == {ENV}


def test_secrets_are_never_replaced(make):
    project = make("production")
    (project / ".env").write_text("SECRET_KEY=mine\n")
    add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"
    (project / ".env").unlink()
    add(project, ["mail"], settings=FILES_ONLY)
    assert not (project / ".env").exists()


def test_what_the_user_deleted_stays_deleted_and_is_named(make):
    project = make("production")
    (project / "shop" / "extensions.py").unlink()
    (project / ".env.example").unlink()
    plan = add(project, ["sqlalchemy"], settings=FILES_ONLY).files
    skipped = {str(change.path): change for change in plan.changes if change.status is Status.SKIP}
    assert set(skipped) == {"shop/extensions.py", ".env.example"}
    assert "from flask_sqlalchemy import SQLAlchemy" in [
        line for hunk in skipped["shop/extensions.py"].hunks for line in hunk.theirs
    ]
    assert not (project / "shop" / "extensions.py").exists()


def test_what_the_user_edited_stays_when_its_extension_goes(make):
    project = make("mail")
    mailer = project / "shop" / "mailer.py"
    mailer.write_text(mailer.read_text() + "\nMINE = 1\n")
    plan = remove(project, ["mail"], settings=FILES_ONLY).files
    assert [str(change.path) for change in plan.changes if change.status is Status.KEEP] == ["shop/mailer.py"]
    assert "MINE = 1" in mailer.read_text()


def edit_models(project: Path) -> None:
    (project / "shop" / "models.py").write_text("mine\n")


def test_a_conflict_changes_nothing_and_names_its_place(make):
    project = make("production")
    edit_models(project)
    before = read_project(project)
    with pytest.raises(MergeConflict) as caught:
        add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(project) == before
    assert not (project / ".flaskgen" / "undo").exists()
    assert "1 place" in caught.value.message
    assert "--conflict" in str(caught.value.hint)
    (note,) = caught.value.__notes__
    assert note.startswith("shop/models.py:1: you have `mine`")


@pytest.mark.parametrize("policy", [ConflictPolicy.MARKERS, ConflictPolicy.THEIRS, ConflictPolicy.OURS])
def test_a_conflict_is_settled_as_the_policy_says(make, policy):
    project = make("production")
    edit_models(project)
    plan = add(project, ["sqlalchemy"], settings=ChangeSettings(install=False, policy=policy)).files
    text = (project / "shop" / "models.py").read_text()
    markers = policy is ConflictPolicy.MARKERS
    assert ("<<<<<<< yours\nmine\n=======\n" in text) is markers
    assert ("class UtcDateTime" in text) is (policy is not ConflictPolicy.OURS)
    assert ("mine" in text) is (policy is not ConflictPolicy.THEIRS)
    assert [str(change.path) for change in plan.conflicts] == (["shop/models.py"] if markers else [])


def test_a_file_with_markers_is_not_merged_again(make):
    project = make("production")
    edit_models(project)
    add(project, ["sqlalchemy"], settings=ChangeSettings(install=False, policy=ConflictPolicy.MARKERS))
    extensions = project / "shop" / "extensions.py"
    extensions.write_text("<<<<<<< yours\na\n=======\nb\n>>>>>>> flaskgen\n" + extensions.read_text())
    for policy in ConflictPolicy:
        with pytest.raises(MergeConflict) as caught:
            add(project, ["mail"], settings=ChangeSettings(install=False, policy=policy))
        assert "shop/extensions.py still has conflict markers" in caught.value.__notes__[0]


def test_what_a_person_wrote_into_the_record_stays(make):
    project = make("sqlalchemy")
    record = project / ".flaskgen" / "project.toml"
    record.write_text(record.read_text() + "\n# Asked Ada about it.\n[environment]\npath = 'env'\n")
    add(project, ["mail"], settings=FILES_ONLY)
    assert "# Asked Ada about it.\n[environment]\npath = 'env'\n" in record_of(project)
    assert open_project(project).spec.extensions == ("production", "sqlalchemy", "mail")


def test_requirements_that_were_frozen_otherwise_wait_for_freeze(make):
    project = make("production")
    frozen = project / "requirements.txt"
    frozen.write_text(frozen.read_text() + "requests==2.32\n")
    outcome = add(project, ["mail"], settings=FILES_ONLY)
    assert frozen.read_text().endswith("requests==2.32\n")
    assert outcome.frozen == {}
    assert outcome.plan.next_steps[1].startswith("flaskgen freeze")


def test_the_locks_of_other_tools_are_named_if_the_requirements_change(make):
    project = make("production")
    for name in ("poetry.lock", "pdm.lock"):
        (project / name).touch()
    steps = add(project, ["mail"], settings=FILES_ONLY).plan.next_steps
    assert [step.partition("  #")[0] for step in steps[1:3]] == ["poetry lock", "pdm lock"]
    steps = generate_part(project, "page", "about", settings=FILES_ONLY).plan.next_steps
    assert not any(" lock" in step for step in steps)


def test_uv_installs_what_a_member_of_a_workspace_requires(make):
    project = make("sqlalchemy")
    (project.parent / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["*"]\n')
    steps = add(project, ["wtf"], settings=FILES_ONLY).plan.next_steps
    assert [step.partition("  #")[0] for step in steps] == ["uv sync"]


def test_an_extension_that_another_requires_cannot_be_removed_alone(make, catalogue_with):
    catalogue = catalogue_with({"extensions/pulse/manifest.toml": PULSE + 'needs = ["mail"]\n' + DATA})
    project = make("pulse", catalogue=catalogue)
    with templates_of(catalogue):
        with pytest.raises(UsageError, match="pulse requires mail"):
            remove(project, ["mail"], settings=FILES_ONLY)
        remove(project, ["mail", "pulse"], settings=FILES_ONLY)
    assert read_project(project) == files_of(["production"], catalogue=catalogue)


def test_an_option_of_an_extension_that_is_there_is_not_for_add(make):
    with pytest.raises(InvalidOption) as caught:
        add(make("mail"), ["wtf"], ["mail.server=x"], settings=FILES_ONLY)
    assert caught.value.hint == "change its option: flaskgen option mail.server=x"


@pytest.mark.parametrize("place", ["store", "src/shop", "src/store"])
def test_a_package_that_was_renamed_or_moved_is_followed(make, place):
    project, package = make("production"), PurePosixPath(place)
    record = project / RECORD_PATH  # in which everyone replaces the name that replaces it everywhere
    record.write_text(record.read_text().replace('"shop"', f'"{package.name}"'))
    (project / package).parent.mkdir(exist_ok=True)
    (project / "shop").rename(project / package)
    add(project, ["mail"], settings=FILES_ONLY)
    files = read_project(project)
    assert PurePosixPath("shop") not in {parent for path in files for parent in path.parents}
    assert {package / name for name in ("mailer.py", "background.py")} <= files.keys()
    assert b"mail.init_app(app)" in files[package / "__init__.py"]


def test_a_project_without_its_package_is_refused(make):
    project = make("production")
    shutil.rmtree(project / "shop")
    before = read_project(project)
    with pytest.raises(BrokenRecord, match="no package `shop`"):
        add(project, ["mail"], settings=FILES_ONLY)
    assert read_project(project) == before


@pytest.mark.parametrize(
    ("obstruct", "message"),
    [
        (lambda package: (package / "Mailer.py").touch(), "shop/mailer.py differ in case only"),
        (lambda package: package.rename(package.parents[1] / "out"), "`shop` is a link out of"),
    ],
)
def test_names_that_are_one_elsewhere_and_links_out_of_the_project_stop_all(make, obstruct, message):
    directory = make()
    obstruct(directory / "shop")
    if not (directory / "shop").exists():
        (directory / "shop").symlink_to("../out")
    before = read_project(directory)
    with pytest.raises(CannotWrite, match=message):
        add(directory, ["mail"], settings=FILES_ONLY)
    assert read_project(directory) == before


def test_a_directory_in_the_way_is_named_before_anything_is_written(make):
    project = make("production")
    (project / "shop" / "models.py").mkdir()
    before = read_project(project)
    with pytest.raises(CannotWrite, match=r"models\.py` is not a file"):
        add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(project) == before


def test_a_read_only_file_stops_all(make):
    project = make("production")
    (project / "shop" / "config.py").chmod(0o444)
    before = read_project(project)
    with pytest.raises(CannotWrite, match="read-only"):
        add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(project) == before


# An older flaskgen

PULSE = 'title = "Pulse"\nsummary = "says that the application lives"\norder = 90\n'
DATA = '[flask."2.2 to 3.1"]\nrequirements = []\n'


@pytest.fixture
def catalogue_with(tmp_path: Path) -> Callable[[dict[str, str]], Catalogue]:
    """Returns the shipped catalogue with changed or added files."""

    def catalogue_with(files: dict[str, str]) -> Catalogue:
        folder = tmp_path / f"templates{len(list(tmp_path.iterdir()))}"
        shutil.copytree(TEMPLATES, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return load_catalogue_from(folder)

    return catalogue_with


@pytest.fixture
def older(catalogue_with: Callable[[dict[str, str]], Catalogue]) -> Catalogue:
    """Templates as they might have been: some lines other, a file more, a file less."""

    def template(path: str) -> str:
        return (TEMPLATES / path).read_text()

    main = "base/files/{{package}}/main.py.jinja"
    config = "extensions/production/files/{{package}}/config.py.jinja"
    mailer = "extensions/mail/files/{{package}}/mailer.py.jinja"
    return catalogue_with(
        {
            main: template(main).replace("Show the home page.", "Give the page that is first."),
            config: template(config).replace('"TRUSTED_HOSTS": [],', '"TRUSTED_HOSTS": None,'),
            mailer: template(mailer) + "\n# As it was.\n",
            "base/files/{{package}}/gone.py.jinja": "# No longer needed.\n",
        }
    )


CHANGES_OF_EXTENSIONS: list[Callable[..., Any]] = [
    lambda project, **how: add(project, ["sqlalchemy"], **how),
    lambda project, **how: remove(project, ["mail"], **how),
    lambda project, **how: add(project, ["mail"], **how),
]


@pytest.mark.parametrize("change", CHANGES_OF_EXTENSIONS)
def test_a_project_of_older_templates_is_not_changed_but_says_what_it_needs(make, older, change):
    project = make("mail", catalogue=older, generator="0.0.1")
    before = read_project(project)
    for how in (FILES_ONLY, ChangeSettings(install=False, dry_run=True)):
        with pytest.raises(ProjectOutdated, match="`shop` was created from templates") as caught:
            change(project, settings=how)
        assert "flaskgen update" in str(caught.value.hint)
        assert "--update" in str(caught.value.hint)
    assert read_project(project) == before
    assert not (project / ".flaskgen" / "undo").exists()


@pytest.mark.parametrize(("more", "command"), [([], "init-db"), (["migrate"], "db upgrade")])
def test_another_database_needs_its_tables(make, more, command):
    project = make("sqlalchemy", *more)
    (step,) = option(project, ["sqlalchemy.database=mysql"], settings=FILES_ONLY).plan.next_steps[1:]
    assert step == f"flask {command}  # create the tables in the new database, without the old rows"
    assert option(project, ["sqlalchemy.database=mysql"], settings=FILES_ONLY).plan.next_steps == ()


def test_an_option_of_a_project_of_older_templates_is_not_changed(make, older):
    project = make("sqlalchemy", catalogue=older, generator="0.0.1")
    before = read_project(project)
    with pytest.raises(ProjectOutdated):
        option(project, ["sqlalchemy.database=mysql"], settings=FILES_ONLY)
    assert read_project(project) == before


@pytest.mark.parametrize(
    ("change", "extensions"),
    [(CHANGES_OF_EXTENSIONS[0], ["mail", "sqlalchemy"]), (CHANGES_OF_EXTENSIONS[1], ["production"])],
)
def test_with_update_it_becomes_what_new_makes_today_and_undo_restores_it(make, older, change, extensions):
    project = make("mail", catalogue=older, generator="0.0.1")
    (project / ".env").write_bytes(files_of([])[ENV])
    before = read_project(project)
    change(project, settings=UPDATED_TOO)
    assert read_project(project) == files_of(extensions)
    undo(project, settings=FILES_ONLY)
    assert read_project(project) == before


def test_with_update_edits_are_kept(make, older):
    project = make("mail", catalogue=older, generator="0.0.1")
    readme, main = project / "README.md", project / "shop" / "main.py"
    readme.write_text(readme.read_text() + "\nMine.\n")
    main.write_text(main.read_text() + "\n\nMINE = 1\n")
    add(project, ["sqlalchemy"], settings=UPDATED_TOO)
    expected = files_of(["mail", "sqlalchemy"])
    assert main.read_bytes() == expected[PurePosixPath("shop/main.py")] + b"\n\nMINE = 1\n"
    assert readme.read_bytes() == expected[PurePosixPath("README.md")] + b"\nMine.\n"
    stored = unpack_base(read_project(project)[BASE_PATH])
    assert stored[PurePosixPath("shop/main.py")] == expected[PurePosixPath("shop/main.py")]


def test_template_text_is_never_called_the_users_edit(make, older):
    project = make("mail", catalogue=older, generator="0.0.1")
    changes = remove(project, ["mail"], settings=UPDATED_TOO).files.changes
    assert {one.status for one in changes} == {Status.IDENTICAL, Status.UPDATE, Status.DELETE}
    assert not [note for one in changes for note in one.notes]


def test_a_release_of_flaskgen_with_the_same_templates_needs_no_update(make):
    project = make("mail", generator="0.0.1")
    add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(project) == files_of(["mail", "sqlalchemy"], generator="0.0.1")


def test_update_brings_the_templates_up_to_date_and_keeps_edits(make, older):
    project = make("mail", catalogue=older, generator="0.0.1")
    (project / ".env").write_bytes(files_of([])[ENV])
    readme = project / "README.md"
    readme.write_text(readme.read_text() + "\nMine.\n")
    plan = update(project, settings=FILES_ONLY).files
    changed = {str(one.path): one.status for one in plan.changes if one.status is not Status.IDENTICAL}
    assert changed == {
        "shop/main.py": Status.UPDATE,
        "shop/config.py": Status.UPDATE,
        "shop/mailer.py": Status.UPDATE,
        "shop/gone.py": Status.DELETE,
    }
    readme.write_bytes(files_of(["mail"])[PurePosixPath("README.md")])
    assert read_project(project) == files_of(["mail"])
    assert f'generator = "{__version__}"' in record_of(project)
    assert update(project, settings=FILES_ONLY).plan.is_empty


def test_update_conflicts_where_both_changed_a_line(make, older):
    project = make(catalogue=older, generator="0.0.1")
    main = project / "shop" / "main.py"
    main.write_text(main.read_text().replace("Give the page", "Serve the page"))
    with pytest.raises(MergeConflict):
        update(project, settings=FILES_ONLY)
    update(project, settings=ChangeSettings(install=False, policy=ConflictPolicy.THEIRS))
    assert "Show the home page." in main.read_text()


# Options

OPTION = """
[options.look]
help = "how it answers"
choices = ["plain", "json"]
default = "plain"
"""
LOOKS = {
    "extensions/pulse/manifest.toml": PULSE + 'needs = ["production"]\n' + OPTION + DATA,
    "extensions/pulse/files/{{package}}/pulse.py.jinja": "ANSWER = 'alive'\n",
    "extensions/pulse/with/look-json/files/{{package}}/pulse.py.jinja": "ANSWER = {'alive': True}\n",
    "extensions/pulse/slots.jinja": (
        '{% with "look-json" %}\n{% fill "config.settings" %}\n"PULSE": "json",\n{% endfill %}\n'
        "{% endwith %}\n"
    ),
}


def test_an_option_changes_what_depends_on_it(make, catalogue_with):
    catalogue = catalogue_with(LOOKS)
    project = make("pulse", catalogue=catalogue)
    with templates_of(catalogue):
        option(project, ["pulse.look=json"], settings=FILES_ONLY)
        assert read_project(project) == files_of(["pulse"], options=["pulse.look=json"], catalogue=catalogue)
        again = option(project, ["pulse.look=json"], settings=FILES_ONLY)
        assert (again.made, again.plan.notes) == (False, ("pulse.look=json is already set",))
        with pytest.raises(InvalidOption, match="`xml` is not a valid value"):
            option(project, ["pulse.look=xml"], settings=FILES_ONLY)


def test_a_file_that_holds_a_secret_is_made_for_its_owner_only(make, catalogue_with):
    catalogue = catalogue_with(
        {
            "extensions/pulse/manifest.toml": PULSE + 'once = [".pulse"]\n' + DATA,
            "extensions/pulse/files/.pulse.jinja": "KEY={{ secret_key }}\n",
        }
    )
    project = make(catalogue=catalogue)
    with templates_of(catalogue):
        add(project, ["pulse"], settings=FILES_ONLY)
    secret = (project / ".pulse").read_text()
    assert len(secret) > 40
    assert stat.S_IMODE((project / ".pulse").stat().st_mode) == 0o600
    assert b".pulse" not in (project / BASE_PATH).read_bytes()
    with templates_of(catalogue):
        remove(project, ["pulse"], settings=FILES_ONLY)
        add(project, ["pulse"], settings=FILES_ONLY)
    assert (project / ".pulse").read_text() == secret
