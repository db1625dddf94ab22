"""Lineage as data."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """What of the workspace read or wrote a table. `kind` is job, query, dashboard, alert, notebook or pipeline; `run`
    the id of the run where the door says it; `at` epoch ms."""

    kind: str
    id: str
    at: int | None = None
    run: str = ""


@dataclass(frozen=True)
class Neighbour:
    """A table beside another. `path` is empty where the viewer may not know its name."""

    path: Path
    kind: str
    at: int | None
    entities: tuple[Entity, ...]

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Lineage:
    """One hop. `door` is "api", "system", or "" where neither answered, for which `why` has a sentence.

    `upstream` and `downstream` hold the tables that have a name, newest first; `hidden_up` and `hidden_down` count the
    others. `writers` and `readers` are the entities of all of them, newest first, each once.
    """

    path: Path
    upstream: tuple[Neighbour, ...] = ()
    downstream: tuple[Neighbour, ...] = ()
    hidden_up: int = 0
    hidden_down: int = 0
    writers: tuple[Entity, ...] = ()
    readers: tuple[Entity, ...] = ()
    door: str = ""
    why: str = ""


ColumnName = tuple[Path, str]
"""(table, column)"""


@dataclass(frozen=True)
class ColumnLineage:
    """One hop of one column, as far as the viewer may see it; `door` and `why` as a table's."""

    path: Path
    column: str
    upstream: tuple[ColumnName, ...] = ()
    downstream: tuple[ColumnName, ...] = ()
    door: str = ""
    why: str = ""


def lineage(path: Path, up: list[Neighbour], down: list[Neighbour], door: str) -> Lineage:
    """Put together what a door answered; entries without a table are entities only."""
    shown_up, shown_down = _tables(up), _tables(down)
    return Lineage(
        path,
        shown_up,
        shown_down,
        sum(one.kind == "hidden" for one in up),
        sum(one.kind == "hidden" for one in down),
        _entities(up),
        _entities(down),
        door,
    )


def _tables(found: list[Neighbour]) -> tuple[Neighbour, ...]:
    named: dict[Path, Neighbour] = {}
    for one in sorted((one for one in found if one.path), key=lambda one: -(one.at or 0)):
        named.setdefault(one.path, one)
    return tuple(named.values())


def _entities(found: list[Neighbour]) -> tuple[Entity, ...]:
    newest: dict[tuple[str, str], Entity] = {}
    for entity in sorted((entity for one in found for entity in one.entities), key=lambda one: -(one.at or 0)):
        newest.setdefault((entity.kind, entity.id), entity)
    return tuple(newest.values())
