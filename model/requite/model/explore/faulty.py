"""Faults of meaning: nets that count otherwise than the rows of their declaration say.

Decides what each fault of a real server does to a sound net of one scope. Every function returns
a net like the one it is given, or that very net where the fault changes nothing. What a fault
leads to is not decided here: after each of them every move is marked anew by one and the same
property, that a count changes by as much as its holders do, and the search does the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from requite.model.declaration import AnyEdge, AnyResource
from requite.model.explore.net import REST, Counter, Move, Net, Place, Unbalanced

__all__ = (
    "another_key_asked",
    "another_key_given_back",
    "asked_early",
    "counted_late",
    "counted_twice",
    "counts_wiped",
    "crash_keeps",
    "first_uncounted",
    "kept_where_keys_differ",
    "limit_lowered",
    "limit_over",
    "limit_under",
    "taken_again",
)


# --- which key -----------------------------------------------------------------------------------


def another_key_given_back(net: Net, resource: AnyResource, row: AnyEdge) -> Net:
    """Have one row give back under another key than the one that was taken."""
    times = row.effects.count(resource.given_back_by)

    def given_back(move: Move) -> Move:
        own = _own(net, resource, move) if move.edge is row else None
        if own is None:
            return move
        return _added(_added(move, {own: times}), {_other(net, own): -times})

    return _with(net, map(given_back, net.moves))


def kept_where_keys_differ(net: Net, resource: AnyResource, other: AnyResource) -> Net:
    """Have nothing given back by a session whose keys of two classes differ."""
    first, second = net.class_of(resource), net.class_of(other)

    def kept(move: Move) -> Move:
        own = _own(net, resource, move)
        if move.edge is None or own is None or move.keys[second] in {0, move.keys[first]}:
            return move
        return _added(move, {own: move.edge.effects.count(resource.given_back_by)})

    return _with(net, map(kept, net.moves))


def another_key_asked(net: Net, resource: AnyResource) -> Net:
    """Have the room of one key asked, and another key counted."""

    def asked(move: Move) -> Move:
        own = _own(net, resource, move)
        room = tuple(
            (_other(net, counter) if counter == own else counter, bound)
            for counter, bound in move.room
        )
        return replace(move, room=room)

    return _with(net, map(asked, net.moves))


# --- when the room is asked ----------------------------------------------------------------------


def asked_early(net: Net, resource: AnyResource, *, when_told: bool = False) -> Net:
    """Have room asked when the request is made, and not when the grant comes.

    The request is made by whatever enters the state that waits for the grant. With `when_told`
    it is asked in between, when a session that waits is told that there is room.
    """
    split = _Split(net, resource)
    asking = {
        move.source
        for move in net.moves
        if _takes(resource, move) and move.source not in {REST, move.target}
    }
    return split.net(asking, when_told=when_told) if asking else net


class _Split:
    """Each place that asks, split by the key whose room was seen."""

    def __init__(self, net: Net, resource: AnyResource) -> None:
        self._net = net
        self._class = net.class_of(resource)
        self._resource = resource
        self._own = _counters(net, resource)
        self._places = list(net.places)
        self._seen: dict[int, list[tuple[int, int]]] = {}

    def net(self, asking: Iterable[int], *, when_told: bool) -> Net:
        for place in sorted(asking):
            self._seen[place] = [*self._split(place)]
        moves = [new for move in self._net.moves for new in self._moves(move, when_told=when_told)]
        if when_told:
            moves += self._told()
        return _with(replace(self._net, places=tuple(self._places)), moves)

    def _split(self, place: int) -> Iterator[tuple[int, int]]:
        """Give the places in which room was seen, each with the counter that had it."""
        where = self._places[place]
        own = where.keys[self._class]
        for number in self._own:
            key = self._net.counters[number].key
            if own in {0, key}:
                keys = (*where.keys[: self._class], key, *where.keys[self._class + 1 :])
                self._places.append(Place(where.state, keys))
                yield len(self._places) - 1, number

    def _moves(self, move: Move, *, when_told: bool) -> Iterator[Move]:
        """Give what becomes of one move."""
        if when_told or move.source not in self._seen or not _takes(self._resource, move):
            yield move
        if move.target in self._seen and move.source != move.target and not when_told:
            for place, counter in self._seen[move.target]:
                bound = self._net.counters[counter].limit
                yield replace(move, target=place, room=(*move.room, (counter, bound)))
        for place, counter in self._seen.get(move.source, ()):
            yield from self._from_seen(move, place, counter)

    def _from_seen(self, move: Move, place: int, counter: int) -> Iterator[Move]:
        """Give the move from where the room of one counter was seen; a refusal is over."""
        if set(move.full) & set(self._own):
            return
        if _takes(self._resource, move):
            if _own(self._net, self._resource, move) != counter:
                return
            room = tuple(item for item in move.room if item[0] != counter)
            yield replace(move, source=place, room=room)
            return
        target = place if move.target == move.source else move.target
        yield replace(move, source=place, target=target)

    def _told(self) -> Iterator[Move]:
        for source, seen in self._seen.items():
            for place, counter in seen:
                keys = self._places[place].keys
                room = ((counter, self._net.counters[counter].limit),)
                yield Move(None, source, place, keys, room=room)


# --- how it is counted ---------------------------------------------------------------------------


def counted_late(net: Net, resource: AnyResource) -> Net:
    """Have what is granted counted by the next step that keeps it, not by the grant."""
    places = list(net.places)
    later: dict[int, int] = {}

    def granted(move: Move) -> Move:
        kept = _kept(net, resource, move)
        if kept is None or not _takes(resource, move):
            return move
        if move.target not in later:
            places.append(net.places[move.target])
            later[move.target] = len(places) - 1
        return _added(replace(move, target=later[move.target]), {kept: -1})

    def next_step(move: Move) -> Move:
        kept = _kept(net, resource, move)
        late = replace(move, source=later[move.source])
        return late if kept is None else _added(late, {kept: +1})

    moves = [granted(move) for move in net.moves]
    moves += [next_step(move) for move in net.moves if move.source in later]
    return _with(replace(net, places=tuple(places)), moves) if later else net


def _kept(net: Net, resource: AnyResource, move: Move) -> int | None:
    """Return the counter that a move is about, if its session is counted there afterwards."""
    own = _own(net, resource, move)
    return own if own in net.holds(move.target) else None


def counted_twice(net: Net, resource: AnyResource) -> Net:
    """Have two layers count the same session, and both give it back."""
    own = set(_counters(net, resource))

    def twice(move: Move) -> Move:
        return _added(move, {number: by for number, by in move.change if number in own})

    return _with(net, map(twice, net.moves))


def first_uncounted(net: Net, resource: AnyResource) -> Net:
    """Have the first session of a key let in and not counted, now and then."""
    moves = list(net.moves)
    for move in net.moves:
        own = _own(net, resource, move)
        if _takes(resource, move) and own is not None:
            room = tuple((number, 1 if number == own else bound) for number, bound in move.room)
            moves.append(_added(replace(move, room=room), {own: -1}))
    return _with(net, moves)


def taken_again(net: Net, resource: AnyResource) -> Net:
    """Have a session granted a second time, of any key, which then forgets the first grant."""
    number, own = net.class_of(resource), _counters(net, resource)
    row = next((edge for edge in net.declared.edges if edge.event in resource.taken_by), None)
    at = {place: number for number, place in enumerate(net.places)}
    moves = list(net.moves)
    for source, place in enumerate(net.places):
        for counter in own if set(own) & set(net.holds(source)) else ():
            key, limit = net.counters[counter].key, net.counters[counter].limit
            keys = (*place.keys[:number], key, *place.keys[number + 1 :])
            target = at.get(Place(place.state, keys), source)
            room, change = ((counter, limit),), ((counter, 1),)
            moves.append(Move(row, source, target, keys, room=room, change=change))
    return _with(net, moves)


def crash_keeps(net: Net, resource: AnyResource) -> Net:
    """Have the process of a session die, and what it held stay counted."""
    own = set(_counters(net, resource))

    def kept(move: Move) -> Move:
        if move.edge is not None:
            return move
        return _added(move, {number: -by for number, by in move.change if number in own})

    return _with(net, map(kept, net.moves))


def counts_wiped(net: Net, resource: AnyResource, *, every: bool) -> Net:
    """Have counts begin at zero again while sessions live.

    Every count of the resource at once, as where a ledger starts anew, or that of one key, as
    where what it hangs on is rebuilt. A count is wiped when it is at its limit: that is one of the
    moments at which it can happen, and a net can say it.
    """
    moves = list(net.moves)
    for place in range(len(net.places)):
        for counter in set(net.holds(place)) & set(_counters(net, resource)):
            others = [n for n in _counters(net, resource) if n != counter] if every else []
            for full in product((False, True), repeat=len(others)):
                wiped = [counter, *(n for n, is_full in zip(others, full, strict=True) if is_full)]
                empty = [n for n, is_full in zip(others, full, strict=True) if not is_full]
                moves.append(
                    Move(
                        None,
                        place,
                        place,
                        net.places[place].keys,
                        room=tuple((n, 1) for n in empty),
                        full=tuple(wiped),
                        change=tuple((n, -net.counters[n].limit) for n in wiped),
                    )
                )
    return _with(net, moves)


# --- where the limit is --------------------------------------------------------------------------


def limit_over(net: Net, resource: AnyResource) -> Net:
    """Have the limit let one too many in."""
    return _with(net, (_bound(net, resource, move, by=1) for move in net.moves))


def limit_under(net: Net, resource: AnyResource) -> Net:
    """Have the limit keep the last one out: with a limit of one, everybody."""
    own = set(_counters(net, resource))
    counters = tuple(
        replace(counter, limit=counter.limit - 1) if number in own else counter
        for number, counter in enumerate(net.counters)
    )
    moves = (_bound(net, resource, move, by=-1) for move in net.moves)
    return _with(replace(net, counters=counters), moves)


def limit_lowered(net: Net, resource: AnyResource, *, only_equal: bool = True) -> Net:
    """Have the limit lowered by one while sessions live.

    Sessions that are in stay in, so a count may be over the new limit for a while. What has to hold
    is that nobody is let in where it is not below: the count then only falls. With `only_equal` a
    count is compared with the new limit by equality, so that one over it lets everybody in.
    """
    own = set(_counters(net, resource))
    if not own or min(net.counters[number].limit for number in own) <= 1:
        return net
    lowered = len(net.counters)
    switch = Counter(resource, 0, 1)
    moves = [Move(None, REST, REST, net.places[REST].keys, ((lowered, 1),), (), ((lowered, 1),))]
    for move in net.moves:
        if not _takes(resource, move) or not own & {number for number, _ in move.room}:
            moves.append(move)
            continue
        moves.append(replace(move, room=(*move.room, (lowered, 1))))
        after = _bound(net, resource, move, by=-1)
        moves.append(replace(after, full=(*move.full, lowered)))
        if only_equal:
            kept = tuple(item for item in move.room if item[0] not in own)
            over = tuple(number for number, _ in move.room if number in own)
            moves.append(replace(move, room=kept, full=(*move.full, lowered, *over)))
    return _with(replace(net, counters=(*net.counters, switch)), moves)


def _bound(net: Net, resource: AnyResource, move: Move, *, by: int) -> Move:
    """Return a move for which the limit of a resource is another."""
    own = set(_counters(net, resource))
    room = tuple((number, bound + by if number in own else bound) for number, bound in move.room)
    return replace(move, room=room)


# --- what all of them share ----------------------------------------------------------------------


def _counters(net: Net, resource: AnyResource) -> tuple[int, ...]:
    """Return the counters of a resource."""
    return tuple(n for n, item in enumerate(net.counters) if item.resource is resource)


def _own(net: Net, resource: AnyResource, move: Move) -> int | None:
    """Return the counter of a resource that a move is about, if it is about one."""
    key = move.keys[net.class_of(resource)] if move.keys else 0
    own = (n for n in _counters(net, resource) if net.counters[n].key == key)
    return next(own, None)


def _other(net: Net, counter: int) -> int:
    """Return the counter of the next key of the same resource; the first follows the last."""
    own = _counters(net, net.counters[counter].resource)
    return own[(own.index(counter) + 1) % len(own)]


def _takes(resource: AnyResource, move: Move) -> bool:
    return move.edge is not None and move.edge.event in resource.taken_by


def _added(move: Move, changes: Mapping[int, int]) -> Move:
    """Return a move that changes counters by so much more."""
    change = dict(move.change)
    for number, by in changes.items():
        change[number] = change.get(number, 0) + by
    return replace(move, change=tuple(item for item in change.items() if item[1]))


def _with(net: Net, moves: Iterable[Move]) -> Net:
    """Return a net with other moves, marked where count and holders part; the net if none is."""
    made = tuple(moves)
    if made == net.moves:
        return net
    held = [frozenset(net.holds(place)) for place in range(len(net.places))]
    return replace(net, moves=tuple(_marked(net, move, held) for move in made))


def _marked(net: Net, move: Move, held: list[frozenset[int]]) -> Move:
    parted = [mark for mark in move.unbalanced if mark.key is None]
    change = dict(move.change)
    before, after = held[move.source], held[move.target]
    for number in sorted(before | after | change.keys()):
        counter = net.counters[number]
        counted, holders = change.get(number, 0), (number in after) - (number in before)
        if counter.key and counted != holders:
            parted.append(Unbalanced(counter.resource, counter.key, counted, holders))
    return replace(move, unbalanced=tuple(parted)) if tuple(parted) != move.unbalanced else move
