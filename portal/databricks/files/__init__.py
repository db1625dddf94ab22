"""Files in Unity Catalog's volumes, through the Files API: read, listed and written as the viewer, in pieces.

Paths are `/Volumes/<catalog>/<schema>/<volume>/…`. READ VOLUME and WRITE VOLUME are Databricks' to check, at each call.
"""

from portal.databricks.files.reading import Entry, Listing, Opened, about, entries, opened, read
from portal.databricks.files.writing import delete, write

__all__ = ["Entry", "Listing", "Opened", "about", "delete", "entries", "opened", "read", "write"]
