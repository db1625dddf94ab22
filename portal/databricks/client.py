"""The SDK's `WorkspaceClient` by parts: each service's module is imported when the first call of it is made.

`databricks.sdk.WorkspaceClient` imports forty services and builds two hundred objects, for which a first viewer would
wait a second or two. Here a service is made when it is named. One that is not among `SERVICES` has the whole client
built, once, with the same bounds: whoever asks for `client.clusters` gets it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk.core import ApiClient, Config

SERVICES = {
    "current_user": ("service.iam", "CurrentUserAPI"),
    "warehouses": ("service.sql", "WarehousesAPI"),
    "statement_execution": ("service.sql", "StatementExecutionAPI"),
    "queries": ("service.sql", "QueriesAPI"),
    "catalogs": ("service.catalog", "CatalogsAPI"),
    "schemas": ("service.catalog", "SchemasAPI"),
    "tables": ("service.catalog", "TablesAPI"),
    "volumes": ("service.catalog", "VolumesAPI"),
    "jobs": ("mixins.jobs", "JobsExt"),
    "lakeview": ("service.dashboards", "LakeviewAPI"),
    "workspace": ("mixins.workspace", "WorkspaceExt"),
}
"""As `WorkspaceClient` names them: the module in `databricks.sdk`, and the class (compared by
`tests/unit/test_patches.py`)."""


class PartialClient:
    """What pages ask of a `WorkspaceClient`. `mend` is applied to each `ApiClient` that calls go out by."""

    def __init__(self, config: Config, mend: Callable[[ApiClient], None]) -> None:
        from databricks.sdk.core import ApiClient

        self.config = config
        self._mend = mend
        self.api_client = ApiClient(config)
        mend(self.api_client)
        self._lock = threading.Lock()
        self._rest: object = None

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in SERVICES:
            return getattr(self._whole(), name)
        module, kind = SERVICES[name]
        made = getattr(importlib.import_module(f"databricks.sdk.{module}"), kind)(self.api_client)
        # From now on found without this.
        return self.__dict__.setdefault(name, made)

    def _whole(self) -> object:
        with self._lock:
            if self._rest is None:
                from databricks.sdk import WorkspaceClient

                whole = WorkspaceClient(config=self.config)
                self._mend(whole.api_client)
                self._rest = whole
            return self._rest
