"""The tables that a text reads: how one gets from a result to where its numbers come from."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from portal.databricks.lineage.model import Path
from portal.databricks.sqlcanonical import NotUnderstood, parsed
from portal.databricks.sqllexer import TooLong, code, folded, name

MOST = 20


def sources(sql: str, catalog: str = "", schema: str = "") -> tuple[Path, ...]:
    """Full names, each once, in the order of the text, at most `MOST`; none of a text that is not read.

    A name of fewer parts than three is of the current catalog and schema; without those it is left out.
    """
    try:
        names = _quoted(sql) if "`" in sql else _plain(parsed(sql))
        found: dict[Path, None] = {}
        for parts in names:
            path = ((catalog, schema, "")[: 3 - len(parts)] + parts) if len(parts) < 3 else parts
            if len(path) == 3 and all(path) and path[1].lower() != "information_schema":
                found.setdefault(path, None)
    except (NotUnderstood, TooLong, RecursionError):
        return ()
    return tuple(found)[:MOST]


def _plain(tree: exp.Expr) -> Iterator[Path]:
    known = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in known):
            # The parser sees words in capitals; Unity Catalog keeps names in small letters.
            yield tuple(part.name.lower() for part in table.parts)


def _quoted(sql: str) -> Iterator[Path]:
    """What follows FROM and JOIN: the parser is shown no quoted names. Of one part none, which may be anything."""
    tokens = code(sql)
    shown = [sql[token.start : token.end] for token in tokens]
    begins = [at + 1 for at, word in enumerate(shown[:-1]) if folded(word) in ("FROM", "JOIN")]
    for begin in begins:
        parts, at = [name(sql, tokens[begin])], begin
        while at + 2 < len(tokens) and shown[at + 1] == ".":
            at += 2
            parts.append(name(sql, tokens[at]))
        if len(parts) > 1:
            yield tuple(parts)
        # `FROM a x, b`: the list goes on behind an alias.
        comma = next((next_ for next_ in (at + 1, at + 2, at + 3) if shown[next_ : next_ + 1] == [","]), None)
        if comma is not None and comma + 1 < len(tokens) and all(word.isalnum() for word in shown[at + 1 : comma]):
            begins.append(comma + 1)
