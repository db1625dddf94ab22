"""What every rule may need, and the small words that the rules are written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from portal.sandbox.sql.inference import Types
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.types import SqlType


@dataclass(frozen=True)
class Env:
    session: SqlSession
    types: Types

    @property
    def ansi(self) -> bool:
        """Whether what fails is an error; else it is NULL."""
        return (self.session.setting("ANSI_MODE") or "").lower() != "false"

    def type(self, node: exp.Expression | None) -> SqlType | None:
        return self.types.of(node)

    def is_a(self, node: exp.Expression | None, *names: str) -> bool:
        """Whether a node is known to be of one of these types."""
        found = self.types.of(node)
        return found is not None and found.name in names


Rule = Callable[[exp.Expression, Env], exp.Expression]


def call(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    """A call of DuckDB's function, or of a macro of ours."""
    return exp.Anonymous(this=name, expressions=[one for one in arguments if one is not None])


def cast(node: exp.Expression, type_: SqlType | str) -> exp.Expression:
    """A cast that is not looked at again; the type in DuckDB's spelling."""
    text = type_.duckdb if isinstance(type_, SqlType) else type_
    return exp.Cast(this=node, to=exp.DataType.build(text, dialect="duckdb"))


def number(value: int) -> exp.Expression:
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def string(value: str) -> exp.Expression:
    return exp.Literal.string(value)


def to(name: str) -> Rule:
    """A rule: the same arguments to another function."""
    return lambda node, env: call(name, *_arguments(node))


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Anonymous):
        return list(node.expressions)
    found: list[exp.Expression] = []
    for value in node.args.values():
        found.extend(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, exp.Expression))
    return found


def typed(type_: SqlType | str) -> Rule:
    """A rule: the node, cast."""
    return lambda node, env: cast(node, type_)
