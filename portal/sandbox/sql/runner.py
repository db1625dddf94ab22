"""Runs one statement in its thread: reads it, decides what kind it is, and fills its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from portal.sandbox.sql import arrow, ddl, describe, dml, errors, parsing, results, settings, show
from portal.sandbox.sql.arrow import Column
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import NAMELESS, Query, Translator
from portal.sandbox.sql.results import Result, Writer
from portal.sandbox.sql.types import SqlType
from portal.sandbox.sql.words import Words

if TYPE_CHECKING:
    from portal.sandbox.sql.engine import Engine
    from portal.sandbox.sql.execution import Execution

_TYPES = {"WITH": "SELECT", "FROM": "SELECT", "VALUES": "SELECT", "TABLE": "SELECT", "(": "SELECT", "DESC": "DESCRIBE"}


def statement_type(text: str) -> str:
    """The query history's word for the kind of statement."""
    word = text.lstrip(" \t\r\n(").split(None, 1)[0].upper() if text.strip(" \t\r\n(") else "OTHER"
    return _TYPES.get(word, word if word.isalpha() else "OTHER")


Handler = Callable[[Context, Words], Rows]
_COMMANDS: dict[str, Handler] = {
    "SHOW": show.show,
    "DESCRIBE": describe.describe,
    "DESC": describe.describe,
    "EXPLAIN": describe.explain,
    "USE": settings.use,
    "SET": settings.set_,
    "RESET": settings.reset,
    "DECLARE": settings.declare,
    "CREATE": ddl.create,
    "REPLACE": ddl.replace_,
    "DROP": ddl.drop,
    "ALTER": ddl.alter,
    "COMMENT": ddl.comment,
    "INSERT": dml.change,
    "UPDATE": dml.change,
    "DELETE": dml.change,
    "MERGE": dml.change,
    "TRUNCATE": dml.truncate,
    **{
        word: lambda context, words: Rows() for word in ("REFRESH", "ANALYZE", "OPTIMIZE", "VACUUM", "CACHE", "UNCACHE")
    },
}


def run(engine: Engine, cursor: duckdb.DuckDBPyConnection, one: Execution) -> None:
    """Fill `one.result`; raises SqlError, duckdb.Error or Canceled."""
    text = parsing.read(one.text)
    translator = Translator(engine.catalog, one.session)
    if one.session.zone != "Etc/UTC":
        cursor.execute(f"SET TimeZone = '{one.session.zone}'")
    if text.word in parsing.QUERY_WORDS:
        tree = translator.tree(text, one.parameters)
        if isinstance(tree, exp.Query | exp.Values):
            query_(engine, cursor, one, translator.query(tree, one.text))
            return
    handler = dml.change if text.word in parsing.QUERY_WORDS else _COMMANDS.get(text.word)
    if handler is None:
        raise errors.unsupported(f"{text.word} statements")
    context = Context(engine, cursor, one, translator, text)
    answer = handler(context, Words(text, one.parameters))
    rows(engine, one, answer.columns, answer.values)


def query_(engine: Engine, cursor: duckdb.DuckDBPyConnection, one: Execution, query: Query) -> None:
    """Run a translated query and keep its rows."""
    for schema in query.schemas:
        engine.loader.ensure(schema)
    one.interruptible(cursor.interrupt)
    cursor.execute(query.sql)
    columns = [
        Column("" if name == NAMELESS else name, query.type(position, name, type_))
        for position, (name, type_, *_) in enumerate(cursor.description)
    ]
    result = Result(columns, engine.budget, one.session.zone)
    writer = Writer(result, engine.budget, one)
    for batch in cursor.to_arrow_reader(batch_rows(len(columns))):
        one.check()
        if not writer.add(arrow.convert(batch, columns, result.schema)):
            break
        if one.size_limit is not None and result.byte_count > one.size_limit:
            writer.finish().close()
            raise errors.InlineLimit(one.size_limit)
    one.interruptible(None)
    one.result = writer.finish()


def batch_rows(columns: int) -> int:
    """Rows of a batch: about three megabytes of eight-byte values, in DuckDB's vectors of 2,048."""
    return max(1, min(60, 192 // max(columns, 1))) * 2048


def rows(
    engine: Engine, one: Execution, columns: Sequence[tuple[str, SqlType]], values: Iterable[Sequence[Any]]
) -> None:
    """The result of a command: rows of Python values."""
    named = [Column(name, type_) for name, type_ in columns]
    one.result = results.of_rows(named, values, engine.budget, one)
