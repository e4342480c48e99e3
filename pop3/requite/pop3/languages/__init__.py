"""The languages that a session can answer in (RFC 6856 section 3).

Decides which there are, what each calls itself and how each says every reply of the declaration.
Refuses to translate what a program reads: the status, the response code and the facts stay as they
are, and a test holds each catalogue to that.
"""

from requite.pop3.languages._choice import (
    ENGLISH,
    LANGUAGES,
    Language,
    Tag,
    language_listing,
    matching,
)

__all__ = ("ENGLISH", "LANGUAGES", "Language", "Tag", "language_listing", "matching")
