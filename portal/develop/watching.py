"""Which files have changed: by their times and sizes, looked at again and again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".py", ".js", ".css", ".toml", ".svg")
_LEFT_OUT = frozenset({"__pycache__", "node_modules", "vendor", "sandbox"})

Seen = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Change:
    """Files that are new, gone, or others than before."""

    files: tuple[Path, ...]

    def touches(self, *endings: str) -> bool:
        return any(file.suffix in endings for file in self.files)


class Watch:
    """Files below some folders, and what they were when they were last looked at."""

    def __init__(self, *places: Path) -> None:
        self._places = places
        self._seen = self._look()

    def changed(self) -> Change | None:
        """What has changed since the last look; None for nothing."""
        now = self._look()
        before, self._seen = self._seen, now
        found = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
        return Change(tuple(map(Path, sorted(found)))) if found else None

    def _look(self) -> Seen:
        return dict(pair for place in self._places for pair in _below(str(place)))


def _below(place: str) -> Iterator[tuple[str, tuple[int, int]]]:
    if os.path.isfile(place):
        about = os.stat(place)
        yield place, (about.st_mtime_ns, about.st_size)
        return
    try:
        entries = list(os.scandir(place))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _LEFT_OUT:
            continue
        if entry.is_dir():
            yield from _below(entry.path)
        elif entry.name.endswith(ENDINGS):
            try:
                about = entry.stat()
            except OSError:  # an editor has just put another in its place
                continue
            yield entry.path, (about.st_mtime_ns, about.st_size)
