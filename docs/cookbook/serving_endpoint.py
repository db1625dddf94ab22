"""Ask a model serving endpoint. Acts as: the viewer, who needs *Can query* on the endpoint."""

import dash
from dash import Input, Output, callback, dcc, html

from portal.api import serving, shell, states

dash.register_page(__name__, path="/cookbook/serving-endpoint", name="A model", title=shell.title("A model"))


def layout(**_):
    return html.Div(
        [
            shell.page_header("What will the ride cost?", "The endpoint taxi-fare, by miles."),
            html.Label("Miles", htmlFor="serving-miles"),
            dcc.Input(id="serving-miles", type="number", value=2, min=0, max=100, debounce=True),
            states.region("serving-endpoint", "Fare", states.loading("fare")),
        ]
    )


@callback(
    Output("serving-endpoint", "children"), Input(*states.again("serving-endpoint")), Input("serving-miles", "value")
)
@states.guarded
def draw(_again, miles):
    if miles is None:
        return states.empty("Not a number", "Write miles from 0 to 100.")
    answer = serving.query("taxi-fare", records=[{"trip_distance": miles}])
    return html.P(f"About ${answer.predictions[0]:.2f}")
