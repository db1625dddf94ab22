"""`python -m tests.bench [WORD …]`: every `bench_*.py` of this folder, or those with one of the words in their name."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench

wanted = sys.argv[1:]
for module in pkgutil.iter_modules(tests.bench.__path__):
    if module.name.startswith("bench_") and (not wanted or any(word in module.name for word in wanted)):
        importlib.import_module(f"tests.bench.{module.name}").main()
