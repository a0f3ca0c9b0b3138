"""A project on the disk: where it may be, its record, its environment."""
