"""Release series of Flask, the Pythons they work on, and their bounds."""
