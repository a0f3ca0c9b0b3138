"""What is read from the syntax of a project is what the running application has."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.merging.definitions import Kind, find_definitions, is_application_code
from flaskgen.planning.merging.schema import columns_by_table
from tests.project_templates.rendering import render_project
from tests.project_templates.series import any_python_of, old_series_are_slow
from tests.project_templates.subsets import SHIPPED, PythonFor, known_to, write_tree

pytestmark = pytest.mark.e2e

ASK = """
import json, warnings
warnings.simplefilter("ignore")
from my_shop import create_app
from my_shop.extensions import db
app = create_app({"TESTING": True})
try:
    from my_shop.cli import cli
    commands = set(cli.commands)
except (ImportError, AttributeError):
    commands = set()
commands |= set(app.cli.commands if hasattr(app, "cli") else ())
rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
print(json.dumps({
    "blueprint": list(app.blueprints),
    "endpoint": [rule.endpoint for rule in rules],
    "page": ["{} {}".format(method, rule) for rule in rules for method in rule.methods],
    "command": list(commands),
    "tables": {
        table.name: {column.name: column.nullable for column in table.columns}
        for table in db.metadata.tables.values()
    },
}))
"""
BUILT_IN = {"run", "routes", "shell"}
OF_FLASK_SCRIPT = {"hello"}
"""The example for Flask-Script on old series has its name in a dictionary."""


@pytest.mark.parametrize("series", old_series_are_slow)
def test_names_and_tables_are_those_of_the_application(
    series: FlaskSeries, python_for: PythonFor, tmp_path: Path
):
    names = known_to(series)
    tree = render_project(tuple(names), series=series)
    done = subprocess.run(
        [python_for(series, any_python_of(series)), "-c", ASK],
        cwd=write_tree(tmp_path, tree),
        env={**os.environ, "FLASK_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there = json.loads(done.stdout)
    found: dict[str, set[str]] = defaultdict(set)
    for definition in find_definitions(tree, filter(is_application_code, tree)):
        found[definition.kind].add(definition.name)
    packages = [SHIPPED.extensions[name] for name in names]
    blueprints = {name for extension in packages for name in extension.blueprints}
    commands = {name for extension in packages for name in extension.commands}
    assert set(there["blueprint"]) - found[Kind.BLUEPRINT] <= blueprints
    assert found[Kind.BLUEPRINT] <= set(there["blueprint"])
    assert set(there["command"]) - found[Kind.COMMAND] <= commands | BUILT_IN | OF_FLASK_SCRIPT
    assert found[Kind.COMMAND] <= set(there["command"])
    # Flask-RESTful makes endpoints of resources, which nobody looks for.
    others = {*blueprints, "rest_notes"}
    own = {endpoint for endpoint in there["endpoint"] if endpoint.partition(".")[0] not in others}
    assert found[Kind.ENDPOINT] == own
    pages = {re.sub(r"<([^:>]+(?:\([^)]*\))?):[^>]*>", r"<\1>", page) for page in there["page"]}
    pages = {page.rstrip("/") or page for page in pages if not page.startswith(("HEAD", "OPTIONS"))}
    assert found[Kind.PAGE] <= {page if page[-1] != " " else f"{page}/" for page in pages}
    tables = {
        table: {name: column.nullable for name, column in columns.items()}
        for table, columns in columns_by_table(tree).items()
    }
    assert tables == there["tables"]
    assert found[Kind.TABLE] == tables.keys()
