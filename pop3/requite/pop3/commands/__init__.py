"""The verbs of the server: serve, demo."""
