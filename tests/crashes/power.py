"""What a disk may hold after the machine has lost its power.

Decides what is certain of a trace of calls and what the disk may have forgotten: names until their
folder is synced, octets until their file is. Refuses to know what else a disk can do; what is
assumed of a file system is said on the page about crashes. In short: a call that changes names is
wholly there or wholly not, also a rename from folder to folder, and in any order.
"""

import os
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Final

from crashes.calls import Call
from crashes.killing import Scenario, Trace, judged, traced

__all__ = ("Disk", "cut_everywhere")

NAMES_CHANGE: Final = {
    *("create", "unlink", "remove", "rename", "replace", "link", "mkdir", "rmdir"),
}
CONTENT_CHANGES: Final = {"write", "cut", "ftruncate", "truncate"}
STATES_MAX: Final = 32
"""So many states are looked at after each call; where there are more, a seeded choice of them."""


@dataclass(slots=True)
class _Change:
    """A call that changes names: durable when each of its folders has been synced since."""

    call: Call
    pending: set[str]


@dataclass(slots=True)
class _File:
    """A file that the work has made, moved or written to."""

    synced: bytes
    """What is certain."""
    written: bytes
    """What a process would read."""
    place: str | None = None
    """Where it stood before the work, if it did."""

    @property
    def possible(self) -> tuple[bytes, ...]:
        """What the disk may have: the old octets, the new ones, or a part of each."""
        old, new = self.synced, self.written
        if old == new:
            return (new,)
        half = len(new) // 2
        if not old:  # It has just been made: it may have its length and nothing in it.
            return (old, new[:half], bytes(len(new)), new)
        return (old, old[: len(new)], new[:half] + old[half:], old[:half] + new[half:], new)


@dataclass(slots=True)
class Disk:
    """Names and files below a directory, with what is not certain of them yet."""

    before: Path
    """The directory as it was before the work; it is certain. Its files are those of the work, so
    that what knows them by their inodes is put to the test."""
    originals: Mapping[str, bytes]
    """What stood in the files that may be written to in place: those in no folder."""
    changes: list[_Change] = field(default_factory=list)
    files: list[_File] = field(default_factory=list)
    made: dict[int, int] = field(default_factory=dict)
    """For each change that made a file, by its number, the number of the file."""
    _names: dict[str, int | None] = field(default_factory=dict)
    """Where a process sees which file; None is none."""

    def take(self, call: Call) -> bool:
        """Follow one call, and say whether the disk, or what it owes, is another after it."""
        if call.failed:
            return False
        if call.name in NAMES_CHANGE:
            self._take_change(call)
        elif call.name in CONTENT_CHANGES:
            self._take_content(call)
        elif call.name in {"fsync", "fdatasync"}:
            self._take_sync(call.paths[0])
        else:
            return not call.paths  # No call of the system, but a word on the session.
        return True

    def _take_change(self, call: Call) -> None:
        if call.name == "create":
            self.made[len(self.changes)] = len(self.files)
            self._names[call.paths[0]] = len(self.files)
            self.files.append(_File(b"", b""))
        elif len(call.paths) == 2:
            source, target = call.paths
            self._names[target] = self._number(source)
            if call.name != "link":
                self._names[source] = None
        else:
            self._names[call.paths[0]] = None
        self.changes.append(_Change(call, {os.path.dirname(path) for path in call.paths}))  # noqa: PTH120  # A text.

    def _take_content(self, call: Call) -> None:
        number = self._number(call.paths[0])
        file = self.files[number]
        end = call.at + len(call.octets)
        kept = file.written[end:] if call.name == "write" else b""
        file.written = file.written[: call.at].ljust(call.at, b"\0") + call.octets + kept

    def _take_sync(self, path: str) -> None:
        number = self._names.get(path)
        if number is not None:
            self.files[number].synced = self.files[number].written
        for change in self.changes:
            change.pending.discard(path)

    def _number(self, path: str) -> int:
        """Give the number of a file; one that was there before gets one now."""
        number = self._names.get(path)
        if number is None:
            octets = self.originals.get(path) or (self.before / path).read_bytes()
            number = self._names[path] = len(self.files)
            self.files.append(_File(octets, octets, path))
        return number

    def states(self, seed: int) -> Iterator["_State"]:
        """Give what the disk may hold: each subset of what is not certain, with each content."""
        choices = [(True, False) if change.pending else (True,) for change in self.changes]
        contents = [file.possible for file in self.files]
        every = product(product(*choices), product(*contents))
        chosen = list(islice(every, 4 * STATES_MAX))
        if len(chosen) > STATES_MAX:
            chosen = _sample(choices, contents, seed)
        return (_State(self, done, octets) for done, octets in chosen)


