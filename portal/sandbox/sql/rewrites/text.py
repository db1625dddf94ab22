"""Text functions."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql.rewrites.env import Env, Rule, call, string, to


def _overlay(node: exp.Expression, env: Env) -> exp.Expression:
    return call("__overlay", node.this, node.expression, node.args["from_"], node.args.get("for_"))


def _split(node: exp.Expression, env: Env) -> exp.Expression:
    limit = node.args.get("limit")
    return node if limit is None else call("__split", node.this, node.expression, limit)


def _str_to_map(node: exp.Expression, env: Env) -> exp.Expression:
    pair, key = node.args.get("pair_delim"), node.args.get("key_value_delim")
    return call("__str_to_map", node.this, pair or string(","), key or string(":"))


def _listagg(node: exp.Expression, env: Env) -> exp.Expression:
    """Without a delimiter there is none; DuckDB's is a comma."""
    if node.args.get("separator") is None:
        node.set("separator", string(""))
    return node


RULES: dict[type, Rule] = {
    exp.GroupConcat: _listagg,
    exp.Overlay: _overlay,
    exp.RegexpSplit: _split,
    exp.Format: lambda node, env: call("printf", node.this, *node.expressions),
    exp.StrToMap: _str_to_map,
    exp.ParseUrl: to("__parse_url"),
    exp.Soundex: to("__soundex"),
}
NAMED: dict[str, Rule] = {
    "printf": lambda node, env: node,
    "octet_length": lambda node, env: call("strlen", *node.expressions),
    "conv": to("__conv"),
    "crc32": to("__crc32"),
    "url_encode": lambda node, env: node,
    "url_decode": lambda node, env: node,
    "btrim": to("trim"),
}
