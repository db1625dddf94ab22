"""EXPLAIN: the statement is checked, and its plan told in Spark's operators, as far as its text tells them."""

from __future__ import annotations

import re

from sqlglot import exp

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.types import STRING
from portal.sandbox.sql.words import Words

_JOINS = {"LEFT": "LeftOuter", "RIGHT": "RightOuter", "FULL": "FullOuter", "CROSS": "Cross"}


def explain(context: Context, words: Words) -> Rows:
    words.need("EXPLAIN")
    words.take_any("EXTENDED", "FORMATTED", "CODEGEN", "COST")
    whole = context.text.text
    # Places of errors are counted in the whole text: what stands before the statement is blank, line by line.
    start = words.place
    text = re.sub(r"[^\n]", " ", whole[:start]) + whole[start:]
    try:
        return Rows([("plan", STRING)], [["== Physical Plan ==\n" + "\n".join(_explained(context, text)) + "\n"]])
    except errors.ParseError as error:
        raise errors.ParseError(
            error.text, whole, error.line, error.pos, error_class=error.error_class, sqlstate=error.sqlstate
        ) from None


def _explained(context: Context, text: str) -> list[str]:
    read = lexing.read(text)
    if read.word in lexing.QUERY_WORDS:
        tree = context.translator.tree(read, context.parameters)
        if isinstance(tree, exp.Query):
            plan = _plan(tree)
            query = context.translator.query(tree, text)
            context.load(query.schemas)
            context.run(f"EXPLAIN {query.sql}").fetchall()
            return plan
    elif read.word in ("INSERT", "UPDATE", "DELETE", "MERGE"):
        context.translator.tree(read, context.parameters)
    return ["Execute Command"]


def _plan(tree: exp.Expression) -> list[str]:
    """Operators, the last first; each below the one that takes its rows."""
    match tree:
        case exp.Subquery() | exp.CTE() | exp.Paren():
            return _plan(tree.this)
        case exp.SetOperation():
            name = "Union" if isinstance(tree, exp.Union) else type(tree).__name__
            return [name, *_below(_plan(tree.this), more=True), *_below(_plan(tree.expression))]
        case exp.Select():
            return _select(tree)
        case exp.Table():
            name = ".".join(part.name for part in tree.parts)
            return [f"Scan {name}"]
        case exp.Values():
            return ["LocalTableScan"]
    return ["Generate"]


def _select(tree: exp.Select) -> list[str]:
    source = tree.args.get("from_")
    rows = _plan(source.this) if source is not None else ["Scan OneRowRelation"]
    for join in tree.args.get("joins") or []:
        kind = _JOINS.get((join.side or join.kind or "").upper(), "Inner")
        on = f" {_sql(join.args['on'])}" if join.args.get("on") else ""
        rows = [f"Join {kind}{on}", *_below(rows, more=True), *_below(_plan(join.this))]
    steps: list[str] = []
    if where := tree.args.get("where"):
        steps.append(f"Filter ({_sql(where.this)})")
    group = tree.args.get("group")
    if group is not None or any(item.find(exp.AggFunc) and not item.find(exp.Window) for item in tree.expressions):
        keys = ", ".join(_sql(one) for one in group.expressions) if group is not None else ""
        steps.append(f"HashAggregate(keys=[{keys}])")
    if having := tree.args.get("having"):
        steps.append(f"Filter ({_sql(having.this)})")
    if any(item.find(exp.Window) for item in tree.expressions):
        steps.append("Window")
    steps.append(f"Project [{', '.join(_sql(item) for item in tree.expressions)}]")
    if tree.args.get("distinct"):
        steps.append("HashAggregate(keys=[*])")
    if order := tree.args.get("order"):
        steps.append(f"Sort [{', '.join(_sql(one) for one in order.expressions)}]")
    if limit := tree.args.get("limit"):
        steps.append(f"CollectLimit {_sql(limit.expression)}")
    for step in steps:
        rows = [step, *_below(rows)]
    return rows


def _below(lines: list[str], more: bool = False) -> list[str]:
    edge, rest = ("+- ", "   ") if not more else (":- ", ":  ")
    return [(edge if index == 0 else rest) + line for index, line in enumerate(lines)]


def _sql(node: exp.Expression) -> str:
    return node.sql(dialect="databricks", comments=False)