def _sample(
    choices: Sequence[Sequence[bool]], contents: Sequence[Sequence[bytes]], seed: int
) -> list[tuple[tuple[bool, ...], tuple[bytes, ...]]]:
    rng = random.Random(seed)  # noqa: S311  # It is no secret.
    return [
        (tuple(map(rng.choice, choices)), tuple(map(rng.choice, contents)))
        for _ in range(STATES_MAX)
    ]


@dataclass(frozen=True, slots=True)
class _State:
    """One thing that the disk may hold."""

    disk: Disk
    done: Sequence[bool]
    contents: Sequence[bytes]

    def write(self, directory: Path) -> None:
        """Make the directory as the machine would find it, of the same files."""
        shutil.copytree(self.disk.before, directory, copy_function=os.link)
        for path, octets in self.disk.originals.items():
            (directory / path).write_bytes(octets)
        for file, octets in zip(self.disk.files, self.contents, strict=True):
            if file.place is None:
                continue  # It is made by a call, further down.
            if file.place in self.disk.originals:
                (directory / file.place).write_bytes(octets)
            else:
                assert file.written == file.synced, f"a message was written to: {file.place}"
        for number, (change, done) in enumerate(zip(self.disk.changes, self.done, strict=True)):
            if done:
                self._apply(number, change.call, directory)

    def _apply(self, number: int, call: Call, directory: Path) -> None:
        """Do what a call did, unless what it was done to has been forgotten."""
        paths = [directory / path for path in call.paths]
        if call.name == "mkdir":
            if paths[0].parent.is_dir():
                paths[0].mkdir(exist_ok=True)
        elif call.name == "create":
            if paths[0].parent.is_dir():
                paths[0].write_bytes(self.contents[self.disk.made[number]])
        elif not os.path.lexists(paths[0]) or not paths[-1].parent.is_dir():
            return
        elif len(paths) == 1:
            getattr(os, call.name)(paths[0])
        elif call.name != "link" or not paths[1].exists():
            getattr(os, call.name)(*paths)


def cut_everywhere(scenario: Scenario, directory: Path, seed: int) -> tuple[int, list[str]]:
    """Cut the power after each call: how many states were looked at, and what was found wrong."""
    before, work = directory / "before", directory / "work"
    scenario.prepare(work)
    expected = scenario.look(work)
    shutil.copytree(work, before, copy_function=os.link)
    originals = {path.name: path.read_bytes() for path in before.iterdir() if path.is_file()}
    trace = traced(scenario, work)
    disk, faults, looked = Disk(before, originals), [], 0
    for length in range(len(trace.calls) + 1):
        if length and not disk.take(trace.calls[length - 1]):
            continue
        until = Trace(trace.calls[:length])
        for number, state in enumerate(disk.states(seed + length)):
            place = directory / f"{length}-{number}"
            state.write(place)
            faults += _faults(scenario, expected, place, until)
            shutil.rmtree(place)
            looked += 1
    return looked, faults


def _faults(
    scenario: Scenario, expected: Sequence[tuple[str, bytes]], place: Path, until: Trace
) -> list[str]:
    last = str(until.calls[-1]) if until.calls else "nothing"
    try:
        found = judged(scenario, expected, scenario.look(place), until)
    except AssertionError as error:
        found = [str(error)]
    return [f"cut after {last}: {one}" for one in found]
