raise RuntimeError("flaskgen runs no code of an extension")
