"""How projects that flaskgen did not make are started and moved: versions are chosen, tried, and reported."""
