"""The option --extensions, which names directories of extensions beside those of flaskgen."""

from __future__ import annotations

import click

extensions_option = click.option(
    "--extensions",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Directory with more extensions.",
)
