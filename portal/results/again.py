"""How a statement can be run once more: its SQL and what it ran with, as the viewer's own page remembers them.

Databricks keeps a result, not what it takes to make it again; the page does. Whoever sends it could as well run it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Again:
    """`limit` is the row limit that it ran with, None for all rows."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    warehouse_id: str | None = None
    catalog: str | None = None
    schema: str | None = None
    limit: int | None = None


def given_again(given: Mapping[str, Any]) -> Again | None:
    """From a request's fields; None where there is no SQL among them."""
    sql = given.get("sql")
    if not isinstance(sql, str) or not sql.strip():
        return None
    params, limit = given.get("params"), given.get("limit")
    if isinstance(params, str):
        try:
            params = json.loads(params)
        except ValueError:
            params = None

    def text(name: str) -> str | None:
        value = given.get(name)
        return value if isinstance(value, str) and value else None

    return Again(
        sql,
        params if isinstance(params, dict) else {},
        text("warehouse"),
        text("catalog"),
        text("schema"),
        limit if isinstance(limit, int) and not isinstance(limit, bool) else None,
    )
