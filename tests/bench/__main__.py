"""`python -m tests.bench [WORD …]`: every `bench_*.py` of this folder but the long ones, or those with one of the words
in their name.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench

LONG = "faults"
"""A quarter of an hour each: only by name."""

wanted = sys.argv[1:]
for module in pkgutil.iter_modules(tests.bench.__path__):
    chosen = any(word in module.name for word in wanted) if wanted else LONG not in module.name
    if module.name.startswith("bench_") and chosen:
        importlib.import_module(f"tests.bench.{module.name}").main()
