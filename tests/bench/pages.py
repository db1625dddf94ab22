"""`make bench-pages`: time to "Hello, …" with ten rows on screen, in Chromium, the portal and its peers in one run.

Each visit is a fresh browser context of a viewer whose Connect session is new: the first visit pays for scripts and for
the credential exchange, the second (same context, a new page) for neither. Runs are interleaved; medians and ratios are
what to quote. The sandboxes answer exchanges in 150 ms and API calls in 80 ms.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, TimeoutError, sync_playwright

from tests.bench.load import table
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = 15
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-quic"]  # fmt: skip
EXCHANGE_SECONDS, CALL_SECONDS = 0.15, 0.08
GUNICORN = f"{sys.executable} -m gunicorn {{app}}:server --workers 2 --threads 8 --bind 127.0.0.1:{{{{port}}}}"


@dataclass
class App:
    """One contestant: how Connect runs it, and what is on screen when it is there."""

    name: str
    command: str
    there: str
    sandbox: SandboxClient | None = None
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)


APPS = (
    App(
        "portal",
        GUNICORN.format(app="wsgi"),
        """() => document.querySelector('h1')?.textContent.startsWith('Hello, ')
           && document.querySelectorAll('[role=grid] [role=row], table tr').length >= 11""",
    ),
    App(
        "streamlit",
        f"{sys.executable} -m streamlit run tests/bench/peers/streamlit_app.py --server.port {{port}} "
        "--server.address 127.0.0.1 --server.headless true --browser.gatherUsageStats false "
        "--server.enableCORS false --server.enableXsrfProtection false",
        """() => document.body.innerText.includes('Hello, ') && document.querySelectorAll('table tr').length >= 11""",
    ),
    App(
        "single-file dash",
        GUNICORN.format(app="tests.bench.peers.dash_app"),
        """() => document.querySelector('h1')?.textContent.startsWith('Hello, ')
           && document.querySelectorAll('.ag-row').length >= 10""",
    ),
)


def visit(context: BrowserContext, app: App, slow: bool) -> float:
    """Milliseconds from navigation to content, by the page's own clock."""
    page = context.new_page()
    if slow:
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        megabits = 10 * 1_000_000 / 8
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 20, "downloadThroughput": megabits, "uploadThroughput": megabits},
        )
    assert app.sandbox is not None
    page.goto(app.sandbox.content_url, wait_until="commit")
    try:
        page.wait_for_function(app.there, timeout=60_000)
    except TimeoutError:
        raise TimeoutError(f"{app.name} showed no rows:\n{page.inner_text('body')[:2000]}") from None
    took = float(page.evaluate("performance.now()"))
    page.close()
    return took


def sign_in(browser: Browser, app: App) -> BrowserContext:
    """A fresh context with a Connect session of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    assert app.sandbox is not None
    answer = context.request.post(app.sandbox.connect_url + "/__login__", form={"viewer": "analyst-west"})
    assert answer.ok
    return context


def rounds(browser: Browser, runs: int, slow: bool) -> None:
    for app in APPS:
        app.first.clear()
        app.second.clear()
    for number in range(runs + 1):
        for app in APPS:
            context = sign_in(browser, app)
            first, second = visit(context, app, slow), visit(context, app, slow)
            context.close()
            # The very first round warms the servers.
            if number:
                app.first.append(first)
                app.second.append(second)
    medians = {app.name: (statistics.median(app.first), statistics.median(app.second)) for app in APPS}
    ours = medians["portal"]
    rows = [
        (
            app.name,
            medians[app.name][0],
            _p90(app.first),
            ours[0] / medians[app.name][0],
            medians[app.name][1],
            _p90(app.second),
            ours[1] / medians[app.name][1],
        )
        for app in APPS
    ]
    table(
        f"Time to content, {runs} runs, " + ("4× CPU slowdown and 10 Mbit/s" if slow else "no throttling") + " (ms)",
        ("app", "first", "p90", "portal/app", "second", "p90", "portal/app"),
        rows,
    )


def _p90(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.9) - 1]


def main(runs: int = RUNS) -> None:
    try:
        for app in APPS:
            app.sandbox = start_sandbox(
                "--content-dir", str(ROOT), "--content-command", app.command, "--eager", "--content-env",
                f"PYTHONPATH={ROOT}",
            )  # fmt: skip
            app.sandbox.fault("connect", "/oauth/integrations/credentials", delay=EXCHANGE_SECONDS)
            app.sandbox.fault("workspace", "", delay=CALL_SECONDS)
        with sync_playwright() as playwright:
            chromium = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for slow in (False, True):
                rounds(browser, runs, slow)
            browser.close()
    finally:
        for app in APPS:
            if app.sandbox is not None:
                app.sandbox.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
