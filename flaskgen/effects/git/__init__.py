"""Git: repositories, and merging by it."""
