"""Base, ours and theirs: what happens to each file of a project."""
