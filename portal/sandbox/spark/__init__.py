"""Databricks Connect: Spark itself, behind the workspace's own port.

A gRPC client negotiates HTTP/2 there (`alpn`), and is handed to the gateway (`gateway.py`), which asks the workspace
who that is and whether they may attach (`door`), and only then passes the call on to a real Spark Connect server
(`server`). Both run in an environment of their own, which `python -m portal.sandbox.spark.setup` makes (`place`):
`pyspark` and `databricks-connect` bring different packages of one name. `Viewers.scala` gives each caller their own
rows, as the sandbox's SQL engine wrote them (`rows`).
"""
