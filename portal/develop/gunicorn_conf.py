"""gunicorn for `python -m portal dev`: the project's own configuration, a master that has imported the libraries, and a
worker more than answers (`portal.develop.standby`)."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

import portal.patches.start  # noqa: F401  (first of all, as in wsgi.py)

# isort: split
from portal.develop import standby
from portal.patches import imports

globals().update(runpy.run_path(os.path.join(os.getcwd(), "gunicorn.conf.py")))

import dash  # noqa: E402, F401
import dash_ag_grid  # noqa: E402, F401
import dash_bootstrap_components  # noqa: E402, F401
import flask_caching  # noqa: E402, F401
import prometheus_client  # noqa: E402, F401
import pydantic_settings  # noqa: E402, F401
import sqlglot  # noqa: E402, F401

imports.need("databricks.sdk.service.iam", "databricks.sdk.service.sql")
imports.sql_connector()

workers = 2
timeout = 0  # who stands by says nothing for hours
graceful_timeout = 1
keepalive = 1
bind = os.environ["DEV_BIND"]
loglevel = "warning"


def post_fork(server: Any, worker: Any) -> None:
    """A worker imports the portal as it is now, then the pages as they are when it is its turn; what is imported late
    stays as the master has it."""
    for name in [name for name in sys.modules if name.partition(".")[0] in {"portal", "pages"}]:
        if not name.startswith("portal.patches") and name != "portal":
            del sys.modules[name]
    os.environ["PORTAL_THREADS_OF_SERVER"] = str(worker.cfg.threads)
    standby.stand_by()


def post_worker_init(worker: Any) -> None:
    standby.answers()
