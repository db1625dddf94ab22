"""`samples.nyctaxi.trips`: the shape, size and period of the table that every workspace has, with made-up trips.

Fare follows the yellow cabs' tariff of 2016 (2.50 to start, 2.50 a mile, 0.50 a minute in traffic); hours follow a
city's day; distances are skewed. Deterministic: every value is drawn from the row's number (`draw` of macros.py).
"""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

ROWS = 21_932

_ZIPS = (
    10001, 10002, 10003, 10009, 10010, 10011, 10012, 10013, 10014, 10016, 10017, 10018, 10019, 10021, 10022, 10023,
    10024, 10025, 10028, 10029, 10036, 10065, 10069, 10103, 10110, 10128, 10153, 10199, 10282, 11101, 11201, 11211,
    11215, 11217, 11238, 11371, 11422, 11430,
)  # fmt: skip
_HOUR_WEIGHTS = (32, 21, 15, 11, 9, 11, 26, 43, 53, 52, 49, 51, 54, 53, 56, 53, 46, 56, 68, 71, 66, 63, 58, 46)
_HOURS = [hour for hour, weight in enumerate(_HOUR_WEIGHTS) for _ in range(weight)]


def _uniform(salt: int) -> str:
    """A number in [0, 1) from the row number."""
    return f"((__draw(n, {salt}) >> 11)::DOUBLE / 9007199254740992.0)"


_SELECT = f"""
WITH
  drawn AS (
    SELECT n,
      TIMESTAMPTZ '2016-01-01 00:00:00+00'
        + to_days((__draw(n, 1) % 60)::INT)
        + to_hours({_HOURS}[1 + (__draw(n, 2) % {len(_HOURS)})::INT])
        + to_seconds((__draw(n, 3) % 3600)::INT) AS pickup,
      least(32.0, greatest(0.4, exp(0.62 + 0.82 * sqrt(-2 * ln(1 - {_uniform(4)})) * cos(2 * pi() * {_uniform(5)}))))
        AS miles,
      {list(_ZIPS)}[1 + (__draw(n, 6) % {len(_ZIPS)})::INT] AS from_zip,
      {list(_ZIPS)}[1 + (__draw(n, 7) % {len(_ZIPS)})::INT] AS to_zip,
      7.0 + 9.0 * {_uniform(8)} AS speed
    FROM (SELECT range AS n FROM range({ROWS}))
  ),
  driven AS (
    SELECT *,
      CASE WHEN __draw(n, 9) % 6 = 0 THEN from_zip ELSE to_zip END AS drop_zip,
      miles / speed * 3600 AS seconds
    FROM drawn
  )
SELECT
  pickup,
  pickup + to_seconds(round(seconds)::BIGINT),
  round(miles, 2),
  CASE WHEN drop_zip = 11430 AND __draw(n, 10) % 2 = 0 THEN 52.0
       ELSE round((2.5 + 2.5 * miles + 0.5 * seconds / 60 * 0.35) * 2) / 2 END,
  from_zip,
  drop_zip
FROM driven
ORDER BY n
"""

TABLES = (
    TableSpec(
        schema="samples.nyctaxi",
        name="trips",
        comment="Yellow cab trips of January and February 2016, made up in the likeness of the public sample.",
        columns=(
            ("tpep_pickup_datetime", "TIMESTAMP", "When the meter was engaged"),
            ("tpep_dropoff_datetime", "TIMESTAMP", "When the meter was disengaged"),
            ("trip_distance", "DOUBLE", "Miles on the meter"),
            ("fare_amount", "DOUBLE", "Time-and-distance fare in US dollars"),
            ("pickup_zip", "INT", ""),
            ("dropoff_zip", "INT", ""),
        ),
        select=_SELECT,
        rows=ROWS,
    ),
)
