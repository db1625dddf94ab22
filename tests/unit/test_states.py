"""What the browser is told of a failure: its class says all of it."""

from __future__ import annotations

import json

import dash
import pytest

from portal.assets import ICONS
from portal.ui import states
from portal.viewer import errors

KINDS = {
    error.kind: error
    for error in [errors.PortalError, *errors.PortalError.__subclasses__()]
    if error.__module__ == errors.__name__  # a room of its own may have more (`dialogs.Stale`), known once imported
}


@pytest.fixture(scope="module", autouse=True)
def app() -> dash.Dash:
    return dash.Dash("states", use_pages=False)


class Flooded(errors.PortalError):
    """A state of a team's own: one class."""

    kind = "flooded"
    title = "Flooded"
    icon = "hourglass-split"
    tone = "warn"
    waits = True


def test_a_new_state_is_one_class() -> None:
    drawn = json.dumps(states.draw(Flooded("It passes."), "somewhere").to_plotly_json(), default=vars)
    assert "i-hourglass-split" in drawn
    assert '"data-tone": "warn"' in drawn
    assert '"role": "status"' in drawn, "what passes by itself interrupts nobody"


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_has_an_icon_that_is_there_and_a_tone_with_a_colour(kind: str) -> None:
    assert KINDS[kind].icon in ICONS
    assert KINDS[kind].tone in {"bad", "warn", "busy", "idle"}
    assert not (KINDS[kind].waits and KINDS[kind].lasting)


def test_who_has_to_act_first_is_not_asked_for_again() -> None:
    passing = {kind for kind, error in KINDS.items() if not error.lasting}
    assert passing == {"failed", "unreachable", "busy", "warehouse-starting"}


def answer(outputs: str, targets: list[dict[str, str]], failing: bool) -> dict[str, object]:
    """What a guarded callback with these outputs sends, as the browser is told."""
    own = dash.Dash("guarded", on_error=states.on_error, suppress_callback_exceptions=True)
    own.layout = dash.html.Div()

    @own.callback([dash.Output(one["id"], one["property"]) for one in targets], dash.Input("tick", "n_intervals"))
    @states.guarded
    def look(_tick: int) -> tuple[object, ...]:
        if failing:
            raise errors.Busy("Too fast.")
        return tuple(range(len(targets)))

    body = {
        "output": outputs,
        "outputs": targets,
        "inputs": [{"id": "tick", "property": "n_intervals", "value": 1}],
        "changedPropIds": ["tick.n_intervals"],
    }
    given = own.server.test_client().post("/_dash-update-component", json=body)
    assert given.status_code == 200
    return dict(given.get_json())


STORES = "..kept.data...tick.disabled.."
PARTS = [{"id": "kept", "property": "data"}, {"id": "tick", "property": "disabled"}]
SAID = "..kept.data...said.children.."
SAYING = [{"id": "kept", "property": "data"}, {"id": "said", "property": "children"}]


def test_a_failure_is_drawn_in_the_first_output_that_can_show_it_and_the_others_stay() -> None:
    sent = answer(SAID, SAYING, failing=True)
    assert set(sent["sideUpdate"]) == {"said"}
    assert "Too fast." in json.dumps(sent["sideUpdate"])
    assert not sent["response"]


def test_without_such_an_output_it_is_drawn_above_the_page() -> None:
    sent = answer(STORES, PARTS, failing=True)
    assert set(sent["sideUpdate"]) == {states.PAGE_STATE}
    assert not sent["response"]


def test_what_succeeds_is_sent_as_it_is() -> None:
    assert answer(STORES, PARTS, failing=False)["response"] == {"kept": {"data": 0}, "tick": {"disabled": 1}}
