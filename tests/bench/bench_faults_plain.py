"""The faults of `bench_faults`, with the portal in one process of a plain threaded WSGI server (`plain_server`)."""

from __future__ import annotations

from tests.bench.bench_faults import run


def main() -> None:
    run("one process of a plain threaded server", plain=True)
