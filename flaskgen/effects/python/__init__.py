"""Interpreters, virtual environments, what is installed in them, and verification."""
