"""The verbs of the model: check, derive, draw, explore, export, mutate."""
