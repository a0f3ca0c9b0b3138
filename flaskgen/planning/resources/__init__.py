"""Resources: their fields, their names, and what they render to."""
