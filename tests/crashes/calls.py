"""Every system call that work makes on the files below a directory, and a death at one of them.

Decides which calls are seen, how each is written down, and when the process is killed: just before
a call, half way through a write, or just after. Refuses to know what the work is, and to undo the
watching: a process that watches has nothing else to do.
"""

import builtins
import fcntl
import io
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import IO, Final, TypeVar

__all__ = ("Call", "Crash", "Moment", "Watch")

T = TypeVar("T")

BY_PATH: Final = (
    *("unlink", "remove", "rmdir", "mkdir", "truncate", "utime", "chmod", "chown"),
    *("stat", "lstat", "scandir", "listdir", "statvfs", "access"),
)
BY_TWO_PATHS: Final = ("rename", "replace", "link", "symlink")
BY_DESCRIPTOR: Final = (
    *("read", "pread", "readv", "preadv", "fsync", "fdatasync", "ftruncate", "fstat", "fchmod"),
    *("posix_fallocate", "posix_fadvise"),
)


BY_DESCRIPTOR_TO_LOCK: Final = ("flock", "lockf", "fcntl")
ELSEWHERE: Final = (("requite.pop3.maildrops.renaming", "_renamed", "rename"),)
"""What of ours asks the kernel without `os`, where it is there: module, function and call."""


