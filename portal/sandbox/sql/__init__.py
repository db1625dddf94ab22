"""Databricks SQL over DuckDB: dialect, types, permissions, commands and results.

Nothing here knows of a protocol: `portal.sandbox.thrift` and `portal.sandbox.statements` are its two doors.
"""
