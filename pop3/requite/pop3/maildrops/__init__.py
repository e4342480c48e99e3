"""Maildrops: in memory, and as Maildirs."""
