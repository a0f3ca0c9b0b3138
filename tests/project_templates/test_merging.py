"""What a person writes in the usual places of shared files merges with any extension that is added later."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from tests.project_templates.pairs import meet
from tests.project_templates.subsets import EVERYTHING, SUBSETS, Files, Subset
from tests.sampling import sampled

# For each file: the line that the person's own line goes behind, and that line.
EDITS = {
    "my_shop/__init__.py": (
        "    app.register_blueprint(main.bp)\n",
        "    app.register_blueprint(shelf.bp)\n",
    ),
    "my_shop/config.py": ('        "SESSION_COOKIE_SAMESITE": "Lax",\n', '        "SHELVES": 3,\n'),
    "my_shop/extensions.py": (
        "# Create further extensions here, without an application.\n",
        "\ncache = Cache()\n",
    ),
    "my_shop/templates/base.html": (
        "        {# Further links go here. #}\n",
        '        <li><a href="/shelf">Shelf</a></li>\n',
    ),
    "my_shop/static/style.css": (
        ".skip:focus {\n  position: static;\n  margin: 0.5rem auto;\n}\n",
        "\n.shelf {\n  margin: 0;\n}\n",
    ),
    "tests/conftest.py": (
        "    return app.test_cli_runner()\n",
        "\n\n@pytest.fixture\ndef shelf():\n    return []\n",
    ),
    "README.md": ("Debug mode must be off, which it is unless `FLASK_DEBUG` is set.\n", "\n## Shelves\n"),
    "docs/settings.md": ("| setting | meaning |\n|---|---|\n", "| `SHELVES` | how many there are |\n"),
    "pyproject.toml": ('pythonpath = ["."]\n', 'addopts = "-ra"\n'),
}
ADDITIONS = [
    (subset, name)
    for subset in SUBSETS
    for name in EVERYTHING
    if name not in subset and tuple(sorted((*subset, name))) in SUBSETS
]


def is_met(subset: Subset, name: str) -> bool:
    return not subset or any(meet(there, name) for there in subset)


@pytest.mark.parametrize(
    ("subset", "added"), sampled(ADDITIONS, [addition for addition in ADDITIONS if is_met(*addition)])
)
def test_a_line_of_the_users_own_merges(
    trees: Mapping[Subset, Files], subset: Subset, added: str, tmp_path: Path
):
    before, after = trees[subset], trees[tuple(sorted((*subset, added)))]
    edits = {name: edit for name, edit in EDITS.items() if PurePosixPath(name) in before}
    for name, (place, line) in edits.items():
        base, theirs = (str(tree[PurePosixPath(name)]) for tree in (before, after))
        assert base.count(place) == 1, name
        edited = base.replace(place, place + line)
        versions = [tmp_path / version for version in ("ours", "base", "theirs")]
        for path, text in zip(versions, (edited, base, theirs), strict=True):
            path.write_text(text)
        merge = ["git", "merge-file", "-p", *map(str, versions)]
        merged = subprocess.run(merge, capture_output=True, text=True, check=False)
        assert merged.returncode == 0, merged.stdout
        assert merged.stdout == theirs.replace(place, place + line), name
