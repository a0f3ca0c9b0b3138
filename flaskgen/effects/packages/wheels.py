"""Which packages would be compiled on a newer Python."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.tags import platform_tags

from flaskgen.effects.packages.uv import Uv
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.era import Release, losing_wheels, read_releases
from flaskgen.planning.packages.pins import Pin


def compiled_anew(pins: Iterable[Pin], *, old: Interpreter, new: Interpreter, uv: Uv) -> tuple[Release, ...]:
    """Return the pins of which the index has a wheel for one Python, and none for a newer one."""
    lines = [pin.line for pin in pins if not pin.reference]
    if old.minor == new.minor or not lines:
        return ()
    try:
        found = uv.look_up(lines, python=new.path, at_least=old.minor)
    except ResolutionFailed:  # the index does not say
        return ()
    return losing_wheels(read_releases(found), old, new, tuple(platform_tags()))
