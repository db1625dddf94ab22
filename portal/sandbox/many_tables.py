"""A schema of thousands of tables on demand, to see how a catalog page bears it."""

from __future__ import annotations

from typing import Any

from portal.sandbox.world import World

BROWSE_EVERY = 50
"""One table in so many may only be browsed, not read."""
COLUMNS = (
    ("id", "BIGINT", "Key"),
    ("name", "STRING", ""),
    ("amount", "DECIMAL(12,2)", "In euros"),
    ("day", "DATE", ""),
)


def add(world: World, schema: str, count: int) -> int:
    """Makes `main.<schema>` with `count` small tables, readable by all users; how many tables it has. A
    reset takes it away: searching the columns of thousands of tables takes seconds."""
    from portal.sandbox.sql.catalog_model import ColumnInfo, SchemaInfo, TableInfo
    from portal.sandbox.sql.data.spec import TableSpec
    from portal.sandbox.sql.types import parse

    catalog: Any = world.engine.catalog
    full = f"main.{schema}"
    if full in catalog.schemas:
        there = sum(name.startswith(f"{full}.") for name in catalog.tables)
        if there != count:
            raise ValueError(f"{full} exists already, with {there} tables")
        return there
    grants: dict[str, tuple[str, ...]] = {"users": ("USE_SCHEMA",)}
    catalog.add_schema(SchemaInfo("main", schema, f"{count} tables.", grants=grants, created_at=world.clock.now()))
    columns = tuple(ColumnInfo(n, parse(t), i, c or None) for i, (n, t, c) in enumerate(COLUMNS))
    tables, specs = {}, {}
    for number in range(1, count + 1):
        name = f"table_{number:05d}"
        privilege = "BROWSE" if number % BROWSE_EVERY == 0 else "SELECT"
        comment = f"Number {number}." if number % 3 else None
        select = f"SELECT n, 'row ' || n, n * {number} / 100.0, DATE '2026-01-01' + n::INT FROM range(10) AS r(n)"
        specs[f"{full}.{name}"] = TableSpec(full, name, COLUMNS, select, generated=True, rows=10)
        tables[f"{full}.{name}"] = TableInfo(
            "main", schema, name, columns, comment=comment, grants={"users": (privilege,)}, row_count=10
        )
    world.engine.store.changed.add(full)
    catalog.specs = {**catalog.specs, **specs}
    catalog.tables = {**catalog.tables, **tables}
    return len(tables)
