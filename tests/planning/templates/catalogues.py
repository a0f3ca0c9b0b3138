"""Catalogues out of the files of a test."""

from __future__ import annotations

from collections.abc import Mapping

from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_checks import check_catalogue
from flaskgen.planning.templates.catalogue_reading import read_catalogue


def build_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Return the catalogue of a template directory. Raises TemplateDefect if something is wrong with it."""
    catalogue = read_catalogue(files)
    check_catalogue(catalogue)
    return catalogue
