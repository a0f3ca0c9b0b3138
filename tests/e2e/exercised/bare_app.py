"""An application without pages, outside the modules that pytest imports by its hook."""

from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY="secret")
    return app
