"""What page authors import.

>>> from portal.api import query, viewer
>>> rows = query("SELECT * FROM samples.nyctaxi.trips WHERE pickup_zip = :zip LIMIT 10", {"zip": 10103})
"""

from portal.databricks.connector import query
from portal.databricks.identity import me
from portal.databricks.statements import submit as statement
from portal.viewer import current as viewer
from portal.viewer import per_viewer
from portal.viewer.errors import (
    Busy,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    PortalError,
    SessionEnded,
    SignInToConnect,
    SignInToDatabricks,
    StatementFailed,
    Unreachable,
    WarehouseStarting,
)

__all__ = [
    "Busy",
    "NoSuchThing",
    "NotPermitted",
    "NotSetUp",
    "PortalError",
    "SessionEnded",
    "SignInToConnect",
    "SignInToDatabricks",
    "StatementFailed",
    "Unreachable",
    "WarehouseStarting",
    "me",
    "per_viewer",
    "query",
    "statement",
    "viewer",
]
