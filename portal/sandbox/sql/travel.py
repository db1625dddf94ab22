"""DESCRIBE HISTORY, and RESTORE to an earlier version."""

from __future__ import annotations

import datetime

from portal.sandbox.sql import errors
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.history import History, version_at
from portal.sandbox.sql.places import require_owner
from portal.sandbox.sql.types import BIGINT, BOOLEAN, STRING, SqlType, parse
from portal.sandbox.sql.words import Words
from portal.sandbox.sql.writes import count, name_of, writing

_COLUMNS: list[tuple[str, SqlType]] = [
    ("version", BIGINT),
    ("timestamp", SqlType("TIMESTAMP")),
    ("userId", STRING),
    ("userName", STRING),
    ("operation", STRING),
    ("operationParameters", parse("MAP<STRING, STRING>")),
    (
        "job",
        parse(
            "STRUCT<jobId: STRING, jobName: STRING, jobRunId: STRING, runId: STRING, jobOwnerId: STRING, "
            "triggerType: STRING>"
        ),
    ),
    ("notebook", parse("STRUCT<notebookId: STRING>")),
    ("clusterId", STRING),
    ("readVersion", BIGINT),
    ("isolationLevel", STRING),
    ("isBlindAppend", BOOLEAN),
    ("operationMetrics", parse("MAP<STRING, STRING>")),
    ("userMetadata", STRING),
    ("engineInfo", STRING),
]


def describe_history(context: Context, words: Words) -> Rows:
    """What stands behind `DESCRIBE HISTORY`."""
    words.take("TABLE")
    table = context.table(words.name())
    limit = int(words.rest() or 0) if words.take("LIMIT") else None
    words.end()
    if table.view_definition is not None:
        raise errors.view_instead_of_table(table.full_name)
    versions = list(reversed(context.catalog.history.versions(table.full_name, table)))
    rows = [
        [
            one.number,
            datetime.datetime.fromtimestamp(one.at, datetime.UTC),
            None,
            one.user_name,
            one.operation,
            list(one.parameters.items()),
            None,
            None,
            None,
            one.number - 1 if one.number else None,
            "WriteSerializable",
            one.parameters.get("mode") == "Append",
            [(name, str(value)) for name, value in one.metrics.items()],
            None,
            None,
        ]
        for one in versions[:limit]
    ]
    return Rows(_COLUMNS, rows)


def restore(context: Context, words: Words) -> Rows:
    """`RESTORE [TABLE] t [TO] VERSION AS OF n`, or TIMESTAMP."""
    words.need("RESTORE")
    words.take("TABLE")
    table = context.table(words.name(), "MODIFY")
    require_owner(context, table, "Table", table.full_name)
    words.take("TO")
    kind = words.take_any("VERSION", "TIMESTAMP")
    if kind is None or not words.take("AS", "OF"):
        raise words.error()
    value = words.string() if words.is_string else words.rest()
    words.end()
    version = version_at(context.catalog.history, table, kind, value, context.session)
    if [one.name for one in version.table.columns] != [one.name for one in table.columns]:
        raise errors.unsupported("RESTORE over a change of columns")
    with writing(context, table, "RESTORE") as write:
        write.parameters = {"version": str(version.number)}
        if version.number != context.catalog.history.versions(table.full_name, table)[-1].number:
            context.run(f"DELETE FROM {name_of(table)}")
            count(context, f"INSERT INTO {name_of(table)} FROM {History.place(version)}")
    columns = (
        "table_size_after_restore", "num_of_files_after_restore", "num_removed_files", "num_restored_files",
        "removed_files_size", "restored_files_size",
    )  # fmt: skip
    return Rows([(name, BIGINT) for name in columns], [[None] * len(columns)])
