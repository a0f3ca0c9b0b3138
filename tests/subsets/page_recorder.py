"""A plugin for the generated tests: records every page that a project's templates render, to check its HTML.

Loaded by `pytest -p page_recorder` in the environment of a generated project; PAGES names the file. It also
lets the applications of a run share their compiled templates, of which each test would make its own.
"""

import json
import os


def pytest_sessionstart():
    """Record and share from here on.

    Flask is imported here, since pytest before 9 loads plugins before it applies the project's filters of
    warnings.
    """
    from flask import templating
    from jinja2 import BytecodeCache, Template

    class SharedTemplates(BytecodeCache):
        """What templates were compiled to, as long as the run lasts."""

        compiled = {}  # noqa: RUF012

        def load_bytecode(self, bucket):
            bucket.code = self.compiled.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket):
            self.compiled[bucket.key, bucket.checksum] = bucket.code

    render = Template.render
    make_environment = templating.Environment.__init__

    def render_and_record(self, *args, **options):
        page = render(self, *args, **options)
        own = str(self.filename).startswith(os.getcwd())
        if own and self.name.endswith(".html") and not self.name.startswith("mail/"):
            with open(os.environ["PAGES"], "a", encoding="utf-8") as pages:
                pages.write(json.dumps(page) + "\n")
        return page

    def make_and_share(self, *args, **options):
        make_environment(self, *args, **options)
        self.bytecode_cache = SharedTemplates()

    Template.render = render_and_record
    templating.Environment.__init__ = make_and_share
