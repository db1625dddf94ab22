"""Who ran a statement, in words."""

from __future__ import annotations

import pytest

from portal.ui.queryview import _client


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("data-portal/1.0.0 databricks-sdk-py/0.156.0 python/3.11.7 os/linux", "This portal"),
        ("PyDatabricksSqlConnector/4.9.0 (data-portal)", "This portal"),
        ("PyDatabricksSqlConnector/4.9.0 (other)", "PyDatabricksSqlConnector/4.9.0 (other)"),
        ("unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.7", "A program"),
        ("Databricks SQL Editor", "Databricks SQL Editor"),
        ("", "Unknown client"),
    ],
)
def test_a_client_is_named_by_what_it_is_to_people(agent: str, shown: str) -> None:
    assert _client(agent) == shown
