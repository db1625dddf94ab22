"""Who owns, runs or may do something: a service principal by its name with the application id behind it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from portal.databricks import principals


def text(who: str) -> str:
    """For cells and sentences: `Nightly loader (7d1f3c52-…)`; users and groups as they are."""
    called = principals.name(who)
    return f"{called} ({who})" if called and called != who else who


def sentence(said: str) -> str:
    """What Databricks said, with the names of the service principals that it mentions."""
    for who in dict.fromkeys(principals.mentioned(said)):
        said = said.replace(who, text(who))
    return said


def draw(who: str) -> Component:
    """The same, the id as code."""
    called = principals.name(who)
    if called and called != who:
        return html.Span([html.Bdi(called), " ", html.Code(who, className="words")])
    return html.Bdi(who)
