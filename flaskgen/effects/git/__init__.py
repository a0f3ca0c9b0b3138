"""Git: repositories, and branches."""
