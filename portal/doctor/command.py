"""`python -m portal doctor`: the whole table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from functools import partial

from portal.doctor import connect as of_connect
from portal.doctor import databricks as of_databricks
from portal.doctor import live, machine, own
from portal.doctor.finding import Check, Finding, State, examine, failed, warning
from portal.paths import paths
from portal.settings import Settings, SettingsError, load, settings, unknown
from portal.terminal import printable
from portal.viewer.secrets import register

TOKEN_VARIABLE = "PORTAL_SESSION_TOKEN"  # noqa: S105  # the name of a variable


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    one = commands.add_parser("doctor", help="what is wrong with this set-up, and how to mend it")
    one.add_argument("--json", action="store_true", help="print JSON instead of a table")
    one.add_argument(
        "--session-token",
        metavar="TOKEN",
        help=f"a viewer's session token, for one exchange; `-` reads it from standard input (also ${TOKEN_VARIABLE})",
    )
    one.add_argument(
        "--live",
        metavar="URL",
        help="ask a running portal instead, with its PORTAL_METRICS_TOKEN: which service fails, since when",
    )
    one.add_argument("--start-warehouse", action="store_true", help="start a stopped warehouse to check it")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print each finding as it is made; 1 if something failed."""
    token = sys.stdin.readline().strip() if options.session_token == "-" else options.session_token  # noqa: S105
    token = token or os.environ.get(TOKEN_VARIABLE)
    if token:
        register(token)
    quiet()
    found = _live(options.live) if options.live else findings(token or None, start=options.start_warehouse)
    if options.json:
        every = list(found)
        bad = any(one.state is State.FAILED for one in every)
        print(json.dumps({"ok": not bad, "checks": [one.as_dict() for one in every]}, indent=2))
        return int(bad)
    return _table(found)


def _live(url: str) -> Iterator[Finding]:
    try:
        here = load()
    except SettingsError as error:
        for sentence in str(error).splitlines():
            yield failed("settings", sentence, "Correct or unset it; they are not the running portal's.")
        return
    token = here.metrics_token.get_secret_value() if here.metrics_token else None
    # Its key goes to Connect and nowhere else.
    inside = here.connect_server is not None and url.startswith(f"{here.connect_server}/")
    key = here.connect_api_key.get_secret_value() if inside and here.connect_api_key else None
    for secret in (token, key):
        if secret:
            register(secret)
    yield from live.findings(live.Portal(url, token, key))


def findings(token: str | None, *, start: bool = False) -> Iterator[Finding]:
    """Every check in turn. Without readable settings, only those that need none."""
    alone = [Check("Python", machine.python), Check("packages", machine.packages), Check("TLS trust", machine.trust)]
    try:
        found = settings()
    except SettingsError as error:
        for sentence in str(error).splitlines():
            yield failed("settings", sentence, f"Correct {sentence.partition(' ')[0]}; the other checks need it.")
        yield from examine(alone)
        return
    yield from examine(
        [
            Check("settings", lambda: machine.set_up(found)),
            *(Check("settings", partial(warning, "settings", one, "Correct or unset it.")) for one in unknown()),
            Check("who viewers are", lambda: machine.place(found)),
            *alone,
            Check("proxy", lambda: machine.proxy(found)),
            Check("cache", lambda: machine.cache(found)),
            Check("shared origin", lambda: machine.origin(found)),
        ]
    )
    if not paths.is_clone:
        yield from examine([Check("portal's version", own.package), Check("upgrade", own.upgrade)])
    if found.on_connect:
        yield from examine(_connect(found))
    if found.databricks_host is not None:
        yield from examine(_databricks(found, token, start))


def _connect(found: Settings) -> list[Check]:
    about = of_connect.Connect(found)
    role = "Use the API key of a publisher who may see it."
    return [
        Check("Connect", lambda: of_connect.reachable(about), "Check CONNECT_SERVER."),
        Check("API key", lambda: of_connect.key_owner(about), "Set CONNECT_API_KEY to a publisher's key."),
        Check("clock", lambda: of_connect.clock(about)),
        Check("content", lambda: of_connect.content(about), role),
        Check("integration", lambda: of_connect.integration(about), role),
        Check("association", lambda: of_connect.association(about), role),
    ]


def _databricks(found: Settings, token: str | None, start: bool) -> list[Check]:
    viewer = of_databricks.a_viewer(found, token)
    return [
        Check("workspace", lambda: of_databricks.workspace(found)),
        Check("exchange", lambda: of_databricks.exchange(viewer)),
        Check("identity", lambda: of_databricks.me(viewer)),
        *([Check("page groups", lambda: own.groups(found, viewer))] if found.page_groups else []),
        Check("warehouse", lambda: of_databricks.warehouse(viewer, start)),
        Check("result storage", lambda: of_databricks.result(viewer, start)),
    ]


_LOOK = {State.OK: "32", State.WARNING: "33", State.FAILED: "31", State.SKIPPED: "2"}


def _table(found: Iterator[Finding]) -> int:
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = max(60, min(shutil.get_terminal_size((110, 24)).columns, 140))
    counts = dict.fromkeys(State, 0)
    for one in found:
        counts[one.state] += 1
        word = f"{one.state.value:8}"
        head = f"\x1b[{_LOOK[one.state]}m{word}\x1b[0m" if colours else word
        lines = textwrap.wrap(one.says, width - 26) or [""]
        if one.mend:
            lines += textwrap.wrap(f"→ {one.mend}", width - 26, subsequent_indent="  ")
        lines = [printable(line) for line in lines]
        print(f"{head} {one.name:16} {lines[0]}")
        for line in lines[1:]:
            print(f"{'':25} {line}")
        sys.stdout.flush()
    print(", ".join(f"{count} {state.value}" for state, count in counts.items() if count))
    return int(counts[State.FAILED] > 0)


def quiet() -> None:
    """The table says it all: the rooms' own log lines go only where someone asked for them."""
    import logging

    import structlog

    level = logging.DEBUG if os.environ.get("PORTAL_LOG_LEVEL") == "DEBUG" else logging.CRITICAL
    logging.basicConfig(level=level, stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
