"""Runs one statement in its thread: reads it, decides what kind it is, and fills its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from portal.sandbox.sql import (
    arrow,
    ddl,
    describe,
    dml,
    errors,
    explain,
    lexing,
    reader,
    results,
    script,
    settings,
    show,
    travel,
    variables,
)
from portal.sandbox.sql.arrow import Column
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import NAMELESS, Query, Translator
from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.results import Result, Writer
from portal.sandbox.sql.store import Store
from portal.sandbox.sql.types import SqlType
from portal.sandbox.sql.words import Words

_TYPES = {"WITH": "SELECT", "FROM": "SELECT", "VALUES": "SELECT", "TABLE": "SELECT", "(": "SELECT", "DESC": "DESCRIBE"}


def statement_type(text: str) -> str:
    """The query history's word for the kind of statement."""
    try:
        shown = (text[one.start : one.end].upper() for one in reader.lexemes(text) if one.kind not in reader.HIDDEN)
        word = next((word for word in shown if word != "("), "OTHER")
    except errors.ParseError:
        return "OTHER"
    return _TYPES.get(word, word if word.isalpha() else "OTHER")


def _refresh(context: Context, words: Words) -> Rows:
    """`REFRESH TABLE t`: what is read here is never stale."""
    words.need("REFRESH")
    words.take("TABLE")
    context.relation(words.name())
    words.end()
    return Rows()


def _analyze(context: Context, words: Words) -> Rows:
    """`ANALYZE TABLE t COMPUTE STATISTICS`: rows are counted by each write."""
    words.need("ANALYZE")
    words.need("TABLE")
    context.table(words.name())
    words.take("COMPUTE")
    words.take("DELTA")
    words.need("STATISTICS")
    return Rows()


Handler = Callable[[Context, Words], Rows]
_COMMANDS: dict[str, Handler] = {
    "SHOW": show.show,
    "DESCRIBE": describe.describe,
    "DESC": describe.describe,
    "EXPLAIN": explain.explain,
    "USE": settings.use,
    "SET": settings.set_,
    "RESET": settings.reset,
    "DECLARE": variables.declare,
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
    "RESTORE": travel.restore,
    "REFRESH": _refresh,
    "ANALYZE": _analyze,
}


def run(store: Store, cursor: duckdb.DuckDBPyConnection, one: Execution) -> None:
    """Fill `one.result`; raises SqlError, duckdb.Error or Canceled."""
    _statement(store, cursor, one, one.text, one.parameters)


def _statement(
    store: Store, cursor: duckdb.DuckDBPyConnection, one: Execution, given: str, parameters: Sequence[Parameter]
) -> None:
    text = lexing.read(given)
    translator = Translator(store.catalog, one.session)
    if one.session.zone != "Etc/UTC":
        cursor.execute(f"SET TimeZone = '{one.session.zone}'")
    if text.word in lexing.QUERY_WORDS:
        tree = translator.tree(text, parameters)
        if isinstance(tree, exp.Query | exp.Values):
            query_(store, cursor, one, translator.query(tree, given))
            return
        if given is one.text:
            # `WITH … INSERT` looks like a query until it is read.
            one.record.statement_type = tree.key.upper()
    context = Context(store, cursor, one, translator, text, parameters)
    words = Words(text, parameters)

    def inner(part: str, values: Sequence[Parameter]) -> None:
        _statement(store, cursor, one, part, values)

    match text.word:
        case "BEGIN":
            rows(store, one, [], [])
            script.Script(context, inner).run()
        case "EXECUTE":
            rows(store, one, [], [])
            script.execute_immediate(context, words, inner)
        case _:
            handler = dml.change if text.word in lexing.QUERY_WORDS else _COMMANDS.get(text.word)
            if handler is None:
                raise errors.unsupported(f"{text.word} statements")
            answer = handler(context, words)
            rows(store, one, answer.columns, answer.values)


def query_(store: Store, cursor: duckdb.DuckDBPyConnection, one: Execution, query: Query) -> None:
    """Run a translated query and keep its rows."""
    store.load(query.schemas)
    one.interruptible(cursor.interrupt)
    cursor.execute(query.sql)
    columns = [
        Column("" if name == NAMELESS else name, query.type(position, name, type_))
        for position, (name, type_, *_) in enumerate(cursor.description)
    ]
    result = Result(columns, store.budget, one.session.zone)
    writer = Writer(result, store.budget, one)
    for batch in cursor.to_arrow_reader(batch_rows(len(columns))):
        one.check()
        if not writer.add(arrow.convert(batch, columns, result.schema)):
            break
        if one.size_limit is not None and result.byte_count > one.size_limit:
            writer.finish().close()
            raise errors.InlineLimit(one.size_limit)
    one.interruptible(None)
    if one.result is not None:
        one.result.close()
    one.result = writer.finish()


def batch_rows(columns: int) -> int:
    """Rows of a batch: about three megabytes of eight-byte values, in DuckDB's vectors of 2,048."""
    return max(1, min(60, 192 // max(columns, 1))) * 2048


def rows(store: Store, one: Execution, columns: Sequence[tuple[str, SqlType]], values: Iterable[Sequence[Any]]) -> None:
    """The result of a command: rows of Python values."""
    named = [Column(name, type_) for name, type_ in columns]
    if one.result is not None and not named:
        return  # in a script: what answers no rows hides no earlier answer
    if one.result is not None:
        one.result.close()
    one.result = results.of_rows(named, values, store.budget, one)
