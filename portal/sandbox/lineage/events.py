"""Every access that left lineage: of the history's statements, of the seed's runs, of published dashboards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.lineage import reading, rows, seed
from portal.sandbox.lineage.event import Event
from portal.sandbox.world import Origin, World


@dataclass
class Neighbour:
    """A table beside another (None: no table, only what read or wrote it), and by whom: origin -> when last."""

    table: str | None
    at: float = 0.0
    origins: dict[Origin, float] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        self.at = max(self.at, event.at)
        if event.origin is not None:
            # A job is known by its id here; which run it was is told by the system table only.
            origin = Origin(event.origin.kind, event.origin.id)
            self.origins[origin] = max(self.origins.get(origin, 0.0), event.at)


class Lineage:
    """`world.lineage`."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.engine.catalog.system_rows |= {
            "system.access.table_lineage": lambda: rows.of_tables(world.workspace_id, self.events()),
            "system.access.column_lineage": lambda: rows.of_columns(world.workspace_id, self.events(), self.computed),
        }
        self.added: list[Event] = []
        """What the control plane put there, until a reset."""

    def reset(self) -> None:
        self.added.clear()

    def events(self) -> Iterator[Event]:
        """In no order."""
        yield from self.added
        for one in seed.ran(self.world):
            yield Event(one.at, one.id, one.user_name, self._read(one.text), one.origin, one.text)
        yield from self._dashboards()
        for record in list(self.world.history):
            # What only reads, and was not run by anything of the workspace, is nobody's lineage.
            if record.status != "FINISHED" or not (record.origin or record.statement_type in reading.WRITES):
                continue
            yield Event(
                record.ended_at or record.started_at, record.query_id, record.person.user_name,
                self._read(record.text, *record.place), record.origin, record.text, record.place,
            )  # fmt: skip

    def _dashboards(self) -> Iterator[Event]:
        """A dashboard's datasets have run when it was published."""
        for one in list(self.world.dashboards.all.values()) if self.world.dashboards is not None else ():
            if one.trashed or one.published is None:
                continue
            for text in _datasets(one.text):
                origin = Origin("DASHBOARD_V3", one.id)
                yield Event(one.updated, f"{one.id}", one.owner.user_name, self._read(text), origin, text)

    def _read(self, text: str, catalog: str = "main", schema: str = "default") -> reading.Touched:
        found = reading.touched(text, catalog, schema)
        gone = {name for name in found.loose if name not in self._catalog.tables}
        return reading.Touched(found.sources - gone, found.target) if gone else found

    @property
    def _catalog(self) -> Any:
        return self.world.engine.catalog

    def beside(self, name: str) -> tuple[list[Neighbour], list[Neighbour]]:
        """(upstream, downstream) of a table: one hop, newest first; a table beside itself is left out."""
        up: dict[str | None, Neighbour] = {}
        down: dict[str | None, Neighbour] = {}
        for event in self.events():
            read = event.touched
            if read.target == name:
                for source in read.sources - {name} or {None}:
                    up.setdefault(source, Neighbour(source)).add(event)
            if name in read.sources and read.target != name:
                down.setdefault(read.target, Neighbour(read.target)).add(event)
        return _newest(up), _newest(down)

    def columns(self, name: str, column: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """(upstream, downstream) columns of one: (table, column)."""
        up: set[tuple[str, str]] = set()
        down: set[tuple[str, str]] = set()
        seen: set[tuple[str, tuple[str, str]]] = set()
        for event in self.events():
            target = event.touched.target
            if target is None or (event.text, event.place) in seen or name not in {target, *event.touched.sources}:
                continue
            seen.add((event.text, event.place))
            for made, sources in self.computed(event).items():
                if (target, made) == (name, column):
                    up |= sources
                if (name, column) in sources:
                    down.add((target, made))
        return up, down

    def computed(self, event: Event) -> dict[str, frozenset[tuple[str, str]]]:
        """Column of the target -> the columns that this statement computes it from."""
        tables = self._catalog.tables
        known = {
            one: {column.name.lower(): column.type.text for column in tables[one].columns}
            for one in (event.touched.target, *event.touched.sources)
            if one is not None and one in tables
        }
        return reading.columns(event.text, *event.place, known)

    def add(self, sources: list[str], target: str | None, origin: Origin | None, at: float) -> None:
        """An access that nobody made: for tests of many neighbours."""
        read = reading.Touched(frozenset(sources), target)
        self.added.append(Event(at, f"added-{len(self.added)}", "engineer@example.com", read, origin))


def _newest(found: dict[str | None, Neighbour]) -> list[Neighbour]:
    return sorted(found.values(), key=lambda one: (-one.at, one.table or ""))


def _datasets(text: str) -> list[str]:
    try:
        listed = json.loads(text).get("datasets") or []
        return ["".join(one.get("queryLines") or []) or str(one.get("query") or "") for one in listed]
    except (ValueError, AttributeError, TypeError):
        return []
