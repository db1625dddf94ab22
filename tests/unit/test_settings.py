"""What a wrong variable says, and what a right one becomes."""

from __future__ import annotations

import os

import pytest

from portal.settings import Settings, SettingsError, is_loopback, load, unknown, variables


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("DATABRICKS_", "CONNECT_", "PORTAL_", "POSIT_", "RSTUDIO_")) or name in {
            "PORT",
            "WEB_CONCURRENCY",
        }:
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
        ("PORTAL_INTEGRATION_GUID", "databricks", "should be a guid"),
        ("PORTAL_CACHE_URL", "memcached://host", "should be memory, an absolute path"),
        ("PORTAL_CACHE_URL", "relative/dir", "should be memory, an absolute path"),
        ("PORTAL_SQL_MODE", "write", "should be 'read' or 'full'"),
        ("PORTAL_JOB_ACTIONS", "perhaps", "should be on or off"),
        ("PORTAL_STATEMENTS_PER_VIEWER", "0", "should be from 1 to 100"),
        ("PORTAL_STATEMENTS_PER_VIEWER", "many", "should be"),
        ("PORTAL_FRAME_ANCESTORS", "https://ok.example.com javascript:alert(1)", "should be origins"),
        ("PORTAL_FRAME_ANCESTORS", "https://x..y", "should be origins"),
        ("PORTAL_FRAME_SOURCES", "https://maps.example.com/path", "should be origins"),
        ("PORTAL_FRAME_SOURCES", "'unsafe-inline'", "should be origins"),
        ("PORTAL_FRAME_SOURCES", "data:", "should be origins"),
        ("PORTAL_IMAGE_SOURCES", "*", "should be origins"),
        ("PORTAL_IMAGE_SOURCES", "https:", "should be origins"),
        ("PORTAL_IMAGE_SOURCES", "https://a.example.com;script-src", "should be origins"),
        ("PORTAL_UPLOAD_MB", "2000", "should be"),
        ("PORTAL_FRAME_ANCESTORS", "https://host:99999", "should be origins"),
        ("DATABRICKS_HOST", "https://x..y", "should be a workspace's host"),
        ("DATABRICKS_HOST", "adb-1.7.azuredatabricks.net:99999", "should be a workspace's host"),
        ("DATABRICKS_HOST", "adb-1.7.azuredatabricks.net:", "should be a workspace's host"),
        ("DATABRICKS_HOST", "10.0.0.300", "should be a workspace's host"),
        ("CONNECT_SERVER", "https://x..y", "should be Connect's address"),
        ("CONNECT_SERVER", "https://connect.example.com:99999", "should be Connect's address"),
        ("CONNECT_SERVER", "https://connect.example.com/?a=b", "should be Connect's address"),
        ("CONNECT_CONTENT_GUID", "42", "should be a guid"),
        ("CONNECT_API_KEY", "two words", "should be one word"),
        ("POSIT_PRODUCT", "Connect", "should be CONNECT or WORKBENCH, in capitals"),
        ("RSTUDIO_PRODUCT", "connect", "should be CONNECT or WORKBENCH, in capitals"),
        ("PORTAL_METRICS_TOKEN", "x", "should be at least 12 characters"),
        ("PORTAL_METRICS_TOKEN", "twelve chars and more", "without spaces"),
        ("PORTAL_SIGNING_KEY", "short", "should be at least 32"),
        ("PORTAL_TITLE", "a" * 81, "should be one line of 1 to 80 characters"),
        ("PORTAL_SQL_FUNCTIONS", "ai_query;drop", "should be names of functions"),
        ("PORTAL_CALL_SECONDS", "0", "should be from 1 to 60"),
        ("PORTAL_CALL_SECONDS", "nan", "should be"),
        ("PORTAL_THREADS", "2.5", "should be a whole number"),
        ("PORT", "abc", "should be a whole number"),
        ("PORT", "99999", "should be from 1 to 65535"),
        ("PORT", "-1", "should be from 1 to 65535"),
        ("WEB_CONCURRENCY", "x", "should be a whole number"),
        ("WEB_CONCURRENCY", "0", "should be from 1 to 256"),
        ("PORTAL_CACHE_URL", "redis://h:abc/0", "should have a port from 1 to 65535"),
        ("PORTAL_CACHE_URL", "redis://h:99999/0", "should have a port from 1 to 65535"),
        ("PORTAL_CACHE_URL", "redis://h:1/99", "should name a database from 0 to 15"),
        ("PORTAL_CACHE_URL", "redis://h:1/zero", "should name a database from 0 to 15"),
        ("PORTAL_CACHE_URL", "redis://h:1/0?db=16", "should name a database from 0 to 15"),
        ("PORTAL_CACHE_URL", "redis://h:1/0?ssl_ca_cert=/x.pem", "should have no option but"),
        ("PORTAL_CACHE_URL", "redis://h:1/0?socket_timeout=60", "should have no option but"),
        ("PORTAL_CACHE_URL", "redis://h:1/0?ssl_ca_certs=/x.pem", "should begin with rediss://"),
        ("PORTAL_CACHE_URL", "rediss://h:1/0?ssl_ca_certs=x.pem", "should have an absolute path"),
        ("PORTAL_CACHE_URL", "rediss://h:1/0?ssl_cert_reqs=maybe", "should have none, optional or required"),
        ("PORTAL_CACHE_URL", "redis://x..y:6379/0", "should name a host"),
        ("PORTAL_CACHE_URL", "redis://:6379/0", "should name a host"),
        ("PORTAL_CACHE_URL", "redis://a:1,b:2/0", "should be the address of one server"),
        ("PORTAL_CACHE_URL", "redis+sentinel://a:26379/mymaster", "Sentinel and Cluster are not spoken"),
        ("PORTAL_CACHE_URL", "redis+cluster://a:6379/0", "Sentinel and Cluster are not spoken"),
        ("PORTAL_CACHE_URL", "unix://", "should name a socket"),
        ("PORTAL_CACHE_URL", "redis://:pass#word@h:1/0", "written as %XX"),
        ("PORTAL_CACHE_URL", __file__, "should be a directory, and is a file"),
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


