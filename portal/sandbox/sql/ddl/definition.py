"""What CREATE TABLE says of a table, read from its words."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import ColumnInfo, Constraint
from portal.sandbox.sql.words import Words

_AFTER_DEFAULT = (
    "NOT",
    "COMMENT",
    "CONSTRAINT",
    "PRIMARY",
    "REFERENCES",
    "GENERATED",
    "MASK",
    "CHECK",
    "FIRST",
    "AFTER",
)
_KEY_OPTIONS = (
    ("NOT", "ENFORCED"), ("DEFERRABLE",), ("INITIALLY", "DEFERRED"), ("MATCH", "FULL"), ("ENABLE", "NOVALIDATE"),
    ("ON", "UPDATE", "NO", "ACTION"), ("ON", "DELETE", "NO", "ACTION"),
)  # fmt: skip


@dataclass
class Definition:
    """Columns and constraints, and the clauses behind them."""

    columns: list[ColumnInfo] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    """Without a name where the statement gives none."""
    starts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Identity columns: where they start and by how much they grow."""
    comment: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    partitioned_by: tuple[str, ...] = ()
    clustered_by: tuple[str, ...] = ()


def read(words: Words) -> Definition:
    """`(columns and constraints)` and the clauses, up to AS, LIKE, CLONE or the end."""
    found = Definition()
    if words.take("("):
        members(words, found)
        words.need(")")
    while words.more and _clause(words, found):
        pass
    return found


def members(words: Words, found: Definition, position: int = 0) -> None:
    """Columns and constraints, with commas between; columns count from `position`."""
    while True:
        constraint = table_constraint(words)
        if constraint is not None:
            found.constraints.append(constraint)
        else:
            found.columns.append(column(words, position + len(found.columns), found))
        if not words.take(","):
            return


def column(words: Words, position: int, found: Definition) -> ColumnInfo:
    name = words.name(1)[0]
    type_ = words.sql_type()
    comment, nullable, default, identity = None, True, None, ""
    while words.more:
        if words.take("NOT", "NULL"):
            nullable = False
        elif words.take("COMMENT"):
            comment = words.string()
        elif words.take("DEFAULT"):
            default = words.expression(*_AFTER_DEFAULT)
        elif words.take("COLLATE"):
            words.name(1)
        elif words.take("GENERATED"):
            identity = "ALWAYS" if words.take("ALWAYS") else "BY DEFAULT"
            if identity == "BY DEFAULT":
                words.need("BY", "DEFAULT")
            words.need("AS")
            if not words.take("IDENTITY"):
                raise errors.unsupported("generated columns")
            found.starts[name.lower()] = _sequence(words)
        elif words.peek == "MASK":
            raise errors.unsupported("column masks of tables that are made here")
        elif (constraint := _column_constraint(words, name)) is not None:
            found.constraints.append(constraint)
            nullable = nullable and constraint.kind != "PRIMARY KEY"
        else:
            break
    return ColumnInfo(name, type_, position, comment, nullable, default=default, identity=identity)


def _sequence(words: Words) -> tuple[int, int]:
    """`(START WITH 5 INCREMENT BY 2)`."""
    start, step = 1, 1
    if words.take("("):
        while not words.take(")"):
            if words.take("START"):
                words.take("WITH")
                start = _whole(words)
            else:
                words.need("INCREMENT")
                words.take("BY")
                step = _whole(words)
    if step == 0:
        text = "Invalid value for START WITH/INCREMENT BY: IDENTITY column step cannot be 0."
        raise errors.SqlError("DELTA_IDENTITY_COLUMNS_ILLEGAL_STEP", text, "42611")
    return start, step


def _whole(words: Words) -> int:
    sign = -1 if words.take("-") else 1
    number = words.peek
    if not number.isdigit():
        raise words.error()
    words.need(number)
    return sign * int(number)


def _column_constraint(words: Words, name: str) -> Constraint | None:
    named = words.name(1)[0] if words.take("CONSTRAINT") else ""
    if words.take("PRIMARY", "KEY"):
        return Constraint(named, "PRIMARY KEY", (name,), rely=_options(words))
    words.take("FOREIGN", "KEY")
    if words.peek == "REFERENCES":
        return _foreign(words, named, (name,))
    if words.take("CHECK"):
        return _check(words, named)
    if named:
        raise words.error()
    return None


def table_constraint(words: Words) -> Constraint | None:
    """`[CONSTRAINT name] PRIMARY KEY (…)`, FOREIGN KEY or CHECK; None where something else stands."""
    named = words.name(1)[0] if words.take("CONSTRAINT") else ""
    if words.take("PRIMARY", "KEY"):
        words.need("(")
        columns = [words.name(1)[0]]
        while words.take("TIMESERIES") or words.take(","):
            if words.peek not in (")", ","):
                columns.append(words.name(1)[0])
        words.need(")")
        return Constraint(named, "PRIMARY KEY", tuple(columns), rely=_options(words))
    if words.take("FOREIGN", "KEY"):
        return _foreign(words, named, words.names())
    if words.take("CHECK"):
        return _check(words, named)
    if named:
        raise words.error()
    return None


def _foreign(words: Words, named: str, columns: tuple[str, ...]) -> Constraint:
    words.need("REFERENCES")
    parent = ".".join(words.name())
    parent_columns = words.names() if words.peek == "(" else ()
    return Constraint(named, "FOREIGN KEY", columns, parent, parent_columns, rely=_options(words))


def _check(words: Words, named: str) -> Constraint:
    words.need("(")
    condition = words.expression()
    words.need(")")
    words.take("ENFORCED")
    return Constraint(named, "CHECK", check=condition)


def _options(words: Words) -> bool:
    """What may stand behind a key; whether it is to be relied on."""
    rely = False
    while words.more:
        if words.take("RELY"):
            rely = True
        elif not words.take("NORELY") and not any(words.take(*option) for option in _KEY_OPTIONS):
            break
    return rely


def _clause(words: Words, found: Definition) -> bool:
    """One clause behind the columns; False where none begins."""
    if words.take("USING"):
        provider = words.name(1)[0]
        if provider.lower() != "delta":
            raise errors.unsupported(f"tables USING {provider.upper()}")
    elif words.take("COMMENT"):
        found.comment = words.string()
    elif words.take("TBLPROPERTIES"):
        found.properties = words.pairs()
    elif words.take("PARTITIONED", "BY"):
        found.partitioned_by = _partitions(words, found)
    elif words.take("CLUSTER", "BY"):
        found.clustered_by = words.names() if not words.take_any("AUTO", "NONE") else ()
    elif words.take("DEFAULT", "COLLATION"):
        words.name(1)
    elif words.peek in ("LOCATION", "OPTIONS", "CLUSTERED"):
        raise errors.unsupported(f"CREATE TABLE … {words.peek}")
    elif words.take("WITH", "ROW"):
        raise errors.unsupported("row filters of tables that are made here")
    else:
        return False
    return True


def _partitions(words: Words, found: Definition) -> tuple[str, ...]:
    """`(a, b)`; where a type stands behind a name, the column is declared here."""
    words.need("(")
    names: list[str] = []
    while True:
        name = words.name(1)[0]
        if words.peek not in (",", ")"):
            found.columns.append(ColumnInfo(name, words.sql_type(), len(found.columns)))
            if words.take("COMMENT"):
                words.string()
        names.append(name)
        if not words.take(","):
            words.need(")")
            return tuple(names)
