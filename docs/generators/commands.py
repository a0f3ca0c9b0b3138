"""The page of the commands: what click knows of each."""

from __future__ import annotations

import click

from flaskgen.cli.main import cli

_BEGINNING = """\
# Commands

- In a terminal, `new`, `add` and `generate` prompt for anything you did not pass. Without a
  terminal, flaskgen never prompts and never waits for an answer.
- Status goes to standard error and data to standard output. Every command with `--json` prints one
  JSON object, which has a [schema](schemas.md).
- `python -m flaskgen` is the same as `flaskgen`.
"""
_END = """\
## Exit codes

| code | meaning |
|---|---|
| 0 | success |
| 1 | failure, with its [reason](errors.md) on standard error; or you declined |
| 2 | usage error: the command line itself is wrong |
| 3 | bug in flaskgen |
| 4 | `--check` found a difference |
| 130, 143 | interrupted by Ctrl-C or SIGTERM: 128 and the number of the signal |
"""
_COMMAND = """\
```{{eval-rst}}
.. click:: {place}
   :prog: flaskgen {name}
   :nested: full
```
"""


def describe_commands() -> str:
    """Return the page, with a section for each command that sphinx-click fills."""
    context = click.Context(cli, info_name="flaskgen")
    sections = (
        _COMMAND.format(place=_place(name, context), name=name) for name in cli.list_commands(context)
    )
    return "\n".join((_BEGINNING, *sections, _END))


def _place(name: str, context: click.Context) -> str:
    command = cli.get_command(context, name)
    assert command
    assert command.callback
    return f"{command.callback.__module__}:{name}"
