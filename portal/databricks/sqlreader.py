"""The one reader of SQL: what a text is, as Databricks will read it. Whoever must know asks here.

statements(text)     its statements, in order, each a `Piece` with its place
query(text)          exactly one query that only reads; its `Piece`, without what stands around it
expression(text)     exactly one scalar expression; its text
reads(piece)         None, or raises `Refused`: a query as above, or a SHOW, DESCRIBE or EXPLAIN
canonical(text)      the tokens of one statement as a parser may see them
markers(text)        its named parameters and where they stand

`query` and `expression` hold what they say whatever PORTAL_SQL_MODE is, and for a text that is put together from
others only when they are asked about the whole: ask before and after. Positions are code points.

What is allowed is a list; what the parser does not know, or knows only as text, is refused. `SHOW`, `DESCRIBE` and
`EXPLAIN` are the exceptions: sqlglot has them as text, and Databricks' grammar lets none of them change anything (an
EXPLAIN does not run what it explains).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from portal.databricks.sqlcanonical import NotUnderstood, canonical, parsed
from portal.databricks.sqllexer import Token, code, folded, name
from portal.databricks.sqlrefused import CHANGES, Refused, Unparsed
from portal.databricks.sqltext import Piece, markers
from portal.databricks.sqltext import split as statements
from portal.settings import settings

__all__ = ["Refused", "Unparsed", "canonical", "expression", "markers", "query", "reads", "statements"]

_READS: tuple[type[exp.Expr], ...] = (exp.Query, exp.Values)
_WRITES: tuple[type[exp.Expr], ...] = (
    exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Command, exp.Into, exp.Merge, exp.Copy, exp.Grant, exp.Comment,
    exp.Set, exp.Use, exp.TruncateTable, exp.Cache, exp.Uncache, exp.Refresh, exp.Analyze, exp.Transaction,
    exp.QueryTransform, exp.Kill, exp.Pragma, exp.Attach, exp.Detach, exp.LoadData, exp.Declare,
)  # fmt: skip
_TOLD = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"})
# Verbs that Spark takes in the middle of a statement: behind WITH … and FROM …
_WRITING = {"INSERT": {"INTO", "OVERWRITE", "TABLE"}, "MERGE": {"INTO", "WITH"}, "DELETE": {"FROM"}, "UPDATE": None}

_SHOWN = frozenset({"word", "other", "hint"})

ACTING = frozenset({
    "ai_query", "http_request", "remote_query", "java_method", "reflect", "try_reflect", "secret", "try_secret",
    "list_secrets", "read_kafka", "read_kinesis", "read_pubsub", "read_pulsar", "read_statestore",
})  # fmt: skip
"""Functions that act, tell secrets or fetch from elsewhere; PORTAL_SQL_FUNCTIONS allows them by name."""
FILES = frozenset({"read_files", "cloud_files"})
"""Functions that read files: from elsewhere unless their path, written out, is in the workspace."""
_FORMATS = frozenset({
    "binaryfile", "text", "csv", "json", "xml", "parquet", "avro", "orc", "delta", "iceberg", "deltasharing",
})  # fmt: skip
# Databricks puts a second lexer before Spark's, for commands such as VACUUM, in which comments neither go on nor nest.
_LEADING = re.compile(r"(?:\s++|--[^\r\n]*+|/\*.*?\*/)*+", re.DOTALL)
_HERE = re.compile(r"""['"](?:dbfs:)?/[^\\:]*['"]""")


def query(text: str) -> Piece:
    """The one query that a text holds, which only reads; a semicolon and comments around it are no part of it.

    Raises `Refused`, whatever the mode.
    """
    piece = _one(text)
    tokens = code(piece.text)
    word = folded(name(piece.text, tokens[0])) if tokens else ""
    _must_not_write(piece.text, tokens, word)
    tree = _tree(piece.text, word)
    if not isinstance(tree, _READS) or next((True for _ in tree.find_all(*_WRITES)), False):
        raise _could_change(word)
    return piece


def expression(text: str) -> str:
    """The one scalar expression that a text is: no list, no star, no alias, nothing behind it. Raises `Refused`."""
    piece = _one(text)
    tokens = code(piece.text)
    _must_not_write(piece.text, tokens, "expression")
    # By itself first: what closes a bracket that it did not open is none.
    _tree(f"SELECT {piece.text}\n", "expression")
    tree = _tree(f"SELECT (\n{piece.text}\n)", "expression")
    inner = tree.expressions[0] if isinstance(tree, exp.Select) and len(tree.expressions) == 1 else None
    if not isinstance(inner, exp.Paren | exp.Subquery) or next((True for _ in tree.find_all(*_WRITES)), False):
        raise Refused("This is not one scalar expression.")
    depth = 0
    for token in tokens:
        shown = piece.text[token.start : token.end]
        depth += (shown in "([") - (shown in ")]")
        if depth == 0 and shown == "->":
            raise Refused("This is a function, not one scalar expression.")
    more = tree.args.keys() - {"expressions", "kind", "hint"}
    if any(tree.args.get(key) for key in more) or not _scalar(inner, inner.this):
        raise Refused("This is not one scalar expression.")
    return piece.text


def _scalar(outer: exp.Expr, inside: exp.Expr) -> bool:
    if isinstance(outer, exp.Subquery):
        # `(SELECT …)` in brackets of ours is an expression; a bare `SELECT …` is none.
        return isinstance(inside, exp.Subquery) and not outer.args.get("alias")
    return not (inside.is_star or isinstance(inside, exp.Query | exp.Alias | exp.Aliases | exp.Tuple | exp.Ordered))


