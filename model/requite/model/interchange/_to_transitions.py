"""The way out: a plain configuration of `transitions.Machine`.

Decides what of a declaration a plain machine can say: its moves, and by request the names of its
effects as callbacks. Where something is held, and why a row is there, a machine cannot say.
"""

from typing import Any, Final

from requite.model.declaration import AnyDeclaration, AnyEdge, Reply

__all__ = ("SEND_REPLY", "to_transitions")

SEND_REPLY: Final = "send_reply"
"""The callback that stands for a reply, named as the shell's method is."""


def to_transitions(declared: AnyDeclaration, *, callbacks: bool = False) -> dict[str, Any]:
    """Return a configuration: `transitions.Machine(model, **configuration)` moves as declared.

    Args:
        declared: a declaration, broken or not.
        callbacks: whether each row names its effects under `after`, as the methods of the derived
            `Shell` are named. A reply is the callback `send_reply`; its text has no place here.

    Returns:
        Dictionaries, lists and words only; there are no automatic transitions.
    """
    final = set(declared.final)
    return {
        "name": declared.name,
        "states": [
            {"name": row.state.name, "final": True} if row.state in final else row.state.name
            for row in declared.states
        ],
        "transitions": [
            {
                "trigger": edge.event.name,
                "source": edge.source.name,
                "dest": edge.target.name,
                **({"after": _callbacks(edge)} if callbacks and edge.effects else {}),
            }
            for edge in declared.edges
        ],
        "initial": declared.initial.name,
        "auto_transitions": False,
    }


def _callbacks(edge: AnyEdge) -> list[str]:
    return [
        SEND_REPLY if isinstance(effect, Reply) else effect.name.lower() for effect in edge.effects
    ]
