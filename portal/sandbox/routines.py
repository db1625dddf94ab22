"""Functions in Unity Catalog's JSON. Everyone may run them."""

from __future__ import annotations

import uuid
from typing import Any

from portal.sandbox.securables import METASTORE, NAMESPACE
from portal.sandbox.sql.catalog_model import CREATED, OWNER
from portal.sandbox.sql.routines import Routine, of_schema

__all__ = ["Routine", "as_dict", "of_schema"]


def as_dict(one: Routine) -> dict[str, Any]:
    """FunctionInfo."""
    catalog, schema, name = one.full_name.split(".")
    parameter, type_ = one.parameter
    return {
        "name": name,
        "catalog_name": catalog,
        "schema_name": schema,
        "full_name": one.full_name,
        "function_id": str(uuid.uuid5(NAMESPACE, one.full_name)),
        "metastore_id": METASTORE,
        "input_params": {
            "parameters": [
                {
                    "name": parameter,
                    "type_text": type_.lower(),
                    "type_name": type_.upper(),
                    "position": 0,
                    "parameter_mode": "IN",
                    "parameter_type": "PARAM",
                }
            ]
        },
        "data_type": one.returns.upper(),
        "full_data_type": one.returns.upper(),
        "routine_body": "SQL",
        "sql_data_access": "CONTAINS_SQL",
        "comment": one.comment,
        "owner": OWNER,
        "created_at": int(CREATED * 1000),
        "updated_at": int(CREATED * 1000),
        "created_by": OWNER,
        "updated_by": OWNER,
    }
