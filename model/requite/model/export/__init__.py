"""The same declaration in the languages of other checkers, so that they can say what they think.

Decides how places, counts and steps look in Promela, Murphi, TLA+ and SMT-LIB. Refuses to decide
what a row means: that is `requite.model.explore.net`.
"""
