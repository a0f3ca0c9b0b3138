"""Decide what a project is made of: pure functions over values, with no disk, process, clock or network."""
