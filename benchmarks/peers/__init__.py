"""The abstract POP3 problem as other checkers take it, each in an interpreter of its own."""
