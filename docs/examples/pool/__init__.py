"""A pool of connections: a declared lifecycle, and a program that runs what is derived from it."""
