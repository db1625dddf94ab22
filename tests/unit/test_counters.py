"""Labels of /metrics: words of an API, never the name or id of a thing, and a bounded number of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import counters


@pytest.mark.parametrize(
    ("service", "path", "api"),
    [
        ("Databricks", "/api/2.0/preview/scim/v2/Me", "preview/scim"),
        ("Databricks", "/api/2.0/sql/statements/01ef-aa/result/chunks/3", "sql/statements"),
        ("Databricks", "/api/2.1/unity-catalog/tables/main.sales.orders", "unity-catalog/tables"),
        ("Databricks", "/api/2.1/unity-catalog/catalogs/main", "unity-catalog/catalogs"),
        ("Databricks", "/api/2.2/jobs/runs/list", "jobs/runs"),
        ("Databricks", "/.well-known/databricks-config", "databricks-config"),
        ("Connect", "/__api__/v1/oauth/integrations/credentials", "oauth/integrations/credentials"),
        ("Connect", "/__api__/v1/content/5b0f7f0e-1111-4222-8333-944445555666/environment", "content/environment"),
        ("result storage", "/bucket/analyst.west/part-0", "chunk"),
    ],
)
def test_an_api_is_named_by_its_first_words(service: str, path: str, api: str):
    assert counters.api_of(service, path) == api


@settings(deadline=None)
@given(st.lists(st.text("abcdefghijklmnop/", max_size=40), max_size=400))
def test_the_number_of_labels_is_bounded(paths: list[str]):
    known = set(counters._apis)
    try:
        found = {counters.api_of("Databricks", "/api/2.0/" + path) for path in paths}
        assert len(found) <= counters.API_VALUES + 1
    finally:
        counters._apis.clear()
        counters._apis.update(known)


def test_an_end_counts_once_however_often_it_is_polled():
    counted = counters.STATEMENTS.labels("SUCCEEDED")
    before = counted._value.get()
    for _ in range(5):
        counters.ended("01ef0000-count-once", "SUCCEEDED")
    assert counted._value.get() == before + 1