def test_each_wrong_value_has_a_sentence_of_its_own(monkeypatch):
    monkeypatch.setenv("PORT", "abc")
    monkeypatch.setenv("PORTAL_SQL_MODE", "write")
    with pytest.raises(SettingsError) as caught:
        load()
    assert sorted(line.split(" ")[0] for line in str(caught.value).splitlines()) == ["PORT", "PORTAL_SQL_MODE"]


def test_a_password_with_slashes_is_masked_too(monkeypatch):
    monkeypatch.setenv("PORTAL_CACHE_URL", "redis://:se/cr@t@host:1/99")
    with pytest.raises(SettingsError) as caught:
        load()
    assert "se/cr" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        "redis://h", "redis://h:6379", "redis://h:6379/", "rediss://u:p%2Fw@h:6379/15", "redis://[::1]:6379/0",
        "redis://127.0.0.1:1/0?db=3&client_name=portal&protocol=3", "unix:///run/valkey.sock", "unix:///r.sock?db=2",
        "rediss://h:1/0?ssl_ca_certs=/etc/ssl/ca.pem&ssl_cert_reqs=required&ssl_check_hostname=true", "/var/cache/new",
    ],
)  # fmt: skip
def test_caches_that_are_right(monkeypatch, value):
    monkeypatch.setenv("PORTAL_CACHE_URL", value)
    assert load().cache_url == value


def test_an_empty_variable_is_none(monkeypatch):
    for name in ("PORT", "WEB_CONCURRENCY", "DATABRICKS_HOST", "PORTAL_CACHE_URL"):
        monkeypatch.setenv(name, "")
    found = load()
    assert (found.port, found.workers, found.databricks_host, found.cache_url) == (None, None, None, "memory")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("PORTAL_CASHE_URL", "PORTAL_CACHE_URL"),
        ("PORTAL_LOGLEVEL", "PORTAL_LOG_LEVEL"),
        ("PORTAL_METRIC_TOKEN", "PORTAL_METRICS_TOKEN"),
    ],
)
def test_a_name_that_nobody_reads_is_told_with_the_one_that_was_meant(monkeypatch, name, near):
    monkeypatch.setenv(name, "1")
    (sentence,) = unknown()
    assert sentence.startswith(f"{name} is no setting")
    assert f"Is {near} meant?" in sentence


def test_what_resembles_nothing_is_told_and_what_is_known_is_not():
    known = {name: "1" for field in Settings.model_fields for name in variables(field)}
    assert unknown(known) == []
    (sentence,) = unknown({**known, "PORTAL_QQQQQQQQQ": "1", "OTHER": "1"})
    assert "PORTAL_QQQQQQQQQ" in sentence
    assert "portal settings" in sentence


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
