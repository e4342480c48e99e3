"""The shell: performs the derived machine's effects, and reports what happens as its events.

Holds no rule about states. `connection` has the bytes, `session` the effects, `requests` the
answers that come later, `sending` the long answers, `alarm` the deadlines.
"""

from requite.pop3.shell.session import Session
from requite.pop3.shell.surroundings import Clock, Services, Settings, Surroundings

__all__ = ("Clock", "Services", "Session", "Settings", "Surroundings")
