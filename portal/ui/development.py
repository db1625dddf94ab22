"""What only a developer sees, on their own machine: a page's own mistake with its traceback, in its own place.

PORTAL_DEBUG alone does not open it: whoever serves viewers by their sessions (Connect, Databricks Apps) never may.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from portal.settings import settings
from portal.viewer.context import current_or_none


def on() -> bool:
    """Whether this request is a developer's own."""
    who = current_or_none()
    return settings().debug and who is not None and who.platform.may_debug


def told(error: BaseException) -> str:
    """The traceback of a mistake, from the first line of a page on; "" where it may not be shown."""
    return of(error) if on() else ""


def of(error: BaseException) -> str:
    """The traceback as text, from the first line of a page on, where one is in it."""
    found = traceback.TracebackException.from_exception(error)
    first = next((at for at, frame in enumerate(found.stack) if _is_page(frame.filename)), 0)
    del found.stack[:first]
    return "".join(found.format())


def _is_page(filename: str) -> bool:
    parts = Path(filename).parts
    return "pages" in parts and "site-packages" not in parts
