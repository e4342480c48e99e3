"""A POP3 server whose every move is derived from one declaration."""
