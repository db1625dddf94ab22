"""Runs a bundle's entry point as Connect's own runner does: a Dash app by its server, a WSGI callable as it is.

    python runner.py wsgi:app 8050

Started in the bundle's directory, in a process of its own.
"""

from __future__ import annotations

import importlib
import os
import sys


def load(entry: str) -> object:
    module, _, name = entry.partition(":")
    sys.path.insert(0, os.getcwd())
    found = getattr(importlib.import_module(module), name or "app")
    return getattr(found, "server", found)


def main() -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    entry, port = sys.argv[1], sys.argv[2]
    # The script's own directory is not the bundle's: a module of the bundle must not be shadowed by ours.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

    class Runner(BaseApplication):
        def load_config(self) -> None:
            for name, value in {"bind": f"127.0.0.1:{port}", "threads": 8, "worker_class": "gthread"}.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return load(entry)

    Runner().run()


if __name__ == "__main__":
    main()
