"""`ops/`: the alert rules and the dashboard ask for what the portal has, and each fault raises its alert."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import trustme
import yaml

from tests.fault_line import Line, trusted_with
from tests.portal_process import Portal, connect_variables, free_port, start_portal
from tests.redis_server import RedisServer
from tests.sandbox_client import ROOT, SandboxClient

OPS = ROOT / "ops"
TOKEN = "o" * 32
RULES = yaml.safe_load((OPS / "alerts.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]


def program(name: str) -> str:
    """Debian's package `prometheus` has both; .ci/run installs it. A check that cannot run is no check."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not here: apt-get install prometheus"
    return found


def test_promtool_takes_the_rules_and_their_tests_hold():
    for command in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
        done = subprocess.run([program("promtool"), *command], cwd=OPS, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def exprs() -> list[str]:
    board = json.loads((OPS / "dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return asked + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def test_what_they_ask_for_exists_with_these_labels():
    from portal import counters

    known: dict[str, set[str]] = {"up": {"job", "instance"}}
    for metric in vars(counters).values():
        name = getattr(metric, "_name", None)
        if isinstance(name, str) and name.startswith("portal_"):
            labels = set(metric._labelnames) | {"pid", "instance", "job"}
            for suffix in ("", "_total", "_bucket", "_count", "_sum"):
                known[name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    for expr in exprs():
        for name, matched in re.findall(r"\b(portal[_:][a-z0-9_:]*)(?:\{([^}]*)\})?", expr):
            assert name in known or name in recorded, f"{name} in {expr}"
            for label in re.findall(r"([a-z]+)\s*(?:=~|!=|!~|=)", matched):
                assert label in known[name], f"{label} of {name} in {expr}"
        for grouped in re.findall(r"by \(([^)]*)\)", expr):
            names = re.findall(r"\b(portal_[a-z0-9_]*)", expr)
            for label in re.split(r"[,\s]+", grouped.strip()):
                assert all(label in known[name] for name in names if name in known), f"{label} in {expr}"


def test_every_alert_says_what_to_do_in_the_operators_page():
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for rule in ALERTS:
        anchor = rule["annotations"]["runbook"].partition("#")[2]
        assert f'id="{anchor}"' in page or f"## {anchor.replace('-', ' ').capitalize()}" in page, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_query_of_the_dashboard_parses(tmp_path: Path):
    """As rules, since promtool checks those."""
    board = json.loads((OPS / "dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    rules = [{"record": f"dashboard:query:{number}", "expr": expr} for number, expr in enumerate(asked)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run([program("promtool"), "check", "rules", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@dataclass
class Watched:
    """A portal with breakable lines to its services, and a Prometheus that scrapes it each second."""

    portal: Portal
    workspace: Line
    connect: Line
    redis: RedisServer
    prometheus: str

    def firing(self) -> set[tuple[str, str]]:
        """(alert, service) of those that fire."""
        answer = requests.get(f"{self.prometheus}/api/v1/alerts", timeout=10).json()
        return {
            (one["labels"]["alertname"], one["labels"].get("service", ""))
            for one in answer["data"]["alerts"]
            if one["state"] == "firing"
        }

    def until(self, alert: str, service: str = "", seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while (alert, service) not in self.firing():
            assert time.monotonic() < deadline, f"{alert} of {service} did not fire: {self.firing()}"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def watched(sandbox_process: SandboxClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("ops")
    authority = trustme.CA()
    host = urlsplit(sandbox_process.workspace_url)
    server = urlsplit(sandbox_process.connect_url)
    assert host.port is not None
    assert server.port is not None
    workspace = Line("127.0.0.1", host.port, authority)
    connect = Line("127.0.0.1", server.port)
    redis = RedisServer().start()
    trust = trusted_with(sandbox_process.ca_bundle, authority, folder)
    portal = start_portal(
        connect_variables(
            sandbox_process,
            DATABRICKS_HOST=f"localhost:{workspace.port}",
            CONNECT_SERVER=f"http://127.0.0.1:{connect.port}",
            PORTAL_CACHE_URL=redis.url,
            PORTAL_METRICS_TOKEN=TOKEN,
            SSL_CERT_FILE=trust,
            REQUESTS_CA_BUNDLE=trust,
        ),
        "--workers", "1",
    )  # fmt: skip
    # The same rules, in a hurry.
    text = (OPS / "alerts.yml").read_text(encoding="utf-8")
    text = re.sub(r"for: \w+", "for: 2s", text).replace("[5m]", "[20s]").replace("[15m]", "[20s]")
    (folder / "alerts.yml").write_text(text, encoding="utf-8")
    target = {"targets": [portal.url.removeprefix("http://").rstrip("/")]}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["alerts.yml"],
        "scrape_configs": [{"job_name": "portal", "authorization": {"credentials": TOKEN}, "static_configs": [target]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    process = subprocess.Popen(
        [
            program("prometheus"), "--config.file", str(folder / "prometheus.yml"), "--storage.tsdb.path",
            str(folder / "data"), "--web.listen-address", f"127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield Watched(portal, workspace, connect, redis, f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait(10)
    portal.stop()
    for line in (workspace, connect):
        line.close()
    redis.stop()


@pytest.mark.slow
def test_each_fault_raises_its_alert_and_nothing_does_before(watched: Watched, sandbox: SandboxClient):
    over = threading.Event()
    fresh = [False]

    def visit(viewer: str) -> None:
        token = sandbox.session(viewer)
        while not over.is_set():
            try:
                if fresh[0]:
                    token = sandbox.session(viewer)
                watched.portal.page("", token)
                watched.portal.page("jobs", token)
            except (requests.RequestException, AssertionError):
                pass
            time.sleep(0.3)

    visitors = [threading.Thread(target=visit, args=(one,)) for one in ("analyst-west", "analyst-east", "engineer")]
    for one in visitors:
        one.start()
    try:
        time.sleep(8)
        assert watched.firing() == set()
        sandbox.fault("workspace", "", delay=2)
        watched.until("PortalSlowService", "Databricks")
        sandbox.clear_faults()
        sandbox.fault(
            "workspace", "/api/2", status=429, headers={"Retry-After": "1"}, body={"error_code": "X", "message": "x"}
        )
        watched.until("PortalRateLimited", "Databricks")
        sandbox.clear_faults()
        sandbox.fault(
            "workspace", "/api/2.2/jobs", status=503, body={"error_code": "TEMPORARILY_UNAVAILABLE", "message": "x"}
        )
        watched.until("PortalServiceFails", "Databricks", 60)
        sandbox.clear_faults()
        for mode in ("stall", "refuse"):
            watched.workspace.mode = mode
            watched.until("PortalServiceAway", "Databricks")
            watched.workspace.mode = "pass"
            time.sleep(5)
        watched.workspace.mode = "expired"
        watched.until("PortalCertificate", "Databricks")
        watched.workspace.mode = "pass"
        fresh[0] = True
        watched.connect.mode = "stall"
        watched.until("PortalServiceAway", "Connect")
        watched.connect.mode = "pass"
        fresh[0] = False
        watched.redis.stop()
        watched.until("PortalCacheDown")
        watched.redis.start()
    finally:
        over.set()
        for one in visitors:
            one.join(30)
    # A worker whose arbiter is gone first lets its connections end.
    for pid in [watched.portal.process.pid, *watched.portal.workers()]:
        os.kill(pid, signal.SIGKILL)
    watched.until("PortalDown")
