"""Imported by `wsgi.py` before all else: what is imported late, and a collector that rests while things are imported.

It would go through them again and again, a fifteenth of the time (measured); `portal.databricks.workspace.start` and
what it begins let it work again.
"""

from __future__ import annotations

import gc

from portal.patches import imports

imports.install()
gc.disable()
with imports.without("rich"):
    # For tracebacks on a terminal; ours are text before they come there.
    import structlog  # noqa: F401
