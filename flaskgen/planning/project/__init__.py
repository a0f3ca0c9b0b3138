"""What a project is: its name, its specification, its record."""
