"""What Unity Catalog knows of a securable, as frozen dataclasses that the REST room can show."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from portal.sandbox.sql.types import SqlType

OWNER = "engineer@example.com"
CREATED = 1_751_328_000.0
"""Creation time of the seeded securables: 1 July 2025, seconds since the epoch."""

Grants = dict[str, tuple[str, ...]]
"""Principal (a group or a user name) to its privileges, in Unity Catalog's words (`USE_SCHEMA`, `SELECT`)."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column; the names are those of Unity Catalog's REST answers."""

    name: str
    type: SqlType
    position: int
    comment: str | None = None
    nullable: bool = True
    mask: str | None = None
    """Full name of the mask function, where one is set."""
    default: str | None = None
    """SQL of the value that a row gets which does not name the column."""
    identity: str = ""
    """ALWAYS or BY DEFAULT, for a column that counts by itself."""
    tags: tuple[tuple[str, str], ...] = ()
    measure: bool = False
    """Of a metric view: whether the column is an aggregate that MEASURE() asks for."""

    @property
    def type_name(self) -> str:
        return self.type.api_name

    @property
    def type_text(self) -> str:
        return self.type.simple

    @property
    def type_json(self) -> str:
        """Spark's field: `{"name": …, "type": …, "nullable": …, "metadata": {…}}`."""
        metadata = {"comment": self.comment} if self.comment else {}
        shown = {"name": self.name, "type": self.type.json_value, "nullable": self.nullable, "metadata": metadata}
        return json.dumps(shown, separators=(",", ":"))


@dataclass(frozen=True)
class Constraint:
    """A table's constraint. Keys inform only; a CHECK is enforced."""

    name: str
    kind: str
    """PRIMARY KEY, FOREIGN KEY or CHECK."""
    columns: tuple[str, ...] = ()
    parent: str = ""
    """Full name of the table that a foreign key leads to."""
    parent_columns: tuple[str, ...] = ()
    check: str = ""
    """SQL of a CHECK's condition."""
    rely: bool = False


@dataclass(frozen=True, kw_only=True)
class _Owned:
    owner: str = OWNER
    tags: dict[str, str] = field(default_factory=dict)
    grants: Grants = field(default_factory=dict)
    created_at: float = CREATED


@dataclass(frozen=True)
class CatalogInfo(_Owned):
    name: str
    comment: str | None = None
    catalog_type: str = "MANAGED_CATALOG"


@dataclass(frozen=True)
class SchemaInfo(_Owned):
    catalog_name: str
    name: str
    comment: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.catalog_name}.{self.name}"


@dataclass(frozen=True)
class TableInfo(_Owned):
    """A table or view. Sizes are None where nobody has counted (a table generated on demand, a view)."""

    catalog_name: str
    schema_name: str
    name: str
    columns: tuple[ColumnInfo, ...]
    table_type: str = "MANAGED"
    """MANAGED, EXTERNAL, VIEW or METRIC_VIEW."""
    data_source_format: str | None = "DELTA"
    comment: str | None = None
    row_filter: str | None = None
    """Full name of the row filter function, where one is set."""
    view_definition: str | None = None
    """A view's query; a metric view's YAML."""
    properties: dict[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    clustered_by: tuple[str, ...] = ()
    updated_at: float = CREATED
    row_count: int | None = None
    byte_count: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.catalog_name}.{self.schema_name}.{self.name}"

    def column(self, name: str) -> ColumnInfo | None:
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)
