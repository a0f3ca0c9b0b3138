"""Projects that flaskgen did not make: what they require, where they start, and what they need."""
