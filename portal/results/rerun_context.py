"""How a statement can be run once more: its SQL and what it ran with, as the viewer's own page remembers them.

Databricks keeps a result, not what it takes to make it again; the page does. Whoever sends it could as well run it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from portal.databricks.definitions import LONGEST_VALUE, Joined
from portal.viewer.given import Given, Short, Sql

MOST_PARAMETERS = 1_000


@dataclass(frozen=True)
class RerunContext:
    """`limit` is the row limit that it ran with, None for all rows."""

    sql: str
    params: Mapping[str, object] = field(default_factory=dict)
    warehouse_id: str | None = None
    catalog: str | None = None
    schema: str | None = None
    limit: int | None = None


class GivenParameter(Given):
    """What a viewer set a parameter to; see `portal.databricks.parameters`."""

    type: Short | None = None
    value: Annotated[str, Field(max_length=LONGEST_VALUE)] | int | float | bool | None = None
    min: Short | None = None
    max: Short | None = None
    multi: bool = False
    joined: Joined | None = None


Parameters = Annotated[dict[Short, GivenParameter], Field(max_length=MOST_PARAMETERS)]


class GivenRerun(Given):
    """The same as a request has it."""

    sql: Sql | None = None
    params: Parameters | None = None
    warehouse: Short | None = None
    catalog: Short | None = None
    schema_: Annotated[Short | None, Field(alias="schema")] = None
    limit: Annotated[int, Field(ge=1, le=2**53)] | None = None

    def context(self) -> RerunContext | None:
        """None where there is no SQL."""
        if self.sql is None or not self.sql.strip():
            return None
        params = {name: one.model_dump() for name, one in (self.params or {}).items()}
        return RerunContext(
            self.sql, params, self.warehouse or None, self.catalog or None, self.schema_ or None, self.limit
        )
