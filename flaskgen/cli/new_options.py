"""What was typed after `flaskgen new`, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flaskgen.cli.configuration import configured_defaults, is_configured
from flaskgen.cli.reporters import Display
from flaskgen.commands.creating import NewSettings
from flaskgen.effects.packages.settings import sources_with
from flaskgen.errors import UsageError
from flaskgen.planning.merging.plan import ConflictPolicy
from flaskgen.planning.packages.sources import redact
from flaskgen.planning.project.spec import Answers


class NewOptions(NamedTuple):
    """The command line of `flaskgen new`, parsed."""

    answers: Answers
    """What was typed."""
    defaults: Answers
    """What the configuration says: extensions or a preset, options, and whether to create a repository."""
    settings: NewSettings
    display: Display
    flags: tuple[str, ...]
    """The settings as they were typed, for the equivalent command."""
    ask: bool
    """Whether to prompt, in a terminal."""


def parse_options(given: Mapping[str, Any]) -> NewOptions:
    """Sort click's values. Raises UsageError for options that contradict each other."""
    configured = configured_defaults().values
    given = {name: None if is_configured(name) and name not in _NOT_ASKED else given[name] for name in given}
    _check_pairs(given)
    answers = Answers(
        destination=given["destination"],
        name=given["name"],
        extensions=given["with"] or None,
        preset=given["preset"],
        flask=given["flask"],
        python=given["python"],
        options=given["option"] or (),
        git=given["git"],
    )
    defaults = Answers(
        extensions=configured.get("with"),
        preset=configured.get("preset"),
        options=configured.get("option", ()),
        git=configured.get("git"),
    )
    settings = NewSettings(
        sources=sources_with(given),
        extensions=tuple(map(Path, given["extensions"])),
        newest=given["newest"],
        workon=given["workon"],
        install=not given["no_install"],
        verify=not given["no_verify"],
        test=given["test"],
        dev=not given["no_dev"],
        hashes=given["hashes"],
        policy=ConflictPolicy(given["conflict"] or ConflictPolicy.STOP),
        dry_run=given["dry_run"],
    )
    display = Display(as_json=given["as_json"], quiet=given["quiet"], verbose=given["verbose"])
    ask = not (given["yes"] or given["as_json"] or given["quiet"])
    return NewOptions(answers, defaults, settings, display, flags=_typed_settings(given), ask=ask)


_NOT_ASKED = ("python", "extensions")
"""What no prompt is about, so that a default is as good as what was typed."""
_SETTINGS = (
    *("extensions", "newest", "offline", "index_url", "extra_index_url", "find_links", "workon"),
    *("no_install", "no_verify", "test", "no_dev", "hashes", "conflict", "dry_run", "verbose"),
)


def _typed_settings(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the options that say how a project is created, without the passwords of URLs."""
    typed: list[str] = []
    for key in _SETTINGS:
        flag, value = f"--{key.replace('_', '-')}", given[key]
        if value is True:
            typed.append(flag)
        elif value:
            for one in (value,) if isinstance(value, str) else value:
                typed += [flag, redact(str(one))]
    return tuple(typed)


_CONTRADICTIONS = (
    ("quiet", "verbose"),
    ("no_install", "test"),
    ("no_install", "workon"),
    ("no_verify", "test"),
    ("no_dev", "test"),
    ("preset", "with"),
)


def _check_pairs(given: Mapping[str, Any]) -> None:
    for one, other in _CONTRADICTIONS:
        if given[one] and given[other]:
            names = [f"--{key.replace('_', '-')}" for key in (one, other)]
            raise UsageError(f"{names[0]} and {names[1]} contradict each other", hint="use one of them")
