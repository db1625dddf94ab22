"""Controls that change the page's address, and with it what the page shows."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc

from portal.ui.attributes import Attributes, data


def sets(**changes: str | int) -> Attributes:
    """What a control changes of the address: `sets(show="mine")`. "" takes a parameter away."""
    return data(set=json.dumps({name: str(value) for name, value in changes.items()}))


def field(field_id: str, value: str, placeholder: str) -> dbc.Input:
    """A search as one types, which `assets/src/parts/address.js` puts into the address where an element with
    `data-param` holds it.

    Dash's own field lets the caret jump when keys follow each other fast: "month-end" became "mth-endon".
    """
    return dbc.Input(
        id=field_id, type="search", value=value, placeholder=placeholder, autocomplete="off", debounce=True
    )
