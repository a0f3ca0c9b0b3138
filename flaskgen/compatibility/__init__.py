"""Data: for each Flask line, what works with it and the versions it was tested with."""
