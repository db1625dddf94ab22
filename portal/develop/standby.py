"""A process that stands by: it has imported the portal and what pages import, and takes over at the next save.

gunicorn (`gunicorn_conf.py`) keeps two workers. One answers. The other waits at a pipe for a byte of the command's:
`GO`, and it imports the pages, answers, and says so on a second pipe, upon which the command ends the one before; or
`LEAVE`, because what it has imported has changed, and gunicorn forks the next.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

GO, LEAVE = b"g", b"x"
_GO_FROM, _SAY_TO, _PAGES = "DEV_GO_FROM", "DEV_SAY_TO", "DEV_PAGES"
REST = 2.0
"""Seconds for which the next one does nothing yet: the browser loads the page that was saved."""


class Line:
    """The command's end: which worker answers, and which is next."""

    def __init__(self, pages: Sequence[Path]) -> None:
        go_from, self._go = os.pipe()
        self._said, say_to = os.pipe()
        self.theirs = (go_from, say_to)
        """Of gunicorn, which inherits them."""
        self.variables = {
            _GO_FROM: str(go_from),
            _SAY_TO: str(say_to),
            _PAGES: os.pathsep.join(map(str, pages)),
        }
        self._answers = 0

    def handed_over(self) -> None:
        """gunicorn has its ends."""
        for end in self.theirs:
            os.close(end)

    def go(self, *, anew: bool = False) -> None:
        """The next worker takes over; `anew`: not the one that stands by, whose imports are of before."""
        with suppress(BrokenPipeError):  # gunicorn has ended, which `came` notices
            os.write(self._go, LEAVE + GO if anew else GO)

    def came(self, seconds: float, is_alive: Callable[[], bool]) -> bool:
        """Waits until another worker answers, and ends the one before it; whether one does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not select.select([self._said], [], [], 0.2)[0]:
                if not is_alive():
                    return False
                continue
            said = os.read(self._said, 4096).split()
            if not said:
                return False  # nobody is left to say anything
            before, self._answers = self._answers, int(said[-1])
            if before:
                with suppress(ProcessLookupError):
                    os.kill(before, signal.SIGTERM)
            return True
        return False

    def is_silent(self) -> bool:
        """Whether the worker that answered is gone, by itself."""
        if self._answers:
            try:
                os.kill(self._answers, 0)
            except ProcessLookupError:
                return True
        return False

    def close(self) -> None:
        """Whoever stands by leaves."""
        os.close(self._go)
        os.close(self._said)


def stand_by() -> None:
    """In a worker that was forked a moment ago: returns when it is to answer, with all but the pages imported."""
    for ends in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(ends, signal.SIG_DFL)  # gunicorn's own handlers are set by the worker, when it goes
    go_from = int(os.environ[_GO_FROM])
    if not select.select([go_from], [], [], REST)[0]:
        for name in ("portal.app", "portal.api", *_imported_by(os.environ[_PAGES].split(os.pathsep))):
            # What is wrong with it is said when it is imported for good.
            with suppress(Exception, SystemExit):
                importlib.import_module(name)
    told = os.read(go_from, 1)
    if not told:
        os.kill(os.getppid(), signal.SIGTERM)  # the command is gone: so is gunicorn
    if told != GO:
        sys.exit(0)


def answers() -> None:
    """In that worker: it has imported the pages, and answers from now on."""
    os.write(int(os.environ[_SAY_TO]), f"{os.getpid()}\n".encode())


def _imported_by(folders: Sequence[str]) -> list[str]:
    """What pages import at their top and no save changes: modules of the portal, and of installed packages."""
    found: dict[str, None] = {}
    for folder in folders:
        for file in sorted(Path(folder).rglob("*.py")):
            with suppress(OSError, SyntaxError, ValueError):
                found |= dict.fromkeys(_names(ast.parse(file.read_bytes())))
    return [name for name in found if _stays(name.partition(".")[0])]


def _names(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # Of `from portal.ui import grid` it is a module of the package, of most others it is none.
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("portal."))


def _stays(package: str) -> bool:
    if package == "portal":
        return True
    spec = importlib.util.find_spec(package)
    return spec is not None and "site-packages" in str(spec.origin)
