"""What the command palette finds by name, kind by kind, as the viewer."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from portal.databricks import dashboards, saved
from portal.databricks.catalog import columns
from portal.databricks.catalog import search as tables
from portal.databricks.jobs import index
from portal.databricks.jobs.search import matching
from portal.ui import states
from portal.ui.catalogview import path_of
from portal.viewer.errors import PortalError, StillRunning

T = TypeVar("T")
EACH = 7
"""Hits of a kind that are shown."""

Hit = tuple[str, str, str, str]
"""Icon, name, note, path."""

KINDS: Mapping[str, str] = {
    "Jobs": "/jobs",
    "Tables": "/catalog",
    "Columns": "/catalog",
    "Dashboards": "/dashboards",
    "Saved queries": "/queries",
}
"""What is found, by the page that it leads to: nothing, where that page is hidden, or for others."""

_ICONS = {"catalog": "database", "schema": "folder2", "view": "eye"}


@dataclass(frozen=True)
class Found:
    """The best of a kind, how many there are (`total`), and what was not looked through, or why: "" where nothing."""

    hits: Sequence[Hit] = ()
    total: int = 0
    note: str = ""


def look(kind: str, text: str) -> Found:
    """What one kind has; where it fails, nothing, and why. Raises `StillRunning` for what only goes on."""
    try:
        return _LOOKS[kind](text)
    except StillRunning:
        raise
    except PortalError as error:
        return Found(note=f"{kind}: {states.understood(error).title}")


def _best(of: Sequence[T], text: str, named: Callable[[T], str], hit: Callable[[T], Hit], note: str = "") -> Found:
    """Names that begin with the text first, then those that hold it, then the rest."""
    sought = text.casefold()

    def rank(one: T) -> tuple[int, str]:
        name = named(one).casefold()
        return 0 if name.startswith(sought) else 1 if sought in name else 2, name

    return Found([hit(one) for one in heapq.nsmallest(EACH, of, rank)], len(of), note)


def _jobs(text: str) -> Found:
    known = index.look(newest=False)
    so_far = "" if known.complete else f"Of the jobs, the newest {len(known.jobs):,} were looked through"
    return _best(
        matching(known.jobs, text), text, lambda job: job.name,
        lambda job: ("diagram-3", job.name, f"Job {job.id}", f"/jobs/{job.id}"), so_far,
    )  # fmt: skip


def _tables(text: str) -> Found:
    found = tables(text)
    return _best(
        found.paths, text.rpartition(".")[2], lambda one: one[0][-1],
        lambda one: (_ICONS.get(one[1], "table"), one[0][-1], ".".join(one[0][:-1]) or "Catalog", path_of(one[0])),
        found.note,
    )  # fmt: skip


def _columns(text: str) -> Found:
    found = columns.search(text)
    return _best(
        found.items, text, lambda one: one.name,
        lambda one: ("hash", one.name, ".".join(one.path), f"{path_of(one.path)}?column={quote(one.name, safe='')}"),
        found.note,
    )  # fmt: skip


def _dashboards(text: str) -> Found:
    every = dashboards.all()
    return _best(
        [one for one in every if _holds(one.name, text)], text, lambda one: one.name,
        lambda one: ("columns-gap", one.name, "Dashboard", f"/dashboards/{quote(one.id, safe='')}"),
        _only("dashboards", every, dashboards.MOST),
    )  # fmt: skip


def _saved(text: str) -> Found:
    every = saved.all()
    return _best(
        [one for one in every if _holds(one.name, text)], text, lambda one: one.name,
        lambda one: ("star", one.name, one.owner, f"/queries/{quote(one.id, safe='')}"),
        _only("saved queries", every, saved.MOST),
    )  # fmt: skip


def _only(what: str, every: Sequence[object], most: int) -> str:
    return f"Only {most:,} {what} were looked through" if len(every) >= most else ""


def _holds(name: str, text: str) -> bool:
    folded = name.casefold()
    return all(word in folded for word in text.casefold().split())


_LOOKS: Mapping[str, Callable[[str], Found]] = {
    "Jobs": _jobs,
    "Tables": _tables,
    "Columns": _columns,
    "Dashboards": _dashboards,
    "Saved queries": _saved,
}
