"""Where Flask serves the portal from: `serve` knows the prefix, everything else asks what was matched below it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Flask, current_app, request

_PREFIX = "PORTAL_ROUTES_BELOW"
CALLBACK = "/_dash-update-component"
LAYOUT = "/_dash-layout"
DOCUMENTS = frozenset({"/", "/<path:path>"})
"""Dash's catch-all: pages."""


def serve(server: Flask, prefix: str, blueprints: Iterable[Blueprint]) -> None:
    """Serve these routes below `prefix`, which begins and ends with a slash, as Dash serves its own."""
    server.config[_PREFIX] = prefix.rstrip("/")
    for blueprint in blueprints:
        server.register_blueprint(blueprint, url_prefix=prefix)


def matched() -> str | None:
    """The rule that this request matched, as in "/results/<statement_id>/rows"; None for none."""
    rule = request.url_rule
    return None if rule is None else rule.rule.removeprefix(current_app.config[_PREFIX])
