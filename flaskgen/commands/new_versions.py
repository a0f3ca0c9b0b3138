"""Choose the versions of a new project: those of the lock, or what the index has."""

from __future__ import annotations

from collections.abc import Mapping

from flaskgen.commands.plan import Settings
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.environments import marker_environment
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.system.session import Session
from flaskgen.errors import Fix, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.lock import NotLocked, PinSet, require_tested, select_pins, split_resolution
from flaskgen.planning.packages.pins import Pin


def choose_pins(
    release: FlaskRelease,
    requirements: DirectRequirements,
    interpreter: Interpreter,
    planned: Mapping[str, str] | None,
    settings: Settings,
    session: Session,
    *,
    newest: bool,
) -> tuple[PinSet, tuple[str, ...]]:
    """Take the tested versions from the lock; if it does not hold them, or is not wanted, ask the index.

    A resolution stays near to those that a plan says, else to the lock.
    """
    lock = load_lock(release.series)
    markers = marker_environment(interpreter)
    try:
        require_tested(newest=newest)
        pins = select_pins(lock, requirements, markers=markers)
        if planned in (None, _versions(pins)):
            return pins, ()
        raise NotLocked("the plan has others than the lock")
    except NotLocked as reason:
        note = reason.note
    if not settings.install:
        raise ResolutionFailed(
            f"versions must be resolved from the package index: {note}",
            hint="remove --no-install, or --newest",
            fix=Fix("--newest"),
        )
    near = () if newest else lock.preferences(markers)
    if planned is not None:
        near = tuple(Pin(name, version) for name, version in planned.items())
    with session.reporter.step("Resolve versions"):
        resolved = Uv(session, settings.sources).resolve(
            [*requirements.runtime, *requirements.dev, *requirements.environment, *requirements.constraints],
            interpreter=interpreter,
            preferences=near,
        )
    return split_resolution(resolved, requirements), (note,)


def _versions(pins: PinSet) -> dict[str, str]:
    return {pin.name: pin.version for pin in pins.all}


def require_planned(pins: PinSet, versions: Mapping[str, str]) -> None:
    """Raise ResolutionFailed if a plan has other versions than those that would be installed."""
    here = _versions(pins)
    for name in sorted(here.keys() | versions):
        planned, found = versions.get(name, "no version"), here.get(name, "none")
        if planned != found:
            raise ResolutionFailed(
                f"the plan cannot be carried out: it has {name} {planned}, and the index has {found}",
                hint="plan it again: flaskgen new --dry-run --json",
            )
