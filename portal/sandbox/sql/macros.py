"""DuckDB macros and functions that give a Databricks function its meaning.

A macro named as Databricks' function is called by its name. Those with two underscores in front are called only by
rewritten statements: nobody can reach them by name.
"""

from __future__ import annotations

import re
import urllib.parse
import zlib

import duckdb

from portal.sandbox.sql import errors, moments

_ERROR = "error('[{name}] {text} SQLSTATE: {state}')"
_DIVIDE = _ERROR.format(name="DIVIDE_BY_ZERO", text=errors.DIVIDE_BY_ZERO, state="22012")
_REMAINDER = _ERROR.format(name="REMAINDER_BY_ZERO", text=errors.REMAINDER_BY_ZERO, state="22012")
_MALFORMED = (
    "error('[CAST_INVALID_INPUT] The value ''' || x || ''' of the type \"STRING\" cannot be cast to \"' || t || '\" "
    "because it is malformed. Correct the value as per the syntax, or change its target type. Use `try_cast` to "
    "tolerate malformed input and return NULL instead. SQLSTATE: 22018')"
)
_INDEX_TEXT = (
    "error('[{name}] The index ' || i || ' is out of bounds. The array has ' || len(l) || ' elements. Use the SQL "
    "function `{instead}` to tolerate accessing element at invalid index and return NULL instead. SQLSTATE: 22003')"
)
_INDEX = _INDEX_TEXT.format(name="INVALID_ARRAY_INDEX", instead="get()")
_ELEMENT = _INDEX_TEXT.format(name="INVALID_ARRAY_INDEX_IN_ELEMENT_AT", instead="try_element_at()")
_FRACTIONAL = "typeof(x) IN ('DOUBLE', 'FLOAT') OR typeof(x) LIKE 'DECIMAL%'"
_TYPE_NAMES = {
    "INTEGER": "int", "VARCHAR": "string", "BLOB": "binary", "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP": "timestamp_ntz", "JSON": "variant", "HUGEINT": "bigint",
}  # fmt: skip

