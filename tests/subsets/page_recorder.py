"""A plugin for the generated tests: records every page that their clients get, for a check of its HTML.

Loaded by `pytest -p page_recorder` in the environment of a generated project; PAGES names the file. It also
lets the applications of a run share their compiled templates, of which each test would make its own.
"""

import json
import os

from flask import templating
from flask.testing import FlaskClient
from jinja2 import BytecodeCache


class SharedTemplates(BytecodeCache):
    """What templates were compiled to, as long as the run lasts."""

    compiled = {}  # noqa: RUF012

    def load_bytecode(self, bucket):
        bucket.code = self.compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.compiled[bucket.key, bucket.checksum] = bucket.code


def pytest_configure():
    """Record and share from here on."""
    open_page = FlaskClient.open
    make_environment = templating.Environment.__init__

    def open_and_record(self, *args, **options):
        response = open_page(self, *args, **options)
        if response.mimetype == "text/html" and not response.is_streamed:
            with open(os.environ["PAGES"], "a", encoding="utf-8") as pages:
                pages.write(json.dumps(response.get_data(as_text=True)) + "\n")
        return response

    def make_and_share(self, *args, **options):
        make_environment(self, *args, **options)
        self.bytecode_cache = SharedTemplates()

    FlaskClient.open = open_and_record
    templating.Environment.__init__ = make_and_share
