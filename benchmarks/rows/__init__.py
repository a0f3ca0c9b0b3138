"""The rows of the table, by what they compare flaskgen with."""
