"""Scaffold Flask projects that run, are tested, and are pinned to versions known to work together."""

__version__ = "0.2.0"
