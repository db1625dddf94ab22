"""`make bench cold`: first visits of a process, a session and a browser, beside two peers; interleaved, in Chromium.

    make bench cold              # 7 runs of each
    python -m tests.bench.bench_cold 15

The sandbox's Connect starts the content's process when the first viewer comes, as Connect does. One process with eight
threads each; exchanges take 150 ms and API calls 80 ms. *Seen* is the first frame with ten rows in it, *live* the first
in which they are the page's own (in `#react-entry-point`), by the page's own clock from the navigation on.

    process   no process, a new session, a new browser      answer = first byte of the answer, then rows
    session   a running process, a new session and browser
    browser   a running process that knows the session, a new browser
    next      the same browser once more
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import venv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.load import table
from tests.bench.pages import CALL_SECONDS, EXCHANGE_SECONDS, FLAGS
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = 7
PEERS = ROOT / ".run" / "peers"
BARS = {
    ("process", "answer"): 0.9,
    ("process", "seen"): 0.5,
    ("session", "seen"): 0.32,
    ("session", "live"): 0.42,
    ("next", "seen"): 0.22,
}
"""At most this share of Streamlit's time."""
BROWSER_MS = 400.0
"""… and a new browser of a known session within this."""

_WATCH = """
(() => {
  const rows = (within) => [...document.querySelectorAll("[role=grid], table, .ag-root")].some((grid) =>
    grid.closest(within) && grid.querySelectorAll("[role=row], tr").length >= 11);
  window.met = {};
  (function look() {
    if (!met.seen && rows("body")) met.seen = performance.now();
    if (!met.live && rows("#react-entry-point, #root")) met.live = performance.now();
    if (!met.live) requestAnimationFrame(look);
  })();
})();
"""


@dataclass
class App:
    """One contestant: how Connect runs it, and what was measured: (visit, what) → milliseconds."""

    name: str
    command: str
    sandbox: SandboxClient | None = None
    met: int = 0
    times: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def there(self) -> SandboxClient:
        assert self.sandbox is not None
        return self.sandbox

    def end_process(self) -> None:
        """As Connect ends one that idles: the next request starts another."""
        for child in psutil.Process(self.there.process.pid).children():
            child.terminate()
            psutil.wait_procs([child], timeout=15)

    def sign_in(self, browser: Browser) -> BrowserContext:
        """A new browser with a session of somebody whom no process has met: nothing of theirs is kept anywhere."""
        self.met += 1
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_WATCH)
        # It redirects to the content, whose first request is the browser's.
        where, form = self.there.connect_url + "/__login__", {"viewer": f"analyst-{self.met:03d}"}
        answer = context.request.post(where, form=form, max_redirects=0)
        assert answer.status == 303
        return context

    def visit(self, context: BrowserContext, what: str, *, keep: bool = True) -> Page:
        page = context.new_page()
        page.goto(self.there.content_url, wait_until="commit", timeout=120_000)
        page.wait_for_function("() => met.live", timeout=120_000)
        found = page.evaluate("""() => ({
            ...met, answer: performance.getEntriesByType("navigation")[0].responseStart})""")
        if keep:
            for name, milliseconds in found.items():
                self.times[what, name].append(milliseconds)
        return page

    def round(self, browser: Browser, *, keep: bool) -> None:
        self.end_process()
        context = self.sign_in(browser)
        self.visit(context, "process", keep=keep).close()
        context.close()
        time.sleep(3)  # what a process does behind its first answer is over
        context = self.sign_in(browser)
        self.visit(context, "session", keep=keep).close()
        other = browser.new_context(viewport={"width": 1440, "height": 900})
        other.add_init_script(_WATCH)
        other.add_cookies(context.cookies())
        self.visit(other, "browser", keep=keep).close()
        self.visit(other, "next", keep=keep).close()
        other.close()
        context.close()


