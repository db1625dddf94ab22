"""What page authors import. `docs/page-api.md` explains it by examples that run.

    query(sql, params, ttl=…)      a page's small result, as an Arrow table
    statement(sql, params)         SQL that a person waits for: returns at once; `statement_status`, `statement_result`
                                   and `statement_cancel` take its id, in any process
    write(sql, params)             SQL that changes something, on the record; how many rows
    jobs                           run, status, output, cancel; `jobs.panel` with the signed dialog
    workspace()                    databricks-sdk's `WorkspaceClient`, as the viewer
    me(), viewer()                 who is looking: to Databricks, and to the portal
    @per_viewer(ttl=…)             keep a function's answers, for the viewer who got them; with `shared=True` in all
                                   processes (`ArrowTable` is the type of a table in a dataclass)
    serving                        `serving.query(endpoint, …)`: a model serving endpoint
    files                          volumes: list, read, write, and the components that upload and download
    dashboard(id, page=…)          a page of an AI/BI dashboard of the workspace, drawn inside one of yours
    spark()                        a session of Spark for DataFrames, on a cluster (`portal[spark]`)
    states, grid, chart, shell     what pages draw with; `states.guarded` draws whatever went wrong
    kpi, kpis, toolbar, remember   figures, filters, and the address that follows them
    form, edit_table, fields       what viewers fill in and edit, checked by type
    @route(path)                   a POST of a page's own scripts, for whoever may open the page
    long_run                       a statement with its state, how long it runs, cancel; found again after a reload
    PortalError and its kinds      what a viewer can meet instead of their data

Everything here runs as the current viewer, and raises the state to show where there is none. Nothing falls back to
another identity.
"""

from __future__ import annotations

from portal.api import files, jobs, serving
from portal.api.boards import dashboard
from portal.api.dataframes import spark
from portal.api.statements import statement, statement_cancel, statement_result, statement_status
from portal.databricks.connector import query
from portal.databricks.identity import Me, me
from portal.databricks.own_client import workspace
from portal.databricks.statements import Column, Manifest, Statement
from portal.databricks.writing import write
from portal.results.result import Result
from portal.ui import chart, fields, grid, shell, states
from portal.ui.cards import kpi, kpis, remember, toolbar
from portal.ui.editgrid import edit_table
from portal.ui.forms import form
from portal.ui.longrun import long_run
from portal.ui.routes import route
from portal.viewer import Viewer, acting_as, per_viewer
from portal.viewer import current as viewer
from portal.viewer.errors import (
    AlreadyThere,
    Busy,
    Canceled,
    ClusterStarting,
    Conflict,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    NotThere,
    PortalError,
    SessionEnded,
    SignInToConnect,
    SignInToDatabricks,
    StatementFailed,
    TooLarge,
    Unreachable,
    WarehouseStarting,
    WarehouseStopped,
)
from portal.viewer.shared_answers import ArrowTable

__all__ = [
    "AlreadyThere",
    "ArrowTable",
    "Busy",
    "Canceled",
    "ClusterStarting",
    "Column",
    "Conflict",
    "Manifest",
    "Me",
    "NoSuchThing",
    "NotPermitted",
    "NotSetUp",
    "NotThere",
    "PortalError",
    "Result",
    "SessionEnded",
    "SignInToConnect",
    "SignInToDatabricks",
    "Statement",
    "StatementFailed",
    "TooLarge",
    "Unreachable",
    "Viewer",
    "WarehouseStarting",
    "WarehouseStopped",
    "acting_as",
    "chart",
    "dashboard",
    "edit_table",
    "fields",
    "files",
    "form",
    "grid",
    "jobs",
    "kpi",
    "kpis",
    "long_run",
    "me",
    "per_viewer",
    "query",
    "remember",
    "route",
    "serving",
    "shell",
    "spark",
    "statement",
    "statement_cancel",
    "statement_result",
    "statement_status",
    "states",
    "toolbar",
    "viewer",
    "workspace",
    "write",
]