def reads(piece: Piece | str) -> None:
    """Let one statement pass that only reads, or raise `Refused`."""
    text = piece if isinstance(piece, str) else piece.text
    one = _one(text)
    tokens = code(one.text)
    first = [folded(one.text[token.start : token.end]) for token in tokens[:2]]
    if not first or first[0] not in _TOLD:
        query(text)
        return
    if first == ["EXPLAIN", "ANALYZE"]:
        raise Refused("EXPLAIN ANALYZE runs the statement that it explains.")
    _must_not_act(one.text, tokens)
    try:
        canonical(one.text)
    except NotUnderstood as error:
        raise Unparsed(first[0], error.message) from None


def _one(text: str) -> Piece:
    found = statements(text)
    if len(found) > 1:
        raise Refused("This is more than one statement.")
    piece = found[0] if found else Piece("", 0, 0)
    leading = _LEADING.match(text)
    if found and (leading is None or leading.end() != piece.start):
        raise Unparsed("comment", "it begins elsewhere to one reader than to another; take the comment before it away")
    return piece


def _tree(text: str, word: str) -> exp.Expr:
    try:
        return parsed(text)
    except NotUnderstood as error:
        raise Unparsed(word, error.message) from None


def _could_change(word: str) -> Refused:
    return Refused(
        f"This page takes statements that read; this one ({word or 'empty'}) could change something. The team that "
        "runs the portal can allow all statements with PORTAL_SQL_MODE=full."
    )


def _must_not_write(text: str, tokens: list[Token], word: str) -> None:
    """By words alone, before any parser is asked."""
    if word in CHANGES:
        raise _could_change(word)
    _must_not_act(text, tokens)
    shown = [folded(text[token.start : token.end]) if token.kind in _SHOWN else "" for token in tokens]
    hinting = False
    for at, one in enumerate(shown):
        before, after = shown[at - 1] if at else "", shown[at + 1] if at + 1 < len(shown) else ""
        hinting = one == "/*+" or (hinting and one != "*/")
        if hinting and one in CHANGES:
            raise _could_change(one)
        if one in _WRITING:
            follows = _WRITING[one]
            if (at == 0 or before == ")" or one == "INSERT") and (follows is None or after in follows):
                raise _could_change(one)
        elif one == "USING" and at + 1 < len(tokens) and tokens[at + 1].kind == "string":
            # SELECT TRANSFORM, MAP and REDUCE run a program of that name.
            raise _could_change(word)


def _must_not_act(text: str, tokens: list[Token]) -> None:
    """No call of a function that acts or fetches from elsewhere, however its name is written."""
    allowed = frozenset(one.lower() for one in settings().sql_functions)
    for called, at in _calls(text, tokens):
        if called is None:
            raise Refused("The portal cannot tell which function IDENTIFIER(…) calls here.")
        if called in allowed or (called not in ACTING and called not in FILES):
            continue
        if called in FILES and _reads_here(text, tokens, at):
            continue
        why = "reads files that may be elsewhere" if called in FILES else "acts, or fetches from elsewhere"
        raise Refused(
            f"The function {called} {why}. The team that runs the portal can allow it with "
            f"PORTAL_SQL_FUNCTIONS={called}."
        )
    for before, dot, path in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if path.kind == "quoted" and text[dot.start : dot.end] == "." and before.kind in {"word", "quoted"}:
            place = name(text, path)
            if folded(name(text, before)).lower() in _FORMATS and ":" in place and "read_files" not in allowed:
                raise Refused(
                    f"This reads files that may be elsewhere ({place[:80]}). The team that runs the portal can allow "
                    "it with PORTAL_SQL_FUNCTIONS=read_files."
                )


def _calls(text: str, tokens: list[Token]) -> Iterator[tuple[str | None, int]]:
    """The last part of each called name, in small letters, and where its arguments begin; None for a computed one."""
    opened: list[int] = []
    before: str | None = ""
    for at, token in enumerate(tokens):
        shown = text[token.start : token.end]
        if shown == "(":
            if before is None or before:
                yield before, at + 1
            opened.append(at)
        before = ""
        if token.kind in {"word", "quoted"}:
            before = folded(name(text, token)).lower()
        elif shown == ")" and opened:
            before = _computed(text, tokens, opened.pop(), at)


def _computed(text: str, tokens: list[Token], opening: int, closing: int) -> str | None:
    """What `IDENTIFIER(…)` calls if a bracket follows it; None if that takes more than reading, "" if it is not it."""
    if opening == 0 or folded(text[tokens[opening - 1].start : tokens[opening - 1].end]) != "IDENTIFIER":
        return ""
    inside = text[tokens[opening].end : tokens[closing].start].strip()
    plain = re.fullmatch(r"""(['"])([\w.]+)\1""", inside)
    return plain.group(2).rpartition(".")[2].lower() if plain else None


def _reads_here(text: str, tokens: list[Token], at: int) -> bool:
    """Whether the first argument, or the one named `path`, is a path in the workspace, written out."""
    depth, begins = 0, True
    path: list[str] | None = None
    argument: list[str] = []
    for token in tokens[at:]:
        shown = text[token.start : token.end]
        depth += (shown == "(") - (shown == ")")
        ends = depth < 0 or (depth == 0 and (shown == "," or token.kind == "literals"))
        if not ends:
            argument.append(shown)
            continue
        named = len(argument) > 1 and argument[1] == "=>"
        if begins and not named:
            path = argument
        elif named and folded(argument[0]) == "PATH":
            path = argument[2:]
        begins, argument = False, []
        if depth < 0:
            break
    return path is not None and len(path) == 1 and _HERE.fullmatch(path[0]) is not None
