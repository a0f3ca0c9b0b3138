"""Add and remove every extension in a project with an edit in it, and see what becomes of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from flaskgen.effects.git import file_merge, git_merge
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.merging.changes import plan_changes
from flaskgen.planning.merging.plan import ConflictPolicy, FilePlan, Merge, Merged
from flaskgen.planning.merging.renames import find_renames
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.templates.selection import parse_options, select_extensions
from flaskgen.planning.templates.tree import Tree, encode, without
from tests.edits.cases import Edit, Files, as_bytes, lines_of_the_user

_CATALOGUE = load_catalogue()
EXTENSIONS = tuple(name for name in _CATALOGUE.extensions if name != "production")
"""Those that are added and removed, in projects that have `production`: most edits are of its files."""
ONCE = frozenset({PurePosixPath(".env")})


@cache
def files_of(extensions: frozenset[str], resources: tuple[Resource, ...] = ()) -> Mapping[str, str]:
    """Render a project called shop; the key is the same each time."""
    chosen = select_extensions({"production", *extensions}, _CATALOGUE).extensions
    release = choose_release("latest", load_series())
    options = parse_options((), chosen, _CATALOGUE)
    spec = ProjectSpec(ProjectName("shop"), release, "3.13", chosen, options, resources=resources)
    tree = render_project(spec.with_examples(_CATALOGUE), _CATALOGUE, secret_key="a-key")
    return as_text(without(tree, ONCE))


@dataclass(frozen=True)
class Result:
    """What came of one change of one edited project."""

    edit: Edit
    verb: str
    what: str
    """The extension, resource or field that comes or goes."""
    plan: FilePlan
    ours: Mapping[str, str]
    """The edited files before."""
    files: Mapping[str, str]
    """And after."""
    lost: tuple[str, ...]
    """Lines of the user's that are no longer in their file."""

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(str(change.path) for change in self.plan.conflicts)


def change_each(
    edit: Edit,
    merge: Merge | None = None,
    *,
    extensions: Sequence[str] = EXTENSIONS,
    verbs: Mapping[int, str] | None = None,
) -> Iterator[Result]:
    """Add extensions to a project with an edit in it, and remove them, each alone and beside all the others.

    ``verbs`` picks one of the two by the number of the others.
    """
    for extension in extensions:
        for others in (frozenset[str](), frozenset(EXTENSIONS) - {extension}):
            without = select_extensions(others, _CATALOGUE).extensions
            if extension in without:
                continue
            pair = (files_of(frozenset(without)), files_of(others | {extension}))
            for verb, (base, theirs) in (("add", pair), ("remove", pair[::-1])):
                if verbs is None or verbs[len(others)] == verb:
                    yield change_one(edit, base, theirs, merge, (verb, extension))


def change_one(
    edit: Edit,
    base: Mapping[str, str],
    theirs: Mapping[str, str],
    merge: Merge | None,
    about: tuple[str, str],
) -> Result:
    ours = edit.make(dict(base))
    followed = Followed.by_renames(base, ours, theirs)
    plan = followed.plan(merge or file_merge(Session()))
    files = apply(plan, ours)
    lost = tuple(f"{path}: {line}" for path, line in followed.lost(files))
    return Result(edit, *about, plan, ours, files, lost)


@dataclass(frozen=True)
class Followed:
    """The three sides of a change, the rendered ones with their files where the user has them now."""

    base: Files
    ours: Files
    theirs: Files

    @classmethod
    def by_renames(cls, base: Mapping[str, str], ours: Files, theirs: Mapping[str, str]) -> Followed:
        sides = (as_bytes(dict(base)), as_bytes(ours), as_bytes(dict(theirs)))
        renames = find_renames(*sides)
        return cls(as_text(renames.follow(sides[0])), ours, as_text(renames.follow(sides[2])))

    def plan(self, merge: Merge, policy: ConflictPolicy = ConflictPolicy.STOP) -> FilePlan:
        return plan_changes(*map(as_bytes, (self.base, self.ours, self.theirs)), merge=merge, policy=policy)

    def lost(self, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the lines of the user's that are no longer in their file."""
        for path, lines in lines_of_the_user(self.base, self.ours).items():
            for line in missing(lines, files.get(path, "")):
                yield path, line


def as_text(tree: Tree) -> Files:
    return {str(path): encode(content).decode() for path, content in tree.items()}


def apply(plan: FilePlan, ours: Files) -> dict[str, str]:
    after = {**as_bytes(ours), **plan.contents}
    return as_text({path: content for path, content in after.items() if content is not None})


def missing(lines: Sequence[str], text: str) -> Iterator[str]:
    there = [line.strip().removeprefix("\ufeff") for line in text.splitlines()]
    for line in lines:
        if line in there:
            there.remove(line)
        else:
            yield line


class PlainGit:
    """git's merge and nothing else, to compare with."""

    def __init__(self) -> None:
        self._session = Session()

    def __call__(
        self, path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy
    ) -> Merged:
        sides = [content.decode().split("\n")[:-1] for content in (base, ours, theirs)]
        merged = git_merge(self._session, *sides)
        if merged is None:
            return Merged(None)
        return Merged("".join(f"{line}\n" for line in merged).encode())
