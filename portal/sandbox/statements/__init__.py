"""The Statement Execution API and the storage host that its links lead to."""

from portal.sandbox.statements.api import routes
from portal.sandbox.statements.storage import storage_routes

__all__ = ["routes", "storage_routes"]
