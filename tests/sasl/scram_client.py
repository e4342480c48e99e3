"""The client's side of SCRAM-SHA-256, written from RFC 5802 and sharing nothing with the server.

Decides what a client computes, and lets a test spoil any part of it. Refuses to check the server
beyond its nonce and its signature.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

__all__ = ("ScramClient",)


@dataclass
class ScramClient:
    """One exchange, from the client's side; a test may change any part before it is used."""

    name: str = "alice"
    password: bytes = b"wonderland"
    header: bytes = b"n,,"
    bound: bytes = b""
    """The octets of the channel binding, where the header promises one."""
    nonce: str = "rOprNGfwEbeRWgbNEkqO"
    nonce_back: str | None = None
    """What is sent back instead of the server's nonce."""
    header_back: bytes | None = None
    """What is said at the end instead of the header from the beginning."""

    def first(self) -> bytes:
        """Give the first message."""
        self.bare = f"n={self.name},r={self.nonce}".encode()
        return self.header + self.bare

    def final(self, server_first: bytes) -> bytes:
        """Give the proof."""
        parts = dict(part.split(b"=", 1) for part in server_first.split(b","))
        assert parts[b"r"].startswith(self.nonce.encode())
        assert len(parts[b"r"]) > len(self.nonce) + 16, "expected a nonce of the server's own"
        nonce = parts[b"r"] if self.nonce_back is None else self.nonce_back.encode()
        binding = (self.header if self.header_back is None else self.header_back) + self.bound
        unproved = b"c=" + base64.b64encode(binding) + b",r=" + nonce
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password, base64.b64decode(parts[b"s"]), int(parts[b"i"])
        )
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        said = self.bare + b"," + server_first + b"," + unproved
        signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
        proof = (int.from_bytes(client_key) ^ int.from_bytes(signature)).to_bytes(32)
        self.expected = b"v=" + base64.b64encode(hmac.digest(server_key, said, "sha256"))
        return unproved + b",p=" + base64.b64encode(proof)
