"""One module a verb, each a story of named steps."""
