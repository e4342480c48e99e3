"""Asking another server over HTTP: one question, one answer that is small and comes in time.

Decides what may be asked and how much of an answer is taken. Refuses to follow redirects, to keep
cookies or connections, and to use proxies: a secret goes to the address that was configured.
"""

import ssl
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus

import aiohttp
import msgspec

__all__ = ("ANSWER_OCTETS_MAX", "Web", "WebError")

ANSWER_OCTETS_MAX: Final = 262_144
"""A hundred keys of 4,096 bits with their certificates are about half of that."""
OK: Final = 200


class WebError(RuntimeError):
    """No answer that can be used; the text says from where and why, and quotes neither side."""


class Web:
    """Asks other servers."""

    def __init__(self, *, answer_s: float, authorities: Sequence[Path] = ()) -> None:
        """Know how to ask.

        Args:
            answer_s: how long an answer may take, from the name to its last octet.
            authorities: files with the authorities to trust, instead of the system's.

        Raises:
            OSError: a file cannot be used.
        """
        self._timeout = aiohttp.ClientTimeout(total=answer_s)
        self._context = ssl.create_default_context() if not authorities else _trusting(authorities)

    async def get(self, url: str) -> Mapping[str, object]:
        """Fetch an object of JSON.

        Raises:
            WebError: there is none.
        """
        return await self._ask("GET", url, None, {})

    async def post(
        self, url: str, form: Mapping[str, str], *, client: str, secret: str
    ) -> Mapping[str, object]:
        """Send a form with the credentials of a client (RFC 6749 section 2.3.1).

        Raises:
            WebError: the answer is no object of JSON.
        """
        credentials = b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode("ascii"))
        headers = {"Authorization": f"Basic {credentials.decode('ascii')}"}
        return await self._ask("POST", url, form, headers)

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Mapping[str, object]:
        wanted = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=self._context, force_close=True),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=self._timeout,
                    auto_decompress=False,
                ) as session,
                session.request(
                    method, url, data=form, headers=wanted, allow_redirects=False
                ) as response,
            ):
                if response.status != OK:
                    raise WebError(f"{url}: expected the status {OK}, found {response.status}")
                return _object(url, await _bounded(url, response.content))
        except aiohttp.ClientConnectorError as error:
            raise WebError(f"{url}: no answer: {error}") from None
        except (aiohttp.ClientError, OSError) as error:
            # Its own text may quote what was received, and that may be what was sent.
            raise WebError(f"{url}: no answer: {type(error).__name__}") from None


def _trusting(authorities: Sequence[Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path in authorities:
        context.load_verify_locations(cafile=path)
    return context


async def _bounded(url: str, content: aiohttp.StreamReader) -> bytes:
    """Read an answer, and no more of it than is kept."""
    octets = bytearray()
    async for some in content.iter_any():
        octets += some
        if len(octets) > ANSWER_OCTETS_MAX:
            raise WebError(f"{url}: expected at most {ANSWER_OCTETS_MAX} octets, found more")
    return bytes(octets)


def _object(url: str, octets: bytes) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(octets, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # What was found may say whose a token is, so it is not repeated.
        raise WebError(f"{url}: expected an object of JSON, found something else") from None
