"""What the doctor says of the origin that the portal shares."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from portal.doctor import State
from portal.doctor.machine import origin
from portal.settings import Settings

KEY = SecretStr("k" * 32)


@pytest.mark.parametrize(
    ("server", "ancestors", "key", "state", "mend"),
    [
        (None, (), None, State.OK, ""),
        ("http://connect.example.com", ("none",), KEY, State.WARNING, "certificate"),
        ("https://connect.example.com", (), KEY, State.WARNING, "PORTAL_FRAME_ANCESTORS=none"),
        ("https://connect.example.com", ("https://wiki.example.com",), KEY, State.WARNING, "PORTAL_FRAME_ANCESTORS"),
        ("https://connect.example.com", ("none",), None, State.WARNING, "PORTAL_SIGNING_KEY"),
        ("https://connect.example.com", ("none",), KEY, State.OK, ""),
        ("http://localhost:3939", ("none",), KEY, State.OK, ""),
    ],
)
def test_it_says_what_keeps_other_content_out(server, ancestors, key, state, mend) -> None:
    found = origin(Settings.model_construct(connect_server=server, frame_ancestors=ancestors, signing_key=key))
    assert found.state is state
    assert mend in found.mend
