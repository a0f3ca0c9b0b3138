"""Give pins their hashes: which can have one, and which still want one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from flaskgen.errors import HashesUnavailable
from flaskgen.planning.packages.freeze import Frozen
from flaskgen.planning.packages.pins import Pin

Hashes = Mapping[tuple[str, str], tuple[str, ...]]
"""``sha256:...`` of every file, by normalised name and version."""

_OWN_HASH = re.compile(r"#(.*&)?sha(256|384|512)=")


def hashes_of(pins: Iterable[Pin]) -> Hashes:
    """Give what pins know of hashes."""
    return {(pin.name, pin.version): pin.hashes for pin in pins if pin.hashes}


def fill(frozen: Frozen, hashes: Hashes) -> Frozen:
    """Give hashes to the pins that have none yet."""
    return replace(frozen, runtime=_filled(frozen.runtime, hashes), dev=_filled(frozen.dev, hashes))


def wanting(frozen: Frozen) -> tuple[Pin, ...]:
    """Give the pins without a hash, of those that name a release."""
    return tuple(pin for pin in (*frozen.runtime, *frozen.dev) if not pin.hashes and not pin.reference)


def require_hashable(frozen: Frozen) -> None:
    """Refuse what pip cannot verify: it wants a hash for each line of a file or for none.

    Raises HashesUnavailable naming the first; an archive's address that carries its hash passes.
    """
    for pin in (*frozen.runtime, *frozen.dev):
        if pin.reference and not _OWN_HASH.search(pin.reference):
            raise HashesUnavailable(
                f"`{pin.name}` cannot have a hash, for it is installed as `{pin.reference}`",
                hint="give --no-hashes, or install a release of it",
            )


def require_complete(frozen: Frozen) -> None:
    """Raise HashesUnavailable, naming them, where pins still have no hash."""
    left = wanting(frozen)
    if left:
        names = ", ".join(pin.line for pin in left)
        raise HashesUnavailable(f"no hash is known of {names}", hint="give --no-hashes")


def _filled(pins: Sequence[Pin], hashes: Hashes) -> tuple[Pin, ...]:
    return tuple(
        pin if pin.hashes or pin.reference else replace(pin, hashes=hashes.get((pin.name, pin.version), ()))
        for pin in pins
    )
