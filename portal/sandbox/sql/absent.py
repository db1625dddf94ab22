"""Databricks' own words that the sandbox knows only by name: who uses one hears so, and not that there is none.

Functions by the list of built-in functions, tables by the list of INFORMATION_SCHEMA's relations, both of
https://docs.databricks.com/sql/language-manual.
"""

from __future__ import annotations

_FUNCTIONS = frozenset({
    "aes_decrypt", "aes_encrypt", "approx_top_k", "approx_top_k_accumulate", "approx_top_k_combine",
    "approx_top_k_estimate", "array_insert", "bit_reverse", "bitmap_and_agg", "bitmap_construct_agg",
    "bitmap_count", "bitmap_or_agg", "cloud_files_state", "collation", "collations", "count_min_sketch",
    "current_oauth_custom_identity_claim", "current_recipient", "event_log", "from_avro", "from_csv",
    "from_protobuf", "from_xml", "get_warnings", "histogram_numeric", "http_request", "inline_outer",
    "input_file_block_length", "input_file_block_start", "input_file_name", "is_valid_utf8", "is_variant_null",
    "isdate", "java_method", "json_tuple", "list_secrets", "luhn_check", "make_dt_interval", "make_interval",
    "make_time", "make_timestamp_ltz", "make_timestamp_ntz", "make_valid_utf8", "make_ym_interval",
    "map_zip_with", "quote", "read_files", "read_kafka", "read_kinesis", "read_pubsub", "read_pulsar",
    "read_state_metadata", "read_statestore", "read_streams", "reflect", "remote_query", "schema_of_csv",
    "schema_of_json", "schema_of_json_agg", "schema_of_variant", "schema_of_variant_agg", "schema_of_xml",
    "secret", "sentences", "session_window", "shiftrightunsigned", "spark_partition_id", "sql_keywords",
    "stack", "table_changes", "time_diff", "time_trunc", "to_avro", "to_binary", "to_csv", "to_geography",
    "to_geometry", "to_protobuf", "to_time", "to_varchar", "to_variant_object", "to_xml", "try_aes_decrypt",
    "try_avg", "try_make_interval", "try_make_timestamp", "try_parse_json", "try_parse_url", "try_reflect",
    "try_secret", "try_sum", "try_to_binary", "try_to_geography", "try_to_geometry", "try_to_time",
    "try_url_decode", "try_validate_utf8", "try_variant_get", "try_zstd_decompress", "validate_utf8",
    "variant_explode", "variant_explode_outer", "variant_get", "vector_avg", "vector_cosine_similarity",
    "vector_inner_product", "vector_l2_distance", "vector_norm", "vector_normalize", "vector_search",
    "vector_sum", "window", "window_time", "zstd_compress", "zstd_decompress",
})  # fmt: skip
_FAMILIES = ("ai_", "h3_", "hll_", "kll_", "st_", "theta_", "xpath")
INFORMATION = frozenset({
    "catalog_provider_share_usage", "connection_privileges", "connections", "credential_privileges", "credentials",
    "external_location_privileges", "external_locations", "metastore_privileges", "metastores", "providers",
    "recipient_allowed_ip_ranges", "recipient_tokens", "recipients", "schema_share_usage",
    "share_recipient_privileges", "shares", "storage_credential_privileges", "storage_credentials",
    "table_share_usage",
})  # fmt: skip
"""Relations of `information_schema`."""
SOURCES = frozenset({"avro", "binaryfile", "csv", "delta", "iceberg", "json", "orc", "parquet", "text", "xml"})
"""Kinds of files that are read by a path: csv.`/Volumes/…`."""


def function(name: str) -> bool:
    """Whether Databricks has a function of this name that the sandbox lacks."""
    return name.lower() in _FUNCTIONS or name.lower().startswith(_FAMILIES)
