"""What a viewer can do about a state: a sentence, and the controls for it."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from portal.ui.attributes import Attributes, data
from portal.ui.elements import Child, Children
from portal.ui.icons import icon
from portal.viewer import errors


def next_step(error: errors.PortalError, region_id: str | None) -> tuple[Children, list[Child], float | None]:
    """The sentence that says what to do, the controls for it, and after how many seconds it happens by itself."""
    retry = _retry(region_id)
    countdown = html.Span(className="state-countdown")
    match error:
        case errors.SignInToConnect():
            return "Open this page in Connect while signed in, then come back.", _retry(region_id, "Check again"), None
        case errors.SignInToDatabricks(login_url=None):
            return "Ask the team that runs this portal for its sign-in link.", _retry(region_id, "Check again"), None
        case errors.SignInToDatabricks(login_url=str(url)):
            actions = [_sign_in(url, region_id), *_retry(region_id, "Check again", second=True)]
            return "It opens in a new tab; this page goes on where it was when you return.", actions, None
        case errors.SessionEnded():
            target = data(continue_session=dash.get_relative_path("/session/continue"))
            return "Continue as yourself whenever you like.", [_button("Continue", target)], None
        case errors.NotPermitted(granted_by=who):
            return f"It can be granted by {who}.", retry, None
        case errors.WarehouseStarting(state=state):
            named = html.Span(state.capitalize(), className="fw-semibold")
            return ["It is ", named, "; this goes on by itself. ", countdown], _retry(region_id, "Try now"), 3.0
        case errors.WarehouseStopped():
            return "Start it when you need it, then try again.", [_to_start(), *_retry(region_id, second=True)], None
        case errors.Busy(retry_after=seconds):
            wait = min(max(seconds, 1.0), 120.0)
            return ["This is tried again by itself. ", countdown], _retry(region_id, "Try now"), wait
        case errors.Unreachable():
            return "It may pass. Try again in a moment.", retry, None
        case errors.NotSetUp(setting=setting):
            return ["For the team that runs this portal: ", html.Code(setting), "."], retry, None
        case errors.NoSuchThing():
            home = dash.get_relative_path("/")
            return None, [dcc.Link("Go to the home page", href=home, className="btn btn-primary btn-sm")], None
        case errors.OtherPage():
            return "Nothing was done.", [_button("Load it again", data(reload="page"))], None
        case errors.Canceled() | errors.Conflict():
            return None, [], None
        case errors.StatementFailed():
            return None, retry if region_id else [], None
    return "Try again; if it stays, tell the team that runs this portal, with the request id.", retry, None


def _retry(region_id: str | None, text: str = "Try again", second: bool = False) -> list[Child]:
    return [_button(text, data(reload="page") if region_id is None else data(retry=region_id), second)]


def _button(text: str, attributes: Attributes, second: bool = False) -> html.Span:
    """A button of Bootstrap's takes no `data-*`: what `assets/src/parts/states.js` looks for stands on an element
    around it.

    Links stay links (`html.A`, `dcc.Link`): with an address, a button of Bootstrap's would be `role=button`.
    """
    button = dbc.Button(text, color="secondary" if second else "primary", outline=second, size="sm")
    return html.Span(button, className="state-action", disable_n_clicks=True, **attributes)


def _to_start() -> dcc.Link:
    href = dash.get_relative_path("/warehouse")
    return dcc.Link("Go to the warehouse page", href=href, className="btn btn-primary btn-sm")


def _sign_in(url: str, region_id: str | None) -> html.A:
    """The integration's login, in a tab of its own; `assets/src/parts/states.js` rechecks when the viewer is back."""
    return html.A(
        ["Sign in to Databricks", icon("box-arrow-up-right", class_name="ms-2")],
        href=url,
        target="_blank",
        rel="noopener",
        className="btn btn-primary btn-sm",
        **data(recheck=region_id or "page"),
    )
