"""Spark, as the viewer: one session of Databricks Connect for each `with`, and the end of each.

`sessions` lends them and ends them, `line` is what every call of theirs goes out by, `failures` what comes of a failed
one. pyspark and gRPC are imported when the first page wants them: they are not there in most portals, and take two
seconds.
"""

from portal.databricks.spark.sessions import pool, spark

__all__ = ["pool", "spark"]
