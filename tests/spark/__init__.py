"""Databricks Connect for real: `make spark`, in the environment of `requirements-spark.txt` (Python 3.12)."""
