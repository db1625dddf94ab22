"""Run a job: `/cookbook/run-job?job=12`. Acts as: the viewer, who needs *Can manage run*; the dialog is signed for
them, a click is one run, and it is on the record."""

import dash
from dash import html

from portal.api import jobs, shell, states

dash.register_page(__name__, path="/cookbook/run-job", name="Run a job", title=shell.title("Run a job"))


def layout(job: str = "", **_):
    if not job.isdecimal():
        return states.empty("Which job?", "Add it to the address: ?job=12.")
    return html.Div([shell.page_header("Run a job"), jobs.panel(int(job))])
