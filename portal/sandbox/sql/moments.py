"""Text to dates and times as Spark reads it: `2021`, `2021-9`, `2021-09-30 11`, offsets `+0100`, zones by name.

Source: https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html and the casts of ANSI mode.
"""

from __future__ import annotations

from portal.sandbox.sql import errors


def _malformed(type_: str) -> str:
    text = errors.cast_invalid("\0", type_).text.replace("'", "''").replace("\0", "' || x || '")
    return f"error('[CAST_INVALID_INPUT] {text} SQLSTATE: 22018')"


_DAY = "^([0-9]{4,5})(?:-([0-9]{1,2})(?:-([0-9]{1,2})"
_DATE = f"{_DAY}(?:[ T].*)?)?)?$"
_CLOCK = r"(?:[ T](?:([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(\.[0-9]*)?)?)?\s*([A-Za-z+\-][A-Za-z0-9_/+:\-]*)?)?)?"
_MOMENT = f"{_DAY}{_CLOCK})?)?$"
_FIELDS = "['y', 'mo', 'd', 'h', 'mi', 's', 'f', 'z']"
_PLAIN_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PLAIN = f"{_PLAIN_DATE}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\\.[0-9]{{1,6}})?"
_OFFSET = "^(?:UTC|GMT|UT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::?[0-9]{2})?$"

MACROS: dict[str, str] = {
    "__date_parts": f"(x) AS regexp_extract(trim(x), '{_DATE}', ['y', 'mo', 'd'])",
    "__day_of": "(p) AS TRY(make_date(p.y::BIGINT, coalesce(nullif(p.mo, '')::BIGINT, 1), "
    "coalesce(nullif(p.d, '')::BIGINT, 1)))",
    "__date_or_null": f"(x) AS CASE WHEN regexp_full_match(x, '{_PLAIN_DATE}') THEN TRY_CAST(x AS DATE) "
    "WHEN (__date_parts(x)).y <> '' THEN __day_of(__date_parts(x)) END",
    "__date": f"(x) AS CASE WHEN x IS NULL THEN NULL ELSE coalesce(__date_or_null(x), {_malformed('DATE')}::DATE) END",
    "__moment_parts": f"(x) AS regexp_extract(trim(x), '{_MOMENT}', {_FIELDS})",
    # A local time: NULL where a field is out of its range.
    "__clock": "(p) AS TRY(__day_of(p) + (CASE WHEN p.h = '' THEN '0:00:00' ELSE p.h || ':' || "
    "coalesce(nullif(p.mi, ''), '00') || ':' || coalesce(nullif(p.s, ''), '00') || p.f END)::TIME)",
    "__offset": f"(z) AS regexp_extract(z, '{_OFFSET}', ['sign', 'h', 'm'])",
    "__minutes": "(o) AS (CASE o.sign WHEN '-' THEN -1 ELSE 1 END) * (o.h::INTEGER * 60 + "
    "coalesce(nullif(o.m, '')::INTEGER, 0))",
    "__zoned": "(t, z) AS CASE WHEN z = '' THEN t::TIMESTAMPTZ WHEN z = 'Z' THEN timezone('UTC', t) "
    "WHEN (__offset(z)).h <> '' THEN timezone('UTC', t - to_minutes(__minutes(__offset(z)))) "
    "ELSE TRY(timezone(z, t)) END",
    "__timestamp_or_null": f"(x) AS CASE WHEN regexp_full_match(x, '{_PLAIN}') THEN TRY_CAST(x AS TIMESTAMPTZ) "
    "WHEN (__moment_parts(x)).y <> '' THEN __zoned(__clock(__moment_parts(x)), (__moment_parts(x)).z) END",
    "__timestamp": "(x) AS CASE WHEN x IS NULL THEN NULL ELSE "
    f"coalesce(__timestamp_or_null(x), {_malformed('TIMESTAMP')}::TIMESTAMPTZ) END",
    "__timestamp_ntz_or_null": f"(x) AS CASE WHEN regexp_full_match(x, '{_PLAIN}') THEN TRY_CAST(x AS TIMESTAMP) "
    "WHEN (__moment_parts(x)).y <> '' THEN __clock(__moment_parts(x)) END",
    "__timestamp_ntz": "(x) AS CASE WHEN x IS NULL THEN NULL ELSE "
    f"coalesce(__timestamp_ntz_or_null(x), {_malformed('TIMESTAMP_NTZ')}::TIMESTAMP) END",
}
"""Each pair of macros: one that fails as CAST does, one that answers NULL as TRY_CAST does."""
OF_TYPE = {"DATE": "__date", "TIMESTAMP": "__timestamp", "TIMESTAMP_NTZ": "__timestamp_ntz"}


def macro(type_: str, safe: bool) -> str:
    return OF_TYPE[type_] + ("_or_null" if safe else "")
