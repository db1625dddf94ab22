"""`python -m portal.sandbox`: starts the sandbox and prints how to use it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from pathlib import Path

from portal.sandbox.server import Options, Sandbox
from portal.sandbox.weather import CLIMATES


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m portal.sandbox", description=__doc__)
    p.add_argument("--port", type=int, default=3939, help="port of the Connect front; 0 takes any (3939)")
    p.add_argument("--workspace-port", type=int, default=0, help="port of the workspace (any)")
    p.add_argument("--storage-port", type=int, default=0, help="port of the storage host (any)")
    p.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    p.add_argument("--seed", type=int, default=0, help="seed of data, jobs and keys (0)")
    p.add_argument("--weather", choices=CLIMATES, default="fair", help="quotas, lag, stalls, drift (fair: none)")
    p.add_argument("--more-viewers", type=int, default=0, help="so many more: analyst-001, analyst-002, … (0)")
    p.add_argument("--dashboards", type=Path, help="folder whose *.sql are run, and whose *.lvdash.json are added")
    p.add_argument("--spark", action="store_true", help="serve Databricks Connect too (`make spark` sets it up)")
    p.add_argument("--content-dir", type=Path, help="directory of the content to serve")
    p.add_argument("--content-command", help="how to run it, with {port}")
    p.add_argument("--content-env", action="append", default=[], metavar="NAME=VALUE", help="a variable of the content")
    p.add_argument("--eager", action="store_true", help="start the content at once, not on its first request")
    p.add_argument("--exit-with-parent", action="store_true", help="end when the process that started this one ends")
    p.add_argument("--content-log", action="store_true", help="show what the content writes, on stderr, as it is")
    p.add_argument("--verbose", action="store_true", help="log requests and the content's output to stderr")
    return p


async def run(arguments: argparse.Namespace) -> int:
    pairs = [pair.partition("=") for pair in arguments.content_env]
    options = Options(
        port=arguments.port,
        workspace_port=arguments.workspace_port,
        storage_port=arguments.storage_port,
        seed=arguments.seed,
        weather=arguments.weather,
        more_viewers=arguments.more_viewers,
        content_dir=arguments.content_dir.resolve() if arguments.content_dir else None,
        content_command=arguments.content_command,
        content_env={name: value for name, _, value in pairs},
        eager=arguments.eager,
        spark=arguments.spark,
        access_log=arguments.verbose,
        dashboards=arguments.dashboards.resolve() if arguments.dashboards else None,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with Sandbox(options) as sandbox:
            print(json.dumps(sandbox.facts()) if arguments.json else _greeting(sandbox), flush=True)
            await _until(stop, os.getppid() if arguments.exit_with_parent else None)
    except OSError as error:
        print(f"The sandbox could not start: {error}", file=sys.stderr)
        return 1
    return 0


async def _until(stop: asyncio.Event, parent: int | None) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
        if parent is not None and os.getppid() != parent:
            return


def _greeting(sandbox: Sandbox) -> str:
    """The addresses, and the variables that point any other client at the workspace."""
    facts = sandbox.facts()
    lines = [
        f"Connect    {facts['connect_url']}/          sign in as one of four viewers",
        f"Workspace  {facts['workspace_url']}",
        f"Control    {facts['control_url']}/",
        "",
        "Point any other client at it (here as the engineer; dapi-analyst-west, … are the others):",
        "",
        f"export DATABRICKS_HOST={facts['workspace_url']}",
        "export DATABRICKS_TOKEN=dapi-engineer",
        f"export DATABRICKS_WAREHOUSE_ID={facts['warehouse_id']}",
        f"export DATABRICKS_HTTP_PATH={facts['http_path']}",
        f"export SSL_CERT_FILE={facts['ca_bundle']}",
        f"export REQUESTS_CA_BUNDLE={facts['ca_bundle']}",
        f"export CONNECT_SERVER={facts['connect_url']}",
        f"export CONNECT_API_KEY={facts['api_key']}",
    ]
    if "cluster_id" in facts:
        lines.append(f"export DATABRICKS_CLUSTER_ID={facts['cluster_id']}")
        lines.append(f"export GRPC_DEFAULT_SSL_ROOTS_FILE_PATH={facts['ca_bundle']}")
    return "\n".join(lines)


def main() -> int:
    arguments = parser().parse_args()
    level = logging.INFO if arguments.verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    if arguments.content_log:
        said = logging.getLogger("portal.sandbox.content")
        said.addHandler(logging.StreamHandler(sys.stderr))
        said.setLevel(logging.INFO)
        said.propagate = False
    return asyncio.run(run(arguments))


if __name__ == "__main__":
    sys.exit(main())
