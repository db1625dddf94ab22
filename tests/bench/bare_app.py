"""The baseline: a bare Dash callback whose answer is as large as the portal's identity page.

Run as `gunicorn tests.bench.bare_app:server`.
"""

import dash
from dash import Input, Output, html

app = dash.Dash(__name__, suppress_callback_exceptions=True, compress=True)
server = app.server
app.layout = html.Div([html.Div(id="again", children="0"), html.Div(id="content")])
TERMS = ("Name", "User name", "E-mails", "Groups", "Entitlements", "Workspace", "Credential", "Expires", "Active", "Id")


@app.callback(Output("content", "children"), Input("again", "children"))
def content(_again: str) -> html.Div:
    return html.Div(
        [
            html.Dl([html.Dt(term, className="facts-term"), html.Dd(f"the value of {term}", className="facts-value")])
            for term in TERMS
        ],
        className="card facts",
    )
