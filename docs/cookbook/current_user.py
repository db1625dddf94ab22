"""Who is looking. Acts as: the viewer. Nothing of their token is shown, printed or kept."""

import dash
from dash import Input, Output, callback, html

from portal.api import me, shell, states, viewer

dash.register_page(__name__, path="/cookbook/current-user", name="Who am I", title=shell.title("Who am I"))


def layout(**_):
    region = states.region("current-user", "Who am I", states.loading("you"))
    return html.Div([shell.page_header("Who am I"), region])


@callback(Output("current-user", "children"), Input(*states.again("current-user")))
@states.guarded
def draw(_again):
    mine = me()
    said = [("Name", mine.display_name), ("User", mine.user_name), ("Groups", ", ".join(mine.groups))]
    said.append(("Signed in by", viewer().platform.name))
    return html.Dl([part for name, value in said for part in (html.Dt(name), html.Dd(value))])
