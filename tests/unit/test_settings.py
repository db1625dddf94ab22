"""What a wrong variable says, and what a right one becomes."""

from __future__ import annotations

import os

import pytest

from portal.settings import Settings, SettingsError, is_loopback, load, variables


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("DATABRICKS_", "CONNECT_", "PORTAL_", "POSIT_", "RSTUDIO_")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("adb-1.7.azuredatabricks.net", "https://adb-1.7.azuredatabricks.net"),
        ("https://adb-1.7.azuredatabricks.net/", "https://adb-1.7.azuredatabricks.net"),
        ("localhost:8443", "https://localhost:8443"),
        ("https://dbc.example.com:443", "https://dbc.example.com"),
        (" https://DBC.example.com/?o=123 ", "https://dbc.example.com"),
    ],
)
def test_the_host_comes_with_or_without_scheme_and_port(monkeypatch, value, origin):
    monkeypatch.setenv("DATABRICKS_HOST", value)
    assert load().databricks_host == origin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABRICKS_WAREHOUSE_ID", "5ab0000000000001"),
        ("DATABRICKS_HTTP_PATH", "/sql/1.0/warehouses/5ab0000000000001"),
        ("DATABRICKS_PATH", "sql/1.0/endpoints/5ab0000000000001"),
    ],
)
def test_three_variables_name_the_warehouse(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert load().warehouse_id == "5ab0000000000001"
    assert load().http_path == "/sql/1.0/warehouses/5ab0000000000001"


@pytest.mark.parametrize(
    ("name", "value", "should"),
    [
        ("DATABRICKS_HOST", "http://plain.example.com", "should be a workspace's host"),
        ("DATABRICKS_HOST", "host/with/path", "should be a workspace's host"),
        ("DATABRICKS_HOST", "user:pw@host", "should be a workspace's host"),
        ("DATABRICKS_PATH", "/api/2.0/jobs", "should be a warehouse's id or its HTTP path"),
        ("CONNECT_SERVER", "connect", "should be Connect's address"),
        ("PORTAL_INTEGRATION_GUID", "databricks", "should be the integration's guid"),
        ("PORTAL_CACHE_URL", "memcached://host", "should be memory, an absolute path"),
        ("PORTAL_CACHE_URL", "relative/dir", "should be memory, an absolute path"),
        ("PORTAL_SQL_MODE", "write", "should be 'read' or 'full'"),
        ("PORTAL_JOB_ACTIONS", "perhaps", "should be on or off"),
        ("PORTAL_STATEMENTS_PER_VIEWER", "0", "should be greater than or equal to 1"),
        ("PORTAL_STATEMENTS_PER_VIEWER", "many", "should be"),
        ("PORTAL_FRAME_ANCESTORS", "https://ok.example.com javascript:alert(1)", "should be origins"),
    ],
)
def test_a_wrong_value_names_the_variable_what_it_held_and_what_it_should_be(monkeypatch, name, value, should):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} is ")
    assert should in sentence
    assert "\n" not in sentence


def test_a_secret_is_not_shown_when_it_is_wrong_nor_in_a_repr(monkeypatch):
    monkeypatch.setenv("PORTAL_CACHE_URL", "rediss3://user:hunter2hunter2@host")
    with pytest.raises(SettingsError) as caught:
        load()
    assert "hunter2" not in str(caught.value)
    monkeypatch.delenv("PORTAL_CACHE_URL")
    monkeypatch.setenv("CONNECT_API_KEY", "key-that-is-secret")
    assert "key-that-is-secret" not in repr(load())


def test_nothing_set_is_no_error():
    settings = load()
    assert settings.databricks_host is None
    assert not settings.on_connect
    assert settings.cache_url == "memory"


@pytest.mark.parametrize("name", ["POSIT_PRODUCT", "RSTUDIO_PRODUCT"])
def test_either_product_variable_means_connect(monkeypatch, name):
    monkeypatch.setenv(name, "CONNECT")
    assert load().on_connect


def test_every_setting_has_a_variable_and_a_meaning():
    for name, field in Settings.model_fields.items():
        assert variables(name), name
        assert field.description, name


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:80", "[::1]:8000", "::1"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "0.0.0.0", "10.0.0.1:8000", "localhost.example.com", "example.com"])
def test_not_loopback(host):
    assert not is_loopback(host)
