"""Regions that follow the page's address too: a callback with a region's `again` and another input.

`states.guarded` does nothing while the layout's own content stands, which is right for the first call only: here, for
every call that a change of the address made, the region is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash

from portal.ui import states

_DRAWN = -1


def guarded(again: int, draw: Callable[[], Any]) -> Any:
    """What `draw` returns, or the state in its place; nothing on the first call where the layout has drawn it."""
    if again == _DRAWN and dash.ctx.triggered_id is not None:
        again = 0
    return states.guarded(lambda _again: draw())(again)