MACROS: dict[str, str] = {
    # For the sample data: a number drawn from a row's number, a different one for each salt.
    "__draw": "(n, salt) AS hash(n * 1000 + salt + {seed} * 1000003)",
    "__divide": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE a / b END",
    "__remainder": f"(a, b) AS CASE WHEN b = 0 THEN {_REMAINDER} ELSE a % b END",
    "__div": f"(a, b) AS CASE WHEN b = 0 THEN {_DIVIDE} ELSE trunc(a / b)::BIGINT END",
    "__digits": "(x, t) AS CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]+') THEN trim(x) WHEN x IS NOT NULL THEN "
    f"{_MALFORMED} END",
    "__digits_or_null": "(x) AS CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]+') THEN trim(x) END",
    "__whole": f"(x, t) AS CASE WHEN {_FRACTIONAL} THEN trunc(TRY_CAST(x AS DOUBLE))::VARCHAR "
    "WHEN typeof(x) = 'VARCHAR' THEN __digits(x::VARCHAR, t) ELSE x::VARCHAR END",
    "__text": "(x) AS CASE typeof(x) WHEN 'TIMESTAMP WITH TIME ZONE' THEN CAST(TRY_CAST(x AS TIMESTAMP) AS VARCHAR) "
    "ELSE CAST(x AS VARCHAR) END",
    "__typeof": "(x) AS CASE typeof(x) "
    + " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _TYPE_NAMES.items())
    + " ELSE lower(typeof(x)) END",
    **moments.MACROS,
    "__dayofweek": "(d) AS dayofweek(d::TIMESTAMP) + 1",
    "__weekday": "(d) AS isodow(d::TIMESTAMP) - 1",
    "__make_timestamp": "(y, mo, d, h, mi, s) AS make_timestamp(y, mo, d, h, mi, s::DOUBLE)::TIMESTAMPTZ",
    "__from_utc": "(t, z) AS CASE WHEN z = 'Z' THEN t::TIMESTAMPTZ WHEN (__offset(z)).h <> '' "
    "THEN t::TIMESTAMPTZ + to_minutes(__minutes(__offset(z))) ELSE timezone('UTC', timezone(z, t::TIMESTAMPTZ)) END",
    "__to_utc": "(t, z) AS CASE WHEN z = 'Z' THEN t::TIMESTAMPTZ WHEN (__offset(z)).h <> '' "
    "THEN t::TIMESTAMPTZ - to_minutes(__minutes(__offset(z))) ELSE timezone(z, timezone('UTC', t::TIMESTAMPTZ)) END",
    "__distinct": "(l) AS list_filter(l, lambda x, i: coalesce(list_position(l, x), i) = i)",
    "__intersect": "(a, b) AS __distinct(list_filter(a, lambda x: list_contains(b, x)))",
    "__except": "(a, b) AS __distinct(list_filter(a, lambda x: NOT list_contains(b, x)))",
    "__array_union": "(a, b) AS __distinct(list_concat(a, b))",
    "__array_position": "(l, x) AS coalesce(list_position(l, x), 0)::BIGINT",
    "__array_repeat": "(x, n) AS list_transform(range(n::BIGINT), lambda i: x)",
    "__item": f"(l, i) AS CASE WHEN i < 0 OR i >= len(l) THEN {_INDEX} ELSE l[i + 1] END",
    "__element": f"(l, i) AS CASE WHEN i = 0 OR abs(i) > len(l) THEN {_ELEMENT} ELSE l[i] END",
    "raise_error": "(message) AS error('[USER_RAISED_EXCEPTION] ' || message || ' SQLSTATE: P0001')",
    "assert_true": "(x) AS CASE WHEN x THEN NULL ELSE "
    "error('[USER_RAISED_EXCEPTION] The assertion is not true! SQLSTATE: P0001') END",
    "__get": "(l, i) AS CASE WHEN i >= 0 THEN l[i + 1] END",
    "__try_element": "(l, i) AS CASE WHEN i <> 0 THEN l[i] END",
    **{
        f"__wrap_{name}": f"(x) AS ((((x::HUGEINT + {half}) % {2 * half}) + {2 * half}) % {2 * half} - {half})::{name}"
        for name, half in (("tinyint", 2**7), ("smallint", 2**15), ("int", 2**31), ("bigint", 2**63))
    },
    "__getbit": "(x, p) AS ((x::BIGINT >> p::BIGINT) & 1)::TINYINT",
    "__hash": "(x) AS ((hash(x) % 4294967296)::BIGINT - 2147483648)::INTEGER",
    "__xxhash64": "(x) AS (hash(x) >> 1)::BIGINT",
    "__overlay": "(s, r, f) AS s[1:f - 1] || r || s[f + len(r):], (s, r, f, n) AS s[1:f - 1] || r || s[f + n:]",
    "__str_to_map": "(s, p, k) AS map_from_entries(list_transform(string_split(s, p), lambda e: "
    "{'key': split_part(e, k, 1), 'value': CASE WHEN contains(e, k) THEN split_part(e, k, 2) END}))",
    "sec": "(x) AS 1 / cos(x)",
    "csc": "(x) AS 1 / sin(x)",
    "regexp": "(s, p) AS regexp_matches(s, p)",
    "round_even_whole": "(x) AS round_even(x::DOUBLE, 0)",
    "bround": "(x) AS round_even(x, 0), (x, d) AS round_even(x, d)",
    "e": "() AS exp(1)",
    "expm1": "(x) AS exp(x) - 1",
    "log1p": "(x) AS ln(1 + x)",
    "hypot": "(a, b) AS sqrt(a * a + b * b)",
    "pmod": "(a, b) AS ((a % b) + b) % b",
    "nanvl": "(a, b) AS CASE WHEN isnan(a) THEN b ELSE a END",
    "randn": "() AS sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())",
    "width_bucket": "(v, lo, hi, n) AS CASE WHEN v < lo THEN 0 WHEN v >= hi THEN n + 1 "
    "ELSE floor((v - lo) / (hi - lo) * n)::INTEGER + 1 END",
    "zeroifnull": "(x) AS coalesce(x, 0)",
    "nullifzero": "(x) AS nullif(x, 0)",
    "find_in_set": "(s, l) AS coalesce(list_position(string_split(l, ','), s), 0)::INTEGER",
    "format_number": "(x, d) AS format('{:,.' || d || 'f}', x::DOUBLE)",
    "mask": "(s) AS regexp_replace(regexp_replace(regexp_replace(s, '[A-Z]', 'X', 'g'), '[a-z]', 'x', 'g'), "
    "'[0-9]', 'n', 'g')",
    "regexp_substr": "(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END",
    "substring_index": "(s, d, n) AS CASE WHEN n > 0 THEN array_to_string(list_slice(string_split(s, d), 1, n), d) "
    "WHEN n < 0 THEN array_to_string(list_slice(string_split(s, d), n, -1), d) ELSE '' END",
    "timestamp_seconds": "(x) AS to_timestamp(x::DOUBLE)",
    "timestamp_millis": "(x) AS make_timestamptz(x::BIGINT * 1000)",
    "timestamp_micros": "(x) AS make_timestamptz(x::BIGINT)",
    "try_to_number": "(s, f) AS TRY_CAST(regexp_replace(s, '[$,]', '', 'g') AS DECIMAL(38, 6))",
}
MACRO_NAMES = frozenset(name for name in MACROS if not name.startswith("__") and name != "round_even_whole")


