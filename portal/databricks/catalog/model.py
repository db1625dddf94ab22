"""What the catalog's room hands out: names for a tree, and what is known of one thing. And names as SQL writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portal.databricks import ids
from portal.databricks.sqllexer import quoted
from portal.viewer.errors import NoSuchThing


@dataclass(frozen=True, slots=True)
class Name:
    """One thing in the tree. `kind`: "catalog", "schema", "table", "view", "function" or "column".

    `note` is a type or a comment. `browse_only`: the viewer may see that it is there, and not what is in it.
    """

    name: str
    kind: str
    note: str = ""
    browse_only: bool = False


@dataclass(frozen=True)
class Names:
    """Names by name, as far as they have been read; `following` leads to the next page, None at the end."""

    items: tuple[Name, ...]
    following: str | None = None

    @property
    def nbytes(self) -> int:
        """About what it holds: `per_viewer` need not measure thousands of names one by one."""
        return 400 + sum(220 + len(one.name) + len(one.note) for one in self.items)


@dataclass(frozen=True)
class Securable:
    """A catalog or a schema. Times are epoch milliseconds. `type` is Unity Catalog's word (MANAGED_CATALOG, …)."""

    path: tuple[str, ...]
    comment: str
    owner: str
    type: str
    created_at: int | None
    updated_at: int | None
    browse_only: bool


@dataclass(frozen=True)
class Column:
    """`mask` is the full name of the function that masks it."""

    name: str
    type_text: str
    comment: str
    nullable: bool
    mask: str | None = None
    partition: int | None = None
    """Its place among the columns that the table is partitioned by, from 0."""
    measure: bool = False
    """Of a metric view: an aggregate, which MEASURE() asks for."""


@dataclass(frozen=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table or view. Times are epoch milliseconds; `rows` and `nbytes` where Unity Catalog knows them."""

    path: tuple[str, str, str]
    kind: str
    type: str
    """Unity Catalog's word: MANAGED, EXTERNAL, VIEW, MATERIALIZED_VIEW, …"""
    format: str
    comment: str
    owner: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    created_at: int | None
    updated_at: int | None
    rows: int | None
    nbytes: int | None
    view_definition: str | None
    row_filter: str | None
    browse_only: bool

    @property
    def full_name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Function:
    """`parameters` as they are written: `amount DECIMAL(12,2)`."""

    name: str
    parameters: tuple[str, ...]
    returns: str
    language: str
    comment: str
    owner: str


@dataclass(frozen=True)
class Held:
    """A volume or a model of a schema. `type` is Unity Catalog's word for a volume, "" for a model."""

    name: str
    type: str
    comment: str
    owner: str
    browse_only: bool


@dataclass(frozen=True)
class Grant:
    """`inherited_from` is a full name, "" where it is granted on the thing itself."""

    principal: str
    privilege: str
    inherited_from: str


def missing(path: Iterable[str]) -> NoSuchThing:
    """Absent and hidden are one answer: a viewer must not learn which names exist."""
    return ids.missing(".".join(path)[:300])


def checked(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path, if each of its parts can be a name in Unity Catalog; else `NoSuchThing`."""
    return ids.names(path)


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What Databricks reserves, and what a reader would take for syntax: "ANSI reserved words" of its SQL reference.
_RESERVED = frozenset({
    "all", "alter", "and", "anti", "any", "array", "as", "at", "authorization", "between", "both", "by", "case",
    "cast", "check", "collate", "column", "commit", "constraint", "create", "cross", "cube", "current",
    "current_date", "current_time", "current_timestamp", "current_user", "default", "delete", "describe", "distinct",
    "drop", "else", "end", "escape", "except", "exists", "external", "extract", "false", "fetch", "filter", "for",
    "foreign", "from", "full", "function", "global", "grant", "group", "grouping", "having", "if", "in", "inner",
    "insert", "intersect", "interval", "into", "is", "join", "lateral", "leading", "left", "like", "limit", "local",
    "map", "minus", "natural", "no", "not", "null", "of", "on", "only", "or", "order", "out", "outer", "overlaps",
    "partition", "position", "primary", "range", "references", "revoke", "right", "rollup", "row", "rows", "select",
    "semi", "session_user", "set", "some", "start", "struct", "sum", "table", "tablesample", "then", "time", "to",
    "trailing", "true", "truncate", "union", "unique", "unknown", "update", "user", "using", "values", "when",
    "where", "window", "with",
})  # fmt: skip


def written(path: Iterable[str]) -> str:
    """A dotted name for people to read and SQL to take: quoted only where it must be."""
    return ".".join(name if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED else quoted(name) for name in path)
