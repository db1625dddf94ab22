"""Checks that need nobody else: settings, Python and packages, the cache, proxies and trust."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from portal.cache import SharedCache
from portal.databricks import workspace
from portal.doctor.finding import Finding, State, failed, ok, skipped, warning
from portal.paths import paths
from portal.settings import Settings, is_loopback
from portal.viewer import platforms

if TYPE_CHECKING:
    from packaging.requirements import Requirement

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
    words = platforms.here(settings).words
    return Finding("who viewers are", State(words.state), words.viewers, words.mend)


def origin(settings: Settings) -> Finding:
    """What keeps the scripts of other content out, which on Connect is the same origin (SECURITY.md)."""
    name = "shared origin"
    if not settings.on_connect:
        return ok(name, "No other content shares the portal's origin.")
    server = urlsplit(settings.connect_server or "")
    if server.scheme == "http" and not is_loopback(server.hostname):
        return warning(
            name,
            "Connect is reached over plain HTTP: nothing keeps the scripts of its other content out of the portal.",
            "Give Connect a certificate, and its https:// address.",
        )
    if settings.may_be_framed:
        return warning(
            name,
            "Other content of this Connect may hold the portal in a frame, and there do all that its viewer may.",
            "PORTAL_FRAME_ANCESTORS=none where the portal is opened by its own address: the dashboard then shows none.",
        )
    if settings.signing_key is None:
        return warning(
            name,
            "Not framed. Processes have no key in common: pages may load again by themselves, and drafts may not last.",
            "Set PORTAL_SIGNING_KEY, such as `openssl rand -hex 32` prints it.",
        )
    return ok(name, "Not framed, and every process knows the portal's pages.")


def python() -> Finding:
    name, version = "Python", ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return failed(name, f"{version} is too old.", "Use Python 3.11 or newer.")
    return ok(name, version)


def locked(text: str) -> Iterator[tuple[Requirement, list[str]]]:
    """The pinned packages of a requirements file, each with the SHA-256 of every file that it allows."""
    from packaging.requirements import Requirement

    for line in re.sub(r"\\\n", " ", text).splitlines():
        wanted, *hashes = re.split(r"\s--hash=", line)
        if wanted.strip() and not wanted.startswith(("#", "-")):
            yield Requirement(wanted.strip()), [one.strip().removeprefix("sha256:") for one in hashes]


def packages(requirements: Path = paths.package / "requirements.txt") -> Finding:
    """What is installed against what Connect installs."""
    name = "packages"
    if not requirements.exists():
        return skipped(name, "There is no requirements.txt here.", "Run it where the portal's files are.")
    absent, other = [], []
    every = (one for one, _ in locked(requirements.read_text(encoding="utf-8")))
    wanted = [one for one in every if one.marker is None or one.marker.evaluate()]
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
