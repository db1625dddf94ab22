"""databricks-connect's inside: which session a thread has, and its loggers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

CLIENT = "databricks.connect"
LOGGERS = ("pyspark.sql.connect.logging", "SQLQueryContextLogger")
"""They write plans and SQL text: the second one at each failure, to standard error (seen in 17.3)."""


def silence() -> None:
    """Neither a plan nor a text of a viewer's reaches the log."""
    for name in LOGGERS:
        logging.getLogger(name).disabled = True


def collected_quietly(kind: type[SparkSession]) -> None:
    """A session that the collector finds only goes; it was closed when its `with` ended.

    Its own `__del__` (17.3) waits for what every session's calls release, in whatever thread collects it, and holds a
    lock meanwhile which the `__del__` of another wants, in one of the threads that it waits for: neither ever ends.
    """
    kind.__del__ = lambda self: None


_here = threading.local()


@contextmanager
def active(session: SparkSession) -> Iterator[None]:
    """Inside, in this thread alone, `SparkSession.active()` is this session: a UDF whose type is given as text asks for
    it. Elsewhere there is none: the library's own builder would leave the first viewer's there for everybody.
    """
    mine: list[SparkSession] = _here.__dict__.setdefault("sessions", [])
    kept = type(session)._active_session
    mine.append(session)
    kept.session = session
    try:
        yield
    finally:
        mine.remove(session)
        kept.session = mine[-1] if mine else None
