"""Paths of files: checked by their shape before they enter the path of an API, and escaped for it."""

from __future__ import annotations

import re
from urllib.parse import quote

from portal.databricks import ids

FILES, DIRECTORIES = "/api/2.0/fs/files", "/api/2.0/fs/directories"
_LONGEST = 4096
_NO_STEP = re.compile("[/\\\\\x00-\x1f\x7f\ud800-\udfff]")


def volume(path: object) -> str:
    """`/Volumes/<catalog>/<schema>/<volume>`, and what stands below it; raises `NoSuchThing` for what is no such path.

    >>> volume("/Volumes/main/sales/landing/a b.csv/")
    '/Volumes/main/sales/landing/a b.csv'
    """
    text = path.rstrip("/") if isinstance(path, str) else ""
    root, *steps = text.split("/")
    if root or len(steps) < 4 or steps[0] != "Volumes" or len(text) > _LONGEST or not all(map(is_name, steps)):
        raise ids.missing(f"file {str(path)[:200]!r} in a volume")
    return text


def is_name(text: str) -> bool:
    """Whether a file or folder may have this name."""
    return 0 < len(text) <= 255 and text not in {".", ".."} and not _NO_STEP.search(text)


def thing(path: str) -> str:
    """A file as the audit stream names it."""
    return f"file{path}"[:300]


def asked(base: str, path: str) -> str:
    """The API's own path of a file or directory."""
    return base + quote(path)
