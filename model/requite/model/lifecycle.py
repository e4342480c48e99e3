"""The lifecycle itself: a `transitions` machine that declares and validates, and never runs.

Decides how the rows become a `transitions.Machine` with state and transition classes of ours.
Refuses to run a session: measured with transitions 0.9.3, a release in any callback slot of a
running machine can be skipped by an exception or a cancellation, so nothing is ever called back.
The machine that runs is derived (`requite.model.derive`); `plain_machine` builds the reference
that it is compared with.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, cast

from transitions import Machine, State, Transition

from requite.model.declaration import (
    Declaration,
    Edge,
    EffectT,
    EventT,
    Fact,
    Request,
    Resource,
    ResourceT,
    StateRow,
    StateT,
    WaitT,
)
from requite.model.errors import DeclarationError
from requite.model.rules import faults_of

__all__ = ("AnyLifecycle", "EdgeTransition", "HoldingState", "Lifecycle")


class HoldingState(State):
    """A state that knows which resources are held in it."""

    def __init__(self, name: str | Enum, *, holds: tuple[str, ...], final: bool) -> None:
        # The stub of State wants bare strings; the class takes enum members too.
        super().__init__(cast("str", name), final=final)
        self.holds = holds


class EdgeTransition(Transition):
    """A transition that carries its row. It has no callback and no condition: none would run."""

    def __init__(
        self, source: str, dest: str, *callbacks: None, row: Edge[Any, Any, Any, Any]
    ) -> None:
        if any(callback is not None for callback in callbacks):
            raise TypeError(f"{row} has a callback; say what it owes in the row's effects instead")
        super().__init__(source, dest)
        self.row = row


class Lifecycle(Machine, Generic[StateT, EventT, EffectT, ResourceT, WaitT]):
    """A session's lifecycle, declared once and checked when it is made.

    Args:
        name: what the derived package is called; a Python identifier.
        states: every state, in the order in which a session meets them.
        edges: every row of the table.
        requests: the effects that are answered later, with their completions.
        resources: what is held, and where.
        environment: the events that can happen in every state that waits.
        initial: where a session begins; nothing is held there.
        final: where it ends; nothing is held there.
        brings: the events that each kind of wait can bring, as far as it brings a fixed set.
        facts: what replies may name.

    Raises:
        DeclarationError: the rows break a rule; every fault is listed.
    """

    # The library's own extension points; its stubs declare them invariant.
    state_cls = HoldingState  # type: ignore[mutable-override]
    transition_cls = EdgeTransition  # type: ignore[mutable-override]

    def __init__(  # noqa: PLR0913 - a declaration has this many parts, all of them keyword-only.
        self,
        *,
        name: str,
        states: Sequence[StateRow[StateT, WaitT, EffectT]],
        edges: Iterable[Edge[StateT, EventT, EffectT, ResourceT]],
        requests: Sequence[Request[EffectT, EventT]],
        resources: Sequence[Resource[ResourceT, StateT, EventT, EffectT]],
        environment: Sequence[EventT],
        initial: StateT,
        final: Sequence[StateT],
        brings: Mapping[WaitT, Sequence[EventT]] = MappingProxyType({}),
        facts: Sequence[Fact] = (),
    ) -> None:
        self.declaration = Declaration(
            name=name,
            states=states,
            edges=tuple(edges),
            requests=requests,
            resources=resources,
            environment=environment,
            initial=initial,
            final=final,
            brings=brings,
            facts=facts,
        )
        faults = faults_of(self.declaration)
        if faults:
            raise DeclarationError(self.declaration, faults)
        super().__init__(
            model=None,
            states=[self._machine_state(row.state) for row in self.declaration.states],
            transitions=[
                {"trigger": e.event.name, "source": e.source, "dest": e.target, "row": e}
                for e in self.declaration.edges
            ],
            initial=initial,
            auto_transitions=False,
            name=name,
        )
        self._sealed = True

    @classmethod
    def of(
        cls, declaration: Declaration[StateT, EventT, EffectT, ResourceT, WaitT]
    ) -> "Lifecycle[StateT, EventT, EffectT, ResourceT, WaitT]":
        """Check a declaration and make it a lifecycle.

        Raises:
            DeclarationError: the rows break a rule; every fault is listed.
        """
        return cls(**{part.name: getattr(declaration, part.name) for part in fields(declaration)})

    def add_transition(self, trigger: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Refuse a row that was not declared; the library's own making of rows goes on."""
        if getattr(self, "_sealed", False):
            raise TypeError(f"{self.title} is declared; a row for {trigger} belongs in its edges")
        return super().add_transition(trigger, *args, **kwargs)

    def add_model(self, model: Any, initial: Any = None) -> None:  # noqa: ANN401
        """Refuse to run a session: a derived machine does, and `plain_machine` for comparison."""
        del initial
        if model is not None and model != []:
            raise TypeError(
                f"{self.title} declares and validates; derive a machine from it to run a session, "
                "or build its plain_machine"
            )

    def _machine_state(self, state: StateT) -> HoldingState:
        return HoldingState(
            state,
            holds=tuple(held.name for held in self.held_in(state)),
            final=state in self.final,
        )

    @property
    def title(self) -> str:
        """The name of the lifecycle; `name` is the library's, which adds a colon to it."""
        return self.declaration.name

    @property
    def rows(self) -> Sequence[StateRow[StateT, WaitT, EffectT]]:
        """Every state's row; `states` is the library's."""
        return self.declaration.states

    @property
    def edges(self) -> Sequence[Edge[StateT, EventT, EffectT, ResourceT]]:
        """Every row of the table."""
        return self.declaration.edges

    @property
    def requests(self) -> Sequence[Request[EffectT, EventT]]:
        """The effects that are answered later, with their completions."""
        return self.declaration.requests

    @property
    def resources(self) -> Sequence[Resource[ResourceT, StateT, EventT, EffectT]]:
        """What is held, and where."""
        return self.declaration.resources

    @property
    def environment(self) -> Sequence[EventT]:
        """The events that can happen in every state that waits."""
        return self.declaration.environment

    @property
    def start(self) -> StateT:
        """Where a session begins; `initial` is the library's."""
        return self.declaration.initial

    @property
    def final(self) -> Sequence[StateT]:
        """Where a session ends."""
        return self.declaration.final

    @property
    def brings(self) -> Mapping[WaitT, Sequence[EventT]]:
        """The events that each kind of wait can bring, as far as it brings a fixed set."""
        return self.declaration.brings

    @property
    def facts(self) -> Sequence[Fact]:
        """What replies may name."""
        return self.declaration.facts

    @property
    def table(self) -> Mapping[tuple[StateT, EventT], Edge[StateT, EventT, EffectT, ResourceT]]:
        """The rows by state and event."""
        return self.declaration.table

    @property
    def exits(self) -> tuple[Edge[StateT, EventT, EffectT, ResourceT], ...]:
        """The rows that give something back: leaving what holds it, or refusing a late grant."""
        return self.declaration.exits

    @property
    def events_in_order(self) -> tuple[EventT, ...]:
        """Every event, in the order in which its author wrote the enum."""
        return self.declaration.events_in_order

    @property
    def effects_in_order(self) -> tuple[EffectT, ...]:
        """Every effect, in the order in which its author wrote the enum."""
        return self.declaration.effects_in_order

    def held_in(self, state: StateT) -> tuple[ResourceT, ...]:
        """Return the resources that are held in a state, in the order of their declaration."""
        return self.declaration.held_in(state)

    def given_back_by(
        self, edge: Edge[StateT, EventT, EffectT, ResourceT]
    ) -> tuple[ResourceT, ...]:
        """Return the resources that a row gives back."""
        return self.declaration.given_back_by(edge)

    def row_of(self, state: StateT) -> StateRow[StateT, WaitT, EffectT]:
        """Return the row that declares a state."""
        return self.declaration.row_of(state)

    def plain_machine(self, model: object) -> Machine:
        """Build the reference: a plain `transitions.Machine` that moves `model` by event names.

        It has no effects. The derived machine is compared with it; no session runs on it.
        """
        return Machine(
            model=model,
            states=[row.state.name for row in self.rows],
            transitions=[
                {"trigger": e.event.name, "source": e.source.name, "dest": e.target.name}
                for e in self.edges
            ],
            initial=self.start.name,
            auto_transitions=False,
        )

    def with_edges(
        self, edges: Iterable[Edge[StateT, EventT, EffectT, ResourceT]]
    ) -> "Lifecycle[StateT, EventT, EffectT, ResourceT, WaitT]":
        """Return the same lifecycle with other rows; it is checked like any other."""
        return Lifecycle.of(self.declaration.with_edges(edges))


AnyLifecycle = Lifecycle[Any, Any, Any, Any, Any]
"""Any lifecycle at all, for tools that read one without knowing its vocabulary."""
