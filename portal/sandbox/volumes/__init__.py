"""What is in the volumes of Unity Catalog: `/api/2.0/fs`, and the parts that go to the storage host by signed links."""

from portal.sandbox.volumes.api import routes
from portal.sandbox.volumes.links import storage_routes
from portal.sandbox.volumes.store import Store

__all__ = ["Store", "routes", "storage_routes"]
