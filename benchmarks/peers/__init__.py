"""The abstract POP3 problem as other checkers take it; each script runs in an interpreter of its own."""
