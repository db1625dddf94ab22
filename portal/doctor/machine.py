"""Checks that need nobody else: settings, Python and packages, the cache, proxies and trust."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from portal.cache import SharedCache
from portal.databricks import workspace
from portal.doctor.finding import Finding, failed, ok, skipped, warning
from portal.settings import Settings, is_loopback
from portal.viewer import Source
from portal.viewer.request import source

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = (3, 11)
NEEDED = {"databricks_host": "DATABRICKS_HOST", "warehouse_id": "DATABRICKS_WAREHOUSE_ID"}
"""Without these no page has data: the portal starts, and shows the state *not set up*."""


def missing(settings: Settings) -> tuple[str, ...]:
    """The variables that a page cannot do without and that are not set."""
    return tuple(variable for name, variable in NEEDED.items() if getattr(settings, name) is None)


def set_up(settings: Settings) -> Finding:
    name = "settings"
    if absent := missing(settings):
        return failed(name, f"{' and '.join(absent)} not set.", f"Set {' and '.join(absent)} for the content.")
    return ok(name, f"Workspace {settings.workspace_name}, warehouse {settings.warehouse_id}.")


def place(settings: Settings) -> Finding:
    """Where we run decides who a viewer is."""
    name = "who viewers are"
    match source(settings):
        case Source.CONNECT:
            return ok(name, "Posit Connect: whom its session token stands for.")
        case Source.APPS:
            return ok(name, "Databricks Apps: whose access token it forwards.")
        case Source.DEVELOPER if settings.allow_shared_identity:
            return warning(
                name,
                "The developer, for everyone who reaches this portal, also beyond localhost.",
                "Remove PORTAL_ALLOW_SHARED_IDENTITY unless that is what you want.",
            )
        case Source.DEVELOPER:
            return ok(name, "The developer, on localhost only.")
    return failed(
        name,
        "Neither Connect nor Databricks Apps is here: the portal would not know its viewers.",
        "Set CONNECT_SERVER and CONNECT_API_KEY to examine a deployment, or PORTAL_IDENTITY=developer to work here.",
    )


def python() -> Finding:
    name, version = "Python", ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return failed(name, f"{version} is too old.", "Use Python 3.11 or newer.")
    return ok(name, version)


def packages(requirements: Path = ROOT / "requirements.txt") -> Finding:
    """What is installed against what Connect installs."""
    from packaging.requirements import Requirement

    name = "packages"
    if not requirements.exists():
        return skipped(name, "There is no requirements.txt here.", "Run it where the portal's files are.")
    absent, other = [], []
    lines = requirements.read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-", " "))]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate()]
    for one in wanted:
        try:
            if not one.specifier.contains(metadata.version(one.name), prereleases=True):
                other.append(f"{one.name} {metadata.version(one.name)} ({one.specifier})")
        except metadata.PackageNotFoundError:
            absent.append(one.name)
    mend = "pip install -r requirements.txt"
    if absent:
        return failed(name, f"{len(absent)} missing: {', '.join(absent[:5])}.", mend)
    if other:
        return warning(name, f"{len(other)} differ from requirements.txt: {', '.join(other[:4])}.", mend)
    return ok(name, f"{len(wanted)} as requirements.txt pins them.")


def cache(settings: Settings, shared: SharedCache | None = None) -> Finding:
    name = "cache"
    found = shared or SharedCache(Flask("doctor"), settings.cache_url)
    if not found.ping():
        return failed(
            name,
            f"The {found.kind} cache of PORTAL_CACHE_URL does not keep values; the portal goes on without it.",
            "Check its address and rights; each process exchanges for itself meanwhile.",
        )
    if not found.shared and settings.on_connect:
        return warning(
            name,
            "Memory of each process: processes exchange apart, and End session reaches one of them.",
            "Set PORTAL_CACHE_URL to a Redis (rediss://…), or to a directory where one node runs all processes.",
        )
    return ok(name, f"The {found.kind} cache keeps and returns values.")


def trust(variables: Mapping[str, str] = os.environ) -> Finding:
    """requests reads REQUESTS_CA_BUNDLE, the SQL connector's TLS SSL_CERT_FILE: one alone breaks the other half."""
    name = "TLS trust"
    given = {key: variables[key] for key in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if variables.get(key)}
    for key, path in given.items():
        try:
            context = ssl.create_default_context(cafile=path) if Path(path).is_file() else None
            if context is None:
                return failed(name, f"{key} names no file: {path}", f"Set {key} to a file of certificates (PEM).")
        except (ssl.SSLError, OSError):
            return failed(name, f"{key} holds no certificates: {path}", f"Set {key} to a file of certificates (PEM).")
    if len(given) == 1:
        (key,) = given
        other = "SSL_CERT_FILE" if key == "REQUESTS_CA_BUNDLE" else "REQUESTS_CA_BUNDLE"
        return warning(name, f"{key} is set and {other} is not.", f"Set {other} to the same file.")
    return ok(name, f"Certificates of {next(iter(given.values()))}." if given else "The certificates of certifi.")


def proxy(settings: Settings, variables: Mapping[str, str] = os.environ) -> Finding:
    """A proxy of the environment is used by every client here; a local Connect must be excepted from it."""
    from requests.utils import should_bypass_proxies

    name = "proxy"
    lower = {key.lower(): value for key, value in variables.items()}
    https = lower.get("https_proxy") or lower.get("all_proxy")
    if not https:
        return ok(name, "None set: connections go out directly.")
    shown = urlsplit(https).hostname or "set"
    server = settings.connect_server
    if server and is_loopback(urlsplit(server).netloc) and not should_bypass_proxies(server, lower.get("no_proxy")):
        return warning(name, f"Connect at {server} would be asked through {shown}.", "Add it to NO_PROXY.")
    return ok(name, f"Connections go through {shown}.")


def workspace_client() -> Finding:
    """Whether this process has its Databricks client; asks nobody."""
    name = "workspace client"
    match workspace.progress():
        case "built":
            return ok(name, "Built.")
        case "failed":
            return warning(name, "The workspace did not answer the last probe.", "It is probed again when needed.")
    return ok(name, "Being built.")


def ready(settings: Settings, shared: SharedCache) -> tuple[Finding, ...]:
    """The cheap checks, for `/readyz`: no call leaves the machine but the cache's own.

    A workspace or cache that is away is no reason to send viewers elsewhere, where it would be away as well.
    """
    return (set_up(settings), place(settings), cache(settings, shared), workspace_client())
