"""What a page lets its viewer send or fetch: signed for them, so that no other script of the browser's makes it up.

A ticket opens nothing: whoever brings it asks with their own credential, and Databricks says whether they may.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks.files.paths import volume
from portal.viewer import dialogs

LIFETIME = 12 * 3600
"""Seconds: a working day, as the page itself."""
_FOLDER, _FILE, _UPLOAD = "file-folder", "file", "file-upload"


@dataclass(frozen=True)
class Folder:
    """Where files may go to; `most` is bytes of each."""

    folder: str
    overwrite: bool
    most: int


@dataclass(frozen=True)
class Upload:
    """A file on its way. `session` is Databricks' own, "" where it goes in one piece."""

    path: str
    overwrite: bool
    size: int
    session: str


def for_folder(folder: Folder) -> str:
    """Raises `NoSuchThing` for a path outside of a volume."""
    return dialogs.sign(_FOLDER, {**vars(folder), "folder": volume(folder.folder)})


def for_file(path: str) -> str:
    """Of the file to fetch; raises as `for_folder` does."""
    return dialogs.sign(_FILE, {"path": volume(path)})


def for_upload(upload: Upload) -> str:
    return dialogs.sign(_UPLOAD, vars(upload))


def folder(ticket: str) -> Folder:
    """What was signed; raises `Stale` for anything else, and after `LIFETIME`. So do the others."""
    return Folder(**dialogs.verified(_FOLDER, ticket, max_age=LIFETIME))


def file(ticket: str) -> str:
    """The path."""
    return str(dialogs.verified(_FILE, ticket, max_age=LIFETIME)["path"])


def upload(ticket: str) -> Upload:
    return Upload(**dialogs.verified(_UPLOAD, ticket, max_age=LIFETIME))
