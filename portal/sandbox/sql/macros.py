"""DuckDB macros that give a Databricks function its meaning, and the functions that mean the same in both."""

from __future__ import annotations

from portal.sandbox.sql import errors

_ERROR = "error('[{name}] {text} SQLSTATE: {state}')"
_DIVIDE = _ERROR.format(name="DIVIDE_BY_ZERO", text=errors.DIVIDE_BY_ZERO, state="22012")
_REMAINDER = _ERROR.format(name="REMAINDER_BY_ZERO", text=errors.REMAINDER_BY_ZERO, state="22012")

MACROS: dict[str, str] = {
    "__divide": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE a / b END",
    "__remainder": f"(a, b) AS CASE WHEN b = 0 THEN {_REMAINDER} ELSE a % b END",
    "__div": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE (a // b)::BIGINT END",
    "__dayofweek": "(d) AS dayofweek(d::TIMESTAMP) + 1",
}
MACRO_NAMES = frozenset(MACROS)
SAME = frozenset({"list_contains"})


def create_all() -> list[str]:
    return [f"CREATE MACRO {name}{body}" for name, body in MACROS.items()]
