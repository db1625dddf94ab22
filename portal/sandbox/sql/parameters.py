"""Typed parameters, as both doors send them, put into a parsed statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.types import STRING, VOID, SqlType, parse


@dataclass(frozen=True)
class Parameter:
    """`name` is None for a positional one; `value` is text, None for NULL; `members` are an ARRAY's or MAP's."""

    name: str | None
    type: SqlType
    value: str | None
    members: tuple[Parameter, ...] | None = None


def parameter(
    name: str | None, type_name: str | None, value: str | None, members: Sequence[Parameter] | None = None
) -> Parameter:
    """A parameter from the wire; SqlError for a type that there is not."""
    if members is not None:
        kind = SqlType((type_name or "ARRAY").upper())
        return Parameter(name, kind, None, tuple(members))
    try:
        type_ = VOID if (type_name or "").upper() == "VOID" else parse(type_name or "STRING")
    except ValueError:
        raise errors.SqlError(
            "INVALID_PARAMETER_MARKER_VALUE.INVALID_DATA_TYPE",
            f"An invalid parameter mapping was provided: The parameter '{name}' has the unknown type \"{type_name}\".",
            "22023",
        ) from None
    return Parameter(name, type_, value)


def literal(given: Parameter) -> exp.Expression:
    """The parameter's value as an expression of its type."""
    if given.members is not None:
        values = [literal(member) for member in given.members]
        if given.type.name == "MAP":
            return exp.VarMap(keys=exp.Array(expressions=values[::2]), values=exp.Array(expressions=values[1::2]))
        return exp.Array(expressions=values)
    if given.value is None or given.type == VOID:
        return (
            exp.Null()
            if given.type == VOID
            else exp.cast(exp.Null(), exp.DataType.build(given.type.text, "databricks"))
        )
    if given.type == STRING:
        return exp.Literal.string(given.value)
    if given.type.name == "INT" and given.value.lstrip("+-").isdigit() and abs(int(given.value)) < 2**31:
        number = exp.Literal.number(given.value.lstrip("+-"))
        return exp.Neg(this=number) if given.value.startswith("-") else number
    return exp.cast(exp.Literal.string(given.value), exp.DataType.build(given.type.text, "databricks"))


def bind(tree: exp.Expression, given: Sequence[Parameter], text: str) -> exp.Expression:
    """Replace every marker; SqlError for one that has no value. Values that no marker names are ignored."""
    named = {(item.name or "").lower(): item for item in given}
    for marker in list(tree.find_all(exp.Placeholder)):
        name = str(marker.this)
        found = named.get(name.lower())
        if found is None:
            positional = name.startswith("_") and f":{name}" not in text
            offset = text.find("?" if positional else f":{name}")
            line, pos = lexing.place(text, max(offset, 0))
            raise errors.unbound_parameter(f"_{offset}" if positional else name, line, pos)
        new = literal(found)
        if marker is tree:
            return new
        marker.replace(new)
    return tree
