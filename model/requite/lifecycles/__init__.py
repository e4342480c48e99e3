"""What requite declares with its own model library."""
