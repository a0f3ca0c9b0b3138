"""Requirements, pins, locks, the requirement graph and freezing."""
