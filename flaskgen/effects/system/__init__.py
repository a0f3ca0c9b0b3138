"""Processes, signals, temporary files, caches."""
