"""Private directories that live as long as the process that made them.

The owner holds a lock on the directory itself, which the kernel lets go of however the process ends. Whoever starts
next removes what nobody holds: a killed process, or a machine that was switched off, leaves nothing for long.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "portal-own-"
"""Of directories that are locked from the moment that they have this name."""
_EARLIER = ("portal-sessions-", "portal-metrics-", "portal-chunks-")
"""Of versions to 0.2.0, whose owners hold no such lock; they may run beside this one."""
_EARLIER_SECONDS = 24 * 3600.0

_held: dict[Path, tuple[int, int]] = {}
"""Directory to its lock, and the process that made it: a fork must not remove its parent's."""
_lock = threading.Lock()


def make(purpose: str, parent: Path | None = None) -> Path:
    """A directory of this process for a purpose, below `parent` (default: the machine's place for temporary files).

    Nobody else's user may look into it. It goes at the end of the process. Raises `OSError` where there is no place.
    """
    parent = parent or Path(tempfile.gettempdir())
    sweep(parent)
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}{purpose}-{os.getpid()}-", dir=parent))
    handle = _locked(made)
    if handle is None:
        raise OSError(f"{made} cannot be locked")
    folder = made.rename(parent / made.name.removeprefix("."))
    with _lock:
        if not _held:
            atexit.register(remove_all)
        _held[folder] = (handle, os.getpid())
    return folder


def is_ours(path: str) -> bool:
    """Whether a path was made by `make`, by this process or another."""
    return Path(path).name.startswith(PREFIX)


def mine(purpose: str) -> Path | None:
    """What this process has made for a purpose, if it has."""
    with _lock:
        return next((one for one in _held if one.name.startswith(f"{PREFIX}{purpose}-")), None)


def remove(folder: Path) -> None:
    """Before the end of the process."""
    with _lock:
        handle, owner = _held.pop(folder, (-1, -1))
    if owner == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def remove_all() -> None:
    """At the end."""
    for folder in list(_held):
        remove(folder)


def sweep(parent: Path) -> None:
    """Remove this user's directories whose owner is gone."""
    for folder in [*parent.glob(f"{PREFIX}*"), *(one for name in _EARLIER for one in parent.glob(f"{name}*"))]:
        with suppress(OSError):
            status = folder.lstat()
            earlier = not folder.name.startswith(PREFIX)
            if status.st_uid != os.geteuid() or folder.is_symlink() or not folder.is_dir():
                continue
            if earlier and (time.time() - status.st_mtime < _EARLIER_SECONDS or _in_use(folder / "lock")):
                continue
            if (handle := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def _locked(folder: Path) -> int | None:
    """The directory's lock, which lives as long as this process; None where another has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _in_use(file: Path) -> bool:
    """Whether another process holds a lock on this file."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
