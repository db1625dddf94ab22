"""Which of this environment's variables the content gets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from portal.settings import Settings
from portal.settings import variables as names_of

NOT_SENT = frozenset(
    {
        "product", "connect_server", "connect_api_key", "content_guid", "databricks_app",  # Connect sets its own
        "identity", "allow_shared_identity", "debug",  # a developer's, on their own machine
        "port", "app_port", "workers",  # of other places' servers
    }
)  # fmt: skip


@dataclass(frozen=True)
class Variable:
    name: str
    value: str
    secret: bool = False

    @property
    def by_hand(self) -> str:
        """As a JSON object inside a single-quoted shell word; a secret is named, not shown."""
        if self.secret:
            return f'{{"name": "{self.name}", "value": "\'"${{{self.name}}}"\'"}}'
        return json.dumps({"name": self.name, "value": self.value}).replace("'", "'\\''")


def variables(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Variable]:
    """What is set here and belongs to the content, under each setting's first name.

    Workspace and warehouse go as they were understood; the rest as it was written.
    """
    found = [
        Variable("DATABRICKS_HOST", settings.workspace_name),
        Variable("DATABRICKS_WAREHOUSE_ID", settings.warehouse_id or ""),
    ]
    for field in type(settings).model_fields:
        if field in NOT_SENT or field in {"databricks_host", "warehouse_id"}:
            continue
        for name in names_of(field):
            if value := environment.get(name):
                # A cache's address may hold a password.
                secret = isinstance(getattr(settings, field), SecretStr) or "@" in value
                found.append(Variable(name, value, secret))
                break
    return found
