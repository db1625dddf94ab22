"""`python -m portal doctor --live URL`: what a running portal says of itself and of the services behind it.

Asks `/healthz`, `/readyz` and, with the metrics token, `/metrics`; changes nothing and needs no viewer. Through Connect
its key goes along in `X-RSC-Authorization`, which leaves `Authorization` to the portal.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests
from prometheus_client.parser import text_string_to_metric_families

from portal.doctor.finding import Finding, State, failed, ok, skipped, warning
from portal.setting_values import address
from portal.version import RELEASE

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
SLOW_SECONDS = 0.5
LARGEST = 8 * 1024 * 1024
"""Bytes of an answer that are read."""
_MEND = "See docs/operating.md, When an alert goes off; the log's `unreachable` lines name host and operation."


@dataclass(frozen=True)
class Portal:
    """Where it runs, and what opens it. `key` is of its Connect, if it is content there."""

    url: str
    token: str | None = None
    key: str | None = field(default=None, repr=False)

    def get(self, path: str) -> tuple[int, str, float]:
        """Status, text and seconds. Raises `requests.RequestException`."""
        headers = {}
        if self.key:
            headers["X-RSC-Authorization"] = f"Key {self.key}"
        if self.token and path == "metrics":
            headers["Authorization"] = f"Bearer {self.token}"
        started = time.monotonic()
        with requests.get(
            f"{self.url.rstrip('/')}/{path}",
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            text = answer.raw.read(LARGEST, decode_content=True).decode(errors="replace")
            return answer.status_code, text, time.monotonic() - started

    def get_json(self, path: str) -> tuple[int, object, float]:
        """The same, as JSON; None where it is none."""
        import json

        status, text, seconds = self.get(path)
        try:
            return status, json.loads(text), seconds
        except ValueError:
            return status, None, seconds


def findings(portal: Portal) -> Iterator[Finding]:
    """One after the other, as they are found."""
    if address(portal.url, ("http", "https")) is None:
        yield failed(
            "portal", f"{portal.url!r} is no address.", "Give the portal's, such as https://portal.example.com."
        )
        return
    try:
        health = _health(portal)
        yield health
        if health.state is State.FAILED:
            return
        yield from _ready(portal)
        yield from _metrics(portal)
    except (requests.RequestException, OSError) as error:
        yield failed(
            "portal", f"{portal.url} does not answer: {_why(error)}.", "Is it running, and is this its address?"
        )


def _why(error: Exception) -> str:
    match error:
        case requests.exceptions.SSLError():
            return "its certificate is not accepted here"
        case requests.ConnectTimeout():
            return f"no connection within {CONNECT_SECONDS:g} s"
        case requests.Timeout():
            return f"nothing came for {READ_SECONDS:g} s"
        case requests.ConnectionError():
            return "no connection"
    return type(error).__name__


def _health(portal: Portal) -> Finding:
    status, said, seconds = portal.get_json("healthz")
    if status != 200 or not isinstance(said, dict) or said.get("status") != "ok":
        key = (
            " Through Connect, CONNECT_SERVER and CONNECT_API_KEY let this in."
            if status in {302, 401, 403, 404}
            else ""
        )
        return failed("portal", f"{portal.url} answers {status}, not as a portal does.", f"Check the address.{key}")
    runs = f"release {said.get('version', '?')}, commit {said.get('commit') or 'unknown'}"
    if seconds > SLOW_SECONDS:
        return warning(
            "portal", f"Answers in {seconds:.1f} s, {runs}.", "Under 0.5 s is usual: look at CPU and threads."
        )
    other = "" if said.get("version") == RELEASE else f" (this is {RELEASE})"
    return ok("portal", f"Answers in {seconds * 1000:.0f} ms, {runs}{other}.")


def _ready(portal: Portal) -> Iterator[Finding]:
    _, said, _ = portal.get_json("readyz")
    checks = said.get("checks") if isinstance(said, dict) else None
    if not isinstance(checks, dict):
        yield warning("readiness", "/readyz says nothing that is understood here.", "Is it another version?")
        return
    for name, one in checks.items():
        state = one.get("state") if isinstance(one, dict) else None
        if state in set(State):
            yield Finding(str(name), State(state), str(one.get("says", "")), "")


def _metrics(portal: Portal) -> Iterator[Finding]:
    name = "services"
    if portal.token is None:
        yield skipped(name, "Which service fails is in the metrics.", "Set PORTAL_METRICS_TOKEN to the portal's own.")
        return
    status, text, _ = portal.get("metrics")
    if status != 200:
        why = {401: "the token is another", 404: "the portal has no PORTAL_METRICS_TOKEN"}.get(
            status, f"it answers {status}"
        )
        yield failed(name, f"No metrics: {why}.", "Set the same PORTAL_METRICS_TOKEN here and there.")
        return
    samples: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples[sample.name].append((dict(sample.labels), sample.value))
    except ValueError:
        yield failed(name, "The metrics are not in Prometheus' format.", "Is it another program's address?")
        return
    yield from _services(samples)
    yield from _load(samples)


def _services(samples: dict[str, list[tuple[dict[str, str], float]]]) -> Iterator[Finding]:
    since: dict[str, float] = {}
    for labels, at in samples["portal_service_away_since_seconds"]:
        if at:
            since[labels["service"]] = min(at, since.get(labels["service"], at))
    causes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for labels, count in samples["portal_unreachable_total"]:
        causes[labels["service"]][labels["cause"]] += count
    calls: dict[str, float] = defaultdict(float)
    for labels, count in samples["portal_calls_total"]:
        calls[labels["service"]] += count
    for service in sorted({*since, *causes, *calls}):
        told = sorted(causes[service].items(), key=lambda one: -one[1])
        why = ", ".join(f"{cause} ({count:.0f})" for cause, count in told if cause != "left alone") or "no cause told"
        if service in since:
            when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(since[service]))
            yield failed(service, f"Does not answer since {when} ({_ago(since[service])}): {why}.", _MEND)
        elif told:
            yield ok(
                service, f"Answers. Since the start {sum(causes[service].values()):.0f} calls came to nothing: {why}."
            )
        else:
            yield ok(service, f"Answers: {calls[service]:.0f} calls, none came to nothing.")


def _ago(at: float) -> str:
    seconds = max(0, int(time.time() - at))
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _load(samples: dict[str, list[tuple[dict[str, str], float]]]) -> Iterator[Finding]:
    def total(name: str) -> float:
        return sum(value for _, value in samples[name])

    threads, waiting = total("portal_threads"), total("portal_waiting_requests")
    if threads:
        said = f"{waiting:.0f} of {threads:.0f} threads wait for services."
        busy = waiting >= 0.7 * threads
        yield warning("threads", said, "A service stalls; who comes is told busy.") if busy else ok("threads", said)
    resident = [value for _, value in samples["portal_process_resident_bytes"]]
    if resident:
        sessions = f"{total('portal_sessions'):.0f} sessions"
        yield ok("processes", f"{len(resident)}, {max(resident) / 1e6:.0f} MB the largest; {sessions}.")
    if gone := total("portal_audit_lost_total"):
        yield failed("audit", f"{gone:.0f} events could not be written.", "See PORTAL_AUDIT_LOG, and the portal's log.")