def python_of_peers() -> str:
    """An interpreter that has streamlit, beside all that is pinned: this one, or one in `.run/peers`."""
    if subprocess.run([sys.executable, "-c", "import streamlit"], capture_output=True, check=False).returncode == 0:
        return sys.executable
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True, clear=True)
        site = next((PEERS / "lib").glob("python*/site-packages"))
        ours = Path(psutil.__file__).parent.parent
        (site / "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "streamlit"], check=True)
    return str(python)


def contestants() -> tuple[App, ...]:
    gunicorn = f"{sys.executable} -m gunicorn {{app}}:server --workers 1 --threads 8 --bind 127.0.0.1:{{{{port}}}}"
    return (
        App("portal", gunicorn.format(app="wsgi")),
        App(
            "streamlit",
            f"{python_of_peers()} -m streamlit run tests/bench/peers/streamlit_app.py --server.port {{port}} "
            "--server.address 127.0.0.1 --server.headless true --browser.gatherUsageStats false "
            "--server.enableCORS false --server.enableXsrfProtection false",
        ),
        App("single-file dash", gunicorn.format(app="tests.bench.peers.dash_app")),
    )


def report(apps: tuple[App, ...], runs: int) -> None:
    portal, streamlit, dash = apps
    rows = []
    for key in (("process", "answer"), *((visit, what) for visit in ("process", "session", "browser", "next")
                                         for what in ("seen", "live"))):  # fmt: skip
        ours, theirs, other = (statistics.median(app.times[key]) for app in (portal, streamlit, dash))
        # Each round by itself: what else the machine did then, it did to both.
        pairs = [mine / yours for mine, yours in zip(portal.times[key], streamlit.times[key], strict=True)]
        ratio = statistics.median(pairs)
        bar = BARS.get(key)
        met: Any = ratio <= bar if bar else ours <= BROWSER_MS if key[0] == "browser" else ""
        rows.append((" → ".join(key), ours, theirs, other, ratio, min(pairs), bar or "", met))
    table(
        f"Cold visits, medians of {runs} interleaved runs (ms)",
        ("visit", "portal", "streamlit", "dash", "portal/streamlit", "best", "bar", "met"),
        rows,
    )


# Where the portal's time goes


_KINDS = {
    "script": {"EvaluateScript", "v8.compile", "FunctionCall", "v8.parseOnBackground", "RunMicrotasks"},
    "layout": {"Layout", "UpdateLayoutTree"},
    "paint": {"Paint", "PrePaint", "Commit", "Layerize"},
}


def traced(browser: Browser, app: App, context: BrowserContext) -> dict[str, float]:
    """One visit under Chrome's own trace: milliseconds of the page's main thread by kind, and what was transferred."""
    file = ROOT / ".run" / "cold-trace.json"
    file.parent.mkdir(exist_ok=True)
    browser.start_tracing(path=str(file), categories=["devtools.timeline", "v8"])
    page = app.visit(context, "traced", keep=False)
    entries = page.evaluate("""() => performance.getEntries().filter((one) => one.transferSize)
        .map((one) => one.transferSize)""")
    browser.stop_tracing()
    page.close()
    events = json.loads(file.read_text())["traceEvents"]
    found = {}
    for kind, names in _KINDS.items():
        spans = sorted(
            (one["ts"], one["ts"] + one["dur"]) for one in events if one.get("name") in names and "dur" in one
        )
        spent, until = 0.0, 0.0
        for start, end in spans:  # one inside of another counts once
            spent += max(0.0, end - max(start, until))
            until = max(until, end)
        found[kind] = spent / 1000
    return {**found, "kB": sum(entries) / 1000, "requests": len(entries)}


def imported() -> tuple[int, float]:
    """Modules that `import wsgi` loads, and the milliseconds that it takes by itself."""
    code = "import time; began = time.perf_counter(); import wsgi, sys; "
    code += "print(len(sys.modules), 1000 * (time.perf_counter() - began))"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "CONNECT_"))}
    variables = {**clean, "CONNECT_SERVER": "http://127.0.0.1:1/", "CONNECT_API_KEY": "k", "POSIT_PRODUCT": "CONNECT",
                 "PORTAL_LOG_LEVEL": "ERROR"}  # fmt: skip
    command = [sys.executable, "-c", code]
    done = [subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, check=True) for _ in range(3)]
    found = [one.stdout.split() for one in done]
    return int(found[0][0]), statistics.median(float(one[1]) for one in found)


def where_it_goes(browser: Browser, portal: App) -> None:
    rows = []
    for visit in ("process", "session", "next"):
        if visit == "process":
            portal.end_process()
        if visit != "next":
            context = portal.sign_in(browser)
        portal.there.clear_calls()
        found = traced(browser, portal, context)
        time.sleep(1)
        exchanges = portal.there.count("connect", "/oauth/integrations/credentials")
        calls = portal.there.count("workspace")
        rows.append((visit, *(found[kind] for kind in _KINDS), found["kB"], found["requests"], exchanges, calls))
    table(
        "Where the portal's time goes: ms of the browser's main thread, transfer, and calls of the portal in all",
        ("visit", *_KINDS, "kB", "requests", "exchanges", "calls"),
        rows,
    )
    modules, milliseconds = imported()
    print(f"\n  import wsgi: {modules} modules, {milliseconds:.0f} ms; a call takes {CALL_SECONDS * 1000:.0f} ms, ")
    print(f"  an exchange {EXCHANGE_SECONDS * 1000:.0f} ms; the log of the portal has each document's own line.")


def main(runs: int = RUNS) -> None:
    apps = contestants()
    try:
        for app in apps:
            app.sandbox = start_sandbox(
                "--content-dir",
                str(ROOT),
                "--content-command",
                app.command,
                "--content-env",
                f"PYTHONPATH={ROOT}",
                "--more-viewers",
                str(2 * runs + 9),
            )
            app.sandbox.fault("connect", "/oauth/integrations/credentials", delay=EXCHANGE_SECONDS)
            app.sandbox.fault("workspace", "", delay=CALL_SECONDS)
        with sync_playwright() as playwright:
            chromium = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for number in range(runs + 1):
                # The first round brings files into memory, and is not counted. The order changes.
                turn = number % len(apps)
                for app in (*apps[turn:], *apps[:turn]):
                    app.round(browser, keep=number > 0)
            report(apps, runs)
            where_it_goes(browser, apps[0])
            browser.close()
    finally:
        for app in apps:
            if app.sandbox is not None:
                app.sandbox.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
