"""Resolve and install packages, by uv or by pip."""
