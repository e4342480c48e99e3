"""Bytes to commands and messages to bytes, with no I/O."""
