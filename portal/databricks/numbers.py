"""The SQL type of a number that somebody wrote."""

from __future__ import annotations

import re

from portal.viewer.errors import StatementFailed

_INTEGER = re.compile(r"[+-]?\d{1,38}")
_DECIMAL = re.compile(r"[+-]?(\d*)\.(\d+)|[+-]?(\d+)\.")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


class Missing(StatementFailed):
    """A parameter has no value, or one that is not of its type."""

    kind = "parameter"
    title = "Not run"


def number_type(name: str, text: str) -> str:
    """BIGINT, DECIMAL(p,s) or DOUBLE; raises `Missing`, which names the parameter."""
    if _INTEGER.fullmatch(text):
        return "BIGINT" if -(2**63) <= int(text) < 2**63 else "DECIMAL(38,0)"
    if found := _DECIMAL.fullmatch(text):
        whole, fraction = (found.group(1) or found.group(3) or "").lstrip("0"), found.group(2) or ""
        if len(whole) + len(fraction) <= 38:
            return f"DECIMAL({max(len(whole) + len(fraction), 1)},{len(fraction)})"
    if _DOUBLE.fullmatch(text) or text.lower() in {"nan", "infinity", "-infinity"}:
        return "DOUBLE"
    raise Missing(f"The value of :{name} should be a number, such as 42 or 3.5.")
