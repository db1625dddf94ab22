"""Where the audit stream goes: a stream of its own, which the log's level does not silence.

An event that cannot be written is counted (`portal_audit_lost_total`) and said in the log; a place that cannot be
written at all ends the start: whoever wants a record wants to know that there is none.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import SysLogHandler, WatchedFileHandler
from pathlib import Path

import structlog

from portal.counters import AUDIT_LOST
from portal.setting_values import syslog_address
from portal.settings import SettingsError

NAME = "portal.audit"
SCHEMA = 1
"""Of an event's fields: it grows where one changes its meaning or goes; new ones may come without."""

log = structlog.get_logger("portal.audit-log")


def configure(where: str, formatter: logging.Formatter) -> None:
    """Send the stream there from now on. Raises `SettingsError` where that cannot be opened."""
    try:
        handler = _handler(where)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(f"PORTAL_AUDIT_LOG is {where!r}: it cannot be written ({why}).") from None
    handler.setFormatter(formatter)
    stream = logging.getLogger(NAME)
    for old in stream.handlers[:]:
        stream.removeHandler(old)
        old.close()
    stream.addHandler(handler)
    stream.setLevel(logging.INFO)
    stream.propagate = False


def versioned(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["schema"] = SCHEMA
    return event


def _handler(where: str) -> logging.Handler:
    if where in {"stdout", "stderr"}:
        return _Stream(sys.stdout if where == "stdout" else sys.stderr)
    if where == "syslog":
        return _Syslog("/dev/log", facility=SysLogHandler.LOG_AUTHPRIV)
    if (address := syslog_address(where)) is not None:
        return _Syslog(address, facility=SysLogHandler.LOG_AUTHPRIV)
    Path(where).touch(mode=0o600)
    # Of a file that is moved away by a rotation, the next event makes a new one.
    return _File(where, encoding="utf-8")


class _Counted(logging.Handler):
    """Mixed into the handlers."""

    def handleError(self, record: logging.LogRecord) -> None:  # logging's own name
        AUDIT_LOST.inc()
        error = sys.exc_info()[1]
        log.error("audit event lost", error=type(error).__name__, lost=record.name)


class _Stream(_Counted, logging.StreamHandler):
    """Standard output, or standard error."""


class _File(_Counted, WatchedFileHandler):
    """A file that may be rotated."""


class _Syslog(_Counted, SysLogHandler):
    """The machine's, or another's by UDP."""

    append_nul = False
    ident = "portal: "
