"""Answers of Databricks' Jobs and Unity Catalog APIs as a folder of JSON, to be run through every page.

Own work, made by `python -m tests.answers` out of the SDK's dataclasses: `whole` has every member of each of them, a
task of every kind, and an attempt before each; `bare` has what an answer cannot be without; `odd` has words, members
and kinds that no client of today knows, nulls, attempts in the wrong order, terminal codes and markup.
"""
