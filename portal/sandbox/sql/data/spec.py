"""How a table of the sandbox is declared."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.sql.catalog_model import Grants

ALL_USERS: Grants = {"users": ("SELECT",)}


@dataclass(frozen=True)
class TableSpec:
    """`select` is DuckDB's SQL for the rows; its columns are cast to the types that `columns` name, in order.

    A table is made the first time that someone reads its schema. `generated` ones are never stored: each read computes
    them, so a hundred million rows cost no memory.
    """

    schema: str
    """`samples.nyctaxi`."""
    name: str
    columns: tuple[tuple[str, str, str], ...]
    """Name, Databricks type, comment."""
    select: str
    comment: str = ""
    grants: Grants = field(default_factory=lambda: ALL_USERS)
    tags: dict[str, str] = field(default_factory=dict)
    generated: bool = False
    rows: int | None = None
    row_filter: tuple[str, str] | None = None
    """Name of the filter function, and the column that it compares with the viewer's region."""
    masks: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Column to: name of the mask function, group that sees through it, DuckDB SQL of the masked value."""
    before: tuple[str, ...] = ()
    """Statements that must have run once before `select` (loading an extension's tables)."""
    after: tuple[str, ...] = ()
    """Statements that tidy up when the whole schema is made."""