class Moment(StrEnum):
    """When, at a call, the process dies."""

    BEFORE = "before"
    HALF = "half way through"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Crash:
    """At which call, counted from 0, and when."""

    call: int
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} call {self.call}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it was made."""

    name: str
    paths: tuple[str, ...]
    """What it was about, below the watched directory."""
    octets: bytes = b""
    """What was written."""
    at: int = 0
    """Where it was written, or to what length a file was cut."""
    failed: bool = False
    """Whether it has changed nothing."""

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.paths)}"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Watch:
    """Sees the calls on what is below a directory, and dies as told."""

    root: str
    crash: Crash | None = None
    note: Callable[[Call], None] = lambda _: None
    """Is told of each call that was made."""
    _count: int = 0
    _paths: dict[int, str] = field(default_factory=dict)

    def __call__(self, call: Call, act: Callable[[], T], half: Callable[[], object] = _die) -> T:
        """Make a call, unless this is where the process dies."""
        crash = self.crash if self.crash is not None and self.crash.call == self._count else None
        self._count += 1
        if crash is not None and crash.moment is Moment.HALF:
            half()
        if crash is not None and crash.moment is not Moment.AFTER:
            _die()
        failed = True
        try:
            answer = act()
            # What stands `ELSEWHERE` answers with the number of an error; os.rename() with None.
            failed = call.name == "rename" and bool(answer)
            return answer
        finally:
            self.note(replace(call, failed=failed))
            if crash is not None:
                _die()

    def below(self, path: object) -> str | None:
        """Give a path below the watched directory, or None for any other."""
        if isinstance(path, int):
            return self._paths.get(path)
        if not isinstance(path, str | bytes | os.PathLike):
            return None
        text = os.fsdecode(path)
        inside = text == self.root or text.startswith(f"{self.root}/")
        return text[len(self.root) + 1 :] if inside else None

    def install(self) -> None:
        """Stand between this process and its system calls, for good."""
        really_look = os.lstat
        for name in BY_PATH:
            setattr(os, name, self._by_path(name, getattr(os, name)))
        for name in BY_TWO_PATHS:
            setattr(os, name, self._by_two_paths(name, getattr(os, name)))
        for name in BY_DESCRIPTOR:
            setattr(os, name, self._by_path(name, getattr(os, name)))
        for name in BY_DESCRIPTOR_TO_LOCK:
            setattr(fcntl, name, self._by_path(name, getattr(fcntl, name)))
        self._install_open(os.open, really_look)
        self._install_close(os.close)
        self._install_write(os.write, os.pwrite)
        for module, name, call in ELSEWHERE:
            if find_spec(module) is not None:
                there = import_module(module)
                setattr(there, name, self._by_two_paths(call, getattr(there, name)))
        real_open = open
        opening = partial(_opened, self, real_open)
        setattr(builtins, "open", opening)  # noqa: B010  # It is not what its type says.
        setattr(io, "open", opening)  # noqa: B010  # As above.

    def _by_path(self, name: str, real: Callable[..., T]) -> Callable[..., T]:
        def called(path: object = ".", *arguments: object, **named: object) -> T:
            place = self.below(path)
            if place is None:
                return real(path, *arguments, **named)
            at = next((one for one in arguments if isinstance(one, int)), 0)
            return self(Call(name, (place,), at=at), lambda: real(path, *arguments, **named))

        return called

    def _by_two_paths(self, name: str, real: Callable[..., T]) -> Callable[..., T]:
        def called(source: object, target: object, **named: object) -> T:
            places = (self.below(source), self.below(target))
            if None in places:
                return real(source, target, **named)
            call = Call(name, tuple(str(place) for place in places))
            return self(call, lambda: real(source, target, **named))

        return called

    def _install_open(self, real: Callable[..., int], look: Callable[..., object]) -> None:
        def opened(path: object, flags: int, *arguments: object, **named: object) -> int:
            place = self.below(path)
            if place is None:
                return real(path, flags, *arguments, **named)
            there = False
            with suppress(OSError):
                there = look(path) is not None
            name = "open" if there or not flags & os.O_CREAT else "create"
            name = "cut" if there and flags & os.O_TRUNC else name
            call = Call(name, (place,))
            descriptor = self(call, lambda: real(path, flags, *arguments, **named))
            self._paths[descriptor] = place
            return descriptor

        setattr(os, "open", opened)  # noqa: B010  # It is not what its type says.

    def _install_close(self, real: Callable[[int], None]) -> None:
        def closed(descriptor: int) -> None:
            place = self._paths.pop(descriptor, None)
            if place is None:
                real(descriptor)
            else:
                self(Call("close", (place,)), lambda: real(descriptor))

        setattr(os, "close", closed)  # noqa: B010  # As above.

    def _install_write(
        self, real: Callable[[int, bytes], int], real_at: Callable[[int, bytes, int], int]
    ) -> None:
        def written_at(descriptor: int, octets: bytes, at: int) -> int:
            place = self._paths.get(descriptor)
            if place is None:
                return real_at(descriptor, octets, at)
            data = bytes(octets)
            return self(
                Call("write", (place,), data, at),
                lambda: real_at(descriptor, data, at),
                lambda: real_at(descriptor, data[: len(data) // 2], at),
            )

        def written(descriptor: int, octets: bytes) -> int:
            place = self._paths.get(descriptor)
            if place is None:
                return real(descriptor, octets)
            data = bytes(octets)
            return self(
                Call("write", (place,), data, os.lseek(descriptor, 0, os.SEEK_CUR)),
                lambda: real(descriptor, data),
                lambda: real(descriptor, data[: len(data) // 2]),
            )

        setattr(os, "write", written)  # noqa: B010  # As above.
        setattr(os, "pwrite", written_at)  # noqa: B010  # As above.


def _opened(  # noqa: PLR0913, PLR0917  # These are the parameters of open().
    watch: Watch,
    real: Callable[..., IO[str]],
    file: object,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    *_: object,
) -> io.IOBase | IO[str]:
    """Open a file as `open` does, such that it is read, written and closed by watched calls."""
    if watch.below(file) is None:
        return real(file, mode, buffering, encoding, errors, newline)
    assert "+" not in mode
    assert "a" not in mode
    flags = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "x": os.O_WRONLY}
    create = os.O_CREAT | os.O_EXCL if "x" in mode else 0
    given = file if isinstance(file, int) else None
    path = os.fspath(file) if isinstance(file, str | os.PathLike) else ""
    kind = mode.strip("bt")
    raw = _File(os.open(path, flags[kind] | create, 0o666) if given is None else given, kind)
    if buffering == 0:
        return raw
    buffered = io.BufferedReader(raw) if kind == "r" else _buffered(raw)
    return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)


def _buffered(raw: "_File") -> io.BufferedWriter:
    return io.BufferedWriter(raw)  # type: ignore[arg-type]  # It writes bytes alone.


class _File(io.RawIOBase):
    """A file whose calls are those of `os`, which are watched."""

    def __init__(self, descriptor: int, kind: str) -> None:
        """Own an open descriptor."""
        super().__init__()
        self._descriptor = descriptor
        self._kind = kind

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._descriptor

    def readable(self) -> bool:
        """Say whether it is open for reading."""
        return self._kind == "r"

    def writable(self) -> bool:
        """Say whether it is open for writing."""
        return self._kind != "r"

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read; what is read into is a buffer of `io`, which these two types cover."""
        octets = os.read(self._descriptor, len(buffer))
        buffer[: len(octets)] = octets
        return len(octets)

    def write(self, octets: bytes) -> int:  # type: ignore[override]  # A buffer of `io` again.
        """Write."""
        return os.write(self._descriptor, octets)

    def close(self) -> None:
        """Close the descriptor once."""
        if not self.closed:
            super().close()
            os.close(self._descriptor)
