"""Data: for each Flask series, what works with it and the versions it was tested with."""
