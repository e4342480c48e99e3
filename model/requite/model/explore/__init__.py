"""Every interleaving of several sessions of a lifecycle, within bounds or for every number.

Decides what can be reached. Refuses to decide what a row means: that is `net`.
"""
