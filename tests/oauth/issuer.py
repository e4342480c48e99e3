"""An issuer of tokens on this machine: its keys, what it signs, and its answers over HTTP.

Decides what a test may have it do. It shares no code with the server but the libraries.
"""

import base64
import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket
from threading import Event, Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, unquote_plus

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

__all__ = (
    "AUDIENCE",
    "CLIENT",
    "ISSUER",
    "SECRET",
    "Issuer",
    "PrivateKey",
    "claims",
    "issuing",
    "jwk",
    "nobody",
    "pem",
    "private_key",
    "signed",
)

ISSUER: Final = "https://login.example/"
AUDIENCE: Final = "pop3.example"
CLIENT: Final = "pop3 server"
SECRET: Final = "its: s\xe9cret+"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def private_key(name: str) -> PrivateKey:
    """Make a key, one for each name, of the kind that the name begins with."""
    if name.startswith("ec"):
        return ec.generate_private_key(ec.SECP384R1() if "384" in name else ec.SECP256R1())
    if name.startswith("ed"):
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 1024 if "short" in name else 2048)


def pem(name: str) -> bytes:
    """Write a public key."""
    return (
        private_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk(name: str, **more: str) -> dict[str, Any]:
    """Write a public key as an issuer publishes it."""
    key = private_key(name).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        written = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        written = jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)
    else:
        written = jwt.algorithms.OKPAlgorithm.to_jwk(key, as_dict=True)
    without_use = {part: value for part, value in written.items() if part != "key_ops"}
    return {**without_use, "kid": name, "use": "sig", **more}


def claims(**changes: object) -> dict[str, object]:
    """Say what a good token says, but for the changes; None leaves a claim out."""
    now = int(time.time())
    said: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "exp": now + 600,
        "scope": "openid mail",
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def signed(
    said: Mapping[str, object] | None = None,
    *,
    key: str = "rsa",
    kid: str | None = "rsa",
    algorithm: str = "RS256",
) -> str:
    """Sign a token."""
    headers = {} if kid is None else {"kid": kid}
    payload = dict(claims() if said is None else said)
    with warnings.catch_warnings():
        # Some keys are short on purpose, of which the library warns.
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        return jwt.encode(payload, private_key(key), algorithm=algorithm, headers=headers)


@dataclass
class Issuer:
    """What the issuer answers, and what it was asked."""

    url: str = ""
    published: list[dict[str, Any]] = field(default_factory=lambda: [jwk("rsa")])
    active: dict[str, dict[str, object]] = field(default_factory=dict)
    """What is said of each token that is active."""
    body: bytes | None = None
    """What is answered instead of everything else."""
    status: int = 200
    location: str | None = None
    asked: list[str] = field(default_factory=list)
    """The path of each request."""
    refused_clients: int = 0
    """How many requests came without the right credentials."""
    may_answer: Event = field(default_factory=Event)
    busy: Lock = field(default_factory=Lock)

    def answer(self, path: str, form: Mapping[str, list[str]]) -> bytes:
        """Answer a request as its issuer would."""
        if self.body is not None:
            return self.body
        if path == "/keys":
            return json.dumps({"keys": self.published}).encode()
        said = self.active.get(form["token"][0])
        return json.dumps({"active": False} if said is None else {"active": True, **said}).encode()

    def settle(self) -> None:
        """Wait until nothing is being answered."""
        with self.busy:
            pass


def _knows_the_client(authorization: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    return (scheme, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT, SECRET)


def _server(issuer: Issuer) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode(), strict_parsing=True)
            if not _knows_the_client(self.headers.get("Authorization", "")):
                issuer.refused_clients += 1
            self._reply(form)

        def _reply(self, form: Mapping[str, list[str]]) -> None:
            issuer.asked.append(self.path)
            issuer.may_answer.wait()
            body = issuer.answer(self.path, form)
            self.send_response(issuer.status)
            if issuer.location is not None:
                self.send_header("Location", issuer.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(HTTPServer):
        def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's.
            with issuer.busy:
                super().process_request(request, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's.
            """Take it that a client has gone."""

    return Server(("127.0.0.1", 0), Handler)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Let an issuer answer while the block lasts."""
    issuer = Issuer()
    issuer.may_answer.set()
    with _server(issuer) as server:
        issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            issuer.may_answer.set()
            server.shutdown()
            thread.join()


@contextmanager
def nobody() -> Iterator[str]:
    """Give the URL of a port where nobody listens."""
    with socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
