"""What a run of a job wrote: `/cookbook/job-results?run=34`. Acts as: the viewer, who needs *Can view* on the job."""

import dash
from dash import Input, Output, callback, dcc, html

from portal.api import PortalError, jobs, shell, states

dash.register_page(__name__, path="/cookbook/job-results", name="Results", title=shell.title("Results of a run"))


def layout(run: str = "", **_):
    if not run.isdecimal():
        return states.empty("Which run?", "Add it to the address: ?run=34.")
    region = states.region("job-results", "Results", states.loading("results"))
    return html.Div([shell.page_header(f"Run {run}"), region, dcc.Store(id="job-results-run", data=run)])


@callback(Output("job-results", "children"), Input(*states.again("job-results")), Input("job-results-run", "data"))
@states.guarded
def draw(_again, run):
    state = jobs.status(int(run)).state.word
    tasks = [html.Section([html.H2(key), written(found)]) for key, found in jobs.output(int(run)).items()]
    return [html.P(f"The run's state: {state}"), *tasks]


def written(found):
    if isinstance(found, PortalError):
        return states.draw(found)
    return html.Pre("\n".join(one.text for one in found.texts) or found.error or "Nothing was written.")