def create_all(connection: duckdb.DuckDBPyConnection, seed: int = 0) -> None:
    """Make every macro and function. The same seed gives the same sample data."""
    for name, body in MACROS.items():
        connection.execute(f"CREATE MACRO {name}{body.replace('{seed}', str(seed))}")
    connection.create_function("__conv", _conv, ["VARCHAR", "INTEGER", "INTEGER"], "VARCHAR")
    connection.create_function("__crc32", _crc32, ["VARCHAR"], "BIGINT")
    connection.create_function("__soundex", _soundex, ["VARCHAR"], "VARCHAR")
    connection.create_function("__split", _split, ["VARCHAR", "VARCHAR", "INTEGER"], "VARCHAR[]")
    connection.create_function("__parse_url", _parse_url, ["VARCHAR", "VARCHAR"], "VARCHAR", null_handling="special")


def _conv(text: str, from_base: int, to_base: int) -> str | None:
    try:
        value = int(text, from_base)
    except ValueError:
        return "0"
    digits = ""
    while value:
        value, rest = divmod(value, to_base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits or "0"


def _crc32(text: str) -> int:
    return zlib.crc32(text.encode())


def _soundex(text: str) -> str:
    codes = {
        letter: code for code, group in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in group
    }
    upper = text.upper()
    if not upper[:1].isalpha():
        return text
    found, last = upper[0], codes.get(upper[0])
    for letter in upper[1:]:
        code = codes.get(letter)
        if code and code != last:
            found += str(code)
        if letter not in "HW":
            last = code
    return (found + "000")[:4]


def _split(text: str, pattern: str, limit: int) -> list[str]:
    if limit == 1:
        return [text]
    return re.split(pattern, text, maxsplit=max(limit - 1, 0))


def _parse_url(url: str | None, part: str | None) -> str | None:
    if url is None or part is None:
        return None
    parsed = urllib.parse.urlsplit(url)
    return {
        "HOST": parsed.hostname, "PATH": parsed.path, "QUERY": parsed.query or None, "REF": parsed.fragment or None,
        "PROTOCOL": parsed.scheme, "AUTHORITY": parsed.netloc, "USERINFO": parsed.username,
        "FILE": parsed.path + (f"?{parsed.query}" if parsed.query else ""),
    }.get(part.upper())  # fmt: skip
