"""A reader of the exported TLA+ that shares nothing with the exporter, for TLC is on no registry.

Decides what the text says: it is parsed by the TLA+ foundation's own grammar, and the few forms
that the actions and invariants have are followed, breadth first, as the configuration says.
Refuses every other form, so that nothing in the text goes unread.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import tree_sitter_tlaplus
from tree_sitter import Language, Node, Parser

from requite.model.export.opinions import Opinion

__all__ = ("has_error", "read_opinion")

State: TypeAlias = tuple[tuple[str, ...], tuple[tuple[str, int], ...]]
"""The place of each session, and the counts."""
STATES_MAX: Final = 200_000
LISTS: Final = ("conj_list", "disj_list")
ITEMS: Final = ("conj_item", "disj_item")


def has_error(module: str) -> bool:
    """Say whether a module breaks the grammar."""
    return _parsed(module).has_error


def _parsed(module: str) -> Node:
    with warnings.catch_warnings():
        # The grammar's package hands over a number, where newer ones hand over a capsule.
        warnings.simplefilter("ignore", DeprecationWarning)
        language = Language(tree_sitter_tlaplus.language())  # type: ignore[deprecated] # As above.
    parser = Parser(language)
    return parser.parse(module.encode()).root_node


@dataclass(frozen=True, slots=True)
class _Action:
    """One action of the module."""

    source: str
    target: str
    tests: tuple[tuple[str, str, str], ...]
    changes: tuple[tuple[str, int], ...]


def read_opinion(module: str, configuration: str) -> Opinion:
    """Say what the module and its configuration mean, by following them."""
    assert not has_error(module)
    return _Reading(module, configuration).followed()


class _Reading:
    def __init__(self, module: str, configuration: str) -> None:
        self._definitions = dict(_definitions(_parsed(module)))
        constants = dict(re.findall(r"^    (\w+) = (.+)$", configuration, re.MULTILINE))
        self._sessions = constants.pop("Sessions").count("s")
        self._limits = {name: int(number) for name, number in constants.items()}
        self._symmetric = "\nSYMMETRY Interchangeable\n" in configuration
        invariants = re.search(r"^INVARIANTS\n((?:    \w+\n)+)", configuration, re.MULTILINE)
        assert invariants is not None
        assert invariants[1].split() == ["CountsAreHolders", "LimitsAreKept", "SomebodyCanMove"]
        assert "SPECIFICATION Spec\n" in configuration
        assert self._definitions["Spec"] == ["Spec == Init /\\ [][Next]_vars"]
        assert self._definitions["Next"] == ["Next == \\E s \\in Sessions : Go(s)"]
        names = [_match(r"(\w+)\(s\)", part)[1] for part in self._definitions["Go"]]
        self._actions = [self._action(self._definitions[name]) for name in names]

    def followed(self) -> Opinion:
        start = self._start()
        seen, layer, depth = {start}, [start], 0
        while layer:
            for state in layer:
                if broken := self._broken(state):
                    return Opinion(tool="reader", states=len(seen), broken=broken, trace=depth)
            fresh = dict.fromkeys(after for state in layer for after in self._after(state))
            layer = [state for state in fresh if state not in seen]
            seen.update(layer)
            depth += 1
            assert len(seen) < STATES_MAX
        return Opinion(tool="reader", states=len(seen))

    def _start(self) -> State:
        place, count = self._definitions["Init"]
        rest = _match(r'place = \[s \\in Sessions \|-> "(\w+)"\]', place)[1]
        names = _match(r"count = \[c \\in \{(.*)\} \|-> 0\]", count)[1]
        counts = tuple((name, 0) for name in re.findall(r'"(\w+)"', names))
        return (rest,) * self._sessions, counts

    def _action(self, parts: list[str]) -> _Action:
        source = _match(r'place\[s\] = "(\w+)"', parts[0])[1]
        *tests, place, count = parts[1:]
        target = _match(r"place' = \[place EXCEPT !\[s\] = \"(\w+)\"\]", place)[1]
        changes: list[tuple[str, int]] = []
        if count != "UNCHANGED count":
            for change in _match(r"count' = \[count EXCEPT (.+)\]", count)[1].split(", "):
                name, sign, number = _match(r'!\["(\w+)"\] = @ ([+-]) (\d+)', change).groups()
                changes.append((name, int(sign + number)))
        read = [_match(r'count\["(\w+)"\] (<|>=) (\w+)', test).groups() for test in tests]
        return _Action(source, target, tuple((a, b, c) for a, b, c in read), tuple(changes))

    def _enabled(self, action: _Action, place: str, counts: dict[str, int]) -> bool:
        compare: dict[str, Callable[[int, int], bool]] = {"<": int.__lt__, ">=": int.__ge__}
        return action.source == place and all(
            compare[sign](counts[name], self._limits[limit]) for name, sign, limit in action.tests
        )

    def _after(self, state: State) -> Iterator[State]:
        places, before = state
        counts = dict(before)
        for session, place in enumerate(places):
            for action in self._actions:
                if self._enabled(action, place, counts):
                    moved = (*places[:session], action.target, *places[session + 1 :])
                    changed = counts.copy()
                    for name, change in action.changes:
                        changed[name] += change
                    yield (
                        tuple(sorted(moved)) if self._symmetric else moved,
                        tuple(changed.items()),
                    )

    def _broken(self, state: State) -> str | None:
        places, before = state
        counts = dict(before)
        for part in self._definitions["CountsAreHolders"]:
            name, held = _match(r'count\["(\w+)"\] = Holders\(\{(.*)\}\)', part).groups()
            if counts[name] != sum(f'"{place}"' in held.split(", ") for place in places):
                return "CountsAreHolders"
        for part in self._definitions["LimitsAreKept"]:
            if not self._in_limit(part, counts):
                return "LimitsAreKept"
        (rest,) = self._definitions["Begun"]
        begun = [p for p in places if p != _match(r'Begun\(s\) == place\[s\] # "(\w+)"', rest)[1]]
        free = any(self._enabled(action, p, counts) for p in begun for action in self._actions)
        return "SomebodyCanMove" if begun and not free else None

    def _in_limit(self, part: str, counts: dict[str, int]) -> bool:
        if free := re.fullmatch(r'count\["(\w+)"\] >= 0', part):
            return counts[free[1]] >= 0
        name, limit = _match(r'count\["(\w+)"\] \\in 0\.\.(\w+)', part).groups()
        return 0 <= counts[name] <= self._limits[limit]


def _definitions(root: Node) -> Iterator[tuple[str, list[str]]]:
    """Yield each definition: the items of its list, or where it has none the whole of it."""
    for node in root.children[0].children:
        if node.type != "operator_definition":
            continue
        name = next(child for child in node.children if child.type == "identifier")
        lists = [child for child in node.children if child.type in LISTS]
        items = [item for node in lists for item in node.children if item.type in ITEMS]
        yield _text(name), [_text(item.children[-1]) for item in items] or [_text(node)]


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _match(pattern: str, text: str) -> re.Match[str]:
    found = re.fullmatch(pattern, text)
    assert found is not None, f"expected a text like {pattern}, found {text!r}"
    return found
