"""A worker that holds a lease on its job: a declared lifecycle, and a program that runs on it."""
