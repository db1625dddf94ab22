"""Functions of Unity Catalog: those that the sample data's row filters and column masks name. Everyone may run them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from portal.sandbox.securables import METASTORE, NAMESPACE
from portal.sandbox.sql.catalog_model import CREATED, OWNER


@dataclass(frozen=True)
class Routine:
    """A function of one parameter, (name, SQL type)."""

    full_name: str
    parameter: tuple[str, str]
    returns: str
    comment: str

    @property
    def name(self) -> str:
        return self.full_name.rpartition(".")[2]


def of_schema(catalog: Any, full_name: str) -> list[Routine]:
    """The functions of a schema, by name."""
    found: dict[str, Routine] = {}
    for spec in catalog.specs.values():
        if spec.schema != full_name:
            continue
        types = {name: type_ for name, type_, _ in spec.columns}
        if spec.row_filter:
            name, column = spec.row_filter
            comment = f"Which rows of {spec.name} one sees."
            found.setdefault(name, Routine(name, (column, types[column]), "BOOLEAN", comment))
        for column, (name, group, _) in spec.masks.items():
            comment = f"Shown in full to {group} only."
            found.setdefault(name, Routine(name, (column, types[column]), types[column], comment))
    return sorted(found.values(), key=lambda one: one.name)


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
