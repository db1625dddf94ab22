"""A job with its parameters: `/trigger?job=12`."""

import dash
from dash import html

from portal.api import jobs, shell, states

dash.register_page(__name__, path="/trigger", name="Trigger", title=shell.title("Trigger"), icon="play-fill", order=9)


def layout(job: str = "", **_):
    if not job.isdecimal():
        return states.empty("Which job?", "Add it to the address: ?job=12.")
    return html.Div([shell.page_header("Trigger a job"), jobs.panel(int(job))])
