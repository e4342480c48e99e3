"""From the connection to the first word of the server.

Decides how a client comes in: counted first, then greeted, with TLS before the greeting where the
listener says so.
"""

from typing import Final

from requite.lifecycles.pop3.vocabulary import Effect, Event, State
from requite.lifecycles.pop3.ways_out import ENTRY, Rows, leaves_at_once, say_and_close
from requite.model import Edge, Reply

__all__ = ("ARRIVING",)

BANNER: Final = Reply("+OK {greeting}")

ARRIVING: Final[Rows] = (
    Edge(
        State.NEW,
        Event.CONNECTED,
        State.GREETING,
        (Effect.START_LOGIN_TIMER, Effect.ADMIT),
        why="A connection is counted before anything is said, so that a flood costs little",
    ),
    Edge(
        State.NEW,
        Event.PROXIED,
        State.PROXY_HEADER,
        (Effect.START_PROXY_TIMER,),
        why="PROXY protocol section 2: the receiver waits for the header before anything else",
    ),
    Edge(
        State.PROXY_HEADER,
        Event.PROXY_NAMED,
        State.GREETING,
        (Effect.START_LOGIN_TIMER, Effect.ADMIT),
        why="Whom the proxy speaks for is whom the limits by address are about",
    ),
    *(
        Edge(State.PROXY_HEADER, event, State.CLOSED, (Effect.DROP_SOCKET,), why=why)
        for event, why in (
            (
                Event.PROXY_UNREADABLE,
                "PROXY protocol section 2: without a valid header the connection is aborted",
            ),
            (
                Event.PROXY_DISTRUSTED,
                "PROXY protocol section 2: a header is taken from known proxies only",
            ),
        )
    ),
    *leaves_at_once(State.PROXY_HEADER, State.CLOSED, (Effect.DROP_SOCKET,)),
    Edge(
        State.GREETING,
        Event.ADMITTED,
        State.AUTHORIZATION,
        (BANNER,),
        why="RFC 1939 section 4: the server issues a one-line greeting, then AUTHORIZATION begins",
    ),
    Edge(
        State.GREETING,
        Event.ADMITTED_FOR_TLS,
        State.TLS_HANDSHAKE,
        (Effect.START_HANDSHAKE_TIMER, Effect.START_TLS),
        why="RFC 8314 section 3: with implicit TLS the handshake comes before the greeting",
    ),
    Edge(
        State.GREETING,
        Event.ADMISSION_REFUSED,
        State.CLOSING,
        (
            Effect.WARN_LIMIT_REACHED,
            *say_and_close(Reply("-ERR [SYS/TEMP] Too many connections; try again later.")),
        ),
        why="RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later",
    ),
    Edge(
        State.GREETING,
        Event.ADMISSION_REFUSED_FOR_TLS,
        State.CLOSED,
        (Effect.DROP_SOCKET, Effect.WARN_LIMIT_REACHED),
        why="Before the handshake a reply in the clear would be taken for a broken one",
    ),
    Edge(
        State.GREETING,
        Event.ADMISSION_UNAVAILABLE,
        State.CLOSING,
        say_and_close(Reply("-ERR [SYS/TEMP] The server cannot count connections; try later.")),
        why="A connection that cannot be counted is not let in: a limit that fails open is none",
    ),
    Edge(
        State.GREETING,
        Event.ADMISSION_UNAVAILABLE_FOR_TLS,
        State.CLOSED,
        (Effect.DROP_SOCKET,),
        why="Before the handshake a reply in the clear would be taken for a broken one",
    ),
    *leaves_at_once(State.GREETING, State.ADMISSION_ABANDONED, (Effect.DROP_SOCKET,)),
    Edge(
        State.TLS_HANDSHAKE,
        Event.TLS_ESTABLISHED,
        State.AUTHORIZATION,
        (Effect.START_LOGIN_TIMER, BANNER),
        why="RFC 8314 section 3: after the handshake the session goes on as on the other port",
    ),
    Edge(
        State.TLS_HANDSHAKE,
        Event.TLS_FAILED,
        State.CLOSED,
        (*ENTRY, Effect.DROP_SOCKET),
        why="RFC 8446 section 6.2: a failed handshake ends the connection",
    ),
    *leaves_at_once(State.TLS_HANDSHAKE, State.HANDSHAKE_ABANDONED, (*ENTRY, Effect.DROP_SOCKET)),
)
