"""The documentation site: `python -m sphinx -W --keep-going docs build/site`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

from generators.pages import write_reference

from flaskgen import __version__

project = "flaskgen"
release = version = __version__

extensions = ["myst_parser", "sphinx_click", "sphinx_copybutton"]
nitpicky = True
smartquotes = False  # two hyphens are an option
default_role = "code"  # the help of commands has Markdown's backticks
pygments_style = "friendly"

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

html_theme = "furo"
html_title = f"flaskgen {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["../flaskgen/schema.json"]
html_copy_source = False
html_show_copyright = False

copybutton_prompt_text = r"(\(\w+\) )?\$ "
copybutton_prompt_is_regexp = True


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", lambda app: write_reference(Path(app.srcdir)))
    app.connect("sphinx-click-process-description", _examples_as_code)
    app.connect("source-read", lambda app, name, source: source.__setitem__(0, within_site(source[0])))


def _examples_as_code(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Turn the lines that click does not wrap, which are commands, into a block of code."""
    examples = [number for number, line in enumerate(lines) if line.startswith("| ")]
    for number in examples:
        lines[number] = "   " + lines[number].removeprefix("| ")
    for number in reversed(examples):
        if number - 1 not in examples:
            lines[number:number] = [".. code-block:: text", ""]


def within_site(text: str) -> str:
    """Return a page whose links to files of the repository lead to the pages that have them."""
    return text.replace("](../CONTRIBUTING.md", "](/reference/contributing.md")
