"""The guard rail of PORTAL_SQL_MODE=read: only statements that are understood, and that read, are handed on.

A guard rail, not a wall: what a viewer may change is Unity Catalog's to say, and a function that a query calls may do
anything that its owner was allowed. It keeps a DELETE that was meant for elsewhere, or a link from a stranger, from
running here.

What is allowed is a list; whatever the parser does not know, or knows only as text, is refused. `SHOW`, `DESCRIBE` and
`EXPLAIN` are the exceptions: sqlglot has them as text, and Databricks' grammar lets none of them change anything (an
EXPLAIN does not run what it explains).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError

from portal.databricks import sqltext
from portal.settings import settings
from portal.viewer.errors import StatementFailed

PARSED = 400_000
"""Characters beyond which a statement is not parsed here (about three seconds), long lists of literals aside."""

_READS: tuple[type[exp.Expr], ...] = (exp.Query, exp.Values, exp.Describe)
_WRITES: tuple[type[exp.Expr], ...] = (
    exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Command, exp.Into, exp.Merge, exp.Copy, exp.Grant, exp.Comment,
    exp.Set, exp.Use, exp.TruncateTable, exp.Cache, exp.Uncache, exp.Refresh, exp.Analyze, exp.Transaction,
    exp.QueryTransform, exp.Kill, exp.Pragma, exp.Attach, exp.Detach, exp.LoadData, exp.Declare,
)  # fmt: skip
_SAFE_WORDS = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"})


class Refused(StatementFailed):
    """The page does not hand this statement on; its message says why, and what to do instead."""

    kind = "refused"
    title = "Not run"


@dataclass(frozen=True)
class UseStatement:
    """`USE …`: where names without a catalog or schema are looked up from now on. None: as it was."""

    catalog: str | None
    schema: str | None


def check(sql: str) -> UseStatement | None:
    """Let a statement pass, or raise `Refused`. A `USE` is returned: it is the page's to carry out.

    `SET` is refused in either mode, since each statement has a session of its own.
    """
    first = sqltext.words(sql)
    word = first[0] if first else ""
    if word in {"SET", "RESET", "UNSET"}:
        raise Refused(
            f"{word} would have no effect: the Statement Execution API gives each statement a session of its own. "
            "Use a parameter (:name) for values."
        )
    if word == "USE":
        return _use(sql)
    if settings().sql_mode != "full":
        _must_read(sql, word, first)
    return None


def reads(sql: str) -> bool:
    """Whether a statement only reads, in either mode: what may run a second time without being asked to."""
    first = sqltext.words(sql)
    try:
        _must_read(sql, first[0] if first else "", first)
    except Refused:
        return False
    return True


def _must_read(sql: str, word: str, first: list[str]) -> None:
    if word in _SAFE_WORDS:
        if word == "EXPLAIN" and first[1:2] == ["ANALYZE"]:
            raise Refused("EXPLAIN ANALYZE runs the statement that it explains.")
        return
    if word == "TABLE":
        if not _names_a_table(sql):
            _refuse(word)
        return
    tree = _parsed(sql, word)
    if not isinstance(tree, _READS) or next((True for _ in tree.find_all(*_WRITES)), False):
        _refuse(word)


def _refuse(word: str) -> None:
    raise Refused(
        f"This page takes statements that read; this one ({word or 'empty'}) could change something. The team that "
        "runs the portal can allow all statements with PORTAL_SQL_MODE=full."
    )


def _parsed(sql: str, word: str) -> exp.Expr:
    short = sqltext.shortened(sql) if len(sql) > PARSED // 4 else sql
    if len(short) > PARSED:
        raise Refused(
            f"The statement is too long for the portal to check that it only reads: {len(sql):,} characters, of which "
            f"{PARSED:,} may be other than literals. Put the values into a table or a view, or run it in Databricks; "
            "the team that runs the portal can allow all statements with PORTAL_SQL_MODE=full."
        )
    try:
        trees = [tree for tree in Databricks().parse(short) if tree is not None]
    except (SqlglotError, RecursionError):
        raise Unparsed(word) from None
    if len(trees) != 1:
        raise Refused("This is more than one statement.")
    return trees[0]


class Unparsed(Refused):
    """Not understood here. Databricks can be asked what is wrong with it, by an EXPLAIN, which runs nothing."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"The portal's parser does not understand this statement ({word or 'empty'}), so it cannot tell that it "
            "only reads. The team that runs the portal can allow all statements with PORTAL_SQL_MODE=full."
        )


def _names_a_table(sql: str) -> bool:
    rest = [token for token in sqltext.tokens(sql) if token.kind not in {"space", "line", "block"}][1:]
    return bool(rest) and all(token.kind in {"word", "quoted"} or sql[token.start : token.end] == "." for token in rest)


def _use(sql: str) -> UseStatement:
    """`USE CATALOG c`, `USE [SCHEMA | DATABASE] [c.]s`."""
    rest = [
        (token.kind, sql[token.start : token.end])
        for token in sqltext.tokens(sql)
        if token.kind not in {"space", "line", "block"}
    ][1:]
    kind = "SCHEMA"
    if len(rest) > 1 and rest[0][0] == "word" and rest[0][1].upper() in {"CATALOG", "SCHEMA", "DATABASE"}:
        kind = rest.pop(0)[1].upper()
    names = [name[1:-1].replace("``", "`") if lexed == "quoted" else name for lexed, name in rest if name != "."]
    dots = [name for _, name in rest if name == "."]
    shaped = all(lexed in {"word", "quoted"} or name == "." for lexed, name in rest) and len(dots) == len(names) - 1
    if not shaped or len(names) not in ({1} if kind == "CATALOG" else {1, 2}):
        raise Refused("Write USE CATALOG name, or USE SCHEMA name or catalog.name.")
    if kind == "CATALOG":
        return UseStatement(names[0], "default")
    return UseStatement(names[0] if len(names) == 2 else None, names[-1])
