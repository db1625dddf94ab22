"""A statement once more, streamed through the SQL connector: for a download whose result Databricks has dropped.

A connection of its own, closed when the last rows are through (or nobody wants more), since it uses a catalog and
schema of its own and may be busy for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.databricks import connections, connector, warehouses
from portal.databricks.catalog import quoted
from portal.databricks.statements import Parameter
from portal.viewer.context import current
from portal.viewer.errors import PortalError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 100_000
"""Rows that are asked for at a time."""


def stream(
    sql: str,
    params: Sequence[Parameter] = (),
    *,
    warehouse_id: str | None = None,
    catalog: str | None = None,
    schema: str | None = None,
) -> Iterator[pa.Table]:
    """A statement's rows as they come, as the current viewer; a first table without any still tells the columns.

    Raises `StatementFailed` with Databricks' own words, and the states of `portal.viewer.errors`.
    """
    warehouse = warehouses.awake(warehouse_id or warehouses.default_id())
    credential = current().credential()
    connection = None
    started = time.perf_counter()
    try:
        connection = connections.open_for(credential.access_token, warehouse)
        with connection.cursor() as cursor:
            if catalog:
                cursor.execute(f"USE CATALOG {quoted(catalog)}")
            if schema:
                cursor.execute(f"USE SCHEMA {quoted(schema)}")
            cursor.execute(sql, parameters=[_native(parameter) for parameter in params] or None)
            while True:
                table = cursor.fetchmany_arrow(ROWS)
                yield table
                if table.num_rows < ROWS:
                    return
    except PortalError:
        raise
    except Exception as error:
        raise connector.understood(error, warehouse, connector.failed(error, started)) from None
    finally:
        if connection is not None:
            with suppress(Exception):
                connection.close()


def _native(parameter: Parameter) -> object:
    """A typed parameter in the connector's own words."""
    from databricks.sql import parameters as native

    name, value = parameter.name, parameter.value
    if value is None:
        return native.VoidParameter(name=name)
    if parameter.type.startswith("DECIMAL("):
        precision, scale = (int(part) for part in parameter.type[8:-1].split(","))
        return native.DecimalParameter(Decimal(value), name=name, scale=scale, precision=precision)
    match parameter.type:
        case "INT":
            return native.IntegerParameter(int(value), name=name)
        case "BIGINT":
            return native.BigIntegerParameter(int(value), name=name)
        case "DOUBLE":
            return native.DoubleParameter(float(value), name=name)
        case "BOOLEAN":
            return native.BooleanParameter(value == "true", name=name)
        case "DATE":
            return native.DateParameter(value, name=name)
        case "TIMESTAMP":
            return native.TimestampParameter(value, name=name)
    return native.StringParameter(value, name=name)
