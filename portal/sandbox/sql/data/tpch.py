"""`samples.tpch`: the real TPC-H tables, from DuckDB's generator. Smaller than the workspace's sample, same columns.

The extension comes as a package; its file is loaded from inside the wheel, so nothing is written to HOME.
"""

from __future__ import annotations

from importlib.resources import files

from portal.sandbox.sql.data.spec import TableSpec

SCALE = 0.05
"""300,000 lines of orders: generated in under a second, the first time that someone reads the schema."""

_KEY, _TEXT, _MONEY, _DAY = "BIGINT", "STRING", "DECIMAL(18,2)", "DATE"
_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "customer": (
        ("c_custkey", _KEY), ("c_name", _TEXT), ("c_address", _TEXT), ("c_nationkey", _KEY), ("c_phone", _TEXT),
        ("c_acctbal", _MONEY), ("c_mktsegment", _TEXT), ("c_comment", _TEXT),
    ),
    "lineitem": (
        ("l_orderkey", _KEY), ("l_partkey", _KEY), ("l_suppkey", _KEY), ("l_linenumber", "INT"),
        ("l_quantity", _MONEY), ("l_extendedprice", _MONEY), ("l_discount", _MONEY), ("l_tax", _MONEY),
        ("l_returnflag", _TEXT), ("l_linestatus", _TEXT), ("l_shipdate", _DAY), ("l_commitdate", _DAY),
        ("l_receiptdate", _DAY), ("l_shipinstruct", _TEXT), ("l_shipmode", _TEXT), ("l_comment", _TEXT),
    ),
    "nation": (("n_nationkey", _KEY), ("n_name", _TEXT), ("n_regionkey", _KEY), ("n_comment", _TEXT)),
    "orders": (
        ("o_orderkey", _KEY), ("o_custkey", _KEY), ("o_orderstatus", _TEXT), ("o_totalprice", _MONEY),
        ("o_orderdate", _DAY), ("o_orderpriority", _TEXT), ("o_clerk", _TEXT), ("o_shippriority", "INT"),
        ("o_comment", _TEXT),
    ),
    "part": (
        ("p_partkey", _KEY), ("p_name", _TEXT), ("p_mfgr", _TEXT), ("p_brand", _TEXT), ("p_type", _TEXT),
        ("p_size", "INT"), ("p_container", _TEXT), ("p_retailprice", _MONEY), ("p_comment", _TEXT),
    ),
    "partsupp": (
        ("ps_partkey", _KEY), ("ps_suppkey", _KEY), ("ps_availqty", "INT"), ("ps_supplycost", _MONEY),
        ("ps_comment", _TEXT),
    ),
    "region": (("r_regionkey", _KEY), ("r_name", _TEXT), ("r_comment", _TEXT)),
    "supplier": (
        ("s_suppkey", _KEY), ("s_name", _TEXT), ("s_address", _TEXT), ("s_nationkey", _KEY), ("s_phone", _TEXT),
        ("s_acctbal", _MONEY), ("s_comment", _TEXT),
    ),
}  # fmt: skip


def extension_file() -> str:
    """The file inside the wheel, for the DuckDB that it was built for."""
    import duckdb

    folder = files("duckdb_extension_tpch") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / "tpch.duckdb_extension")


TABLES = tuple(
    TableSpec(
        schema="samples.tpch",
        name=name,
        comment=f"TPC-H {name}, scale factor {SCALE:g}.",
        columns=tuple((column, type_, "") for column, type_ in columns),
        select=f'SELECT * FROM "tpch.raw".{name}',
        before=('CREATE SCHEMA IF NOT EXISTS "tpch.raw"', f"CALL dbgen(sf={SCALE}, schema='tpch.raw')"),
        after=('DROP SCHEMA "tpch.raw" CASCADE',),
        grants={"users": ("SELECT",)},
    )
    for name, columns in _COLUMNS.items()
)
