"""The tables that a text reads: how one gets from a result to where its numbers come from."""

from __future__ import annotations

from sqlglot import exp

from portal.databricks.lineage.model import Path
from portal.databricks.sqlcanonical import NotUnderstood, parsed
from portal.databricks.sqllexer import TooLong, code, name

MOST = 20


def sources(sql: str, catalog: str = "", schema: str = "") -> tuple[Path, ...]:
    """Full names, each once, in the order of the text, at most `MOST`; none of a text that is not read.

    A name of fewer parts than three is of the current catalog and schema; without those it is left out.
    """
    try:
        return tuple(dict.fromkeys(_named(sql, catalog, schema)))[:MOST]
    except (NotUnderstood, TooLong, RecursionError):
        return ()


def _named(sql: str, catalog: str, schema: str) -> list[Path]:
    text, names = _plain(sql)
    tree = parsed(text)

    def named(shown: str) -> str:
        # The parser sees words in capitals; Unity Catalog keeps names in small letters.
        return names.get(shown.upper(), shown.lower())

    queries = {named(cte.alias).lower() for cte in tree.find_all(exp.CTE)}
    found: list[Path] = []
    for table in sorted(tree.find_all(exp.Table), key=_place):
        parts = tuple(named(part.name) for part in table.parts)
        if not isinstance(table.this, exp.Identifier) or (len(parts) == 1 and parts[0].lower() in queries):
            continue
        path = ((catalog, schema, "")[: 3 - len(parts)] + parts) if len(parts) < 3 else parts
        if len(path) == 3 and all(path) and path[1].lower() != "information_schema":
            found.append(path)
    return found


def _place(table: exp.Table) -> int:
    """Where it stands in the text."""
    return int(table.this.meta.get("start", 0)) if isinstance(table.this, exp.Identifier) else 0


def _plain(sql: str) -> tuple[str, dict[str, str]]:
    """The text with a word for each quoted name, and what the words stand for: the parser is shown no quoted names."""
    if "`" not in sql:
        return sql, {}
    start, upper = "QUOTED_", sql.upper()
    while start in upper:
        start = f"Q{start}"
    words: dict[str, str] = {}
    parts: list[str] = []
    at = 0
    for token in code(sql):
        if token.kind == "quoted":
            word = words.setdefault(name(sql, token), f"{start}{len(words)}")
            parts += [sql[at : token.start], f" {word} "]
            at = token.end
    return "".join([*parts, sql[at:]]), {word: called for called, word in words.items()}
