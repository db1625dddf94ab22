"""One access of a statement to tables."""

from __future__ import annotations

from dataclasses import dataclass

from portal.sandbox.lineage.reading import Touched
from portal.sandbox.world import Origin


@dataclass(frozen=True)
class Event:
    """One statement's access; `at` is seconds since the epoch."""

    at: float
    statement_id: str
    user_name: str
    touched: Touched
    origin: Origin | None
    text: str = ""
    place: tuple[str, str] = ("main", "default")
