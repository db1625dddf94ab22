"""Databricks' functions and operators in DuckDB's terms, by kind.

Each module has `RULES` (sqlglot's class to a rule) and `NAMED` (the lower-case name of a function that sqlglot does not
know to a rule). A rule takes a node whose children are rewritten already, and answers the node or what stands for it.
"""

from __future__ import annotations

from portal.sandbox.sql.rewrites import arithmetic, casts, collections, dates, text
from portal.sandbox.sql.rewrites.env import Rule

RULES: dict[type, Rule] = {
    **arithmetic.RULES, **casts.RULES, **collections.RULES, **dates.RULES, **text.RULES,
}  # fmt: skip
NAMED: dict[str, Rule] = {
    **arithmetic.NAMED, **casts.NAMED, **collections.NAMED, **dates.NAMED, **text.NAMED,
}  # fmt: skip
