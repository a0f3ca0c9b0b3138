"""Every write to a project: all of it or none, even after a kill."""
