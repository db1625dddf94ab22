"""Files in volumes, as the viewer: `/Volumes/<catalog>/<schema>/<volume>/…`.

    files.list(path)              what is in a directory: a `Listing` of entries (`name`, `path`, `size`, `changed`)
    files.read(path)              a file's bytes, 64 MB at most
    files.opened(path)            the same as it comes: `.entry`, and `.pieces` of a megabyte
    files.write(path, data)       bytes or a stream, to PORTAL_UPLOAD_MB; `overwrite=True` replaces
    files.delete(path)
    files.upload(id, folder)      a component: the viewer chooses a file and sends it, however large
    files.download(path)          a component: a button that fetches a file to the viewer's disk

Each raises the state to show: `NotPermitted`, `NoSuchThing`, `AlreadyThere`, `TooLarge`, … Writes are on the record.
"""

from __future__ import annotations

from portal.databricks.files import Entry, Listing, Opened, about, delete, opened, read, write
from portal.databricks.files import entries as list
from portal.ui.filetransfer import download, upload

__all__ = ["Entry", "Listing", "Opened", "about", "delete", "download", "list", "opened", "read", "upload", "write"]
