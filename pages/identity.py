"""Who the viewer is to Databricks, and how the portal came to act as them. Never the token."""

from __future__ import annotations

from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, callback, html
from dash.development.base_component import Component

from portal.api import me, viewer
from portal.databricks.identity import Me
from portal.settings import settings
from portal.ui import prefetch, shell, states, when
from portal.ui.facts import facts
from portal.viewer import Credential

dash.register_page(
    __name__, path="/identity", name="Identity", title=shell.title("Identity"), order=90, icon="person-badge"
)


def layout(**_: Any) -> Component:
    ready = prefetch.gather({"me": me, "credential": lambda: viewer().credential()})
    content = _about(ready["me"], ready["credential"]) if len(ready) == 2 else None
    return html.Div(
        [
            shell.page_header("Identity", "Everything in this portal is read from Databricks as you."),
            states.region("identity", "Identity", states.loading("identity", rows=8), content=content),
        ]
    )


@callback(Output("identity", "children"), Input(*states.again("identity")))
@states.guarded
def draw(_again: int) -> Component:
    return _about(me(), viewer().credential())


def _about(who: Me, credential: Credential) -> Component:
    unknown = f"Not reported by {viewer().platform.words.issuer}"
    expires: Any = unknown if credential.expires_at is None else when.ago(credential.expires_at * 1000)
    rows: list[tuple[str, Any]] = [
        ("Name", who.display_name),
        ("User name", who.user_name),
        ("E-mails", _tags(who.emails)),
        ("Groups", _tags(who.groups)),
        ("Entitlements", _tags(who.entitlements)),
        ("Workspace", settings().workspace_name),
        ("Credential", _how(credential)),
        ("Obtained", when.ago(credential.obtained_at * 1000)),
        ("Expires", expires),
    ]
    return dbc.Card(dbc.CardBody(facts(rows)))


def _tags(values: tuple[str, ...]) -> Component:
    if not values:
        return html.Span("None", className="text-body-secondary")
    return html.Ul([html.Li(value) for value in values], className="tags")


def _how(credential: Credential) -> Any:
    text = viewer().platform.words.credential
    return [text, " through integration ", html.Code(credential.integration)] if credential.integration else text
