"""Templates and compatibility data, as they ship inside the package."""
