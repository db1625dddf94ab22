"""The kinds of content that run here, and by what: each app mode has the server that Connect would run it with."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mode:
    """`command` has {port}, {module} and {name} of the entry point, and {entry}, the entry point as it was given."""

    title: str
    needs: str
    """The server's module, which the sandbox's own interpreter must have."""
    command: str

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.needs) is not None


# A Dash application is not a WSGI callable; its Flask server is: the runner finds it.
_WSGI = f"python {os.fspath(Path(__file__).with_name('runner.py'))} {{module}}:{{name}} {{port}}"
_ASGI = "python -m uvicorn {module}:{name} --host 127.0.0.1 --port {port} --app-dir . --no-server-header"
_STREAMLIT = (
    "python -m streamlit run {entry} --server.port {port} --server.address 127.0.0.1 --server.headless true "
    "--browser.gatherUsageStats false --server.fileWatcherType none"
)
MODES = {
    "python-dash": Mode("Dash application", "gunicorn", _WSGI),
    "python-api": Mode("Python API", "gunicorn", _WSGI),
    "python-fastapi": Mode("Python FastAPI application", "uvicorn", _ASGI),
    "python-streamlit": Mode("Streamlit application", "streamlit", _STREAMLIT),
}


def refused(mode: str) -> str:
    """Why content of this mode cannot run here; empty where it can."""
    known = MODES.get(mode)
    if known is None:
        return f"The content type {mode!r} cannot be run by the sandbox: {', '.join(MODES)} can."
    if not known.installed:
        return f"A {known.title} runs under {known.needs}, which the sandbox's environment lacks: install it there."
    return ""


def command(mode: str, entry: str) -> str:
    """With `{port}` left open."""
    module, _, name = entry.partition(":")
    known = MODES.get(mode, MODES["python-dash"])
    return known.command.format(module=module, name=name or "app", entry=entry, port="{port}")
