"""A plugin for the generated tests: records every page that their clients get, for a check of its HTML.

Loaded by `pytest -p page_recorder` in the environment of a generated project; PAGES names the file.
"""

import json
import os

from flask.testing import FlaskClient


def pytest_configure():
    """Record from here on."""
    open_page = FlaskClient.open

    def open_and_record(self, *args, **options):
        response = open_page(self, *args, **options)
        if response.mimetype == "text/html" and not response.is_streamed:
            with open(os.environ["PAGES"], "a", encoding="utf-8") as pages:
                pages.write(json.dumps(response.get_data(as_text=True)) + "\n")
        return response

    FlaskClient.open = open_and_record
