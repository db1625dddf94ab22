"""Requests are admitted to what waits for other services: see `portal.viewer.upstream.admission`."""

from __future__ import annotations

import os

from flask import Flask

from portal.settings import Settings
from portal.viewer.upstream.admission import Admission

LEARNED = "PORTAL_THREADS_OF_SERVER"
"""Set by gunicorn.conf.py in each worker: the number that gunicorn was started with, whoever said it."""


def threads(settings: Settings) -> int | None:
    """How many threads answer requests, as the team or the server says; None where nobody does."""
    learned = os.environ.get(LEARNED, "")
    return settings.threads or (int(learned) if learned.isdecimal() else None)


def install(server: Flask, admission: Admission) -> None:
    """Count the threads that answer requests."""
    # First of all hooks: whatever waits later in this thread is a request's.
    server.before_request_funcs.setdefault(None, []).insert(0, admission.begin)
    server.teardown_request(lambda error: admission.end())
