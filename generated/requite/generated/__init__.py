"""What follows from the lifecycles. Derived, committed, never edited."""
