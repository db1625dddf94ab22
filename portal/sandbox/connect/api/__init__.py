"""Connect's server API under /__api__, as posit-sdk and rsconnect-python call it."""

from __future__ import annotations

from portal.sandbox.connect.api import content, deploy, oauth, server, settings
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Connect
from portal.sandbox.routing import Route

__all__ = ["routes"]


def routes(connect: Connect, processes: Processes) -> list[Route]:
    return [
        *server.routes(connect),
        *oauth.routes(connect),
        *content.routes(connect, processes),
        *deploy.routes(connect, processes),
        *settings.routes(connect, processes),
    ]
