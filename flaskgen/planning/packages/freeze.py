"""Turn what is installed into the pins, with or without hashes, of the two requirements files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.requirements import Requirement

from flaskgen.errors import EnvironmentBroken, Fix, HashesUnavailable
from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.installed import (
    InstalledDistribution,
    Origin,
    RequirementGraph,
    Unmet,
    applies,
    build_graph,
    fulfilled,
    is_leftover,
    left_out,
    shown,
)
from flaskgen.planning.packages.lock import LOCK_FILE, PinSet, read_versions
from flaskgen.planning.packages.pins import (
    DEV_LABEL,
    RUNTIME_LABEL,
    Pin,
    PinChanges,
    compare_versions,
    count_changes,
    decode,
    format_requirements,
    is_frozen,
    names_of,
    normalized,
    parse_version,
    read_own_lines,
)
from flaskgen.reporting import first_of

BY_HAND = "pip install"


class Frozen(NamedTuple):
    """The pins of requirements.txt and of requirements-dev.txt, with what is worth a warning."""

    runtime: tuple[Pin, ...]
    dev: tuple[Pin, ...]
    """What only the test tools need; a package that the application needs too is in ``runtime`` alone."""
    warnings: tuple[str, ...] = ()

    @property
    def pins(self) -> tuple[Pin, ...]:
        return self.runtime + self.dev


_WITHOUT_HASHES = Fix("--hashes", first="flaskgen freeze --no-hashes")


def freeze(
    distributions: Sequence[InstalledDistribution], *, roots: ProjectRoots, markers: Mapping[str, str]
) -> Frozen:
    """Pin everything that ``pip freeze`` would list, each pin with who requires it.

    ``markers`` are those of the environment's interpreter. Raises EnvironmentBroken if something that is
    installed, or pyproject.toml, needs a package that is not there.
    """
    installed = {distribution.key: distribution for distribution in distributions}
    direct = tuple(root for root in roots.direct if applies(root, markers))
    dev = tuple(root for root in roots.dev if applies(root, markers))
    leftovers = frozenset(found.key for found in distributions if is_leftover(found))
    unlisted = left_out(markers["python_version"]) | leftovers | {roots.project or ""}
    whole = build_graph(installed, roots=(*direct, *dev), markers=markers)
    unmet = _unmet(whole, installed, direct, unlisted)
    _require_complete(unmet)

    names = frozenset(installed) - unlisted
    graph = whole.within(names)
    direct_names, dev_names = names_of(direct) & names, names_of(dev) & names
    by_hand = frozenset(graph.sources(names - graph.closure(direct_names | dev_names)))
    dev_only = graph.closure(dev_names) - graph.closure(direct_names | by_hand)
    # requirements.txt is the same whether the test tools are installed or not, so they are no reason in it.
    runtime = graph.within(names - dev_only)
    labels = {RUNTIME_LABEL: direct_names, DEV_LABEL: dev_names & dev_only, BY_HAND: by_hand}
    conditions = _conditions((*direct, *dev))
    pins = {
        name: _pin(installed[name], graph if name in dev_only else runtime, labels, conditions)
        for name in sorted(names)
    }
    return Frozen(
        runtime=tuple(pin for name, pin in pins.items() if name not in dev_only),
        dev=tuple(pin for name, pin in pins.items() if name in dev_only),
        warnings=(
            *(
                f"skipping `{name}`: left over from a tool, and not on any index"
                for name in sorted(leftovers)
            ),
            *(
                f"`{found.key}` comes from {found.origin.value}, not from an index: `{found.reference}`"
                for found in distributions
                if found.origin is not Origin.INDEX and found.key in pins
            ),
            *(f"{one.requirer} requires {one.requirement}, but {one.found} is installed" for one in unmet),
            *_absent([root.name for root in dev if normalized(root.name) not in installed]),
        ),
    )


def _absent(tools: Sequence[str]) -> Iterator[str]:
    if tools:
        names, verb = ", ".join(f"`{name}`" for name in tools), "is" if len(tools) == 1 else "are"
        yield f"{names} {verb} not installed; {DEV_FILE} keeps what it has of the dev group"


def _conditions(roots: Sequence[Requirement]) -> Mapping[str, str]:
    """Return the markers of direct requirements by name; of a package that is required without, none."""
    unconditional = names_of([root for root in roots if root.marker is None])
    marked = {normalized(root.name): str(root.marker) for root in roots}
    return {name: marker for name, marker in marked.items() if name not in unconditional}


def _pin(
    found: InstalledDistribution,
    graph: RequirementGraph,
    labels: Mapping[str, frozenset[str]],
    conditions: Mapping[str, str],
) -> Pin:
    version = parse_version(found.version)
    reference = found.reference
    if reference is None and version is None:
        reference = f"{found.key}==={found.version}"
    requirers = graph.requirers(found.key)
    via = (*requirers, *(label for label, names in labels.items() if found.key in names))
    return Pin(
        name=found.key,
        version=str(version or found.version),
        via=tuple(sorted(via)),
        reference=reference,
        notes=found.notes,
        marker="" if requirers else conditions.get(found.key, ""),
    )


def _unmet(
    graph: RequirementGraph,
    installed: Mapping[str, InstalledDistribution],
    direct: Sequence[Requirement],
    unlisted: frozenset[str],
) -> tuple[Unmet, ...]:
    found = [(root, installed.get(normalized(root.name))) for root in direct]
    asked = (
        Unmet("pyproject.toml", shown(root), there.version if there else None)
        for root, there in found
        if not fulfilled(root, there)
    )
    return (*asked, *(one for one in graph.unmet if one.requirer.partition(" ")[0] not in unlisted))


def _require_complete(unmet: Sequence[Unmet]) -> None:
    missing = [one for one in unmet if one.found is None]
    if not missing:
        return
    first, others = missing[0], len(missing) - 1
    wanted = [f"`{one.requirement}`" for one in missing]
    more = f" (and {others} more {'is' if others == 1 else 'are'} missing)" if others else ""
    raise EnvironmentBroken(
        f"{first.requirer} requires {first.requirement}, which is not installed{more}",
        hint=f"install what is missing ({first_of(wanted, 5)}), then freeze again",
    )


Hashes = Mapping[tuple[str, str], tuple[str, ...]]
"""``sha256:...`` of every file, by normalised name and version."""

_OWN_HASH = re.compile(r"#(.*&)?sha(256|384|512)=")


def hashes_of(pins: Iterable[Pin]) -> Hashes:
    """Return what pins know of hashes."""
    return {(pin.name, pin.version): pin.hashes for pin in pins if pin.hashes}


def fill(frozen: Frozen, hashes: Hashes) -> Frozen:
    """Add hashes to the pins that have none."""

    def filled(pin: Pin) -> Pin:
        known = () if pin.hashes or pin.reference else hashes.get((pin.name, pin.version))
        return pin._replace(hashes=known) if known else pin

    return frozen._replace(runtime=tuple(map(filled, frozen.runtime)), dev=tuple(map(filled, frozen.dev)))


def wanting(frozen: Frozen) -> tuple[Pin, ...]:
    """Return the pins without a hash, of those that name a release."""
    return tuple(pin for pin in frozen.pins if not pin.hashes and not pin.reference)


def require_hashable(frozen: Frozen) -> None:
    """Refuse what pip cannot verify: it wants a hash for each line of a file or for none.

    Raises HashesUnavailable naming the first; an archive's address that carries its hash passes.
    """
    for pin in frozen.pins:
        if pin.reference and not _OWN_HASH.search(pin.reference):
            raise HashesUnavailable(
                f"`{pin.name}` cannot have a hash, because it is installed as `{pin.reference}`",
                hint="install a release of it, or write no hashes: flaskgen freeze --no-hashes",
                fix=_WITHOUT_HASHES,
            )


def require_hashed(frozen: Frozen) -> None:
    """Raise HashesUnavailable, naming them, where pins still have no hash."""
    left = wanting(frozen)
    if left:
        names = ", ".join(pin.line for pin in left)
        raise HashesUnavailable(
            f"no hash is known for {names}",
            hint="write no hashes: flaskgen freeze --no-hashes",
            fix=_WITHOUT_HASHES,
        )


RUNTIME_FILE, DEV_FILE = map(PurePosixPath, ("requirements.txt", "requirements-dev.txt"))
FROZEN_FILES = (RUNTIME_FILE, DEV_FILE, LOCK_FILE)


class FrozenFile(NamedTuple):
    """A file with frozen versions."""

    path: PurePosixPath
    before: bytes | None
    """None if there is no such file."""
    after: bytes
    pins: tuple[Pin, ...] = ()
    """Those of a requirements file."""

    @property
    def changed(self) -> bool:
        """Whether they differ in more than how their lines end."""
        return self.before is None or decode(self.before).splitlines() != decode(self.after).splitlines()

    @property
    def drifted(self) -> bool:
        """Whether it is there and not as it would be frozen; who works with another tool may not have it."""
        return self.before is not None and self.changed

    @property
    def changes(self) -> PinChanges:
        if self.path == LOCK_FILE:
            return compare_versions(read_versions(self.before), read_versions(self.after))
        return count_changes(decode(self.before or b""), decode(self.after))


def format_files(pins: PinSet, *, dev: bool, hashes: bool) -> dict[PurePosixPath, bytes]:
    """Write pins that are not installed yet as freezing will, once they are."""
    files = {RUNTIME_FILE: format_requirements(pins.runtime, hashes=hashes).encode()}
    if dev:
        files[DEV_FILE] = format_requirements(pins.dev, hashes=hashes, dev=True).encode()
    return files


def compose_files(
    frozen: Frozen, before: Mapping[PurePosixPath, bytes], *, hashes: bool, generated: bool
) -> tuple[FrozenFile, ...]:
    """Write the pins into their files, where ``before`` has what the files hold now.

    Options and comments of a file stay, and blank lines at its top. Without test tools a second file has
    nothing to say: none is made, and an existing one is emptied only in a project that flaskgen
    ``generated``, or if flaskgen wrote it; otherwise it is another tool's.
    """
    files = [_compose(RUNTIME_FILE, before, frozen.runtime, hashes=hashes)]
    dev = _compose(DEV_FILE, before, frozen.dev, hashes=hashes)
    if frozen.dev or (dev.before is not None and (generated or is_frozen(decode(dev.before)))):
        files.append(dev)
    return tuple(files)


def _compose(
    path: PurePosixPath, before: Mapping[PurePosixPath, bytes], pins: tuple[Pin, ...], *, hashes: bool
) -> FrozenFile:
    """Write the pins as the file has them: with the lines of its user, and its line ends."""
    old = before.get(path)
    own = read_own_lines(decode(old or b"", errors="surrogateescape"))
    text = format_requirements(pins, hashes=hashes, dev=path == DEV_FILE, own=own)
    if old is not None and 2 * old.count(b"\r\n") > old.count(b"\n"):
        text = text.replace("\n", "\r\n")
    return FrozenFile(path, old, text.encode(errors="surrogateescape"), pins)
