"""Give a file another name in one step, and never the name of another file.

Decides how that is done where the system can do it, and what is done where it cannot. Refuses to
choose a name.
"""

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Final

__all__ = ("rename_to_a_free_name",)

AT_FDCWD: Final = -100
RENAME_NOREPLACE: Final = 1
"""Both from Linux's fcntl.h and fs.h: neither depends on the machine."""
UNABLE: Final = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP))
"""renameat2(2): the file system, or the system, knows no such flag."""


def rename_to_a_free_name(source: str, target: str) -> None:
    """Rename a file, or raise where another one has that name.

    Where the system cannot refuse a name that is taken (NFS), the name is looked for first: what
    takes it between the two calls is lost, which leaves microseconds.

    Raises:
        FileExistsError: the name is taken; nothing has changed.
        OSError: the file cannot be renamed; nothing has changed.
    """
    code = _renamed(source, target)
    if code in UNABLE:
        if os.path.lexists(target):
            code = errno.EEXIST
        else:
            os.rename(source, target)  # noqa: PTH104  # Texts, as everywhere beside it.
            return
    if code:
        raise OSError(code, os.strerror(code), source, None, target)


def _renameat2() -> Callable[[str, str], int]:
    """Find the call; Python has no name for it, and musl has none before 1.2.6."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return lambda source, target: errno.ENOSYS  # noqa: ARG005  # It is called by position.
    function.argtypes = (
        *(ctypes.c_int, ctypes.c_char_p),
        *(ctypes.c_int, ctypes.c_char_p),
        ctypes.c_uint,
    )
    function.restype = ctypes.c_int

    def renamed(source: str, target: str) -> int:
        old, new = os.fsencode(source), os.fsencode(target)
        failed = function(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE)
        return ctypes.get_errno() if failed else 0

    return renamed


_renamed = _renameat2()
