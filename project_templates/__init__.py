"""What is generated: the base project and its extensions, as templates."""
