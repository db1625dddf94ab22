"""Finding securables of Unity Catalog as the caller: what is hidden and what is absent, as the real API tells them."""

from __future__ import annotations

import re
from typing import Any

from portal.sandbox import errors, held
from portal.sandbox.routing import Call

NAME = re.compile(r"^[^./\s]+$")


def selectable(call: Call[Any], table: Any) -> bool:
    """Whether the caller may read the table; else they may only browse it."""
    known = call.world.engine.catalog
    schema = known.schemas[f"{table.catalog_name}.{table.schema_name}".lower()]
    return bool(known.may(call.person, "SELECT", table, schema, known.catalogs[table.catalog_name]))


def catalog(call: Call[Any], name: str) -> Any:
    engine = call.world.engine
    for one in engine.catalogs(call.person):
        if one.name == name.lower():
            return one
    if name.lower() in engine.catalog.catalogs:
        raise errors.permission_denied(f"User does not have USE CATALOG on Catalog '{name}'.")
    raise missing("Catalog", name)


def schema(call: Call[Any], full_name: str) -> Any:
    engine, (parent, name) = call.world.engine, _parts(full_name, 2, "schema")
    catalog(call, parent)
    for one in engine.schemas(call.person, parent):
        if one.name == name.lower():
            return one
    if full_name.lower() in engine.catalog.schemas:
        raise errors.permission_denied(f"User does not have USE SCHEMA on Schema '{full_name}'.")
    raise missing("Schema", full_name)


def table(call: Call[Any], full_name: str) -> tuple[Any, bool]:
    """(the table, whether it may only be browsed)."""
    engine, parts = call.world.engine, _parts(full_name, 3, "table")
    schema(call, ".".join(parts[:2]))
    found = engine.table(call.person, full_name)
    if found is not None:
        return found, not selectable(call, found)
    if full_name.lower() in engine.catalog.tables:
        raise errors.permission_denied(f"User does not have SELECT on Table '{full_name}'.")
    raise missing("Table", full_name)


def volume(call: Call[Any], full_name: str) -> held.Volume:
    """One that the caller may know of: whoever may use its schema browses its volumes."""
    parts = _parts(full_name, 3, "volume")
    schema(call, ".".join(parts[:2]))
    found = held.volume(full_name)
    if found is None:
        raise missing("Volume", full_name)
    return found


def missing(kind: str, name: str) -> errors.ApiError:
    """404 with Unity Catalog's own code and an ErrorInfo."""
    code = f"{kind.upper()}_DOES_NOT_EXIST"
    details = [errors.error_info(code, "unity-catalog.databricks.com")]
    return errors.ApiError(404, code, f"{kind} '{name}' does not exist.", details=details)


def _parts(full_name: str, count: int, kind: str) -> list[str]:
    parts = full_name.split(".")
    if len(parts) != count or not all(NAME.match(part) for part in parts):
        raise errors.invalid_parameter(f"'{full_name}' is not a valid name of a {kind}.")
    return parts
