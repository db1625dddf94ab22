"""Catalogs, schemas, columns and tables in Unity Catalog's JSON, from the SQL engine's descriptions of them."""

from __future__ import annotations

import uuid
from typing import Any

METASTORE = "7b7f9f6c-93c1-4b4a-8c43-8f0d9a2f1a11"
NAMESPACE = uuid.UUID(METASTORE)


def stamps(info: Any, person_field: str = "owner") -> dict[str, Any]:
    """The audit fields that every securable has; times in milliseconds."""
    owner = getattr(info, person_field)
    created = int(info.created_at * 1000)
    updated = int(getattr(info, "updated_at", info.created_at) * 1000)
    return {
        "metastore_id": METASTORE,
        "owner": owner,
        "created_at": created,
        "created_by": owner,
        "updated_at": updated,
        "updated_by": owner,
    }


def catalog_dict(one: Any) -> dict[str, Any]:
    body = {
        "name": one.name,
        "full_name": one.name,
        "comment": one.comment,
        "catalog_type": one.catalog_type,
        "securable_type": "CATALOG",
        "isolation_mode": "OPEN",
        "properties": {},
        **stamps(one),
    }
    return {name: value for name, value in body.items() if value is not None}


def schema_dict(one: Any) -> dict[str, Any]:
    body = {
        "name": one.name,
        "catalog_name": one.catalog_name,
        "full_name": one.full_name,
        "comment": one.comment,
        "schema_id": str(uuid.uuid5(NAMESPACE, one.full_name)),
        "catalog_type": "SYSTEM_CATALOG" if one.catalog_name in ("samples", "system") else "MANAGED_CATALOG",
        **stamps(one),
    }
    return {name: value for name, value in body.items() if value is not None}


def column_dict(one: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": one.name,
        "type_text": one.type_text,
        "type_json": one.type_json,
        "type_name": one.type_name,
        "type_precision": one.type.precision,
        "type_scale": one.type.scale,
        "position": one.position,
        "nullable": one.nullable,
    }
    if one.comment:
        body["comment"] = one.comment
    if one.mask:
        body["mask"] = {"function_name": one.mask, "using_column_names": []}
    return body


def constraint_dict(one: Any) -> dict[str, Any]:
    """A key, as TableConstraint has it."""
    body = {"name": one.name, "child_columns": list(one.columns)}
    if one.kind == "PRIMARY KEY":
        return {"primary_key_constraint": {**body, "rely": one.rely}}
    parent = {"parent_table": one.parent, "parent_columns": list(one.parent_columns)}
    return {"foreign_key_constraint": {**body, **parent, "rely": one.rely}}


def table_dict(one: Any, *, columns: bool = True, properties: bool = True, names: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": one.name,
        "catalog_name": one.catalog_name,
        "schema_name": one.schema_name,
        "full_name": one.full_name,
        "table_type": one.table_type,
        "data_source_format": one.data_source_format,
        "comment": one.comment,
        "table_id": str(uuid.uuid5(NAMESPACE, one.full_name)),
        "view_definition": one.view_definition,
        **stamps(one),
    }
    if columns:
        places = {name.lower(): index for index, name in enumerate(one.partitioned_by)}
        body["columns"] = [
            {
                **column_dict(column),
                **({"partition_index": places[name]} if (name := column.name.lower()) in places else {}),
            }
            for column in one.columns
        ]
    if properties:
        counted = {"numRows": one.row_count, "sizeInBytes": one.byte_count}
        body["properties"] = {**one.properties, **{k: str(v) for k, v in counted.items() if v is not None}}
    if one.row_filter:
        filtered = [column.name for column in one.columns if column.name == "region"]
        body["row_filter"] = {"function_name": one.row_filter, "input_column_names": filtered}
    if one.constraints:
        body["table_constraints"] = [constraint_dict(each) for each in one.constraints if each.kind != "CHECK"]
    if not names:
        for name in ("owner", "created_by", "updated_by"):
            body.pop(name)
    return {name: value for name, value in body.items() if value is not None}
