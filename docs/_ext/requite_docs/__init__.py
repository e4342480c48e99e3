"""What these pages derive from the code while they are built; `extension` tells Sphinx of it.

Refuses to import anything: the tests of the pages need a module of it, and no more.
"""
