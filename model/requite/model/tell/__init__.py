"""How an exploration is told: to a person, to a build server, to another program."""
