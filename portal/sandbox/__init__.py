"""A pretend Posit Connect and a pretend Databricks workspace on loopback, for the unmodified client libraries.

Imports nothing of the portal, and nothing of the portal imports it: the two meet over sockets only.
"""
