"""Read a project that flaskgen did not make, and start it."""
