"""List the commands of flaskgen, with the help of each.

python tools/list_commands.py            print the list
python tools/list_commands.py --write    write it to docs/commands.md
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from generated_page import print_or_write

from flaskgen.cli.main import cli

_COLUMNS = 78

_BEGINNING = """\
# Commands

The help of every command, as `flaskgen COMMAND --help` prints it.

- In a terminal, `new`, `add` and `generate` prompt for anything you did not pass. Without a terminal,
  flaskgen never prompts and never waits for an answer.
- Status goes to standard error and data to standard output.
- The exit code is 0 on success; 1 on a failure, with its reason on standard error, and if you decline;
  2 for a usage error; 3 for a bug in flaskgen; 4 if `--check` found a difference; and 130 or 143 if the
  command was interrupted.
- `python -m flaskgen` is the same as `flaskgen`.

`python tools/list_commands.py --write` writes this page.
"""
_END = """\
## From Python

Every command that writes is a function of `flaskgen.commands`: `new`, `add`, `remove`, `option`, `generate`,
`update`, `upgrade`, `undo`, `freeze` and `rescue`.

```python
from flaskgen.commands import add, undo

outcome = add("shop", ["mail"])
print([str(change.path) for change in outcome.files.written])
undo("shop")
```

The functions print nothing and never prompt. They raise `flaskgen.errors.FlaskgenError`, which has the
`message` and the `hint` that the command line shows.
"""


def describe_commands() -> str:
    """Return the page, with a section for each command."""
    return "\n".join([_BEGINNING, *_sections(), _END])


def _sections() -> Iterator[str]:
    context = click.Context(cli, info_name="flaskgen", terminal_width=_COLUMNS, **cli.context_settings)
    yield _section(context)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command
        yield _section(click.Context(command, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    path = context.command_path
    return f"## {path}\n\n```text\n$ {path} --help\n{context.get_help().rstrip()}\n```\n"


if __name__ == "__main__":
    print_or_write("commands.md", describe_commands(), description="List the commands of flaskgen.")
