"""Databricks, as the viewer: one module per noun. SDK objects stay in here; frozen dataclasses come out."""
