"""The same declaration in the languages of other checkers, so that they can say what they think.

Decides how places, counts and steps look in Promela, Murphi, TLA+ and SMT-LIB. Refuses to decide
what a row means: that is `requite.model.explore.net`.
"""

from requite.model.export.murphi import murphi
from requite.model.export.promela import promela
from requite.model.export.smtlib import smtlib
from requite.model.export.system import ExportError
from requite.model.export.tla import tla, tla_configuration

__all__ = ("ExportError", "murphi", "promela", "smtlib", "tla", "tla_configuration")
