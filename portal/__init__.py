"""A data portal for Posit Connect and Databricks that is always the viewer."""
