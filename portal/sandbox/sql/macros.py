"""DuckDB macros that give a Databricks function its meaning, and the functions that mean the same in both."""

from __future__ import annotations

from portal.sandbox.sql import errors

_ERROR = "error('[{name}] {text} SQLSTATE: {state}')"
_DIVIDE = _ERROR.format(name="DIVIDE_BY_ZERO", text=errors.DIVIDE_BY_ZERO, state="22012")
_REMAINDER = _ERROR.format(name="REMAINDER_BY_ZERO", text=errors.REMAINDER_BY_ZERO, state="22012")

MACROS: dict[str, str] = {
    # For the sample data: a number drawn from a row's number, a different one for each salt.
    "draw": "(n, salt) AS hash(n * 1000 + salt + {seed} * 1000003)",
    "__divide": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE a / b END",
    "__remainder": f"(a, b) AS CASE WHEN b = 0 THEN {_REMAINDER} ELSE a % b END",
    "__div": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE (a // b)::BIGINT END",
    "__dayofweek": "(d) AS dayofweek(d::TIMESTAMP) + 1",
}
MACRO_NAMES = frozenset(MACROS) - {"draw"}
SAME = frozenset({"list_contains"})


def create_all(seed: int = 0) -> list[str]:
    """Statements that make every macro. The same seed gives the same sample data."""
    return [f"CREATE MACRO {name}{body.replace('{seed}', str(seed))}" for name, body in MACROS.items()]
