"""`information_schema` of a catalog: what the reader may see, as a query of literal rows.

Source of the columns: https://docs.databricks.com/sql/language-manual/sql-ref-information-schema.
"""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import information_rows
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA, Catalog
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.information_rows import Reader
from portal.sandbox.sql.literal_rows import rows_query
from portal.sandbox.sql.types import INT, STRING, SqlType
from portal.sandbox.world import Person

_TIMESTAMP = SqlType("TIMESTAMP")
_CHANGES = "created:t created_by last_altered:t last_altered_by"
_TABLE, _CONSTRAINT = "table_catalog table_schema table_name", "constraint_catalog constraint_schema constraint_name"
_PRIVILEGE = "privilege_type is_grantable inherited_from"
_SIZES = "character_maximum_length:i character_octet_length:i numeric_precision:i numeric_precision_radix:i " \
    "numeric_scale:i datetime_precision:i interval_type interval_precision:i maximum_cardinality:i"  # fmt: skip
_COLUMNS = {
    "information_schema_catalog_name": "catalog_name",
    "catalogs": f"catalog_name catalog_owner comment {_CHANGES}",
    "catalog_privileges": f"grantor grantee catalog_name {_PRIVILEGE}",
    "catalog_tags": "catalog_name tag_name tag_value",
    "schemata": f"catalog_name schema_name schema_owner comment {_CHANGES}",
    "schema_privileges": f"grantor grantee catalog_name schema_name {_PRIVILEGE}",
    "schema_tags": "catalog_name schema_name tag_name tag_value",
    "tables": f"{_TABLE} table_type is_insertable_into commit_action table_owner comment {_CHANGES} data_source_format "
    "storage_sub_directory",
    "views": f"{_TABLE} view_definition check_option is_updatable is_insertable_into sql_path is_materialized",
    "columns": f"{_TABLE} column_name ordinal_position:i column_default is_nullable full_data_type data_type {_SIZES} "
    "is_identity identity_generation is_generated is_updatable partition_ordinal_position:i comment",
    "table_privileges": f"grantor grantee {_TABLE} {_PRIVILEGE}",
    "table_tags": "catalog_name schema_name table_name tag_name tag_value",
    "column_tags": "catalog_name schema_name table_name column_name tag_name tag_value",
    "column_masks": f"{_TABLE} column_name mask_name using_columns",
    "row_filters": f"{_TABLE} filter_name target_columns",
    "table_constraints": f"{_CONSTRAINT} {_TABLE} constraint_type is_deferrable initially_deferred enforced comment",
    "key_column_usage": f"{_CONSTRAINT} {_TABLE} column_name ordinal_position:i position_in_unique_constraint:i",
    "referential_constraints": f"{_CONSTRAINT} unique_constraint_catalog unique_constraint_schema "
    "unique_constraint_name match_option update_rule delete_rule",
    "constraint_column_usage": f"{_TABLE} column_name {_CONSTRAINT}",
    "constraint_table_usage": f"{_TABLE} {_CONSTRAINT}",
    "check_constraints": f"{_CONSTRAINT} check_clause sql_path",
    "routines": "specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name "
    "routine_type data_type full_data_type routine_body routine_definition external_language is_deterministic "
    f"sql_data_access security_type routine_owner comment {_CHANGES}",
    "parameters": "specific_catalog specific_schema specific_name ordinal_position:i parameter_mode is_result "
    "parameter_name data_type full_data_type parameter_default comment",
    "routine_columns": "specific_catalog specific_schema specific_name column_name ordinal_position:i data_type "
    "full_data_type comment",
    "routine_privileges": f"grantor grantee specific_catalog specific_schema specific_name {_PRIVILEGE}",
    "volumes": f"volume_catalog volume_schema volume_name volume_type volume_owner comment storage_location {_CHANGES}",
    "volume_privileges": f"grantor grantee volume_catalog volume_schema volume_name {_PRIVILEGE}",
    "volume_tags": "catalog_name schema_name volume_name tag_name tag_value",
}
_TYPES = {"": STRING, "i": INT, "t": _TIMESTAMP}


def names() -> list[str]:
    return sorted(_COLUMNS)


def table(catalog_name: str, name: str) -> TableInfo | None:
    """A view's description; None where there is no such view."""
    spelled = _COLUMNS.get(name.lower())
    if spelled is None:
        return None
    columns = []
    for index, one in enumerate(spelled.split()):
        column, _, kind = one.partition(":")
        columns.append(ColumnInfo(column, _TYPES[kind], index))
    return TableInfo(
        catalog_name.lower(), INFORMATION_SCHEMA, name.lower(), tuple(columns), table_type="VIEW",
        data_source_format=None, owner="System user", view_definition="",
    )  # fmt: skip


def query(
    catalog: Catalog, person: Person, catalog_name: str, name: str, wanted: set[str] | None = None
) -> exp.Query | None:
    """A query of the view's rows; None where there is no such view. `system` shows every catalog's. `wanted` as in
    `rows_query`."""
    info = table(catalog_name, name)
    visible = [one.name for one in catalog.visible_catalogs(person)]
    if info is None or catalog_name.lower() not in visible:
        return None
    scope = visible if catalog_name.lower() == "system" else [catalog_name.lower()]
    reader = Reader(catalog, person, scope)
    rows = list(information_rows.ROWS[info.name](reader)) if info.name in information_rows.ROWS else []
    return rows_query(info.columns, rows, wanted)
